"""A painting in the making: from coarse to fine, step by step, with a state that can be saved and restored."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from experiments.core.codecs import from_unit, to_unit
from filters import color, plain, resizing
from filters import masks as areas
from filters.io.pictures import Picture
from filters.resizing import at_size
from filters.strips import WHOLE
from transformers.style import analogy as analogies
from transformers.style.optimizers import OPTIMIZERS
from transformers.style.transfer import StyleLayers, StyleTransfer, StyleWeights

LARGE_SIDE = 4096  # pixels: of a photograph of over 16 megapixels a copy of this size is worked with
SMALLEST = 128  # pixels of the longer side at which a painting begins
GUIDES = ("conv2_1", "conv3_1", "conv4_1")  # layers in which an analogy's result shall resemble its guide
MATCHED = "conv4_1"  # the layer whose patches are compared
MATCHING_SIZE = 384  # pixels of the longer side at most: the time grows with its fourth power


@dataclass(frozen=True)
class Settings:
    """The settings of a painting, see docs/painting.md: plain values, so that a file can keep them."""

    size: int = 512
    steps: int = 110
    optimizer: str = "lbfgs"
    content_layers: dict = field(default_factory=lambda: {"conv4_1": 1.0})
    # The deepest counts most: it has the strokes and swirls, the others have colours and fine texture.
    style_layers: dict = field(
        default_factory=lambda: {"conv1_1": 1.0, "conv2_1": 1.0, "conv3_1": 1.0, "conv4_1": 4.0}
    )
    content_weight: float = 1.0
    style_weight: float = 40.0
    total_variation: float = 5.0
    guide_weight: float = 5.0
    init: str = "photo"
    seed: int = 0
    keep_colors: str | None = None
    style_weights: tuple = (1.0,)
    style_scale: float = 1.0
    network: str = "vgg16"
    weights: str | None = None
    pooling: str = "average"


class Painting:
    """A photograph that becomes a painting.

    Parameters
    ----------
    photo : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    styles : list of numpy.ndarray
        Paintings, ``uint8`` RGB of any size, one for each of ``settings.style_weights``.
    settings : Settings
    regions : tuple, optional
        ``(regions of the photograph, [regions of each painting])``, see `filters.masks`.
    analogy : tuple of numpy.ndarray, optional
        An unstyled picture, and the same picture styled, ``uint8`` RGB.
    transfer : StyleTransfer, optional
        From `transfer_of`; paintings of the same settings share it, so that it is compiled once.

    Attributes
    ----------
    loss : float or None
        Of the last step; None before the first.
    finished : bool
    share : float
        Of the work that is done, from 0 to 1.
    sizes : list of int
        Longer sides in pixels, from coarse to fine; the current one is ``sizes[level]``.
    """

    def __init__(
        self,
        photo: Picture,
        styles: Sequence[Picture],
        settings: Settings,
        regions: tuple[np.ndarray, list[np.ndarray]] | None = None,
        analogy: Sequence[Picture] | None = None,
        transfer: StyleTransfer | None = None,
    ) -> None:
        if photo.shape[0] * photo.shape[1] > WHOLE:
            photo = resizing.smaller(photo, max(2 * settings.size, LARGE_SIDE))
        self.photo, self.settings, self.analogy = photo, settings, analogy
        self.photo_regions, self.style_regions = regions or (None, [None] * len(styles))
        content = photo
        if settings.keep_colors == "histogram":
            styles = [color.match_colors(style, photo) for style in styles]
        elif settings.keep_colors == "luminance":
            content = color.without_colors(photo)
            styles = [color.without_colors(style, photo) for style in styles]
        self.content, self.styles = content, styles
        self.transfer = transfer or transfer_of(settings, bool(analogy))
        self.sizes = sizes(settings.size)
        # Small sizes are cheap and find where strokes go; a lower loss there does not help the full size.
        coarse = [math.ceil(settings.steps / 3 * self.sizes[0] / size) for size in self.sizes[:-1]]
        self.steps = [*coarse, settings.steps]
        self.field = self._correspondences(analogy[0]) if analogy else None
        self.loss = None
        self._enter(0)

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.level == len(self.sizes) - 1 and self.count >= self.steps[-1]

    @property
    def share(self) -> float:
        """The share of the work that is done, from 0 to 1."""
        costs = [steps * size**2 for steps, size in zip(self.steps, self.sizes, strict=True)]
        done = sum(costs[: self.level]) + self.count * self.sizes[self.level] ** 2
        return done / sum(costs)

    def step(self) -> None:
        """Take one step of the optimiser, at the next size where the current one has had all of its steps.

        Raises
        ------
        ValueError
            When the loss is no longer finite.
        """
        if self.count >= self.steps[self.level]:
            self._enter(self.level + 1, self._enlarged())
        self.loss = self.optimizer.step()
        self.count += 1
        if not math.isfinite(self.loss):
            raise ValueError("the loss is no longer a number; lower the weights, or take --precision float32")

    def picture(self) -> Picture:
        """Return the painting so far, ``uint8`` RGB, at the current size."""
        picture = from_unit(self.optimizer.x)
        if self.settings.keep_colors == "luminance":
            picture = color.with_colors_of(picture, at_size(self.photo, self.sizes[self.level]))
        return picture

    def state(self) -> dict[str, np.ndarray]:
        """Return all that `restore` needs: arrays by name."""
        known = {"level": np.array(self.level), "count": np.array(self.count)}
        return known | {f"optimizer.{key}": value for key, value in self.optimizer.state().items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Restore a state from `state`; the painting then goes on as if it had never been interrupted."""
        kept = {key.partition(".")[2]: arrays[key] for key in arrays if key.startswith("optimizer.")}
        self._enter(int(arrays["level"]), kept["x"])
        self.optimizer.restore(kept)
        self.count = int(arrays["count"])

    def _enter(self, level: int, picture: np.ndarray | None = None) -> None:
        """Go to a size, and compute its targets."""
        size = self.sizes[level]
        shown = at_size(self.content, size)
        styles = [at_size(style, size * self.settings.style_scale) for style in self.styles]
        content, smoothing = to_unit(shown), plain.smoothing(shown, styles, self.settings.style_weights)
        if picture is None:
            picture = self.recolored(size) if self.settings.init == "photo" else self._noise(content.shape)
        grams, regions = self._style(size), None
        if self.photo_regions is not None:
            regions = areas.resize(self.photo_regions, content.shape[1::-1])
        guide = self._guide(size, content, self.analogy, self.field) if self.analogy and self.field else None
        self.aim = self.transfer.aim(content, grams, regions, guide, smoothing)
        # Last and all at once, so that an interruption leaves the state of the size before.
        optimizer = OPTIMIZERS[self.settings.optimizer](self.aim, picture)
        self.level, self.count, self.optimizer = level, 0, optimizer

    def _enlarged(self) -> np.ndarray:
        """Return the painting so far at the next size, with the details of the photograph that appear there."""
        size, larger = self.sizes[self.level : self.level + 2]
        if self.settings.init == "noise":
            shape = at_size(self.content, larger).shape[1::-1]
            return cv2.resize(self.optimizer.x, shape, interpolation=cv2.INTER_CUBIC)
        known, photo = self.recolored(size), self.recolored(larger)
        missed = cv2.resize(self.optimizer.x - known, photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        return photo + missed

    def recolored(self, size: int) -> np.ndarray:
        """Return the photograph in the paintings' colours, region by region.

        Optimised from its own colours, a plain wall keeps them: all of it is alike, so nothing tells where a
        stroke should go. In the painting's colours there is less to change, and strokes are found.

        Parameters
        ----------
        size : int
            Longer side in pixels.

        Returns
        -------
        numpy.ndarray
            ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
        """
        content, styles = at_size(self.content, size), [at_size(style, size) for style in self.styles]
        theirs = [_regions_of(*pair) for pair in zip(styles, self.style_regions, strict=True)]
        result = np.zeros(content.shape, np.float32)
        for index, part in enumerate(_regions_of(content, self.photo_regions)):
            known = [i for i, regions in enumerate(theirs) if regions[index].any() and part.any()]
            matched = [color.match_colors(content, styles[i], part, theirs[i][index]) for i in known] or [content]
            weights = [self.settings.style_weights[i] for i in known] or None
            result += part[..., None] * np.average(matched, axis=0, weights=weights)
        return to_unit(result)

    def _noise(self, shape: tuple[int, ...]) -> np.ndarray:
        rng = np.random.default_rng(self.settings.seed)
        return rng.normal(0, 0.25, shape).astype(np.float32)

    def _style(self, size: int) -> list[np.ndarray]:
        """Return the target Gram matrices: for each region, the mean of the paintings that have it."""
        total, weights = [], np.zeros((1, 1, 1))
        for style, weight, regions in zip(
            self.styles, self.settings.style_weights, self.style_regions, strict=True
        ):
            style = to_unit(at_size(style, size * self.settings.style_scale))
            has = np.ones(1)
            if regions is not None:
                regions = areas.resize(regions, style.shape[1::-1])
                has = regions.any(axis=(1, 2)).astype(float)
            factors = weight * has[:, None, None]
            grams = [factors * gram for gram in self.transfer.gram_matrices(style, regions)]
            total = [a + b for a, b in zip(total, grams, strict=True)] if total else grams
            weights = weights + factors
        return [(gram / np.maximum(weights, 1e-12)).astype(np.float32) for gram in total]

    def _correspondences(self, unstyled: Picture) -> tuple[np.ndarray, tuple[int, int]]:
        """Return the place of the unstyled picture most like each place of the photograph, and the map's size."""
        size = min(self.settings.size, MATCHING_SIZE)
        maps = [self._maps(picture, size)[MATCHED] for picture in (self.content, unstyled)]
        return analogies.correspondences(*maps), maps[1].shape[:2]

    def _guide(
        self, size: int, content: np.ndarray, analogy: Sequence[Picture], correspondences: tuple
    ) -> dict[str, np.ndarray]:
        """Return the styled picture's features, moved to where the photograph resembles the unstyled one."""
        (unstyled, styled), (field, source) = analogy, correspondences
        ours = self.transfer.features(content)
        theirs = self._maps(cv2.resize(styled, unstyled.shape[1::-1], interpolation=cv2.INTER_AREA), size)
        return {
            name: analogies.rearranged(
                theirs[name],
                analogies.resized(field, ours[name].shape[:2], source, theirs[name].shape[:2]),
            )
            for name in GUIDES
        }

    def _maps(self, picture: Picture, size: int) -> dict[str, np.ndarray]:
        return self.transfer.features(to_unit(at_size(picture, size)))


def _regions_of(picture: Picture, regions: np.ndarray | None) -> np.ndarray:
    """Return regions at the size of a picture; without any, the whole picture is one."""
    height, width = picture.shape[:2]
    return np.ones((1, height, width)) if regions is None else areas.resize(regions, (width, height))


def transfer_of(settings: Settings, analogy: bool = False) -> StyleTransfer:
    """Return the network and the losses that some settings ask for, with or without those of an analogy."""
    return StyleTransfer(
        StyleLayers(settings.content_layers, settings.style_layers, GUIDES if analogy else ()),
        StyleWeights(
            settings.content_weight,
            settings.style_weight,
            settings.total_variation,
            settings.guide_weight if analogy else 0.0,
        ),
        settings.network,
        settings.pooling,
        settings.weights,
    )


def sizes(size: int, smallest: int = SMALLEST) -> list[int]:
    """Return longer sides in pixels, in steps of √2 up to `size`, the first near `smallest`.

    >>> sizes(512)
    [128, 181, 256, 362, 512]
    """
    count = max(0, round(2 * math.log2(size / smallest)))
    return [round(size / 2 ** (i / 2)) for i in range(count, -1, -1)]
