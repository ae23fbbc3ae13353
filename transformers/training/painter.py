"""How a painter learns one painting."""

from dataclasses import dataclass

import numpy as np

from transformers import backend
from transformers.backend import keras
from transformers.networks import features
from transformers.networks.painter import COLORS, painter
from transformers.training.base import TrainingModel

layers = keras.layers
ops = keras.ops
CONTENT_LAYER = "conv4_1"
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green, blue (ITU-R BT.601)
PATCH = 16  # pixels
BORDER = 8  # pixels that feature maps leave out on all sides
# What each counts for: the deepest has strokes and swirls, the others colours and fine texture.
STYLE_LAYERS = {"conv1_1": 1.0, "conv2_1": 1.0, "conv3_1": 1.0, "conv4_1": 4.0}


def gram(maps):
    """Return Gram matrices: products of every two channels, averaged over places (Gatys et al. 2016, equation 3).

    Parameters
    ----------
    maps : tensor
        Features ``(batch, height, width, channels)``.

    Returns
    -------
    tensor
        ``float32`` ``(batch, channels, channels)``.
    """
    height, width, channels = maps.shape[1:]
    flat = ops.reshape(maps, (-1, height * width, channels))
    product = ops.matmul(ops.transpose(flat, (0, 2, 1)), flat)
    return ops.cast(product, "float32") / (height * width)


def light(painted, pictures):
    """Return the mean squared difference of luminances over `PATCH` pixels, less each picture's mean.

    What a Gram matrix wants may be anywhere. Without this, all the dark blue of a painting ends in some blots,
    and where an eye is as well as elsewhere. A picture as a whole may become darker or lighter.
    """
    shades = []
    for values in (painted, pictures):
        luminance = ops.sum(ops.multiply(values, ops.convert_to_tensor(LUMINANCE)), axis=3, keepdims=True)
        shade = ops.average_pool(luminance, PATCH)
        shades.append(shade - ops.mean(shade, axis=(1, 2), keepdims=True))
    return ops.mean(ops.square(shades[0] - shades[1]))


def total_variation(pictures):
    """Return the mean squared difference of neighbouring pixels, down and across (Mahendran and Vedaldi 2015)."""
    down = ops.mean(ops.square(pictures[:, 1:] - pictures[:, :-1]))
    return down + ops.mean(ops.square(pictures[:, :, 1:] - pictures[:, :, :-1]))


@dataclass(frozen=True)
class PaintWeights:
    """What each loss counts for in the painter's sum.

    Attributes
    ----------
    content, style : float
        Both losses are shares: of the painting's own mean square features, and of its Gram matrices'.
    light : float
        Of `light`.
    variation : float
        Of `total_variation`.
    steadiness : float
        Of the squared difference of what is painted for two views of a picture, moved by some pixels
        and with other noise. It keeps films from flickering.
    """

    content: float = 1.5
    style: float = 30.0
    light: float = 4.0
    variation: float = 1.0
    steadiness: float = 4.0


