"""The way there alone: pairs that a filter drew, and a discriminator that has seen real drawings."""

from transformers import losses
from transformers.backend import Tensor, keras
from transformers.training.unpaired import Unpaired

ops = keras.ops
PAPER = 0.95  # of white: at white itself the generator's last activation has no gradient, and nothing is ever drawn
WINDOW = 5  # pixels, twice: wide enough that lines do not count, and narrow enough that an eye does


class WayThere(Unpaired):
    """One generator, from a to b; see `Unpaired`.

    A pair shows it where lines may lie; their tones, which it has to keep, weigh more than their places
    (``LossWeights.content`` and ``pairs``), so that it is free to draw them as the discriminator knows them.
    """

    directions = ("forward",)

    def _pair_loss(self, a: Tensor, seen: Tensor, pair: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        parts = self._compared(pair, *self._generate("forward", seen))
        return self._weighted_sum(parts), parts

    def _generator_loss(
        self, a: Tensor, seen: Tensor, b: Tensor, pair: Tensor, draws: dict[str, Tensor]
    ) -> tuple[Tensor, tuple]:
        (fake,) = self._generate("forward", seen)
        parts = self._compared(pair, fake)
        parts["adversarial"] = self._adversarial_loss("forward", fake, draws)
        return self._weighted_sum(parts), (parts, {"forward": ops.stop_gradient(fake)})

    def _compared(self, pair: Tensor, fake: Tensor) -> dict[str, Tensor]:
        pair = PAPER * ops.cast(pair, fake.dtype)
        parts = {"pairs": ops.mean(ops.square(pair - fake)), "content": losses.l1(_tones(pair), _tones(fake))}
        parts["output_std"] = ops.mean(ops.std(fake, axis=0))
        return parts


def _tones(drawing: Tensor) -> Tensor:
    """Return what is left of a drawing where lines are too fine to be seen, at half its size."""
    return ops.average_pool(ops.average_pool(drawing, WINDOW, 1, "same"), WINDOW, 2, "same")
