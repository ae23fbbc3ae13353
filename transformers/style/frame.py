"""Cutting a picture into tiles with margins, and putting the tiles' results together."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from transformers.backend import Tensor, keras
from transformers.networks import features

ops = keras.ops


class Frame:
    """The tiles of pictures of one size: pictures are reflected at their borders, tiles overlap by their margins.

    Parameters
    ----------
    shape : tuple of int
        ``(height, width)`` of the pictures, in pixels.
    tile : int
        Largest side of a tile without its margins, in pixels.
    margin : int
        In pixels; sides of tiles are multiples of it.

    Attributes
    ----------
    inner : tuple of int
        ``(height, width)`` of all tiles together, without margins: `shape`, rounded up to multiples of `margin`.
    spans : list of tuple of slice
        Rows and columns of each tile, without margins, in `inner`.
    """

    def __init__(self, shape: tuple[int, ...], tile: int, margin: int) -> None:
        self.shape, self.margin = shape, margin
        self.rows, self.columns = (_reflected(side, margin) for side in shape)
        height, width = self.inner = tuple(len(side) - 2 * margin for side in (self.rows, self.columns))
        self.spans = [(y, x) for y in _spans(height, tile, margin) for x in _spans(width, tile, margin)]

    def __len__(self) -> int:
        return len(self.spans)

    def cut(self, picture: np.ndarray) -> list[np.ndarray]:
        """Cut a picture into tiles with their margins.

        Parameters
        ----------
        picture : numpy.ndarray
            ``(height, width, 3)``.

        Returns
        -------
        list of numpy.ndarray
            ``float32`` ``(h, w, 3)``.
        """
        return [
            np.ascontiguousarray(picture[self._seen(self.rows, y)][:, self._seen(self.columns, x)], np.float32)
            for y, x in self.spans
        ]

    def _seen(self, places: np.ndarray, span: slice) -> np.ndarray:
        return places[span.start : span.stop + 2 * self.margin]

    def fold(self, gradients: list[np.ndarray]) -> np.ndarray:
        """Apply the transpose of `cut`: sum the values of each pixel over all tiles and reflections.

        Parameters
        ----------
        gradients : list of numpy.ndarray
            ``(h, w, 3)``, of each tile with its margins.

        Returns
        -------
        numpy.ndarray
            ``float32`` ``(height, width, 3)``.
        """
        folded = np.zeros((*self.shape, 3), np.float32)
        for (y, x), gradient in zip(self.spans, gradients, strict=True):
            rows, columns = self._seen(self.rows, y), self._seen(self.columns, x)
            half = _sum_at(gradient, rows, self.shape[0])
            folded += _sum_at(half.swapaxes(0, 1), columns, self.shape[1]).swapaxes(0, 1)
        return folded

    def regions(self, names: Sequence[str], regions: np.ndarray | None) -> list[np.ndarray]:
        """Return regions at the size of each layer's map.

        Parameters
        ----------
        names : sequence of str
            Convolutions, see `transformers.networks.vgg.layer_names`.
        regions : numpy.ndarray or None
            ``(regions, height, width)`` in [0, 1].

        Returns
        -------
        list of numpy.ndarray
            ``(regions, h, w)``, layer by layer; empty without regions.
        """
        if regions is None:
            return []
        inner = regions[:, self.rows[self.margin : -self.margin]][:, :, self.columns[self.margin : -self.margin]]
        return [_block_means(inner, features.stride(name)) for name in names]

    def counts(self, names: Sequence[str], regions: list[np.ndarray]) -> list[np.ndarray]:
        """Return the number of places of each region in each layer's map.

        Parameters
        ----------
        names : sequence of str
            Convolutions.
        regions : list of numpy.ndarray
            From `regions`.

        Returns
        -------
        list of numpy.ndarray
            ``float64`` ``(regions,)``, layer by layer.
        """
        if regions:
            return [r.sum(axis=(1, 2), dtype=np.float64) for r in regions]
        return [np.array([math.prod(self.inner) / features.stride(name) ** 2]) for name in names]

    def cut_regions(self, regions: list[np.ndarray]) -> list[list[list[Tensor]]]:
        """Cut the result of `regions` into tiles: for each tile and layer a list of regions ``(h, w)``."""
        if not regions:
            return [[] for _ in self.spans]
        strides = [self.inner[0] // r.shape[1] for r in regions]
        layers = [self.cut_map(r.transpose(1, 2, 0), s) for r, s in zip(regions, strides, strict=True)]
        return [
            [[as_tensor(region) for region in layer[i].transpose(2, 0, 1)] for layer in layers]
            for i in range(len(self))
        ]

    def cut_map(self, values: np.ndarray, stride: int) -> list[np.ndarray]:
        """Cut a layer's map ``(height, width, channels)`` into tiles without margins."""
        return [
            values[y.start // stride : y.stop // stride, x.start // stride : x.stop // stride]
            for y, x in self.spans
        ]

    def join(self, maps: list[np.ndarray]) -> np.ndarray:
        """Join tiles without margins to one map: the inverse of `cut_map`."""
        rows = {}
        for (y, _), values in zip(self.spans, maps, strict=True):
            rows.setdefault(y.start, []).append(values)
        return np.concatenate([np.concatenate(row, axis=1) for row in rows.values()])


def _reflected(side: int, margin: int) -> np.ndarray:
    """Return indices of a side with its margins, reflected; between the margins a multiple of `margin`."""
    return np.pad(np.arange(side), (margin, margin + -side % margin), mode="reflect")


def _spans(length: int, tile: int, unit: int) -> list[slice]:
    """Return consecutive slices of nearly equal length, multiples of `unit`."""
    count = -(-length // tile)
    edges = [length * i // count // unit * unit for i in range(count)] + [length]
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def _sum_at(values: np.ndarray, places: np.ndarray, size: int) -> np.ndarray:
    """Return an array of `size` rows, each the sum of the values at it: ``result[places[i]] += values[i]``.

    Most places are consecutive and are added at once.
    """
    result = np.zeros((size, *values.shape[1:]), np.float32)
    start = 0
    for end in range(1, len(places) + 1):
        if end == len(places) or places[end] != places[end - 1] + 1:
            result[places[start] : places[end - 1] + 1] += values[start:end]
            start = end
    return result


def _block_means(values: np.ndarray, size: int) -> np.ndarray:
    count, height, width = values.shape
    return values.reshape(count, height // size, size, width // size, size).mean(axis=(2, 4))


def as_tensor(values: Any) -> Tensor:
    """Return an array or number as a ``float32`` tensor."""
    return ops.convert_to_tensor(np.asarray(values, np.float32))
