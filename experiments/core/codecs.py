"""How pictures become a network's arrays, and its result a picture again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, Self

import cv2
import numpy as np

import filters
from experiments.core.pixels import SIZE, Enlarged, Pixels, Repaired, from_unit, to_unit
from filters import color, resizing
from filters.io.pictures import Picture

if TYPE_CHECKING:
    from filters.registry import Filter

__all__ = ["SIZE", "Chroma", "Distribution", "Enlarged", "Pixels", "Repaired", "filter_of", "from_unit", "to_unit"]
HINT_REACH = 2  # pixels around a hint's place that take its colour too
MOST_HINTS = 100  # in training
MOST_SEEN = 1_000_000  # pixels of a picture of which a generator gives the chroma


@dataclass(frozen=True)
class Chroma(Pixels):
    """The generator gives a and b of Lab at half size; L is the filtered picture's own.

    Attributes
    ----------
    scale : float
        What the network's 1.0 means, in units of Lab.
    saturation : float
        Factor on the chroma: a network that is unsure predicts pale colours.
    hints : bool
        Whether the condition has three more channels: the chroma that is known at some places, and a mask.
    """

    scale: float = 100.0
    saturation: float = 1.0
    hints: bool = False
    channels = 2
    output_stride = 2
    radius = 4  # of the guided filter that joins chroma, in its pixels: 8 of the picture's

    @classmethod
    def of(cls, scale: int, saturation: float, hints: bool) -> Self:
        return cls(saturation=saturation, hints=hints)

    def condition_channels(self, filter_channels: int) -> int:
        return 4 if self.hints else 1

    def generator_options(self) -> dict[str, Any]:
        return {"hints": True} if self.hints else {}

    def baseline(self, picture: Picture, filtered: np.ndarray) -> Picture:
        return color.join_chroma(filtered_luminance(filtered), color.rgb_to_lab(picture)[..., 1:])

    def seen(self, filtered: np.ndarray) -> np.ndarray:
        # Chroma needs no more: `join_chroma` takes edges from the luminance. Its memory grows with the square.
        scale = (MOST_SEEN / (filtered.shape[0] * filtered.shape[1])) ** 0.5
        small = resizing.smaller(filtered, int(scale * max(filtered.shape[:2])))
        return small.reshape(*small.shape[:2], -1)

    def condition(self, filtered: np.ndarray) -> np.ndarray:
        return self.of_luminance(filtered_luminance(filtered))

    def of_luminance(self, light: np.ndarray) -> np.ndarray:
        """Return the condition of a luminance, ``float32`` ``(height, width)``, 0–100; no hint is in it yet."""
        condition = light[..., None] / 50 - 1
        return np.pad(condition, ((0, 0), (0, 0), (0, 3))) if self.hints else condition

    def with_hints(self, condition: np.ndarray, hints: Sequence[tuple]) -> np.ndarray:
        """Return a condition to which hints are added.

        Parameters
        ----------
        condition : numpy.ndarray
            ``(height, width, 4)``; it is not changed.
        hints : sequence of tuple
            ``(x, y, (a, b))``: a place in the condition's pixels, and its chroma in units of `scale`. Where several
            hints meet, the last one counts.

        Returns
        -------
        numpy.ndarray
            ``(height, width, 4)``.
        """
        condition = condition.copy()
        for x, y, chroma in hints:
            across, down = (slice(max(0, int(v) - HINT_REACH), int(v) + HINT_REACH + 1) for v in (x, y))
            condition[down, across, -3:] = (*chroma, 1.0)
        return condition

    def random_hints(self, target: np.ndarray, rng: np.random.Generator) -> list[tuple]:
        """Draw hints from a target, as `with_hints` takes them; their number is log-uniform, 1 to `MOST_HINTS`."""
        height, width = target.shape[:2]
        hints = []
        for _ in range(round(np.exp(rng.uniform(0, np.log(MOST_HINTS))))):
            x, y = int(rng.integers(width)), int(rng.integers(height))
            seen = target[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            hints.append((2 * x, 2 * y, seen.mean(axis=(0, 1))))
        return hints

    def target(self, picture: Picture) -> np.ndarray:
        lab = color.rgb_to_lab(picture)
        size = (picture.shape[1] // 2, picture.shape[0] // 2)
        return cv2.resize(lab[..., 1:], size, interpolation=cv2.INTER_AREA) / self.scale

    def chroma_of(self, result: np.ndarray) -> np.ndarray:
        """Return the chroma that a result stands for: a and b of Lab, ``(h, w, 2)``."""
        return result * (self.scale * self.saturation)

    def render(self, result: np.ndarray, filtered: np.ndarray) -> Picture:
        return color.join_chroma(filtered_luminance(filtered), self.chroma_of(result), radius=self.radius)


@dataclass(frozen=True)
class Distribution(Chroma):
    """The generator gives logits of the colours on a grid of chroma, at a quarter of the size.

    After Zhang, Isola and Efros, "Colorful Image Colorization" (2016).

    Attributes
    ----------
    temperature : float
        Of the annealed mean (their equation 5): 1 gives the mean of all colours, 0 the likeliest one.
    """

    temperature: float = 0.4
    output_stride = 4
    radius = 2

    def generator_options(self) -> dict[str, Any]:
        return super().generator_options() | {"logits": True}

    def losses(self) -> dict[str, Any]:
        from transformers import losses  # Keras, which only training needs

        return {
            "reconstruction": losses.cross_entropy(self.centers, SPREAD, BALANCE, self.temperature, MEAN_WEIGHT),
            "chroma_of": losses.annealed_mean(self.centers, self.temperature),
        }

    @property
    def centers(self) -> np.ndarray:
        """The grid, ``float32`` ``(colours, 2)``, in the units of `target`."""
        return _chroma_grid() / np.float32(self.scale)

    @property
    def channels(self) -> int:
        return len(_chroma_grid())

    def chroma_of(self, result: np.ndarray) -> np.ndarray:
        # The annealed mean, equation 5.
        scaled = (result - result.max(axis=-1, keepdims=True)) / self.temperature
        likely = np.exp(scaled)
        return likely @ _chroma_grid() / likely.sum(axis=-1, keepdims=True) * self.saturation


CODECS: dict[str, type[Pixels]] = {
    "pixels": Pixels,
    "enlarged": Enlarged,
    "repaired": Repaired,
    "chroma": Chroma,
    "distribution": Distribution,
}
GRID_STEP = 10  # units of Lab between the colours of a `Distribution`
# Parameters of its loss, see `transformers.losses.cross_entropy`, in units of 100 of Lab.
SPREAD, BALANCE, MEAN_WEIGHT = 0.05, 2.0, 40.0


@cache
def _chroma_grid() -> np.ndarray:
    """Return the points of a grid that are the chroma of some RGB colour, ``float32`` ``(colours, 2)``."""
    values = np.linspace(0, 255, 52).astype(np.uint8)
    cube = np.stack(np.meshgrid(values, values, values), axis=-1).reshape(1, -1, 3)
    return np.unique(np.round(color.rgb_to_lab(cube)[0, :, 1:] / GRID_STEP), axis=0).astype(np.float32) * GRID_STEP


def filtered_luminance(filtered: np.ndarray) -> np.ndarray:
    """Return the L of a filtered picture, gray or RGB: ``float32`` ``(height, width)``, 0–100."""
    if filtered.shape[2] == 1:
        return _GRAY_TO_L[filtered[..., 0]]
    return color.luminance(filtered)


_GRAY_TO_L = color.luminance(np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2))[0]


class _Inverse(Protocol):
    """What `filter_of` needs of an `experiments.core.registry.Transformation`."""

    @property
    def filter(self) -> str: ...


def filter_of(transformation: _Inverse) -> "Filter":
    """Return the registered filter that a transformation inverts."""
    return filters.get(transformation.filter)
