"""Neural style transfer: what a picture loses by not showing a photograph's content in a painting's style.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016). The
picture itself is what is optimised, see `transformers.descent`; here is its loss, and the gradient.

Content and style losses are relative: 1 is all of the photograph's features missed, or all of the
painting's Gram matrix. So weights mean the same for every layer, network and size; Gatys' equations 1
and 4 differ from this by a constant for each layer.

Features are looked at in tiles with a margin, and sums are put together from tiles, so that memory is
bounded. Round the picture, the margin is its reflection, which keeps the zeros that a network pads with away.
Layers from conv3 on see further than the margin, so tiles differ from the whole a little: the loss by 1 %.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from transformers import backend, features, losses
from transformers.backend import keras

ops = keras.ops

LEAST_MARGIN = 8  # pixels; as far as conv2_2 sees, and more
TILE = 768  # pixels, the largest side


@dataclass(frozen=True)
class StyleLayers:
    """Which convolutions are compared, and what each counts for; only proportions matter.

    Attributes
    ----------
    content : dict of str to float
        Compared with the photograph's, place by place.
    style : dict of str to float
        Whose Gram matrices are compared with the painting's (lambda).
    guide : tuple of str
        Compared with those of a guide, place by place; used for analogies.
    """

    content: dict
    style: dict
    guide: tuple = ()


@dataclass(frozen=True)
class StyleWeights:
    """What each loss counts for: content (alpha), style (beta), total variation, and the guide."""

    content: float = 1.0
    style: float = 1.0
    total_variation: float = 0.0
    guide: float = 0.0


class StyleTransfer:
    """A feature network with the layers and weights of a style transfer.

    Parameters
    ----------
    layers : StyleLayers
    weights : StyleWeights
    network, pooling, weights_file
        See `transformers.features.network`.
    tile : int
        Largest side of what is looked at together, in pixels; a multiple of the margin, 8 or 16.
    """

    def __init__(self, layers, weights, network="vgg16", pooling="max", weights_file=None, tile=TILE):
        self.layers, self.weights, self.tile = layers, weights, tile
        self.style = list(layers.style)
        self.compared = [*layers.content, *layers.guide]
        self.names = tuple(dict.fromkeys([*self.style, *self.compared]))
        # Like all sides a multiple of the deepest layer's stride; each pixel more costs time.
        self.margin = max(LEAST_MARGIN, *map(features.stride, self.names))
        self.network = features.network(network, self.names, pooling, weights_file)
        self._see = backend.compiled(lambda tile: [ops.cast(m, "float32") for m in self._features(tile)])
        self._sum = backend.compiled(self._gram_sums)
        self._differentiate = backend.value_and_gradient(self._tile_loss)
        self._vary = backend.value_and_gradient(lambda picture: (losses.total_variation(picture), ()))

    def frame(self, picture):
        """How pictures of this one's size are reflected and cut."""
        return _Frame(picture.shape[:2], self.tile, self.margin)

    def gram_matrices(self, picture, regions=None):
        """Of each style layer the mean Gram matrix of each region.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
        regions : numpy.ndarray, optional
            ``float32`` ``(regions, height, width)`` in [0, 1]: how much each pixel belongs to each;
            by default all of it is one region.

        Returns
        -------
        list of numpy.ndarray
            ``(regions, channels, channels)``, layer by layer; zero where a region is empty.
        """
        frame = self.frame(picture)
        seen = frame.regions(self.style, regions)
        sums = self._sums_of_tiles(frame, frame.cut(picture), seen)
        counts = frame.counts(self.style, seen)
        return [
            sum(ops.convert_to_numpy(tile[i]) for tile in sums) / np.maximum(counts[i], 1e-6)[:, None, None]
            for i in range(len(self.style))
        ]

    def features(self, picture):
        """Feature maps of the whole picture by name, ``float32`` ``(height, width, channels)``.

        Sides are rounded up to a multiple of `margin`, by reflection.
        """
        frame = self.frame(picture)
        maps = [[ops.convert_to_numpy(m) for m in self._see(t)] for t in map(_tensor, frame.cut(picture))]
        return {name: frame.join([tile[i] for tile in maps]) for i, name in enumerate(self.names)}

    def aim(self, photo, grams, regions=None, guide=None):
        """What pictures of one size shall become.

        Parameters
        ----------
        photo : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1]: the content.
        grams : list of numpy.ndarray
            The style, see `gram_matrices`. The mean of several paintings' matrices is the style that
            lies between them: the sum of losses to each differs from it by a constant.
        regions : numpy.ndarray, optional
            Of the photograph: ``(regions, height, width)``, as many as in `grams`.
        guide : dict of str to numpy.ndarray, optional
            Feature maps for the guide's layers.

        Returns
        -------
        Aim
        """
        return Aim(self, photo, grams, regions, guide)

    def _features(self, tile):
        """Feature maps of a tile without its margin, in the order of `names` and the network's precision."""
        margins = [self.margin // features.stride(name) for name in self.names]
        maps = features.maps(self.network, tile[None], margins, self.network.compute_dtype)
        return [ops.squeeze(m, 0) for m in maps]

    def _gram_sums(self, tile, regions):
        maps = dict(zip(self.names, self._features(tile), strict=True))
        return [_grams(maps[name], regions[i] if regions else None) for i, name in enumerate(self.style)]

    def _sums_of_tiles(self, frame, tiles, regions):
        return [self._sum(_tensor(t), r) for t, r in zip(tiles, frame.cut_regions(regions), strict=True)]

    def _tile_loss(self, tile, elsewhere, regions, grams, scales, targets, target_scales):
        """The loss as a function of one tile.

        Parameters
        ----------
        tile : tensor
            With its margin.
        elsewhere, grams : list of tensor
            Of each style layer the Gram sums of all other tiles, and what the sums shall be.
        scales : list of tensor
            ``(regions, 1, 1)``: what a squared difference of sums counts for.
        targets, target_scales : list of tensor
            Of each compared layer.
        """
        maps = dict(zip(self.names, self._features(tile), strict=True))
        style = content = guide = ops.zeros(())
        for i, name in enumerate(self.style):
            sums = _grams(maps[name], regions[i] if regions else None) + elsewhere[i]
            # Divided before squared: sums over many places would leave the range of float32.
            style = style + ops.sum(ops.square((sums - grams[i]) * scales[i]))
        for i, name in enumerate(self.compared):
            difference = ops.cast(maps[name], "float32") - targets[i]
            difference = target_scales[i] * ops.sum(ops.square(difference))
            if i < len(self.layers.content):
                content = content + difference
            else:
                guide = guide + difference
        parts = style, content, guide
        return sum(parts), tuple(map(ops.stop_gradient, parts))


class Aim:
    """A loss of pictures of one size; see `StyleTransfer.aim`."""

    def __init__(self, transfer, photo, grams, regions=None, guide=None):
        self.transfer = transfer
        self.parts = {}
        layers, weights = transfer.layers, transfer.weights
        frame = self.frame = transfer.frame(photo)
        self._regions = frame.regions(transfer.style, regions)
        self._tile_regions = frame.cut_regions(self._regions)
        self._grams, self._scales = [], []
        total = sum(layers.style.values())
        for name, gram, count in zip(
            transfer.style, grams, frame.counts(transfer.style, self._regions), strict=True
        ):
            share = count / max(count.sum(), 1e-6)
            norm = np.maximum(np.square(gram).sum(axis=(1, 2)), 1e-12)
            factor = np.sqrt(weights.style * layers.style[name] / total * share / norm) / np.maximum(count, 1e-6)
            self._grams.append(_tensor(gram * count[:, None, None]))
            self._scales.append(_tensor(factor[:, None, None]))
        known = transfer.features(photo) if layers.content else {}
        known = [*(known[name] for name in layers.content), *((guide or {})[name] for name in layers.guide)]
        total = sum(layers.content.values())
        factors = [weights.content * w / total for w in layers.content.values()]
        factors += [weights.guide / len(layers.guide) for _ in layers.guide]
        self._target_scales = [
            _tensor(f / max(float(np.square(m).sum()), 1e-12)) for f, m in zip(factors, known, strict=True)
        ]
        cut = [frame.cut_map(m, features.stride(n)) for n, m in zip(transfer.compared, known, strict=True)]
        self._targets = [[_tensor(layer[i]) for layer in cut] for i in range(len(frame))]

    def __call__(self, picture):
        """Loss and gradient of a picture.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].

        Returns
        -------
        tuple
            The loss, and its gradient like `picture`. What each loss adds is in `parts` then.
        """
        transfer, frame = self.transfer, self.frame
        tiles = frame.cut(picture)
        if len(frame) == 1:
            elsewhere = [[_tensor(np.zeros(g.shape)) for g in self._grams]]
        else:
            # The Gram matrix is a sum over all places: each tile's part is put beside that of the others.
            sums = transfer._sums_of_tiles(frame, tiles, self._regions)
            whole = [sum(tile[i] for tile in sums) for i in range(len(transfer.style))]
            elsewhere = [[w - s for w, s in zip(whole, tile, strict=True)] for tile in sums]
        style, content, guide, gradients = 0.0, 0.0, 0.0, []
        for i, tile in enumerate(tiles):
            _, parts, gradient = transfer._differentiate(
                tile,
                elsewhere[i],
                self._tile_regions[i],
                self._grams,
                self._scales,
                self._targets[i],
                self._target_scales,
            )
            gradients.append(gradient)
            style = float(parts[0])  # each tile knows it of the whole
            content, guide = content + float(parts[1]), guide + float(parts[2])
        gradient = frame.fold(gradients)
        variation = 0.0
        if transfer.weights.total_variation:
            variation, _, slope = transfer._vary(picture)
            variation *= transfer.weights.total_variation
            gradient += transfer.weights.total_variation * slope
        self.parts = {"content": content, "style": style, "total variation": variation, "guide": guide}
        return content + style + variation + guide, gradient


class _Frame:
    """How a picture is reflected at its borders and cut into tiles that share their margins."""

    def __init__(self, shape, tile, margin):
        self.shape, self.margin = shape, margin
        self.rows, self.columns = (_reflected(side, margin) for side in shape)
        height, width = self.inner = tuple(len(side) - 2 * margin for side in (self.rows, self.columns))
        self.spans = [
            (y, x)
            for y in _spans(height, tile, margin)
            for x in _spans(width, tile, margin)
        ]

    def __len__(self):
        return len(self.spans)

    def cut(self, picture):
        """The tiles with their margins, arrays ``(height, width, 3)``."""
        return [
            np.ascontiguousarray(picture[self._seen(self.rows, y)][:, self._seen(self.columns, x)], np.float32)
            for y, x in self.spans
        ]

    def _seen(self, places, span):
        return places[span.start : span.stop + 2 * self.margin]

    def fold(self, gradients):
        """The transpose of `cut`: what pixels got in all tiles, as seen and as reflected, in sum."""
        folded = np.zeros((*self.shape, 3), np.float32)
        for (y, x), gradient in zip(self.spans, gradients, strict=True):
            rows, columns = self._seen(self.rows, y), self._seen(self.columns, x)
            half = _sum_at(gradient, rows, self.shape[0])
            folded += _sum_at(half.swapaxes(0, 1), columns, self.shape[1]).swapaxes(0, 1)
        return folded

    def regions(self, names, regions):
        """Regions as seen by each layer, ``(regions, height, width)``; an empty list where there are none."""
        if regions is None:
            return []
        inner = regions[:, self.rows[self.margin : -self.margin]][:, :, self.columns[self.margin : -self.margin]]
        return [_block_means(inner, features.stride(name)) for name in names]

    def counts(self, names, regions):
        """How many places of each layer each region has, ``(regions,)``."""
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
            [[_tensor(region) for region in layer[i].transpose(2, 0, 1)] for layer in layers]
            for i in range(len(self))
        ]

    def cut_map(self, values, stride):
        """A layer's map ``(height, width, channels)``, cut into tiles without margins."""
        return [
            values[y.start // stride : y.stop // stride, x.start // stride : x.stop // stride]
            for y, x in self.spans
        ]

    def join(self, maps):
        """The transpose of `cut_map`."""
        rows = {}
        for (y, _), values in zip(self.spans, maps, strict=True):
            rows.setdefault(y.start, []).append(values)
        return np.concatenate([np.concatenate(row, axis=1) for row in rows.values()])


def _reflected(side, margin):
    """Indices of a side with its margins, reflected; between the margins a multiple of `margin`."""
    return np.pad(np.arange(side), (margin, margin + -side % margin), mode="reflect")


def _spans(length, tile, unit):
    """Slices of nearly equal length, multiples of `unit`, that follow each other."""
    count = -(-length // tile)
    edges = [length * i // count // unit * unit for i in range(count)] + [length]
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def _sum_at(values, places, size):
    """``result[places[i]] += values[i]``; most places are in a row and are added at once."""
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


def _grams(values, regions):
    return ops.stack([losses.gram_matrix(values, region) for region in regions or [None]])


def _tensor(values):
    return ops.convert_to_tensor(np.asarray(values, np.float32))
