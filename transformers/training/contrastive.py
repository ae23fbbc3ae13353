"""CUT: one generator, whose output must match its input patch by patch."""

from typing import Any

from transformers import losses
from transformers.backend import Tensor, keras
from transformers.training.unpaired import Unpaired

layers = keras.layers
ops = keras.ops


class CUT(Unpaired):
    """One generator; a place of its output must resemble the same place of the input most (Park et al. 2020).

    With ``LossWeights(content=1, identity=1)`` it is CUT, with ``content=10, identity=0`` FastCUT.

    Parameters
    ----------
    *arguments, **options
        See `Unpaired`.
    places : int
        Number of places of a picture that are compared with one another.
    temperature : float
        Of the softmax over places (tau), above 0.
    """

    WIDTH = 128  # length of the vectors that are compared
    STATE = (*Unpaired.STATE, "projections")

    def __init__(self, *arguments: Any, places: int = 128, temperature: float = 0.07, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.places, self.temperature = places, temperature
        network = self.generators["forward"]
        self.encoder = keras.Model(network.input, network.taps)
        self.projections = [
            keras.Sequential([layers.Dense(self.WIDTH, "relu"), layers.Dense(self.WIDTH)]) for _ in network.taps
        ]
        for projection, tap in zip(self.projections, network.taps, strict=True):
            projection.build((None, None, tap.shape[-1]))

    def trained_variables(self) -> dict[str, list[keras.Variable]]:
        trained = super().trained_variables()
        trained["generator"] += [v for p in self.projections for v in p.trainable_variables]
        return trained

    def _pair_loss(self, a: Tensor, seen: Tensor, pair: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        (fake,) = self._generate("forward", seen)
        parts = {"pairs": losses.l1(pair, fake)} | self._perceptual_loss((pair, fake))
        parts["output_std"] = ops.mean(ops.std(fake, axis=0))
        parts["contrast"] = self._patch_nce(seen, fake, ops.zeros(1))  # the projections learn too
        return self._weighted_sum(parts) + parts["contrast"], parts

    def _generator_loss(
        self, a: Tensor, seen: Tensor, b: Tensor, pair: Tensor, draws: dict[str, Tensor]
    ) -> tuple[Tensor, tuple]:
        fake, *same = self._generate("forward", seen, *[b] * bool(self.loss_weights.identity and not self.prepared))
        offsets = draws["forward"][:, -1]
        parts = {"content": self._patch_nce(seen, fake, offsets)}
        if self.loss_weights.kept:
            parts["pairs"] = losses.l1(pair, fake)
        if same:
            parts["identity"] = self._patch_nce(b, same[0], offsets)
        parts["adversarial"] = self._adversarial_loss("forward", fake, draws)
        parts["output_std"] = ops.mean(ops.std(fake, axis=0))
        return self._weighted_sum(parts), (parts, {"forward": ops.stop_gradient(fake)})

    def _patch_nce(self, source: Tensor, fake: Tensor, offsets: Tensor) -> Tensor:
        """Return the PatchNCE loss (section 3): the cross-entropy of finding each place of `fake` in `source`."""
        total = 0.0
        maps = zip(self.encoder(source), self.encoder(fake), self.projections, strict=True)
        for key, query, projection in maps:
            key, query = (self._vectors(f, projection, offsets) for f in (key, query))
            similarity = ops.einsum("bic,bjc->bij", query, ops.stop_gradient(key)) / self.temperature
            own = ops.einsum("bii->bi", similarity)
            total = total + ops.mean(ops.logsumexp(similarity, axis=2) - own)
        return total / len(self.projections)

    def _vectors(self, maps: Tensor, projection: keras.Model, offsets: Tensor) -> Tensor:
        """Return unit vectors at places spread evenly over each picture, ``(batch, places, WIDTH)``."""
        height, width, channels = maps.shape[1:]
        count = min(self.places, height * width)
        start = ops.cast(offsets[0] * (height * width), "int32")
        places = ops.cast(ops.arange(count, dtype="float32") * (height * width / count), "int32")
        places = ops.mod(places + start, height * width)
        vectors = ops.take(ops.reshape(maps, (-1, height * width, channels)), places, axis=1)
        vectors = ops.cast(projection(vectors), "float32")
        return vectors * ops.rsqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True) + 1e-10)
