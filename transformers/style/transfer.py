"""Neural style transfer: the loss of a picture that shows a photograph's content in a painting's style.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016). The picture itself
is optimized, see `transformers.style.optimizers`; this module computes its loss and gradient.

Content and style losses are relative: they are 1 when all of the photograph's features, or all of the painting's
Gram matrices, are missing. So weights mean the same for every layer, network and size; equations 1 and 4 of Gatys
et al. differ by a constant for each layer.

Features are computed in tiles with margins, and sums are added up over tiles, so that memory is bounded. Around the
picture the margin is its reflection, which keeps the network's zero padding away. Layers from conv3 on see
further than the margin, so that tiles change the result a little: the loss by 1 %.
"""

import os

import numpy as np

from transformers import backend, losses
from transformers.backend import Tensor, keras
from transformers.networks import features
from transformers.style.frame import Frame, as_tensor
from transformers.style.settings import StyleLayers, StyleWeights

ops = keras.ops
LEAST_MARGIN = 8  # pixels; as far as conv2_2 sees, and more
FAINT = 0.04  # five levels of 255; strokes differ by more
TILE = 768  # pixels, the largest side of a tile


class StyleTransfer:
    """A feature network with the layers and weights of a style transfer.

    Parameters
    ----------
    layers : StyleLayers
    weights : StyleWeights
    network, pooling, weights_file
        See `transformers.networks.features.network`.
    tile : int
        Largest side of a tile, in pixels; a multiple of the margin, 8 or 16.

    Raises
    ------
    ValueError
        When the network has no such layer.
    RuntimeError
        When its weights cannot be loaded.
    """

    def __init__(
        self,
        layers: StyleLayers,
        weights: StyleWeights,
        network: str = "vgg16",
        pooling: str = "max",
        weights_file: str | os.PathLike | None = None,
        tile: int = TILE,
    ) -> None:
        self.layers, self.weights, self.tile = layers, weights, tile
        self.style = list(layers.style)
        self.compared = [*layers.content, *layers.guide]
        self.names = tuple(dict.fromkeys([*self.style, *self.compared]))
        # A multiple of the deepest layer's stride, as all sides are, and no more: each pixel costs time.
        self.margin = max(LEAST_MARGIN, *map(features.stride, self.names))
        self.network = features.network(network, self.names, pooling, weights_file)
        self._see = backend.compiled(lambda tile: [ops.cast(m, "float32") for m in self._features(tile)])
        self._sum = backend.compiled(self._gram_sums)
        self._differentiate = backend.value_and_gradient(self._tile_loss)
        self._vary = backend.value_and_gradient(_variation)

    def frame(self, picture: np.ndarray) -> Frame:
        """Return the tiles of pictures of this size ``(height, width, 3)``."""
        return Frame(picture.shape[:2], self.tile, self.margin)

    def gram_matrices(self, picture: np.ndarray, regions: np.ndarray | None = None) -> list[np.ndarray]:
        """Return the mean Gram matrix of each region, for each style layer.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
        regions : numpy.ndarray, optional
            ``float32`` ``(regions, height, width)`` in [0, 1]: how much each pixel belongs to each region;
            by default the picture is one region.

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

    def features(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        """Return the feature maps of the whole picture, by layer.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].

        Returns
        -------
        dict of str to numpy.ndarray
            ``float32`` ``(h, w, channels)``. The picture's sides are rounded up to multiples of `margin`, by
            reflection.
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
        smoothing: np.ndarray | float = 0.0,
    ) -> "StyleObjective":
        """Return the objective of pictures of one size.

        Parameters
        ----------
        photo : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1]: the content.
        grams : list of numpy.ndarray
            The style, see `gram_matrices`. For a style between those of several paintings, give the mean of their
            matrices: the sum of the losses for each painting differs from that by a constant.
        regions : numpy.ndarray, optional
            Of the photograph: ``(regions, height, width)`` in [0, 1], as many as in `grams`.
        guide : dict of str to numpy.ndarray, optional
            Feature maps for the guide's layers, see `features`.
        smoothing : numpy.ndarray or float
            ``(height, width)``: how many times as much as total variation faint differences count besides.

        Returns
        -------
        StyleObjective
        """
        return StyleObjective(self, photo, grams, regions, guide, smoothing)

    def _features(self, tile: Tensor) -> list[Tensor]:
        """Return a tile's feature maps without its margin, in the order of `names`, in the network's precision."""
        margins = [self.margin // features.stride(name) for name in self.names]
        maps = features.maps(self.network, tile[None], margins, self.network.compute_dtype)
        return [ops.squeeze(m, 0) for m in maps]

    def _gram_sums(self, tile: Tensor, regions: list[list[Tensor]]) -> list[Tensor]:
        maps = dict(zip(self.names, self._features(tile), strict=True))
        return [_grams(maps[name], regions[i] if regions else None) for i, name in enumerate(self.style)]

    def _sums_of_tiles(
        self, frame: Frame, tiles: list[np.ndarray], regions: list[np.ndarray]
    ) -> list[list[Tensor]]:
        return [self._sum(as_tensor(t), r) for t, r in zip(tiles, frame.cut_regions(regions), strict=True)]

    def _tile_loss(
        self,
        tile: Tensor,
        elsewhere: list[Tensor],
        regions: list[list[Tensor]],
        grams: list[Tensor],
        scales: list[Tensor],
        targets: list[Tensor],
        target_scales: list[Tensor],
    ) -> tuple[Tensor, tuple]:
        """Return the loss as a function of one tile.

        Parameters
        ----------
        tile : tensor
            ``(h, w, 3)``, with its margin.
        elsewhere, grams : list of tensor
            For each style layer, the sum of the Gram matrices of all other tiles, and the target of the sum of all.
        regions : list of list of tensor
            For each style layer, the tile's regions ``(h, w)``; empty without regions.
        scales : list of tensor
            ``(regions, 1, 1)`` for each style layer: factors on differences of sums, before they are squared.
        targets, target_scales : list of tensor
            For each layer that is compared place by place, its map and the weight of squared differences.

        Returns
        -------
        loss : tensor
        parts : tuple of tensor
            Losses of style, content and guide, which sum up to `loss`.
        """
        maps = dict(zip(self.names, self._features(tile), strict=True))
        style = content = guide = ops.zeros(())
        for i, name in enumerate(self.style):
            sums = _grams(maps[name], regions[i] if regions else None) + elsewhere[i]
            # Scaled before they are squared: sums over many places would leave the range of float32.
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
    """The loss of pictures of one size, with its gradient; see `StyleTransfer.aim`.

    Attributes
    ----------
    parts : dict of str to float
        The weighted losses of the last call: content, style, total variation and guide.
    """

    def __init__(
        self,
        transfer: StyleTransfer,
        photo: np.ndarray,
        grams: list[np.ndarray],
        regions: np.ndarray | None = None,
        guide: dict[str, np.ndarray] | None = None,
        smoothing: np.ndarray | float = 0.0,
    ) -> None:
        self.transfer, self.parts = transfer, {}
        layers, weights = transfer.layers, transfer.weights
        weight = weights.total_variation / photo.size
        self._smoothing = as_tensor(weight), as_tensor(weight * smoothing * np.ones(photo.shape[:2]))
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

    def __call__(self, picture: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss of a picture and its gradient, and set `parts`.

        Parameters
        ----------
        picture : numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].

        Returns
        -------
        loss : float
        gradient : numpy.ndarray
            ``float32`` ``(height, width, 3)``.
        """
        transfer, frame = self.transfer, self.frame
        tiles = frame.cut(picture)
        elsewhere = [[as_tensor(np.zeros(g.shape)) for g in self._grams]]
        if len(frame) > 1:
            # The Gram matrix is a sum over all places: each tile needs the sum over the others.
            sums = transfer._sums_of_tiles(frame, tiles, self._regions)
            whole = [sum(tile[i] for tile in sums) for i in range(len(transfer.style))]
            elsewhere = [[w - s for w, s in zip(whole, tile, strict=True)] for tile in sums]
        style, content, guide, gradients = 0.0, 0.0, 0.0, []
        for i, tile in enumerate(tiles):
            aims = elsewhere[i], self._tile_regions[i], self._grams, self._scales
            _, parts, gradient = transfer._differentiate(tile, *aims, self._targets[i], self._target_scales)
            gradients.append(gradient)
            style = float(parts[0])  # of the whole picture, the same for each tile
            content, guide = content + float(parts[1]), guide + float(parts[2])
        gradient, variation = frame.fold(gradients), 0.0
        if transfer.weights.total_variation:
            variation, _, slope = transfer._vary(picture, *self._smoothing)
            gradient += slope
        self.parts = {"content": content, "style": style, "total variation": variation, "guide": guide}
        return content + style + variation + guide, gradient


def _grams(values: Tensor, regions: list[Tensor] | None) -> Tensor:
    return ops.stack([losses.gram_matrix(values, region) for region in regions or [None]])


def _variation(picture: Tensor, weight: Tensor, smoothing: Tensor) -> tuple[Tensor, tuple]:
    return weight * losses.total_variation(picture) + losses.faint_variation(picture, smoothing, FAINT), ()
