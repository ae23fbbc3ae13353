"""Deep Dream: a picture is changed so that the features that a network finds in it become stronger.

Mordvintsev, Olah and Tyka, "Inceptionism: going deeper into neural networks" (2015), and the program
published with it: gradient ascent on squared features, from small sizes (octaves) to large ones.
"""

import itertools
import math
from collections.abc import Callable

import numpy as np

from transformers import backend
from transformers.backend import Tensor, keras
from transformers.networks import efficientnet, features
from transformers.networks.lite0 import is_ours
from transformers.networks.vgg import wrong_choice

ops = keras.ops

TILE = 384  # pixels, largest side of a tile: memory does not grow with the picture
MARGIN = 32  # pixels that are mirrored around a picture
SMALLEST = 110  # pixels, shorter side of the smallest octave
# Sigmas in pixels: a step is the sum of its gradient blurred by each; the bare gradient is mostly grain.
BLURS = (0.7, 1.5, 3.0)
# Square root of the covariance of red, green and blue in ImageNet (Olah, Mordvintsev and Schubert, "Feature
# visualization", Distill 2017, and its program). Steps are correlated like that: else they are fringes of color.
COLORS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]], np.float32)
# Weight of the layers beside a class, whose logit alone makes textures that nobody can name. Measured: the gradient
# of the log odds is 25 to 45 times that of the log of stage 5, so this makes their shares 1 and 0.7.
BESIDE_A_CLASS = 22.0
FAINT = 1e-6  # added to squares before the logarithm


class Dreamer:
    """The features to strengthen, and the steps that strengthen them.

    Parameters
    ----------
    layers : dict of str to float
        Weights of convolutions of the VGG-16 or of blocks and stages of the EfficientNet-Lite0, not of both. Only
        proportions matter: what counts is by which factor a layer's squared features grow.
    guide : numpy.ndarray, optional
        ``float32`` RGB ``(height, width, 3)`` in [-1, 1]. With a guide, each place becomes more like that place
        of the guide whose features it resembles most, by their dot product.
    tile : int
        Largest side of a tile, in pixels.
    label : int, optional
        Number of a class of ImageNet that every tile shall show, see `transformers.imagenet`. The layers, then of
        the EfficientNet-Lite0, give it eyes, fur and edges.

    Raises
    ------
    ValueError
        When neither network has such a layer, layers of both are named, or there is a label with layers of the
        VGG-16.

    Attributes
    ----------
    latest : numpy.ndarray or None
        The picture after the last step, ``float32`` RGB in [-1, 1].
    """

    latest: np.ndarray | None = None

    def __init__(
        self,
        layers: dict[str, float],
        guide: np.ndarray | None = None,
        tile: int = TILE,
        label: int | None = None,
    ) -> None:
        self.layers, self.tile, self.label = layers, tile, label
        names, labelled = tuple(layers), label is not None
        if wrong := wrong_choice(names, labelled):
            raise ValueError(wrong)
        self.network = efficientnet.network(names, labelled) if is_ours(names[0]) else features.vgg16(names)
        self._differentiate = backend.value_and_gradient(self._objective)
        self._see = backend.compiled(self._maps)
        self.guide = [] if guide is None else [_directions(m) for m in self._seen(guide)]

    def _maps(self, tile: Tensor) -> list[Tensor]:
        return features.maps(self.network, tile[None])

    def _seen(self, picture: np.ndarray) -> list[np.ndarray]:
        maps = self._see(ops.convert_to_tensor(picture, "float32"))
        return [ops.convert_to_numpy(m)[0] for m in maps[: len(self.layers)]]

    def _objective(self, tile: Tensor, *guide: Tensor) -> tuple[Tensor, tuple]:
        """Return what is to be maximized, and an empty tuple.

        The weighted mean of the logarithm of each layer's mean square, or of its products with the guide's
        features, relative to their own size; with a label, plus its log odds.
        """
        maps = self._maps(tile)
        total = 0.0
        for i, weight in enumerate(self.layers.values()):
            values = maps[i]
            square = ops.mean(ops.square(values)) + FAINT
            if guide:
                flat = ops.reshape(values, (-1, values.shape[-1]))
                most = ops.max(ops.matmul(flat, ops.transpose(guide[i])), axis=1)
                total = total + weight * ops.mean(most) / ops.sqrt(ops.stop_gradient(square))
            else:
                total = total + weight * ops.log(square)
        total = total / sum(self.layers.values())
        if self.label is not None:
            total = BESIDE_A_CLASS * total + _log_odds(maps[-1][0], self.label)
        return total, ()

    def gradient(self, picture: np.ndarray, shift: tuple[int, int] = (0, 0)) -> tuple:
        """Return the gradient with respect to the picture, scaled to a mean absolute value of 1.

        The picture is rolled, cut into tiles and rolled back: with a different shift in every step, no seams
        remain.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
        shift : tuple of int
            Down and right, in pixels.

        Returns
        -------
        value : float
            The objective, which is to be maximized; the mean over tiles.
        gradient : numpy.ndarray
            ``float32`` ``(height, width, 3)``.
        """
        rolled = np.roll(picture, shift, axis=(0, 1))
        gradient, values = np.zeros_like(rolled), []
        for rows, columns in itertools.product(*(_spans(side, self.tile) for side in rolled.shape[:2])):
            tile = np.ascontiguousarray(rolled[rows, columns])
            value, _, gradient[rows, columns] = self._differentiate(tile, *self.guide)
            values.append(value)
        gradient = np.roll(gradient, (-shift[0], -shift[1]), axis=(0, 1))
        return float(np.mean(values)), gradient / max(np.mean(np.abs(gradient)), 1e-12)

    def dream(
        self,
        picture: np.ndarray,
        octaves: int | None = None,
        factor: float = 1.3,
        steps: int = 30,
        rate: float = 0.01,
        seed: int = 0,
        report: Callable = lambda done, total: None,
    ) -> np.ndarray:
        """Strengthen the features that the network finds in a picture.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
        octaves : int, optional
            Number of sizes, at most; only the picture's own may have a side below `SMALLEST`. By default as many as
            there are: the largest creatures are as large as the picture.
        factor : float
            Ratio of each size to the one before, above 1.
        steps : int
            Number of steps at each size.
        rate : float
            Mean absolute change of a value in a step.
        seed : int
            Seed of the shifts.
        report : callable
            Called after each step with the number of steps done and of all steps.

        Returns
        -------
        numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
        """
        rng = np.random.default_rng(seed)
        sizes = octave_sizes(picture.shape[:2], octaves, factor)
        # Changes are kept apart, so that no details are lost between sizes.
        current = dreamt = np.zeros_like(picture)
        for number, (height, width) in enumerate(sizes):
            start = _resized(picture, (height, width))
            current = start + _resized(dreamt, (height, width))
            for step in range(steps):
                # The picture is mirrored beyond its border: otherwise, rolled, its opposite sides would meet
                # in an edge, and edges are strengthened most.
                seen = np.pad(current, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), "reflect")
                down, across = rng.integers(seen.shape[:2]).tolist()
                gradient = self.gradient(seen, (down, across))[1][MARGIN:-MARGIN, MARGIN:-MARGIN]
                current = np.clip(current + np.float32(rate) * _smoothed(gradient), -1, 1)
                self.latest = current
                report(number * steps + step + 1, len(sizes) * steps)
            dreamt = current - start
        return current


