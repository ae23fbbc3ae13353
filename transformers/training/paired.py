"""The GAN that trains transformations on pairs of pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from transformers import losses
from transformers.backend import Tensor, keras
from transformers.networks import features
from transformers.training.base import TrainingModel

ops = keras.ops


@dataclass(frozen=True)
class LossWeights:
    """Weights of the losses in the generator's sum; a loss of weight 0 is not computed."""

    l1: float = 100.0
    adversarial: float = 1.0
    perceptual: float = 0.0
    colourfulness: float = 0.0


class GAN(TrainingModel):
    """A generator and its discriminator.

    Use it like any Keras model: ``compile``, ``fit`` on pairs ``(condition, target)``, ``evaluate``; both are
    ``float32`` ``(batch, height, width, channels)`` in [-1, 1]. Calling it runs the generator with averaged
    weights.

    Parameters
    ----------
    generator : keras.Model
        Condition to result, see `transformers.networks.generators`.
    ema_generator : keras.Model
        Another generator of the same architecture, for the averaged weights.
    discriminator : keras.Model
        ``[condition, picture]`` to logits, see `transformers.networks.discriminators`.
    loss_weights : LossWeights
    adversarial : {"least_squares", "bce", "hinge"}
    ema_decay : float
        See `TrainingModel.start`.
    adversarial_from : int
        First epoch, from 0, of the discriminator; before, the generator learns by reconstruction alone. Needs
        the callback `transformers.training.callbacks.Schedule`.
    perceptual_network : {"vgg16", "efficientnet_lite0"}
        Its features are compared by the perceptual loss.
    perceptual_window : int
        Side of the perceptual loss' square window, in pixels; see `losses.windowed_perceptual_loss`.
    perceptual_focus : float
        How far that window is drawn to the middle, see `losses.place_of`.
    reconstruction : callable
        Loss of target and result, named ``l1`` in weights and history.
    chroma_of : callable
        Result to its chroma ``(batch, height, width, 2)``, whose colourfulness is rewarded.

    Raises
    ------
    ValueError
        When the adversarial loss is unknown.
    """

    def __init__(
        self,
        generator: keras.Model,
        ema_generator: keras.Model,
        discriminator: keras.Model,
        *,
        loss_weights: LossWeights = LossWeights(),
        adversarial: str = "least_squares",
        ema_decay: float = 0.999,
        adversarial_from: int = 0,
        perceptual_network: str = "vgg16",
        perceptual_window: int = 96,
        perceptual_focus: float = 0.0,
        reconstruction: Callable[[Tensor, Tensor], Tensor] = losses.l1,
        chroma_of: Callable[[Tensor], Tensor] = lambda result: result,
    ) -> None:
        super().__init__(name="gan")
        if adversarial not in losses.ADVERSARIAL:
            known = ", ".join(losses.ADVERSARIAL)
            raise ValueError(f"adversarial loss '{adversarial}' is unknown; choose from {known}")
        self.generator, self.ema_generator, self.discriminator = generator, ema_generator, discriminator
        self.loss_weights = loss_weights
        self.adversarial_from = adversarial_from
        self.perceptual_window, self.perceptual_focus = perceptual_window, perceptual_focus
        self.reconstruction, self.chroma_of = reconstruction, chroma_of
        self.adversarial_on = adversarial_from == 0 and loss_weights.adversarial > 0
        self._discriminator_criterion, self._generator_criterion = losses.ADVERSARIAL[adversarial]
        self._features = features.by_name(perceptual_network) if loss_weights.perceptual else None
        names = ("loss", "l1", "adversarial", "perceptual", "discriminator", "output_std", "score")
        self.start(ema_decay, names)

    def trained_variables(self) -> dict[str, list[keras.Variable]]:
        return {
            "generator": self.generator.trainable_variables,
            "discriminator": self.discriminator.trainable_variables,
        }

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer | None = None,
        discriminator_optimizer: keras.optimizers.Optimizer | None = None,
    ) -> None:
        """Choose both optimizers, by default Adam as in pix2pix (2e-4, beta_1 0.5)."""
        self.set_optimizers(
            generator=generator_optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5),
            discriminator=discriminator_optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5),
        )

    def update(self, condition: Tensor, target: Tensor) -> dict[str, Tensor]:
        return self.minimize("generator", lambda: self._generator_loss(condition, target))[1]

    def _generator_loss(self, condition: Tensor, target: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the generator's loss, and losses by name; the discriminator takes its step on the same result."""
        weights = self.loss_weights
        fake = self.generator(condition, training=True)
        target = ops.cast(target, fake.dtype)
        parts = {"l1": self.reconstruction(target, fake)}
        total = weights.l1 * parts["l1"]
        if weights.colourfulness:
            total = total - weights.colourfulness * losses.colourfulness(self.chroma_of(fake[:, ::2, ::2]))
        if self.adversarial_on:
            detached = ops.stop_gradient(fake)
            parts["discriminator"], _ = self.minimize(
                "discriminator", lambda: self._discriminator_loss(condition, target, detached)
            )
            logits = self.discriminator([condition, fake], training=False)
            parts["adversarial"] = self._generator_criterion(logits)
            total = total + weights.adversarial * parts["adversarial"]
        if weights.perceptual:
            place = losses.place_of(self.step, self.perceptual_focus)
            parts["perceptual"] = self._perceptual_loss(target, fake, place)
            total = total + weights.perceptual * parts["perceptual"]
        # How much results differ from one another: near 0 they have all become the same.
        parts["output_std"] = ops.mean(ops.std(fake[:, ::4, ::4], axis=0))
        parts["loss"] = total
        return total, parts

    def _discriminator_loss(self, condition: Tensor, target: Tensor, fake: Tensor) -> tuple[Tensor, None]:
        # One pass over both halves, so that they share the spectral norms.
        pairs = [ops.concatenate([condition, condition]), ops.concatenate([target, fake])]
        return self._discriminator_criterion(*ops.split(self.discriminator(pairs, training=True), 2)), None

    def _perceptual_loss(self, target: Tensor, fake: Tensor, place: Tensor) -> Tensor:
        return losses.windowed_perceptual_loss(self._features, target, fake, place, (self.perceptual_window,) * 2)

    def test_step(self, *args: Any) -> dict[str, Tensor]:
        """Return the L1, and the score that chooses the best weights: the sum of all losses but the adversarial."""
        condition, target = args[-1][:2]
        fake = self(condition)
        target = ops.cast(target, fake.dtype)
        l1 = self.reconstruction(target, fake)
        score = self.loss_weights.l1 * l1
        if self.loss_weights.perceptual:  # in the middle of the picture: eyes, nose and mouth
            middle = ops.full((2,), 0.5)
            score = score + self.loss_weights.perceptual * self._perceptual_loss(target, fake, middle)
        return self.log({"l1": l1, "score": score})