class PainterTraining(TrainingModel):
    """A painter that learns one painting.

    Use it as any Keras model: ``compile``, ``fit`` on tuples of one dictionary: ``picture`` and ``other``, two
    views of the same photographs, ``(batch, height, width, 3)`` in [-1, 1], and ``shift``, ``int32`` ``(2,)``:
    how many rows and columns further down and right the other view begins, `MOST_SHIFT` at most.

    Parameters
    ----------
    painting : numpy.ndarray
        ``float32`` RGB ``(height, width, 3)`` in [-1, 1], at the size at which its strokes are to be seen.
    preset : {"tiny", "base", "large"}
    weights : PaintWeights
    ema_decay : float
        See `TrainingModel.start`.
    """

    TRAINED = "painter"
    STATE = ("step", "painter", "ema_painter")

    def __init__(self, painting, preset="base", weights=PaintWeights(), ema_decay=0.99):
        super().__init__(name="painter_training")
        self.painter, self.ema_painter = painter(preset), painter(preset)
        self.loss_weights = weights
        self.set_colors(painting)
        with backend.without_gradient():
            maps = _feature_maps(painting[None])
            self._style = [ops.convert_to_numpy(gram(m)) for m in maps.values()]
            self._content_scale = float(ops.mean(ops.square(maps[CONTENT_LAYER])))
        self.start(ema_decay, ("loss", "content", "style", "light", "variation", "steadiness"))

    def set_colors(self, painting) -> None:
        """Give the painter the colours of a painting: weights of another one bring their own."""
        self.painter.get_layer(COLORS).learn(painting)

    def trained_variables(self):
        return {"painter": self.painter.trainable_variables}

    def compile(self, optimizer=None) -> None:
        """Choose the optimizer, by default Adam with a rate of 1e-3 as in Johnson et al."""
        self.set_optimizers(painter=optimizer or keras.optimizers.Adam(1e-3))

    def update(self, batch):
        return self.minimize("painter", lambda: self._loss(batch))[1]

    def score(self, picture: np.ndarray):
        """Return what the best weights are chosen by, a number: all losses but steadiness, of averaged weights."""
        with backend.without_gradient():
            return float(self._loss_of_one_view(picture, self(picture))[0])

    def _loss(self, batch):
        both = self.painter(ops.concatenate([batch["picture"], batch["other"]]), training=True)
        painted, other = ops.split(both, 2)
        total, parts = self._loss_of_one_view(batch["picture"], painted)
        parts["steadiness"] = steadiness(painted, other, batch["shift"])
        total = total + self.loss_weights.steadiness * parts["steadiness"]
        return total, {"loss": total, **parts}

    def _loss_of_one_view(self, picture, painted):
        """Return the weighted sum of all losses but steadiness, and its parts by name."""
        weights = self.loss_weights
        # In the painting's colours, which are what it shall have: its own would pull the other way.
        picture = self.painter.get_layer(COLORS)(picture)
        maps, goal = _feature_maps(painted), _feature_maps(picture)[CONTENT_LAYER]
        parts = {
            "content": ops.mean(ops.square(maps[CONTENT_LAYER] - goal)) / self._content_scale,
            "style": style_distance([gram(m) for m in maps.values()], self._style, STYLE_LAYERS.values()),
            "light": light(painted, picture),
            "variation": total_variation(painted),
        }
        return sum(getattr(weights, name) * value for name, value in parts.items()), parts


def _feature_maps(pictures):
    """Return feature maps of all layers that are compared, by name.

    The network is asked for each time: held as an attribute it would be saved with the state. Its pooling is
    the mean, whose gradient goes to all places alike; that of maxima weaves a grid into what is painted. At the
    border it sees the zeros that it pads with, which would teach the painter to paint a frame.
    """
    network = features.network("vgg16", tuple(STYLE_LAYERS), pooling="average")
    margins = [BORDER // features.stride(name) for name in STYLE_LAYERS]
    return dict(zip(STYLE_LAYERS, features.maps(network, pictures, margins), strict=True))


def style_distance(grams, wanted: list[np.ndarray], weights):
    """Return the weighted mean over layers of the relative squared distance of Gram matrices.

    Parameters
    ----------
    grams : list of tensors
        ``(batch, channels, channels)``, layer by layer.
    wanted : list of numpy.ndarray
        ``(1, channels, channels)``: of the painting.
    weights : collection of float
        Of the layers; only proportions matter.
    """
    shares = [
        weight * ops.mean(ops.sum(ops.square(g - ops.convert_to_tensor(w)), axis=(1, 2))) / float((w**2).sum())
        for g, w, weight in zip(grams, wanted, weights, strict=True)
    ]
    return sum(shares) / sum(weights)


MOST_SHIFT = 8  # pixels: twice what a place at a quarter of the size stands for


def steadiness(one, other, shift):
    """Return the mean squared difference of two views where they show the same.

    Parameters
    ----------
    one, other : tensors
        ``(batch, height, width, 3)``, both sides above `MOST_SHIFT`.
    shift : tensor
        ``int32`` ``(2,)``, each 0 to `MOST_SHIFT`: the other view begins so many rows and columns further.
    """
    one, other, shift = (ops.convert_to_tensor(values) for values in (one, other, shift))
    height, width = (side - MOST_SHIFT for side in one.shape[1:3])
    one = ops.take(one, shift[0] + ops.arange(height), axis=1)
    one = ops.take(one, shift[1] + ops.arange(width), axis=2)
    return ops.mean(ops.square(one - other[:, :height, :width]))
