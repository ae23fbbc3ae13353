"""Deep Dream: a picture is changed so that a network sees more of what it sees there already.

Mordvintsev, Olah and Tyka, "Inceptionism: going deeper into neural networks" (2015), and the program
that they published with it: gradient ascent on the squares of features, from small sizes (octaves) to
large ones.
"""

import itertools
import math
from collections.abc import Callable

import numpy as np

from transformers import backend
from transformers.backend import keras
from transformers.networks import features

ops = keras.ops

TILE = 384  # pixels, largest side of what is looked at together: memory does not grow with the picture
MARGIN = 32  # pixels that are mirrored round a picture
SMALLEST = 64  # pixels, shorter side of the smallest octave
# Sigmas in pixels: a step is the sum of its gradient blurred by each, or else it would be mostly grain.
BLURS = (0.5, 1.0, 2.0)


class Dreamer:
    """What is to be seen, and the steps that lead there.

    Parameters
    ----------
    layers : dict of str to float
        Convolutions of the VGG-16, and what each counts for. Only proportions matter: each layer is
        measured in units of what it gives for the picture at the start.
    guide : numpy.ndarray, optional
        ``float32`` RGB ``(height, width, 3)`` in [-1, 1]. With it, each place is to become like the place
        of the guide that it is most like, by the product of features, in the place of just more.
    tile : int

    Raises
    ------
    ValueError
        When the VGG-16 has no such layer.
    """

    def __init__(self, layers, guide=None, tile=TILE):
        self.layers, self.tile = layers, tile
        self.network = features.vgg16(tuple(layers))
        self._differentiate = backend.value_and_gradient(self._objective)
        self._see = backend.compiled(self._maps)
        self.guide = [] if guide is None else [_directions(m) for m in self._seen(guide)]

    def _maps(self, tile):
        return features.maps(self.network, tile[None])

    def _seen(self, picture):
        maps = self._see(ops.convert_to_tensor(picture, "float32"))
        return [ops.convert_to_numpy(m)[0] for m in maps]

    def _objective(self, tile, scales, *guide):
        """Return weighted mean of squared features, or of products with the guide's; and nothing else."""
        total = 0.0
        for i, (values, weight) in enumerate(zip(self._maps(tile), self.layers.values(), strict=True)):
            if guide:
                flat = ops.reshape(values, (-1, values.shape[-1]))
                most = ops.max(ops.matmul(flat, ops.transpose(guide[i])), axis=1)
                total = total + weight * ops.mean(most) / scales[i]
            else:
                total = total + weight * ops.mean(ops.square(values)) / ops.square(scales[i])
        return total, ()

    def scales(self, picture: np.ndarray):
        """Return the root mean square of each layer's features, ``(layers,)``; of a part of large pictures."""
        height, width = (slice(max(0, (side - self.tile) // 2), None) for side in picture.shape[:2])
        part = picture[height, width][: self.tile, : self.tile]
        return np.array([max(np.sqrt(np.mean(np.square(m))), 1e-3) for m in self._seen(part)], np.float32)

    def gradient(self, picture: np.ndarray, scales: np.ndarray, shift: tuple[int, int] = (0, 0)) -> tuple:
        """Return how the picture should change, of mean size 1.

        The picture is rolled, cut into tiles and rolled back: with other shifts in other steps, no seam
        stays.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
        scales : numpy.ndarray
            See `scales`.
        shift : tuple of int
            Down and right, in pixels.

        Returns
        -------
        value : float
            What is to grow, the mean over tiles.
        gradient : numpy.ndarray
            ``float32`` ``(height, width, 3)``.
        """
        rolled = np.roll(picture, shift, axis=(0, 1))
        gradient, values = np.zeros_like(rolled), []
        for rows, columns in itertools.product(*(_spans(side, self.tile) for side in rolled.shape[:2])):
            tile = np.ascontiguousarray(rolled[rows, columns])
            value, _, gradient[rows, columns] = self._differentiate(tile, scales, *self.guide)
            values.append(value)
        gradient = np.roll(gradient, (-shift[0], -shift[1]), axis=(0, 1))
        return float(np.mean(values)), gradient / max(np.mean(np.abs(gradient)), 1e-12)

    def dream(
        self,
        picture: np.ndarray,
        octaves: int = 4,
        factor: float = 1.4,
        steps: int = 10,
        rate: float = 0.008,
        seed: int = 0,
        report: Callable = lambda done, total: None,
    ) -> np.ndarray:
        """Let the picture become more of what is seen in it.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
        octaves : int
            Sizes, at most; none has a side below `SMALLEST`, but for the picture's own.
        factor : float
            From one size to the next.
        steps : int
            At each size.
        rate : float
            How much a pixel changes in a step, in the mean.
        seed : int
            Of the shifts.
        report : callable
            Called with the number of steps done and of all.

        Returns
        -------
        numpy.ndarray
            As `picture`.
        """
        rng = np.random.default_rng(seed)
        scales = self.scales(picture)
        sizes = octave_sizes(picture.shape[:2], octaves, factor)
        current = dreamt = np.zeros_like(picture)  # what was added, kept apart so that no size takes details away
        for number, (height, width) in enumerate(sizes):
            start = _resized(picture, (height, width))
            current = start + _resized(dreamt, (height, width))
            for step in range(steps):
                # Beyond the border the picture is mirrored: rolled bare, its opposite sides would meet
                # in an edge, and edges are what is dreamt of most.
                seen = np.pad(current, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), "reflect")
                down, across = rng.integers(seen.shape[:2]).tolist()
                gradient = self.gradient(seen, scales, (down, across))[1][MARGIN:-MARGIN, MARGIN:-MARGIN]
                current = np.clip(current + np.float32(rate) * _smoothed(gradient), -1, 1)
                report(number * steps + step + 1, len(sizes) * steps)
            dreamt = current - start
        return current


def octave_sizes(shape: tuple, octaves, factor):
    """Return ``(height, width)`` of each size, small to large, the last one being `shape`."""
    sizes = [tuple(round(side / factor**i) for side in shape) for i in range(octaves)]
    return [size for i, size in enumerate(sizes) if i == 0 or min(size) >= SMALLEST][::-1]


def _resized(picture, shape):
    if picture.shape[:2] == tuple(shape):
        return picture
    return _as_array(ops.image.resize(picture[None], shape, "bicubic", antialias=True))


def _smoothed(gradient):
    """Return a gradient without its finest grain, of mean size 1."""
    blurred = sum(_blurred(gradient, sigma) for sigma in BLURS)
    return blurred / max(np.mean(np.abs(blurred)), 1e-12)


def _blurred(values: np.ndarray, sigma: float) -> np.ndarray:
    """Return values ``(height, width, channels)`` blurred by a Gaussian; beyond the border is their reflection."""
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


def _as_array(batch) -> np.ndarray:
    return ops.convert_to_numpy(batch)[0].astype(np.float32)


def _spans(length, tile):
    """Return equal parts of a side, `tile` at most; the last ones may overlap by some pixels."""
    count = -(-length // tile)
    part = -(-length // count)
    return [slice(start, start + part) for start in np.linspace(0, length - part, count).round().astype(int)]


def _directions(maps):
    """Return the features of each place, ``(places, channels)``, together of root mean square 1."""
    flat = maps.reshape(-1, maps.shape[-1])
    return flat / max(np.sqrt(np.mean(np.square(flat))) * flat.shape[1], 1e-6)
