"""Neural style transfer: what a picture loses by not showing a photograph's content in a painting's style.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016). The
picture itself is what is optimised, see `transformers.style.optimizers`; here is its loss, and the gradient.

Content and style losses are relative: 1 is all of the photograph's features missed, or all of the
painting's Gram matrix. So weights mean the same for every layer, network and size; Gatys' equations 1
and 4 differ from this by a constant for each layer.

Features are looked at in tiles with a margin, and sums are put together from tiles, so that memory is
bounded. Round the picture, the margin is its reflection, which keeps the zeros that a network pads with away.
Layers from conv3 on see further than the margin, so tiles differ from the whole a little: the loss by 1 %.
"""

from dataclasses import dataclass

import numpy as np

from transformers import backend, losses
from transformers.backend import keras
from transformers.networks import features
from transformers.style.frame import Frame, as_tensor

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
        See `transformers.networks.features.network`.
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

    def frame(self, picture: np.ndarray):
        """Return how pictures of this one's size are reflected and cut."""
        return Frame(picture.shape[:2], self.tile, self.margin)

    def gram_matrices(self, picture: np.ndarray, regions: np.ndarray | None = None) -> list[np.ndarray]:
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

    def features(self, picture: np.ndarray):
        """Return feature maps of the whole picture by name, ``float32`` ``(height, width, channels)``.

        Sides are rounded up to a multiple of `margin`, by reflection.
        """
        frame = self.frame(picture)
        maps = [[ops.convert_to_numpy(m) for m in self._see(t)] for t in map(as_tensor, frame.cut(picture))]
        return {name: frame.join([tile[i] for tile in maps]) for i, name in enumerate(self.names)}

    def aim(
        self,
        photo: np.ndarray,
        grams: list[np.ndarray],
        regions: np.ndarray | None = None,
        guide: dict[str, np.ndarray] | None = None,
    ):
        """Return what pictures of one size shall become.

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
        return StyleObjective(self, photo, grams, regions, guide)

    def _features(self, tile):
        """Return feature maps of a tile without its margin, in the order of `names` and the network's precision."""
        margins = [self.margin // features.stride(name) for name in self.names]
        maps = features.maps(self.network, tile[None], margins, self.network.compute_dtype)
        return [ops.squeeze(m, 0) for m in maps]

    def _gram_sums(self, tile, regions):
        maps = dict(zip(self.names, self._features(tile), strict=True))
        return [_grams(maps[name], regions[i] if regions else None) for i, name in enumerate(self.style)]

    def _sums_of_tiles(self, frame, tiles, regions):
        return [self._sum(as_tensor(t), r) for t, r in zip(tiles, frame.cut_regions(regions), strict=True)]

    def _tile_loss(self, tile, elsewhere, regions, grams, scales, targets, target_scales):
        """Return the loss as a function of one tile.

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


class StyleObjective:
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
            self._grams.append(as_tensor(gram * count[:, None, None]))
            self._scales.append(as_tensor(factor[:, None, None]))
        known = transfer.features(photo) if layers.content else {}
        known = [*(known[name] for name in layers.content), *((guide or {})[name] for name in layers.guide)]
        total = sum(layers.content.values())
        factors = [weights.content * w / total for w in layers.content.values()]
        factors += [weights.guide / len(layers.guide) for _ in layers.guide]
        self._target_scales = [
            as_tensor(f / max(float(np.square(m).sum()), 1e-12)) for f, m in zip(factors, known, strict=True)
        ]
        cut = [frame.cut_map(m, features.stride(n)) for n, m in zip(transfer.compared, known, strict=True)]
        self._targets = [[as_tensor(layer[i]) for layer in cut] for i in range(len(frame))]

    def __call__(self, picture):
        """Return Loss and gradient of a picture.

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
            elsewhere = [[as_tensor(np.zeros(g.shape)) for g in self._grams]]
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


def _grams(values, regions):
    return ops.stack([losses.gram_matrix(values, region) for region in regions or [None]])
