"""The training of a DCGAN (Radford et al. 2016): networks, loss and optimizers as published, to compare with."""

from transformers import losses
from transformers.backend import Tensor, keras
from transformers.networks.dcgan import LATENT, dcgan_discriminator, dcgan_generator
from transformers.training.base import TrainingModel

ops = keras.ops


class DCGAN(TrainingModel):
    """Generator and discriminator.

    ``fit`` it on tuples of one dictionary: ``picture`` ``(batch, height, width, 3)`` in [-1, 1] and ``noise``
    ``(batch, NOISE)`` from N(0, 1). Calling it runs the generator, whose weights are not averaged.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}
    """

    NOISE = LATENT

    def __init__(self, preset: str = "base") -> None:
        super().__init__(name="dcgan")
        self.generator, self.ema_generator = dcgan_generator(preset), dcgan_generator(preset)
        self.discriminator = dcgan_discriminator(preset)
        self.start(0.0, ("adversarial", "discriminator", "output_std"))

    def trained_variables(self) -> dict[str, list[keras.Variable]]:
        return {
            "generator": self.generator.trainable_variables,
            "discriminator": self.discriminator.trainable_variables,
        }

    def compile(self, rate: float = 2e-4) -> None:
        """Make the optimizers, Adam with a learning rate of `rate`."""
        self.set_optimizers(
            generator=keras.optimizers.Adam(rate, beta_1=0.5), discriminator=keras.optimizers.Adam(rate, beta_1=0.5)
        )

    def update(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        picture, noise = batch["picture"], batch["noise"]
        fake = ops.stop_gradient(self.generator(noise, training=True))
        _, parts = self.minimize("discriminator", lambda: self._discriminator_loss(picture, fake))
        _, more = self.minimize("generator", lambda: self._generator_loss(noise))
        return parts | more

    def _discriminator_loss(self, real: Tensor, fake: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        criterion, _ = losses.ADVERSARIAL["bce"]
        # One after the other: in a common batch, batch normalization would give the fakes away.
        loss = criterion(*(self.discriminator(pictures, training=True) for pictures in (real, fake)))
        return loss, {"discriminator": loss}

    def _generator_loss(self, noise: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        _, criterion = losses.ADVERSARIAL["bce"]
        fake = self.generator(noise, training=True)
        loss = criterion(self.discriminator(fake, training=True))
        return loss, {"adversarial": loss, "output_std": ops.mean(ops.std(fake, axis=0))}
