"""The GAN that learns to generate faces from noise, on few pictures.

Before the discriminator joins, the generator learns as the decoder of a variational autoencoder (Kingma and
Welling 2014), which gives it the structure of a face within minutes. Later a share of every batch stays with that
task (as in Larsen et al. 2016), so that an untrained discriminator does not destroy this structure. When the
discriminator joins, noise is mapped to the distribution of the faces' codes (Ghosh et al. 2020), and a kernel
distance draws the features of generated faces towards those of real ones (Li et al. 2015).
"""

import numpy as np

from transformers import losses
from transformers.backend import Tensor, keras
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
PERCEPTUAL_LAYERS = ("conv1_2", "conv2_2", "conv3_3")  # of the VGG-16, to compare reconstructions
# Layers whose statistics over a face are matched with those of real faces.
MATCHED_LAYERS = ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3")
LOG_VARIANCES = (-8.0, 2.0)  # range of the codes' log variances, so that their exponentials stay finite


class NoiseGAN(TrainingModel):
    """Generator and discriminator, with what lets them learn from few pictures.

    ``fit`` it on tuples of one dictionary: ``picture`` ``(batch, height, width, 3)`` in [-1, 1], ``noise``
    ``(batch, LATENT)`` from N(0, 1), ``draws`` ``(batch, 3 * augmentation.DRAWS)``, uniform in [0, 1). All
    randomness comes with the batch. Calling it runs the generator with averaged weights.

    Parameters
    ----------
    kind : {"noise", "dcgan"}
        ``"dcgan"``: networks, loss and optimizers of Radford et al. (2016), without autoencoder, augmentation,
        second task and averaged weights.
    preset : {"tiny", "base", "large"}
    adversarial_from : int
        First epoch, from 0, of the discriminator; before, generator and encoder learn alone. Needs the callback
        `transformers.training.callbacks.Schedule`.
    loss_weights : LossWeights
        Of reconstruction (L1, and distance of VGG-16 features in a window of a quarter of the picture), to which
        a quarter of every batch is given, and of the adversarial loss.
    divergence : float
        Weight of the divergence of the encoder's distributions from N(0, 1).
    kernel : float
        Weight of the kernel distance to real faces, once the discriminator takes part: `losses.kernel_distance` of
        means and deviations of VGG-16 features, as in the moment matching networks of Li et al. (2015).
    lecam_weight : float
        Weight of the discriminator's regularization (Tseng et al., "Regularizing Generative Adversarial
        Networks under Limited Data", 2021, equation 3).
    ema_decay : float
        See `TrainingModel.start`.
    """

    def __init__(
        self,
        kind: str = "noise",
        preset: str = "base",
        adversarial_from: int = 0,
        *,
        loss_weights: LossWeights = LossWeights(l1=1.0, adversarial=0.5, perceptual=1.0),
        divergence: float = 1e-3,
        kernel: float = 3.0,
        lecam_weight: float = 0.05,
        ema_decay: float = 0.995,
    ) -> None:
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
            # The map from codes to noise, set by `fit_latent_prior`.
            self.center = self.new_variable("center", (LATENT,))
            self.whitening = self.new_variable("whitening", (LATENT, LATENT), initializer="identity")
            # Running means of the logits of real and of generated pictures, see `_lecam`.
            self.lecam_means = [self.new_variable("real"), self.new_variable("fake")]
            own = ("reconstructor", "encoder", "center", "whitening", "lecam_means")
            self.STATE = (*TrainingModel.STATE, *own)
        self._real_statistics = None  # of real faces' features: a table and its scale for each layer
        self.adversarial_from = 0 if self.dcgan else adversarial_from
        self.adversarial_on = self.adversarial_from == 0
        self.loss_weights = loss_weights
        self.divergence, self.kernel, self.lecam_weight = divergence, kernel, lecam_weight
        self._discriminator_criterion, self._generator_criterion = losses.ADVERSARIAL[
            "bce" if self.dcgan else "hinge"
        ]
        names = ("l1", "perceptual", "divergence", "adversarial", "kernel", "discriminator", "reconstruction")
        self.start(0.0 if self.dcgan else ema_decay, (*names, "output_std"))

    def trained_variables(self) -> dict[str, list[keras.Variable]]:
        generator, judging = self.generator.trainable_variables, self.discriminator.trainable_variables
        if self.dcgan:
            return {"generator": generator, "discriminator": judging}
        return {
            "generator": generator,
            "discriminator": [*judging, *self.reconstructor.trainable_variables],
            "autoencoder": [*generator, *self.encoder.trainable_variables],
        }

    def compile(
        self, generator_rate: float = 2e-4, discriminator_rate: float | None = None, autoencoder_rate: float = 1e-3
    ) -> None:
        """Make the optimizers, all Adam.

        Parameters
        ----------
        generator_rate, discriminator_rate : float
            Learning rates in adversarial steps. By default the discriminator's is 3e-4, for the DCGAN 2e-4.
        autoencoder_rate : float
            Learning rate before the discriminator joins.
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
        """Set the faces to which the kernel distance is measured; before, that loss is left out.

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

    def _statistics(self, pictures: Tensor) -> list[Tensor]:
        """Return means and deviations of features over all places, ``(batch, 2 * channels)`` for each layer.

        With means alone, a faint grid all over a picture matches the few sharp edges of a face.
        """
        found = features.maps(self._matched_features, pictures)
        # Where all places are equal, a square root of 0 would have no derivative.
        deviations = [ops.sqrt(ops.var(layer, axis=(1, 2)) + 1e-4) for layer in found]
        means = [ops.mean(layer, axis=(1, 2)) for layer in found]
        return [ops.concatenate(both, axis=1) for both in zip(means, deviations, strict=True)]

    def fit_latent_prior(self, pictures: np.ndarray, batch_size: int = 64) -> None:
        """Map noise from N(0, 1) to the distribution of the codes of these faces.

        The codes of a variational autoencoder, whose decoder the generator has been so far, rarely follow N(0, 1).
        A normal distribution is fitted to them (Ghosh et al., "From Variational to Deterministic Autoencoders",
        2020, section 4) and becomes part of the generator's first layer.

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

    def update(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        picture, noise = batch["picture"], batch["noise"]
        if not self.adversarial_on:
            return self.minimize("autoencoder", lambda: self._autoencoder_loss(picture, noise))[1]
        draws = ops.split(batch["draws"], 3, axis=1)
        fake = ops.stop_gradient(self.generator(noise, training=True))
        real, fake = self._augment(picture, draws[0]), self._augment(fake, draws[1])
        _, parts = self.minimize("discriminator", lambda: self._discriminator_loss(real, fake))
        _, more = self.minimize("generator", lambda: self._generator_loss(picture, noise, draws[2]))
        return parts | more

    def _encode(self, picture: Tensor, noise: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        """Return noise that encodes a picture, and the divergence of its distribution from N(0, 1), in nats."""
        mean, log_variance = self.encoder(picture, training=training)
        log_variance = ops.clip(log_variance, *LOG_VARIANCES)
        divergence = ops.square(mean) + ops.exp(log_variance) - log_variance - 1
        code = mean + ops.exp(log_variance / 2) * noise
        return ops.matmul(code - self.center, self.whitening), ops.mean(ops.sum(divergence, axis=1)) / 2

    def _autoencoder_loss(self, picture: Tensor, noise: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of the variational autoencoder, and losses by name."""
        code, divergence = self._encode(picture, noise, training=True)
        distance, parts = self._reconstruction_loss(picture, self.generator(code, training=True))
        return distance + self.divergence * divergence, {**parts, "divergence": divergence}

    def _reconstruction_loss(self, picture: Tensor, reconstruction: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the distance of a reconstruction from its picture, and losses by name."""
        weights = self.loss_weights
        sides = [side // 2 for side in picture.shape[1:3]]
        place = losses.place_of(self.step)
        perceptual = losses.windowed_perceptual_loss(
            self._perceptual_features, picture, reconstruction, place, sides
        )
        parts = {"l1": losses.l1(picture, reconstruction), "perceptual": perceptual}
        return weights.l1 * parts["l1"] + weights.perceptual * parts["perceptual"], parts

    def _augment(self, pictures: Tensor, draws: Tensor) -> Tensor:
        return pictures if self.dcgan else augmentation.augment(pictures, draws)

    def _discriminate(self, pictures: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        """Return the discriminator's logits, and the map that the reconstructor takes."""
        if self.dcgan:
            return self.discriminator(pictures, training=training)
        known = self._known_features(ops.average_pool(pictures, 2))
        return self.discriminator([pictures, *known], training=training)

    def _discriminator_loss(self, real: Tensor, fake: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the discriminator's loss on augmented pictures, and losses by name."""
        if self.dcgan:
            # One after the other: in a common batch, batch normalization would give the fakes away.
            logits = [self._discriminate(pictures, training=True)[0] for pictures in (real, fake)]
            loss = self._discriminator_criterion(*logits)
            return loss, {"discriminator": loss}
        logits, trunk = self._discriminate(ops.concatenate([real, fake]), training=True)
        on_real, on_fake = ops.split(logits, 2)
        loss = self._discriminator_criterion(on_real, on_fake)
        reconstruction = self.reconstructor(ops.split(trunk, 2)[0], training=True)
        parts = {"discriminator": loss, "reconstruction": losses.l1(ops.average_pool(real, 2), reconstruction)}
        return loss + parts["reconstruction"] + self.lecam_weight * self._lecam(on_real, on_fake), parts

    def _lecam(self, on_real: Tensor, on_fake: Tensor) -> Tensor:
        """Return the LeCam regularization: how far logits are beyond the running mean of the other kind's."""
        for mean, logits in zip(self.lecam_means, (on_real, on_fake), strict=True):
            mean.assign(0.99 * mean + 0.01 * ops.stop_gradient(ops.mean(logits)))
        real_mean, fake_mean = (ops.stop_gradient(ops.convert_to_tensor(mean)) for mean in self.lecam_means)
        return ops.mean(ops.square(ops.relu(on_real - fake_mean))) + ops.mean(
            ops.square(ops.relu(real_mean - on_fake))
        )

    def _generator_loss(self, picture: Tensor, noise: Tensor, draws: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the generator's loss, and losses by name; a quarter of the batch are reconstructions."""
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
