"""How pictures become a network's arrays, and its result a picture again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, Self

import cv2
import numpy as np

import filters
from filters import color, resizing
from filters.io.pictures import Picture, Size

if TYPE_CHECKING:
    from filters.registry import Filter

SIZE: Size = (256, 320)  # of training pictures
HINT_REACH = 2  # pixels around a hint's place that take its colour too
MOST_HINTS = 100  # in training
MOST_SEEN = 1_000_000  # pixels of a picture of which a generator gives the chroma


def to_unit(picture: np.ndarray) -> np.ndarray:
    """Convert ``uint8`` 0–255 to ``float32`` -1–1."""
    return picture.astype(np.float32) / 127.5 - 1


def from_unit(values: np.ndarray) -> np.ndarray:
    """Convert ``float32`` -1–1 to ``uint8`` 0–255; what is outside is clipped."""
    return np.clip(np.round((values + 1) * 127.5), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Pixels:
    """The generator gives red, green and blue, at full size.

    In all codecs a picture is ``uint8`` RGB ``(height, width, 3)``, and a filtered one ``uint8``
    ``(height, width, c)``. Conditions, targets and results are arrays of one picture: conditions ``float32``
    ``(height, width, c)``, -1–1; targets RGB, -1–1, or chroma in units of the codec's ``scale``; results what the
    generator gives.

    Attributes
    ----------
    channels : int
        Of results.
    output_stride : float
        Side of a condition, as a multiple of the result's.
    mirror : bool
        Whether the mean of the results for a picture and for its mirror image is better than either.
    """

    channels = 3
    output_stride = 1
    mirror = False  # the mean of two sharp pictures would be blurred
    local = False  # a face comes back as a whole, so its place in the picture counts

    @classmethod
    def of(cls, scale: int, saturation: float, hints: bool) -> Self:
        """Return the codec of a `Transformation` with these settings; each codec uses those that concern it."""
        return cls()

    def condition_channels(self, filter_channels: int) -> int:
        """Return how many channels a condition has, for a filter whose result has `filter_channels`."""
        return filter_channels

    def generator_options(self) -> dict[str, Any]:
        """Return arguments of the generator's function besides channels, preset and stride."""
        return {}

    def losses(self) -> dict[str, Any]:
        """Return the arguments of `transformers.GAN` that say how training compares results; none for L1."""
        return {}

    def baseline(self, picture: Picture, filtered: np.ndarray) -> Picture:
        """Return what would be rendered if the generator always answered `picture`."""
        return picture

    def seen(self, filtered: np.ndarray) -> np.ndarray:
        """Return a filtered picture at the size at which the generator is to see it."""
        return filtered

    def condition(self, filtered: np.ndarray) -> np.ndarray:
        """Return what the generator sees of a filtered picture."""
        return to_unit(filtered)

    def target(self, picture: Picture) -> np.ndarray:
        """Return what the generator should give for a picture."""
        return to_unit(picture)

    def pair(
        self, function: "Filter", seen: Picture, picture: Picture, parameters: dict[str, Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return condition and target of a training: what the filter leaves of `seen`, and `picture`."""
        return self.condition(function(seen, **parameters)), self.target(picture)

    def render(self, result: np.ndarray, filtered: np.ndarray) -> Picture:
        """Return the picture that a result stands for, at the size of the filtered one."""
        height, width = filtered.shape[:2]
        return from_unit(result[:height, :width])


@dataclass(frozen=True)
class Repaired(Pixels):
    """The generator finds damage and fills it: red, green, blue, and how surely a place is damaged.

    Only what is found is filled; all else stays as it was. A result's last channel is -1 for sound, 1 for damaged.
    """

    channels = 4

    def losses(self) -> dict[str, Any]:
        from transformers import losses  # Keras, which only training needs

        return {"reconstruction": losses.repair}

    def target(self, picture: Picture) -> np.ndarray:
        """Return what the generator should give for a picture without damage."""
        return np.pad(to_unit(picture), ((0, 0), (0, 0), (0, 1)), constant_values=-1)

    def pair(
        self, function: "Filter", seen: Picture, picture: Picture, parameters: dict[str, Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        from filters.damage import wear

        worn, sound, mask = wear(seen, **parameters)
        target = self.target(sound)
        target[mask, 3] = 1
        return self.condition(worn), target

    def render(self, result: np.ndarray, filtered: np.ndarray) -> Picture:
        height, width = filtered.shape[:2]
        return blended(filtered, result[:height, :width, :3], share_of(result[:height, :width, 3]))


def share_of(damage: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Return how much of each place is replaced, 0 to 1: nothing where the generator is sure that it is sound.

    Parameters
    ----------
    damage : numpy.ndarray
        Last channel of a `Repaired` result, -1 to 1.
    strength : float
        Above 1 doubtful places count as damaged, too; 0 replaces nothing.

    Returns
    -------
    numpy.ndarray
        ``float32``, of the same shape.
    """
    likely = (damage.astype(np.float32) + 1) / 2
    return np.clip((likely * np.float32(strength) - 0.3) / 0.3, 0, 1)


def blended(picture: Picture, fill: np.ndarray, share: np.ndarray) -> Picture:
    """Return a picture, ``uint8`` RGB, of which a `share` of each place is replaced by `fill`, RGB in -1–1."""
    filled = (fill + 1) * np.float32(127.5)
    mixed = picture + share[..., None] * (filled - picture)
    return np.clip(np.round(mixed), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Enlarged(Pixels):
    """The generator is given a small picture and returns it `scale` times larger: red, green and blue.

    Attributes
    ----------
    scale : int
        The filtered picture has its full size, but the generator sees only every `scale`-th pixel of it.
    """

    scale: int
    local = True

    @classmethod
    def of(cls, scale: int, saturation: float, hints: bool) -> Self:
        return cls(scale)

    @property
    def output_stride(self) -> float:
        return 1 / self.scale

    def condition(self, filtered: np.ndarray) -> np.ndarray:
        return to_unit(filtered[:: self.scale, :: self.scale])


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
    mirror = True

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
