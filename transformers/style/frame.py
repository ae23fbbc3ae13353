"""A picture's tiles, with margins, and how sums over tiles are put together."""

import itertools
import math

import numpy as np

from transformers.backend import keras
from transformers.networks import features

ops = keras.ops


class Frame:
    """How a picture is reflected at its borders and cut into tiles that share their margins."""

    def __init__(self, shape, tile, margin):
        self.shape, self.margin = shape, margin
        self.rows, self.columns = (_reflected(side, margin) for side in shape)
        height, width = self.inner = tuple(len(side) - 2 * margin for side in (self.rows, self.columns))
        self.spans = [(y, x) for y in _spans(height, tile, margin) for x in _spans(width, tile, margin)]

    def __len__(self):
        return len(self.spans)

    def cut(self, picture: np.ndarray):
        """Return the tiles with their margins, arrays ``(height, width, 3)``."""
        return [
            np.ascontiguousarray(picture[self._seen(self.rows, y)][:, self._seen(self.columns, x)], np.float32)
            for y, x in self.spans
        ]

    def _seen(self, places, span):
        return places[span.start : span.stop + 2 * self.margin]

    def fold(self, gradients):
        """Apply the transpose of `cut`: what pixels got in all tiles, as seen and as reflected, in sum."""
        folded = np.zeros((*self.shape, 3), np.float32)
        for (y, x), gradient in zip(self.spans, gradients, strict=True):
            rows, columns = self._seen(self.rows, y), self._seen(self.columns, x)
            half = _sum_at(gradient, rows, self.shape[0])
            folded += _sum_at(half.swapaxes(0, 1), columns, self.shape[1]).swapaxes(0, 1)
        return folded

    def regions(self, names, regions):
        """Return regions as each layer sees them, ``(regions, height, width)``; an empty list without any."""
        if regions is None:
            return []
        inner = regions[:, self.rows[self.margin : -self.margin]][:, :, self.columns[self.margin : -self.margin]]
        return [_block_means(inner, features.stride(name)) for name in names]

    def counts(self, names, regions):
        """Return how many places of each layer each region has, ``(regions,)``."""
        if regions:
            return [r.sum(axis=(1, 2), dtype=np.float64) for r in regions]
        return [np.array([math.prod(self.inner) / features.stride(name) ** 2]) for name in names]

    def cut_regions(self, regions):
        """Of each tile, layer by layer, a list of its regions."""
        if not regions:
            return [[] for _ in self.spans]
        strides = [self.inner[0] // r.shape[1] for r in regions]
        layers = [self.cut_map(r.transpose(1, 2, 0), s) for r, s in zip(regions, strides, strict=True)]
        return [
            [[as_tensor(region) for region in layer[i].transpose(2, 0, 1)] for layer in layers]
            for i in range(len(self))
        ]

    def cut_map(self, values, stride):
        """Return a layer's map ``(height, width, channels)``, cut into tiles without margins."""
        return [
            values[y.start // stride : y.stop // stride, x.start // stride : x.stop // stride]
            for y, x in self.spans
        ]

    def join(self, maps):
        """Apply the transpose of `cut_map`."""
        rows = {}
        for (y, _), values in zip(self.spans, maps, strict=True):
            rows.setdefault(y.start, []).append(values)
        return np.concatenate([np.concatenate(row, axis=1) for row in rows.values()])


def _reflected(side, margin):
    """Return indices of a side with its margins, reflected; between the margins a multiple of `margin`."""
    return np.pad(np.arange(side), (margin, margin + -side % margin), mode="reflect")


def _spans(length, tile, unit):
    """Return slices of nearly equal length, multiples of `unit`, that follow each other."""
    count = -(-length // tile)
    edges = [length * i // count // unit * unit for i in range(count)] + [length]
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def _sum_at(values, places, size):
    """Return ``result[places[i]] += values[i]``; most places are in a row and are added at once."""
    result = np.zeros((size, *values.shape[1:]), np.float32)
    start = 0
    for end in range(1, len(places) + 1):
        if end == len(places) or places[end] != places[end - 1] + 1:
            result[places[start] : places[end - 1] + 1] += values[start:end]
            start = end
    return result


def _block_means(values, size):
    count, height, width = values.shape
    return values.reshape(count, height // size, size, width // size, size).mean(axis=(2, 4))


def as_tensor(values):
    return ops.convert_to_tensor(np.asarray(values, np.float32))
