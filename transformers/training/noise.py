"""The GAN that trains noise → face on few pictures.

Before the critic joins, the generator learns as the decoder of a variational autoencoder (Kingma and
Welling 2014), which gives it the structure of a face within minutes; later a share of every batch stays
with that task (as in Larsen et al. 2016), so the structure is not lost to a critic that knows nothing
yet. When the critic joins, noise is given the distribution of the faces' codes (Ghosh et al. 2020), and
faces from noise are held to the features of real ones (Li et al. 2015).
"""

import numpy as np

from transformers import backend, losses
from transformers.backend import keras
from transformers.networks import features
from transformers.networks.noise import KNOWN, LATENT, build_generator, critic, dcgan_critic, encoder, reconstructor
from transformers.training import augmentation
from transformers.training.paired import LossWeights

layers = keras.layers
ops = keras.ops
PERCEIVED = ("conv1_2", "conv2_2", "conv3_3")  # of the VGG-16, by which reconstructions are compared
# And those whose statistics over a face are to be like those of real ones.
MATCHED = ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3")
LOGARITHMS = (-8.0, 2.0)  # least and most of codes' variances: their exponentials must stay numbers


class NoiseGAN(keras.Model):
    """Generator, critic, a running average of the generator, and what lets them learn from few pictures.

    ``fit`` it on tuples of one dictionary: ``picture`` ``(batch, height, width, 3)`` in [-1, 1], ``noise``
    ``(batch, LATENT)``, ``draws`` ``(batch, 3 * augmentation.DRAWS)``. All chance comes with the batch.
    Calling it runs the averaged generator.

    Parameters
    ----------
    kind : {"noise", "dcgan"}
        ``"dcgan"``: networks, loss and optimisers of Radford et al. (2016); no autoencoder,
        augmentation, second task or average.
    preset : {"tiny", "base", "large"}
    adversarial_from : int
        Epoch from which the critic takes part; before, generator and encoder learn alone.
        `transformers.training.callbacks.Schedule` (a callback) sees to it.
    loss_weights : LossWeights
        Of reconstruction (L1, and distance of VGG-16 features in a window of a quarter of the picture),
        which a quarter of every batch is for, and of the critic's verdict.
    divergence : float
        What the divergence of the encoder's distributions from N(0, 1) counts for, beside L1.
    kernel : float
        What the kernel distance to real faces counts for (`losses.kernel_distance` of means and
        deviations of VGG-16 features, as in the generative moment matching networks of Li et al. 2015),
        once the critic plays.
    lecam_weight : float
        What the critic's regularisation counts for (Tseng et al., "Regularizing Generative Adversarial
        Networks under Limited Data", 2021, equation 3).
    average_decay : float
        Of the exponential moving average of the generator's weights, per step; lower at first.
    """

    def __init__(
        self,
        kind="noise",
        preset="base",
        adversarial_from=0,
        *,
        loss_weights=LossWeights(l1=1.0, adversarial=0.5, perceptual=1.0),
        divergence=1e-3,
        kernel=3.0,
        lecam_weight=0.05,
        average_decay=0.995,
    ):
        super().__init__(name="noise_gan")
        self.plain = kind == "dcgan"
        self.generator, self.averaged = build_generator(kind, preset), build_generator(kind, preset)
        self.averaged.trainable = False
        self.averaged.set_weights(self.generator.get_weights())
        if self.plain:
            self.discriminator = dcgan_critic(preset)
        else:
            self.discriminator, self.reconstructor = critic(preset), reconstructor(preset)
            self.encoder = encoder(preset)
            self._known = features.vgg16(tuple(KNOWN))
            self._perceived = features.vgg16(PERCEIVED)
            self._matched = features.vgg16(MATCHED)
            # Codes to noise, once `fit_latent_prior` has found how they are distributed.
            self.center = self.add_weight(shape=(LATENT,), initializer="zeros", trainable=False, name="center")
            self.whitening = self.add_weight(
                shape=(LATENT, LATENT), initializer="identity", trainable=False, name="whitening"
            )
        self._real = None  # statistics of features of real faces, a table a layer; scales
        self.adversarial_from = 0 if self.plain else adversarial_from
        self.adversarial_on = self.adversarial_from == 0
        self.loss_weights = loss_weights
        self.divergence, self.kernel, self.lecam_weight = divergence, kernel, lecam_weight
        self.average_decay = 0.0 if self.plain else average_decay
        self._judge_loss, self._please_loss = losses.ADVERSARIAL["bce" if self.plain else "hinge"]
        names = ("l1", "perceptual", "divergence", "adversarial", "kernel", "discriminator", "reconstruction")
        self.trackers = {name: keras.metrics.Mean(name=name) for name in (*names, "spread")}
        self.step = self._number("step", "int64")
        # Running means of the verdicts on real and on generated pictures.
        self.verdicts = [self._number("real"), self._number("fake")]
        self.built = True

    def _number(self, name, dtype="float32"):
        return self.add_weight(shape=(), dtype=dtype, initializer="zeros", trainable=False, name=name)

    @property
    def metrics(self):
        return list(self.trackers.values())

    def compile(self, generator_rate=2e-4, discriminator_rate=None, decoder_rate=1e-3, **options) -> None:
        """Make the optimisers, Adam all of them.

        Parameters
        ----------
        generator_rate, discriminator_rate, decoder_rate : float
            Learning rates: of the generator and its critic once they play (of the critic, by default,
            3e-4, for the DCGAN 2e-4), and of the autoencoder before.
        """
        super().compile(jit_compile=False, **options)
        rate = discriminator_rate or (2e-4 if self.plain else 3e-4)
        clip = None if self.plain else 1.0
        self.generator_optimizer = keras.optimizers.Adam(generator_rate, beta_1=0.5, clipnorm=clip)
        self.discriminator_optimizer = keras.optimizers.Adam(rate, beta_1=0.5)
        self.optimizers = [self.generator_optimizer, self.discriminator_optimizer]
        self._judging = list(self.discriminator.trainable_variables)
        if not self.plain:
            self._judging += self.reconstructor.trainable_variables
            self._coding = [*self.generator.trainable_variables, *self.encoder.trainable_variables]
            self.decoder_optimizer = keras.optimizers.Adam(decoder_rate)
            self.decoder_optimizer.build(self._coding)
            self.optimizers.append(self.decoder_optimizer)
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self._judging)

    def call(self, noise, training: bool = False):
        return self.averaged(noise, training=False)

    def match(self, pictures: np.ndarray, batch_size: int = 32) -> None:
        """Let the kernel distance be that to these faces; without them it is left out.

        Parameters
        ----------
        pictures : numpy.ndarray
            ``float32`` ``(count, height, width, 3)`` in [-1, 1].
        batch_size : int
        """
        found = [self._statistics(pictures[i : i + batch_size]) for i in range(0, len(pictures), batch_size)]
        tables = [np.concatenate([ops.convert_to_numpy(f) for f in layer]) for layer in zip(*found, strict=True)]
        scales = [float(np.sqrt(np.mean(np.square(t)))) for t in tables]
        self._real = [(t / scale, scale) for t, scale in zip(tables, scales, strict=True)]

    def _statistics(self, pictures):
        """Return means and deviations over all places of features, ``(batch, 2 * channels)`` a layer.

        By means alone a faint grid all over a picture does as well as the few sharp edges of a face.
        """
        found = features.maps(self._matched, pictures)
        # The small number: where all places are alike, a square root has no derivative.
        deviations = [ops.sqrt(ops.var(layer, axis=(1, 2)) + 1e-4) for layer in found]
        means = [ops.mean(layer, axis=(1, 2)) for layer in found]
        return [ops.concatenate(both, axis=1) for both in zip(means, deviations, strict=True)]

    def fit_latent_prior(self, pictures: np.ndarray, batch_size: int = 64) -> None:
        """Make noise of N(0, 1) what codes of these faces are distributed like.

        The generator, so far the decoder of a variational autoencoder, takes codes that are rarely
        spread as they should be: a normal distribution is fitted to them (Ghosh et al., "From
        Variational to Deterministic Autoencoders", 2020, section 4) and becomes part of its first layer.

        Parameters
        ----------
        pictures : numpy.ndarray
            ``float32`` ``(count, height, width, 3)`` in [-1, 1].
        batch_size : int
        """
        parts = [pictures[i : i + batch_size] for i in range(0, len(pictures), batch_size)]
        found = zip(*(self.encoder.predict_on_batch(part) for part in parts), strict=True)
        means, logarithms = (np.concatenate(values).astype(np.float64) for values in found)
        center = means.mean(axis=0)
        variances = np.exp(np.clip(logarithms, *LOGARITHMS)).mean(axis=0)
        root = np.linalg.cholesky(np.cov(means.T) + np.diag(variances))  # code = center + root noise
        for generator in (self.generator, self.averaged):
            dense = generator.get_layer(index=1)
            kernel, bias = dense.get_weights()
            dense.set_weights([root.T @ kernel, center @ kernel + bias])
        self.center.assign(center)
        self.whitening.assign(np.linalg.inv(root).T)

    def train_step(self, *args):
        (batch,) = args[-1]
        picture, noise = batch["picture"], batch["noise"]
        if self.adversarial_on:
            results = self._play(picture, noise, ops.split(batch["draws"], 3, axis=1))
        else:
            results = self._decode(picture, noise)
        self.step.assign_add(1)
        backend.assign_average(self.averaged.weights, self.generator.weights, self.average_decay, self.step)
        for name, value in results.items():
            self.trackers[name].update_state(ops.stop_gradient(value))
        return {name: self.trackers[name].result() for name in results}

    def _encoded(self, picture, noise, training):
        """Return noise that stands for a picture, and how far its distribution is from N(0, 1), in nats."""
        mean, logarithm = self.encoder(picture, training=training)
        logarithm = ops.clip(logarithm, *LOGARITHMS)
        divergence = ops.square(mean) + ops.exp(logarithm) - logarithm - 1
        code = mean + ops.exp(logarithm / 2) * noise
        return ops.matmul(code - self.center, self.whitening), ops.mean(ops.sum(divergence, axis=1)) / 2

    def _decode(self, picture, noise):
        """Take a step of the variational autoencoder."""

        def loss():
            code, divergence = self._encoded(picture, noise, training=True)
            again = self.generator(code, training=True)
            distance, parts = self._distance(picture, again)
            return distance + self.divergence * divergence, {**parts, "divergence": divergence}

        return backend.minimize(loss, self.decoder_optimizer, self._coding)[1]

    def _distance(self, picture, again):
        """Return what tells a reconstruction from its picture, and the parts of it."""
        weights = self.loss_weights
        sides = [side // 2 for side in picture.shape[1:3]]
        place = losses.place_of(self.step)
        parts = {
            "l1": losses.l1(picture, again),
            "perceptual": losses.windowed_perceptual_loss(self._perceived, picture, again, place, sides),
        }
        return weights.l1 * parts["l1"] + weights.perceptual * parts["perceptual"], parts

    def _play(self, picture, noise, draws):
        """Take a step of the critic, and one of the generator."""
        fake = ops.stop_gradient(self.generator(noise, training=True))
        _, parts = backend.minimize(
            lambda: self._judge(self._seen(picture, draws[0]), self._seen(fake, draws[1])),
            self.discriminator_optimizer,
            self._judging,
        )
        _, more = backend.minimize(
            lambda: self._please(picture, noise, draws[2]),
            self.generator_optimizer,
            self.generator.trainable_variables,
        )
        return parts | more

    def _seen(self, pictures, draws):
        return pictures if self.plain else augmentation.augment(pictures, draws)

    def _verdict(self, pictures, training):
        """Return the critic's logits, and its trunk's map."""
        if self.plain:
            return self.discriminator(pictures, training=training)
        return self.discriminator([pictures, *self._known(ops.average_pool(pictures, 2))], training=training)

    def _judge(self, real, fake):
        """Return the critic's loss."""
        if self.plain:
            # One after the other: batch normalisation that sees both at once gives the fakes away.
            loss = self._judge_loss(*(self._verdict(p, training=True)[0] for p in (real, fake)))
            return loss, {"discriminator": loss}
        verdict, found = self._verdict(ops.concatenate([real, fake]), training=True)
        on_real, on_fake = ops.split(verdict, 2)
        loss = self._judge_loss(on_real, on_fake)
        again = self.reconstructor(ops.split(found, 2)[0], training=True)
        parts = {"discriminator": loss, "reconstruction": losses.l1(ops.average_pool(real, 2), again)}
        loss = loss + parts["reconstruction"] + self.lecam_weight * self._excitement(on_real, on_fake)
        return loss, parts

    def _excitement(self, on_real, on_fake):
        """Return how far verdicts are beyond the usual ones of the other side."""
        for usual, verdict in zip(self.verdicts, (on_real, on_fake), strict=True):
            usual.assign(0.99 * usual + 0.01 * ops.stop_gradient(ops.mean(verdict)))
        usual_real, usual_fake = (ops.stop_gradient(ops.convert_to_tensor(v)) for v in self.verdicts)
        return ops.mean(ops.square(ops.relu(on_real - usual_fake))) + ops.mean(
            ops.square(ops.relu(usual_real - on_fake))
        )

    def _please(self, picture, noise, draws):
        """Return the generator's loss; of a quarter of the batch it is known which picture is meant."""
        known = ops.shape(picture)[0] // 4
        if not self.plain:
            code, _ = self._encoded(picture[:known], noise[:known], training=False)
            noise = ops.concatenate([ops.stop_gradient(code), noise[known:]])
        made = self.generator(noise, training=True)
        verdict, _ = self._verdict(self._seen(made, draws), training=self.plain)
        parts = {"adversarial": self._please_loss(verdict), "spread": ops.mean(ops.std(made, axis=0))}
        loss = self.loss_weights.adversarial * parts["adversarial"]
        if not self.plain:
            distance, more = self._distance(picture[:known], made[:known])
            loss, parts = loss + distance, parts | more
        if self._real:
            parts["kernel"] = sum(
                losses.kernel_distance(found / scale, real)
                for found, (real, scale) in zip(self._statistics(made[known:]), self._real, strict=True)
            ) / len(self._real)
            loss = loss + self.kernel * parts["kernel"]
        return loss, parts
