"""The way back alone: drawings of photographs are pairs, real drawings meet a discriminator."""

from transformers import losses
from transformers.backend import Tensor, keras
from transformers.training.unpaired import Unpaired

ops = keras.ops


class WayBack(Unpaired):
    """One generator, from b to a; see `Unpaired`.

    A pair shows what it should give, down to the features; what it gives for pictures of b, which have no pair, has
    to look like one of a. So a way back is learned when the way there is known: two passes of a generator a step,
    and no cycle in which to hide anything (Chu et al. 2017).
    """

    directions = ("backward",)

    def _pair_loss(self, a: Tensor, seen: Tensor, pair: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        parts = self._compared(a, *self._generate("backward", pair))
        return self._weighted_sum(parts), parts

    def _generator_loss(
        self, a: Tensor, seen: Tensor, b: Tensor, pair: Tensor, draws: dict[str, Tensor]
    ) -> tuple[Tensor, tuple]:
        from_pair, fake = self._generate("backward", pair, b)
        parts = self._compared(a, from_pair)
        parts["adversarial"] = self._adversarial_loss("backward", fake, draws)
        return self._weighted_sum(parts), (parts, {"backward": ops.stop_gradient(fake)})

    def _compared(self, a: Tensor, made: Tensor) -> dict[str, Tensor]:
        parts = {"pairs": losses.l1(a, made)} | self._perceptual_loss((a, made))
        parts["output_std"] = ops.mean(ops.std(made, axis=0))
        return parts
