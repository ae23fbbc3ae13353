"""The GAN that trains noise → face on few pictures.

Before the discriminator joins, the generator learns as the decoder of a variational autoencoder (Kingma and
Welling 2014), which gives it the structure of a face within minutes; later a share of every batch stays
with that task (as in Larsen et al. 2016), so the structure is not lost to a discriminator that knows nothing
yet. When the discriminator joins, noise is given the distribution of the faces' codes (Ghosh et al. 2020), and
a kernel distance pulls features of faces from noise towards those of real ones (Li et al. 2015).
"""

import numpy as np

from transformers import losses
from transformers.backend import keras
from transformers.networks import features
from transformers.networks.noise import (
    KNOWN,
    LATENT,
    build_generator,
    dcgan_discriminator,
    discriminator,
    encoder,
    reconstructor,
)
from transformers.training import augmentation
from transformers.training.base import TrainingModel
from transformers.training.paired import LossWeights

ops = keras.ops
PERCEPTUAL_LAYERS = ("conv1_2", "conv2_2", "conv3_3")  # of the VGG-16, by which reconstructions are compared
# And those whose statistics over a face are to be like those of real ones.
MATCHED_LAYERS = ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3")
LOG_VARIANCES = (-8.0, 2.0)  # least and most of codes: their exponentials must stay numbers


