"""CUT: one generator, and patches that must stay recognisable."""

from transformers import losses
from transformers.backend import keras
from transformers.training.unpaired import Unpaired

layers = keras.layers
ops = keras.ops


class CUT(Unpaired):
    """One generator: a place of the result must resemble its own place more than others (Park et al. 2020).

    With ``LossWeights(content=1, identity=1)`` it is CUT, with ``content=10, identity=0`` FastCUT.

    Parameters
    ----------
    places : int
        Places of a picture that are compared with one another.
    temperature : float
    """

    WIDTH = 128  # of the vectors that are compared

    def __init__(self, *arguments, places=128, temperature=0.07, **options):
        super().__init__(*arguments, **options)
        self.places, self.temperature = places, temperature
        network = self.generators["forward"]
        self.encoder = keras.Model(network.input, network.taps)
        self.projections = [
            keras.Sequential([layers.Dense(self.WIDTH, "relu"), layers.Dense(self.WIDTH)]) for _ in network.taps
        ]
        for projection, tap in zip(self.projections, network.taps, strict=True):
            projection.build((None, None, tap.shape[-1]))

    def _translating(self):
        return super()._translating() + [v for p in self.projections for v in p.trainable_variables]

    def _imitate(self, a, pair):
        (made,) = self._make("forward", a)
        parts = {"pairs": losses.l1(pair, made)} | self._perceptual((pair, made))
        parts["spread"] = ops.mean(ops.std(made, axis=0))
        parts["contrast"] = self._contrast(a, made, ops.zeros(1))  # the projections learn too
        return self._sum(parts) + parts["contrast"], parts

    def _translate(self, a, b, pair, draws):
        made, *same = self._make("forward", a, *[b] * bool(self.loss_weights.identity))
        where = draws["forward"][:, -1]
        parts = {"content": self._contrast(a, made, where)}
        if self.loss_weights.kept:
            parts["pairs"] = losses.l1(pair, made)
        if same:
            parts["identity"] = self._contrast(b, same[0], where)
        parts["adversarial"] = self._verdict_on("forward", made, draws)
        parts["spread"] = ops.mean(ops.std(made, axis=0))
        return self._sum(parts), (parts, {"forward": ops.stop_gradient(made)})

    def _contrast(self, source, made, where):
        """Return the PatchNCE loss (equation 4): which of the source's places a place of the result belongs to."""
        total = 0.0
        maps = zip(self.encoder(source), self.encoder(made), self.projections, strict=True)
        for key, query, projection in maps:
            key, query = (self._at_places(f, projection, where) for f in (key, query))
            likeness = ops.einsum("bic,bjc->bij", query, ops.stop_gradient(key)) / self.temperature
            own = ops.einsum("bii->bi", likeness)
            total = total + ops.mean(ops.logsumexp(likeness, axis=2) - own)
        return total / len(self.projections)

    def _at_places(self, found, projection, where):
        """Return unit vectors at places spread evenly over each picture, ``(batch, places, WIDTH)``."""
        height, width, channels = found.shape[1:]
        count = min(self.places, height * width)
        start = ops.cast(where[0] * (height * width), "int32")
        places = ops.cast(ops.arange(count, dtype="float32") * (height * width / count), "int32")
        places = ops.mod(places + start, height * width)
        vectors = ops.take(ops.reshape(found, (-1, height * width, channels)), places, axis=1)
        vectors = ops.cast(projection(vectors), "float32")
        return vectors * ops.rsqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True) + 1e-10)