def octave_sizes(shape: tuple, octaves: int | None, factor: float) -> list[tuple[int, int]]:
    """Return the sizes at which a picture is changed, from small to large.

    Parameters
    ----------
    shape : tuple of int
        ``(height, width)`` of the picture, in pixels.
    octaves, factor
        See `Dreamer.dream`.

    Returns
    -------
    list of tuple of int
        ``(height, width)``; the last one is `shape`.

    Examples
    --------
    >>> octave_sizes((200, 400), octaves=4, factor=1.4)
    [(143, 286), (200, 400)]
    """
    sizes = [tuple(shape)]
    while octaves is None or len(sizes) < octaves:
        size = tuple(round(side / factor ** len(sizes)) for side in shape)
        if min(size) < SMALLEST:
            break
        sizes.append(size)
    return sizes[::-1]


def _resized(picture: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if picture.shape[:2] == tuple(shape):
        return picture
    return _as_array(ops.image.resize(picture[None], shape, "bicubic", antialias=True))


def _log_odds(logits: Tensor, label: int) -> Tensor:
    """Return the logarithm of a class's probability over that of all others, which does not saturate."""
    others = ops.where(ops.arange(logits.shape[0]) == label, -np.inf, logits)
    return logits[label] - ops.logsumexp(others)


def _smoothed(gradient: np.ndarray) -> np.ndarray:
    """Return a gradient without its finest grain and fringes, scaled to a mean absolute value of 1."""
    gradient = gradient @ (COLORS @ COLORS.T)
    blurred = np.sum([_blurred(gradient, sigma) for sigma in BLURS], axis=0)
    return blurred / max(np.mean(np.abs(blurred)), 1e-12)


def _blurred(values: np.ndarray, sigma: float) -> np.ndarray:
    """Blur values ``(height, width, channels)`` by a Gaussian; they are reflected beyond the border."""
    for axis, side in enumerate(values.shape[:2]):
        reach = min(math.ceil(4 * sigma), side - 1)
        line = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
        line = (line / line.sum()).astype(np.float32)
        kernel = np.broadcast_to(line[:, None, None], (line.size, values.shape[2], 1))
        room = [(0, 0)] * 3
        room[axis] = (reach, reach)
        padded = np.pad(values, room, "reflect")[None]
        values = _as_array(ops.depthwise_conv(padded, np.expand_dims(kernel, 1 - axis), padding="valid"))
    return values


def _as_array(batch: Tensor) -> np.ndarray:
    return ops.convert_to_numpy(batch)[0].astype(np.float32)


def _spans(length: int, tile: int) -> list[slice]:
    """Return equal parts of a side, each at most `tile` long; they may overlap by some pixels."""
    count = -(-length // tile)
    part = -(-length // count)
    return [slice(start, start + part) for start in np.linspace(0, length - part, count).round().astype(int)]


def _directions(maps: np.ndarray) -> np.ndarray:
    """Return the features of each place, ``(places, channels)``, scaled by the root mean square of all."""
    flat = maps.reshape(-1, maps.shape[-1])
    return flat / max(np.sqrt(np.mean(np.square(flat))) * flat.shape[1], 1e-6)