class NoiseGAN(TrainingModel):
    """Generator, discriminator, and what lets them learn from few pictures.

    ``fit`` it on tuples of one dictionary: ``picture`` ``(batch, height, width, 3)`` in [-1, 1], ``noise``
    ``(batch, LATENT)``, ``draws`` ``(batch, 3 * augmentation.DRAWS)``. All chance comes with the batch.
    Calling it runs the generator with averaged weights.

    Parameters
    ----------
    kind : {"noise", "dcgan"}
        ``"dcgan"``: networks, loss and optimizers of Radford et al. (2016); no autoencoder,
        augmentation, second task or average.
    preset : {"tiny", "base", "large"}
    adversarial_from : int
        Epoch from which the discriminator takes part; before, generator and encoder learn alone.
        `transformers.training.callbacks.Schedule` (a callback) sees to it.
    loss_weights : LossWeights
        Of reconstruction (L1, and distance of VGG-16 features in a window of a quarter of the picture),
        which a quarter of every batch is for, and of the adversarial loss.
    divergence : float
        What the divergence of the encoder's distributions from N(0, 1) counts for, beside L1.
    kernel : float
        What the kernel distance to real faces counts for (`losses.kernel_distance` of means and
        deviations of VGG-16 features, as in the generative moment matching networks of Li et al. 2015),
        once the discriminator takes part.
    lecam_weight : float
        What the discriminator's regularization counts for (Tseng et al., "Regularizing Generative Adversarial
        Networks under Limited Data", 2021, equation 3).
    ema_decay : float
        See `TrainingModel.start`.
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
        ema_decay=0.995,
    ):
        super().__init__(name="noise_gan")
        self.dcgan = kind == "dcgan"
        self.generator, self.ema_generator = build_generator(kind, preset), build_generator(kind, preset)
        if self.dcgan:
            self.discriminator = dcgan_discriminator(preset)
        else:
            self.discriminator, self.reconstructor = discriminator(preset), reconstructor(preset)
            self.encoder = encoder(preset)
            self._known_features = features.vgg16(tuple(KNOWN))
            self._perceptual_features = features.vgg16(PERCEPTUAL_LAYERS)
            self._matched_features = features.vgg16(MATCHED_LAYERS)
            # Codes to noise, once `fit_latent_prior` has found how they are distributed.
            self.center = self.new_variable("center", (LATENT,))
            self.whitening = self.new_variable("whitening", (LATENT, LATENT), initializer="identity")
            # Running means of the logits of real and of generated pictures, see `_lecam`.
            self.lecam_means = [self.new_variable("real"), self.new_variable("fake")]
            own = ("reconstructor", "encoder", "center", "whitening", "lecam_means")
            self.STATE = (*TrainingModel.STATE, *own)
        self._real_statistics = None  # of features of real faces: a table and its scale for each layer
        self.adversarial_from = 0 if self.dcgan else adversarial_from
        self.adversarial_on = self.adversarial_from == 0
        self.loss_weights = loss_weights
        self.divergence, self.kernel, self.lecam_weight = divergence, kernel, lecam_weight
        self._discriminator_criterion, self._generator_criterion = losses.ADVERSARIAL[
            "bce" if self.dcgan else "hinge"
        ]
        names = ("l1", "perceptual", "divergence", "adversarial", "kernel", "discriminator", "reconstruction")
        self.start(0.0 if self.dcgan else ema_decay, (*names, "output_std"))

    def trained_variables(self):
        generator, judging = self.generator.trainable_variables, self.discriminator.trainable_variables
        if self.dcgan:
            return {"generator": generator, "discriminator": judging}
        return {
            "generator": generator,
            "discriminator": [*judging, *self.reconstructor.trainable_variables],
            "autoencoder": [*generator, *self.encoder.trainable_variables],
        }

    def compile(self, generator_rate=2e-4, discriminator_rate=None, autoencoder_rate=1e-3) -> None:
        """Make the optimizers, Adam all of them.

        Parameters
        ----------
        generator_rate, discriminator_rate, autoencoder_rate : float
            Learning rates: of generator and discriminator in the adversarial steps (of the discriminator, by
            default, 3e-4, for the DCGAN 2e-4), and of the autoencoder before.
        """
        rate = discriminator_rate or (2e-4 if self.dcgan else 3e-4)
        clip = None if self.dcgan else 1.0
        optimizers = {
            "generator": keras.optimizers.Adam(generator_rate, beta_1=0.5, clipnorm=clip),
            "discriminator": keras.optimizers.Adam(rate, beta_1=0.5),
        }
        if not self.dcgan:
            optimizers["autoencoder"] = keras.optimizers.Adam(autoencoder_rate)
        self.set_optimizers(**optimizers)

    def match_features(self, pictures: np.ndarray, batch_size: int = 32) -> None:
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
        self._real_statistics = [(t / scale, scale) for t, scale in zip(tables, scales, strict=True)]

    def _statistics(self, pictures):
        """Return means and deviations over all places of features, ``(batch, 2 * channels)`` a layer.

        By means alone a faint grid all over a picture does as well as the few sharp edges of a face.
        """
        found = features.maps(self._matched_features, pictures)
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
        codes = zip(*(self.encoder.predict_on_batch(part) for part in parts), strict=True)
        means, log_variances = (np.concatenate(values).astype(np.float64) for values in codes)
        center = means.mean(axis=0)
        variances = np.exp(np.clip(log_variances, *LOG_VARIANCES)).mean(axis=0)
        root = np.linalg.cholesky(np.cov(means.T) + np.diag(variances))  # code = center + root noise
        for generator in (self.generator, self.ema_generator):
            dense = generator.get_layer(index=1)
            kernel, bias = dense.get_weights()
            dense.set_weights([root.T @ kernel, center @ kernel + bias])
        self.center.assign(center)
        self.whitening.assign(np.linalg.inv(root).T)

    def update(self, batch):
        picture, noise = batch["picture"], batch["noise"]
        if not self.adversarial_on:
            return self.minimize("autoencoder", lambda: self._autoencoder_loss(picture, noise))[1]
        draws = ops.split(batch["draws"], 3, axis=1)
        fake = ops.stop_gradient(self.generator(noise, training=True))
        real, fake = self._augment(picture, draws[0]), self._augment(fake, draws[1])
        _, parts = self.minimize("discriminator", lambda: self._discriminator_loss(real, fake))
        _, more = self.minimize("generator", lambda: self._generator_loss(picture, noise, draws[2]))
        return parts | more

    def _encode(self, picture, noise, training):
        """Return noise that stands for a picture, and how far its distribution is from N(0, 1), in nats."""
        mean, log_variance = self.encoder(picture, training=training)
        log_variance = ops.clip(log_variance, *LOG_VARIANCES)
        divergence = ops.square(mean) + ops.exp(log_variance) - log_variance - 1
        code = mean + ops.exp(log_variance / 2) * noise
        return ops.matmul(code - self.center, self.whitening), ops.mean(ops.sum(divergence, axis=1)) / 2

    def _autoencoder_loss(self, picture, noise):
        """Return the loss of the variational autoencoder, and its parts."""
        code, divergence = self._encode(picture, noise, training=True)
        distance, parts = self._reconstruction_loss(picture, self.generator(code, training=True))
        return distance + self.divergence * divergence, {**parts, "divergence": divergence}

    def _reconstruction_loss(self, picture, reconstruction):
        """Return the distance of a reconstruction from its picture, and the parts of it."""
        weights = self.loss_weights
        sides = [side // 2 for side in picture.shape[1:3]]
        place = losses.place_of(self.step)
        perceptual = losses.windowed_perceptual_loss(
            self._perceptual_features, picture, reconstruction, place, sides
        )
        parts = {"l1": losses.l1(picture, reconstruction), "perceptual": perceptual}
        return weights.l1 * parts["l1"] + weights.perceptual * parts["perceptual"], parts

    def _augment(self, pictures, draws):
        return pictures if self.dcgan else augmentation.augment(pictures, draws)

    def _discriminate(self, pictures, training):
        """Return the discriminator's logits, and its trunk's map."""
        if self.dcgan:
            return self.discriminator(pictures, training=training)
        known = self._known_features(ops.average_pool(pictures, 2))
        return self.discriminator([pictures, *known], training=training)

    def _discriminator_loss(self, real, fake):
        """Return the discriminator's loss of augmented pictures, and its parts."""
        if self.dcgan:
            # One after the other: batch normalization that sees both at once gives the fakes away.
            logits = [self._discriminate(pictures, training=True)[0] for pictures in (real, fake)]
            loss = self._discriminator_criterion(*logits)
            return loss, {"discriminator": loss}
        logits, trunk = self._discriminate(ops.concatenate([real, fake]), training=True)
        on_real, on_fake = ops.split(logits, 2)
        loss = self._discriminator_criterion(on_real, on_fake)
        reconstruction = self.reconstructor(ops.split(trunk, 2)[0], training=True)
        parts = {"discriminator": loss, "reconstruction": losses.l1(ops.average_pool(real, 2), reconstruction)}
        return loss + parts["reconstruction"] + self.lecam_weight * self._lecam(on_real, on_fake), parts

    def _lecam(self, on_real, on_fake):
        """Return the LeCam regularization: how far logits are beyond the running mean of the other side."""
        for mean, logits in zip(self.lecam_means, (on_real, on_fake), strict=True):
            mean.assign(0.99 * mean + 0.01 * ops.stop_gradient(ops.mean(logits)))
        real_mean, fake_mean = (ops.stop_gradient(ops.convert_to_tensor(mean)) for mean in self.lecam_means)
        return ops.mean(ops.square(ops.relu(on_real - fake_mean))) + ops.mean(
            ops.square(ops.relu(real_mean - on_fake))
        )

    def _generator_loss(self, picture, noise, draws):
        """Return the generator's loss, and its parts; a quarter of the batch are reconstructions."""
        known = ops.shape(picture)[0] // 4
        if not self.dcgan:
            code, _ = self._encode(picture[:known], noise[:known], training=False)
            noise = ops.concatenate([ops.stop_gradient(code), noise[known:]])
        fake = self.generator(noise, training=True)
        logits, _ = self._discriminate(self._augment(fake, draws), training=self.dcgan)
        parts = {
            "adversarial": self._generator_criterion(logits),
            "output_std": ops.mean(ops.std(fake, axis=0)),
        }
        loss = self.loss_weights.adversarial * parts["adversarial"]
        if not self.dcgan:
            distance, more = self._reconstruction_loss(picture[:known], fake[:known])
            loss, parts = loss + distance, parts | more
        if self._real_statistics:
            parts["kernel"] = sum(
                losses.kernel_distance(found / scale, real)
                for found, (real, scale) in zip(self._statistics(fake[known:]), self._real_statistics, strict=True)
            ) / len(self._real_statistics)
            loss = loss + self.kernel * parts["kernel"]
        return loss, parts
