"""The training of faces from noise by a flow: first an autoencoder of faces, then the flow in its codes."""

from collections.abc import Iterable

import numpy as np

from transformers import losses
from transformers.backend import Tensor, keras
from transformers.networks import features
from transformers.networks.flow import CHANNELS, GRID, LATENT, NUMBERS, RANK, ROUGHNESS, encoder, flow_generator
from transformers.training.base import TrainingModel
from transformers.training.paired import LossWeights

ops = keras.ops
PERCEPTUAL_LAYERS = ("conv1_2", "conv2_2", "conv3_3", "conv4_3")  # of the VGG-16
REPEATS = 4  # places on the way from noise to a code that are learned from at once: coding a face costs as much
WARM_UP = 200  # steps


class LatentFlow(TrainingModel):
    """Encoder, decoder, and the networks that move noise to codes.

    ``fit`` it on tuples of one dictionary: ``picture`` ``(batch, height, width, 3)`` in [-1, 1] and ``noise``
    ``(batch, NOISE)`` from N(0, 1). Calling it runs the generator with averaged weights.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}
    flow_from : int
        First epoch, from 0, in which the flow learns; before, encoder and decoder do. Needs the callback
        `transformers.training.callbacks.Stages`.
    loss_weights : LossWeights
        Of reconstructions: L1, and distance of VGG-16 features in a window of a quarter of the picture.
    ema_decay : float
        See `TrainingModel.start`.
    """

    NOISE = REPEATS * (LATENT + 1)
    STATE = ("step", "generator", "ema_generator", "encoder")

    def __init__(
        self,
        preset: str = "base",
        flow_from: int = 0,
        *,
        loss_weights: LossWeights = LossWeights(l1=1.0, perceptual=4.0, adversarial=0.0),
        ema_decay: float = 0.999,
    ) -> None:
        super().__init__(name="latent_flow")
        self.generator, self.ema_generator = flow_generator(preset), flow_generator(preset)
        self.encoder = encoder(preset)
        self._perceptual_features = features.vgg16(PERCEPTUAL_LAYERS)
        self.flow_from, self.flow_on = flow_from, flow_from == 0
        self.loss_weights = loss_weights
        self.start(ema_decay, ("l1", "perceptual", "flow", "output_std"))

    def trained_variables(self) -> dict[str, list[keras.Variable]]:
        decoding = self.generator.get_layer("decoder").trainable_variables
        return {
            "autoencoder": [*self.encoder.trainable_variables, *decoding],
            "flow": self.generator.get_layer("flow").trainable_variables,
        }

    def compile(self, autoencoder_steps: int, autoencoder_rate: float = 1e-3, flow_rate: float = 5e-4) -> None:
        """Make the optimizers, Adam.

        Parameters
        ----------
        autoencoder_steps : int
            Steps of the autoencoder, in which its learning rate falls to 0.
        autoencoder_rate, flow_rate : float
            Highest learning rates.
        """
        schedules = keras.optimizers.schedules
        falling = schedules.CosineDecay(
            0.0, autoencoder_steps, warmup_target=autoencoder_rate, warmup_steps=WARM_UP
        )
        rising = schedules.PolynomialDecay(flow_rate / WARM_UP, WARM_UP, flow_rate)
        self.set_optimizers(
            autoencoder=keras.optimizers.Adam(falling, clipnorm=1.0),
            flow=keras.optimizers.Adam(rising, clipnorm=1.0),
        )

    def fit_prior(self, batches: Iterable[np.ndarray]) -> None:
        """Set mean and covariance of the noise's start to those of these faces' codes, and of their mirror images'.

        The covariance is that of a factor analysis: exact in the `RANK` directions of most variance, and variances
        alone in what is left (Bishop, "Pattern Recognition and Machine Learning", 2006, section 12.2.4).

        Parameters
        ----------
        batches : iterable of numpy.ndarray
            ``float32`` ``(count, height, width, 3)`` in [-1, 1].
        """
        found = [self.encoder.predict_on_batch(x) for batch in batches for x in (batch, batch[:, :, ::-1])]
        codes = np.concatenate(found).reshape(-1, NUMBERS).astype(np.float64)
        mean = codes.mean(axis=0)
        covariance = (codes - mean).T @ (codes - mean) / len(codes)
        variances, directions = np.linalg.eigh(covariance)
        factor = (directions * np.sqrt(np.maximum(variances, 0))).T[: -RANK - 1 : -1]  # the most variance first
        left = np.diag(covariance) - np.square(factor).sum(axis=0)
        # However few the faces are, codes may be as far from theirs as the decoder is used to.
        rest = np.sqrt(np.maximum(left, ROUGHNESS**2))
        for generator in (self.generator, self.ema_generator):
            prior = generator.get_layer("prior")
            for variable, value in ((prior.mean, mean), (prior.factor, factor), (prior.rest, rest)):
                variable.assign(value)
            generator.get_layer("flow").network.get_layer("centered").mean.assign(mean.reshape(*GRID, CHANNELS))

    def update(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        picture, noise = batch["picture"], batch["noise"]
        if self.flow_on:
            return self.minimize("flow", lambda: self._flow_loss(picture, noise))[1]
        return self.minimize("autoencoder", lambda: self._autoencoder_loss(picture, noise))[1]

    def _autoencoder_loss(self, picture: Tensor, noise: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the distance of faces drawn from their codes, which are made inexact, and losses by name."""
        rough = ROUGHNESS * ops.reshape(noise[:, :NUMBERS], (-1, *GRID, CHANNELS))
        drawn = self.generator.get_layer("decoder")(self.encoder(picture, training=True) + rough, training=True)
        sides = [side // 2 for side in picture.shape[1:3]]
        place = losses.place_of(self.step)
        perceptual = losses.windowed_perceptual_loss(self._perceptual_features, picture, drawn, place, sides)
        parts = {"l1": losses.l1(picture, drawn), "perceptual": perceptual}
        loss = self.loss_weights.l1 * parts["l1"] + self.loss_weights.perceptual * parts["perceptual"]
        return loss, {**parts, "output_std": ops.mean(ops.std(drawn, axis=0))}

    def _flow_loss(self, picture: Tensor, noise: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return how far velocities are from those of straight ways from noise to codes, squared.

        Times are the more frequent the nearer to the middle (Esser et al., "Scaling Rectified Flow Transformers for
        High-Resolution Image Synthesis", 2024, section 3.1).
        """
        codes = ops.repeat(ops.stop_gradient(self.encoder(picture, training=False)), REPEATS, axis=0)
        start = self.generator.get_layer("prior")(ops.reshape(noise[:, : REPEATS * LATENT], (-1, LATENT)))
        time = ops.sigmoid(ops.reshape(noise[:, REPEATS * LATENT :], (-1, 1)))
        share = ops.reshape(time, (-1, 1, 1, 1))
        network = self.generator.get_layer("flow").network
        found = network([(1 - share) * start + share * codes, time], training=True)
        loss = ops.mean(ops.square(found - (codes - start)))
        return loss, {"flow": loss}

    def reconstruct(self, pictures: Tensor, training: bool = False) -> Tensor:
        """Return pictures, ``(batch, height, width, 3)`` in [-1, 1], coded and drawn again."""
        return self.ema_generator.get_layer("decoder")(self.encoder(pictures, training=training), training=training)
