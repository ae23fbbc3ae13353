"""The training of the painter of any painting."""

from collections.abc import Sequence
from dataclasses import dataclass

from transformers import backend
from transformers.backend import Batch, Tensor, keras
from transformers.networks import features
from transformers.networks.any_painter import LAYERS, adapted, any_painter, encoded, moments
from transformers.networks.painter import colors_of, with_colors
from transformers.training.base import TrainingModel
from transformers.training.painter import BORDER, STYLE_LAYERS, light, mean_gram_matrix, variation

ops = keras.ops


@dataclass(frozen=True)
class AnyPaintWeights:
    """Weights of the losses in the sum.

    Attributes
    ----------
    content : float
        Of the `distance` of the result's deepest features from the adapted ones that it was made of (Huang and
        Belongie 2017, equation 12).
    style : float
        Of the `distance` of Gram matrices from the painting's, a weighted mean over layers. The article compares
        means and deviations, which the adapted features have already; strokes are in what occurs together.
    light : float
        Of `transformers.training.painter.light`.
    variation : float
        Of `transformers.training.painter.variation`.
    """

    content: float = 3.0
    style: float = 30.0
    light: float = 10.0
    variation: float = 1.0


class AnyPainterTraining(TrainingModel):
    """A painter that learns to paint like any painting.

    Use it like any Keras model: ``compile``, then ``fit`` on tuples of one dictionary. ``picture`` and ``painting``
    are photographs and the painting for each, both ``(batch, side, side, 3)`` in [-1, 1].

    Parameters
    ----------
    preset : {"tiny", "base", "large"}
    weights : AnyPaintWeights
    ema_decay : float
        See `TrainingModel.start`.
    """

    TRAINED = "painter"
    STATE = ("step", "painter", "ema_painter")

    def __init__(
        self, preset: str = "base", weights: AnyPaintWeights = AnyPaintWeights(), ema_decay: float = 0.999
    ) -> None:
        super().__init__(name="any_painter_training")
        self.painter, self.ema_painter = any_painter(preset), any_painter(preset)
        self.loss_weights = weights
        self.start(ema_decay, ("loss", "content", "style", "light", "variation"))

    def trained_variables(self) -> dict[str, list[keras.Variable]]:
        return {"painter": self.painter.trainable_variables}

    def compile(self, optimizer: keras.optimizers.Optimizer | None = None) -> None:
        """Choose the optimizer, by default Adam with a rate of 1e-3."""
        self.set_optimizers(painter=optimizer or keras.optimizers.Adam(1e-3))

    def update(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return self.minimize("painter", lambda: self._loss(self.painter, **batch))[1]

    def score(self, picture: Batch, painting: Batch) -> float:
        """Return the weighted sum of all losses, of the averaged weights; the lower the better.

        Parameters
        ----------
        picture, painting : numpy.ndarray
            ``float32`` ``(batch, side, side, 3)`` in [-1, 1].
        """
        with backend.without_gradient():
            return float(self._loss(self.ema_painter, picture, painting)[0])

    def _loss(self, painter: keras.Model, picture: Tensor, painting: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the weighted sum of all losses, and the losses by name."""
        picture, painting = ops.convert_to_tensor(picture), ops.convert_to_tensor(painting)
        with backend.without_gradient():  # neither photograph nor painting is trained
            recolored = with_colors(picture, *colors_of(painting))
            both = encoded(ops.concatenate([painting, recolored]))
            wanted, own = zip(*(ops.split(values, 2) for values in both), strict=True)
            maps = [adapted(one, *moments(other)) for one, other in zip(own, wanted, strict=True)]
        painted = painter([recolored, *maps], training=True)
        found = encoded(painted)
        found, maps, wanted = (_inside(values) for values in (found, maps, wanted))
        grams = zip(_grams(found), _grams(wanted), STYLE_LAYERS.values(), strict=True)
        parts = {
            "content": distance(found[-1], maps[-1]),
            "style": sum(weight * distance(*pair) for *pair, weight in grams) / sum(STYLE_LAYERS.values()),
            "light": light(painted, recolored),
            "variation": variation(painted),
        }
        total = sum(getattr(self.loss_weights, name) * value for name, value in parts.items())
        return total, {"loss": total, **parts}


def distance(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the squared distance of tensors, relative to the mean of their squares, a mean over the batch.

    Relative to what is wanted alone, it would be hundreds for a painting of which the most part is plain paper.

    Parameters
    ----------
    found, wanted : tensor
        ``(batch, …)``; the scale is no part of the gradient.

    Returns
    -------
    tensor
        A number: 0 for equal tensors, 2 where one of them is 0, at most 4.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(distance(np.float32([[3, 4]]), np.float32([[3, 3]]))), 3)  # 1 of (25 + 18) / 2
    0.047
    """
    found, wanted = ops.convert_to_tensor(found), ops.convert_to_tensor(wanted)
    axes = tuple(range(1, len(found.shape)))
    scale = ops.sum(ops.square(wanted), axis=axes) + ops.stop_gradient(ops.sum(ops.square(found), axis=axes))
    return ops.mean(ops.sum(ops.square(found - wanted), axis=axes) / (scale / 2 + 1e-12))


def _inside(maps: Sequence[Tensor]) -> list[Tensor]:
    """Return features without the borders, where VGG-16 sees its zero padding: a frame would be learned."""
    return [features.without_margin(m, BORDER // features.stride(n)) for n, m in zip(LAYERS, maps, strict=True)]


def _grams(maps: list[Tensor]) -> list[Tensor]:
    dtype = keras.config.dtype_policy().compute_dtype
    return [mean_gram_matrix(ops.cast(values, dtype)) for values in maps]
