"""The training of a painter, which learns one painting."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from transformers import backend, losses
from transformers.backend import Batch, Tensor, keras
from transformers.networks import features
from transformers.networks.painter import COLORS, painter
from transformers.training.base import TrainingModel

layers = keras.layers
ops = keras.ops
CONTENT_LAYER = "conv4_1"
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green, blue (ITU-R BT.601)
PATCH = 16  # pixels
BORDER = 8  # pixels on all sides that feature maps leave out
MOST_SHIFT = 8  # pixels: two places of the network's body, which works at a quarter of the size
# Weight of each layer: the deepest has strokes and swirls, the others colours and fine texture.
STYLE_LAYERS = {"conv1_1": 1.0, "conv2_1": 1.0, "conv3_1": 1.0, "conv4_1": 4.0}


def mean_gram_matrix(maps: Tensor) -> Tensor:
    """Return `transformers.losses.gram_matrix` divided by the number of places, ``(batch, channels, channels)``."""
    return losses.gram_matrix(maps) / math.prod(maps.shape[1:3])


def light(painted: Tensor, pictures: Tensor) -> Tensor:
    """Return the mean squared difference of luminances, averaged over patches, less each picture's mean.

    A Gram matrix does not say where things are: with it alone, all the dark blue of a painting ends in a few
    blots, on an eye as well as elsewhere. A picture as a whole may become darker or lighter.

    Parameters
    ----------
    painted, pictures : tensor
        ``(batch, height, width, 3)`` in [-1, 1]; sides of at least `PATCH` pixels.

    Returns
    -------
    tensor
        A number, at least 0.
    """
    shades = []
    for values in (painted, pictures):
        luminance = ops.sum(ops.multiply(values, ops.convert_to_tensor(LUMINANCE)), axis=3, keepdims=True)
        shade = ops.average_pool(luminance, PATCH)
        shades.append(shade - ops.mean(shade, axis=(1, 2), keepdims=True))
    return ops.mean(ops.square(shades[0] - shades[1]))


def variation(pictures: Tensor) -> Tensor:
    """Return the mean squared difference of neighbouring pixels, down plus across, of square pictures.

    Parameters
    ----------
    pictures : tensor
        ``(batch, side, side, channels)``.

    Returns
    -------
    tensor
        A number: `transformers.losses.total_variation` by the number of neighbours in one direction.
    """
    side, width, channels = pictures.shape[1:]
    return ops.mean(losses.total_variation(pictures)) / ((side - 1) * width * channels)


@dataclass(frozen=True)
class PaintWeights:
    """Weights of the losses in the painter's sum.

    Attributes
    ----------
    content, style : float
        Both losses are relative: to the mean square of the painting's own features, and to that of its Gram
        matrices.
    light : float
        Of `light`.
    variation : float
        Of `variation`.
    steadiness : float
        Of `steadiness`, between the results for two views of a picture, shifted by some pixels and with
        different noise. It keeps films from flickering.
    """

    content: float = 1.5
    style: float = 30.0
    light: float = 4.0
    variation: float = 1.0
    steadiness: float = 4.0


class PainterTraining(TrainingModel):
    """A painter that learns one painting.

    Use it like any Keras model: ``compile``, then ``fit`` on tuples of one dictionary. ``picture`` and ``other``
    are two views of the same photographs, ``(batch, side, side, 3)`` in [-1, 1]; ``shift``, ``int32`` ``(2,)``,
    is how many rows and columns further down and right the other view begins, at most `MOST_SHIFT`.

    Parameters
    ----------
    painting : numpy.ndarray
        ``float32`` RGB ``(height, width, 3)`` in [-1, 1], at the size at which its strokes are to appear.
    preset : {"tiny", "base", "large"}
    weights : PaintWeights
    ema_decay : float
        See `TrainingModel.start`.
    """

    TRAINED = "painter"
    STATE = ("step", "painter", "ema_painter")

    def __init__(
        self,
        painting: np.ndarray,
        preset: str = "base",
        weights: PaintWeights = PaintWeights(),
        ema_decay: float = 0.99,
    ) -> None:
        super().__init__(name="painter_training")
        self.painter, self.ema_painter = painter(preset), painter(preset)
        self.loss_weights = weights
        self.set_colors(painting)
        with backend.without_gradient():
            maps = _feature_maps(painting[None])
            self._style = [ops.convert_to_numpy(mean_gram_matrix(m)) for m in maps.values()]
            self._content_scale = float(ops.mean(ops.square(maps[CONTENT_LAYER])))
        self.start(ema_decay, ("loss", "content", "style", "light", "variation", "steadiness"))

    def set_colors(self, painting: np.ndarray) -> None:
        """Give the painter the colours of a painting; needed after loading the weights of another painting.

        Parameters
        ----------
        painting : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
        """
        self.painter.get_layer(COLORS).learn(painting)

    def trained_variables(self) -> dict[str, list[keras.Variable]]:
        return {"painter": self.painter.trainable_variables}

    def compile(self, optimizer: keras.optimizers.Optimizer | None = None) -> None:
        """Choose the optimizer, by default Adam with a rate of 1e-3 as in Johnson et al."""
        self.set_optimizers(painter=optimizer or keras.optimizers.Adam(1e-3))

    def update(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return self.minimize("painter", lambda: self._loss(batch))[1]

    def score(self, picture: Batch) -> float:
        """Return the weighted sum of all losses but steadiness, of the averaged weights; the lower the better.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` ``(batch, side, side, 3)`` in [-1, 1].
        """
        with backend.without_gradient():
            return float(self._loss_of_one_view(picture, self(picture))[0])

    def _loss(self, batch: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        both = self.painter(ops.concatenate([batch["picture"], batch["other"]]), training=True)
        painted, other = ops.split(both, 2)
        total, parts = self._loss_of_one_view(batch["picture"], painted)
        parts["steadiness"] = steadiness(painted, other, batch["shift"])
        total = total + self.loss_weights.steadiness * parts["steadiness"]
        return total, {"loss": total, **parts}

    def _loss_of_one_view(self, picture: Tensor, painted: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the weighted sum of all losses but steadiness, and the losses by name."""
        weights = self.loss_weights
        # Compare with the picture in the painting's colours: its own would pull the other way.
        picture = self.painter.get_layer(COLORS)(picture)
        maps, goal = _feature_maps(painted), _feature_maps(picture)[CONTENT_LAYER]
        parts = {
            "content": ops.mean(ops.square(maps[CONTENT_LAYER] - goal)) / self._content_scale,
            "style": style_distance(
                [mean_gram_matrix(m) for m in maps.values()], self._style, STYLE_LAYERS.values()
            ),
            "light": light(painted, picture),
            "variation": variation(painted),
        }
        return sum(getattr(weights, name) * value for name, value in parts.items()), parts


def _feature_maps(pictures: Tensor) -> dict[str, Tensor]:
    """Return the feature maps of all layers that are compared, by name.

    The network is looked up each time: as an attribute it would be saved with the state. It pools by the mean,
    whose gradient reaches all places alike; that of maxima weaves a grid into the result. Borders are left out:
    there the network sees its zero padding, which would teach the painter to paint a frame.
    """
    network = features.network("vgg16", tuple(STYLE_LAYERS), pooling="average")
    margins = [BORDER // features.stride(name) for name in STYLE_LAYERS]
    return dict(zip(STYLE_LAYERS, features.maps(network, pictures, margins), strict=True))


def style_distance(grams: list[Tensor], wanted: list[np.ndarray], weights: Collection[float]) -> Tensor:
    """Return the relative squared distance of Gram matrices, a weighted mean over layers.

    Parameters
    ----------
    grams : list of tensor
        Of the pictures, ``(batch, channels, channels)``, layer by layer.
    wanted : list of numpy.ndarray
        Of the painting, ``(1, channels, channels)``, layer by layer.
    weights : collection of float
        Of the layers; only proportions matter.

    Returns
    -------
    tensor
        A number: 0 for equal matrices, 1 where `grams` are 0.
    """
    shares = [
        weight * ops.mean(ops.sum(ops.square(g - ops.convert_to_tensor(w)), axis=(1, 2))) / float((w**2).sum())
        for g, w, weight in zip(grams, wanted, weights, strict=True)
    ]
    return sum(shares) / sum(weights)


def steadiness(one: Tensor, other: Tensor, shift: Tensor) -> Tensor:
    """Return the mean squared difference of two views where they show the same.

    Parameters
    ----------
    one, other : tensor
        ``(batch, height, width, 3)``, both sides above `MOST_SHIFT`.
    shift : tensor
        ``int32`` ``(2,)``, from 0 to `MOST_SHIFT`: how many rows and columns further down and right the other
        view begins.

    Returns
    -------
    tensor
        A number, at least 0.
    """
    one, other, shift = (ops.convert_to_tensor(values) for values in (one, other, shift))
    height, width = (side - MOST_SHIFT for side in one.shape[1:3])
    one = ops.take(one, shift[0] + ops.arange(height), axis=1)
    one = ops.take(one, shift[1] + ops.arange(width), axis=2)
    return ops.mean(ops.square(one - other[:, :height, :width]))
