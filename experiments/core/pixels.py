"""The codecs that give pixels: how pictures become a network's arrays, and back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from filters.io.pictures import Picture, Size

if TYPE_CHECKING:
    from filters.registry import Filter

SIZE: Size = (256, 320)  # of training pictures
PLAIN = 16  # gray values: damage that changes a channel by as much or more is plain to see


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
    mirror = True  # what both results show stays sharp; what one alone made up, a mark or a scratch, fades
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
class Enlarged(Pixels):
    """The generator is given a small picture and returns it `scale` times larger: red, green and blue.

    Attributes
    ----------
    scale : int
        The filtered picture has its full size, but the generator sees only every `scale`-th pixel of it.
    """

    scale: int
    local = True
    mirror = False  # it runs tile by tile, each of them once

    @classmethod
    def of(cls, scale: int, saturation: float, hints: bool) -> Self:
        return cls(scale)

    @property
    def output_stride(self) -> float:
        return 1 / self.scale

    def condition(self, filtered: np.ndarray) -> np.ndarray:
        return to_unit(filtered[:: self.scale, :: self.scale])


@dataclass(frozen=True)
class Repaired(Pixels):
    """The generator finds damage and fills it: red, green, blue, and how plainly a place is damaged.

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
        from filters.wear import wear

        worn, sound, _ = wear(seen, **parameters)
        target = self.target(sound)
        # What can hardly be seen counts little: nobody could find it, and bets on it would hurt what is sound.
        change = np.abs(worn.astype(np.float32) - sound).max(axis=2)
        target[..., 3] = 2 * np.minimum(change / PLAIN, 1) - 1
        return self.condition(worn), target

    def render(self, result: np.ndarray, filtered: np.ndarray) -> Picture:
        height, width = filtered.shape[:2]
        return blended(filtered, result[:height, :width, :3], share_of(result[:height, :width, 3]))


def share_of(damage: np.ndarray, strength: float | np.ndarray = 1.0) -> np.ndarray:
    """Return how much of each place is replaced, 0 to 1: nothing where the generator is sure that it is sound.

    Parameters
    ----------
    damage : numpy.ndarray
        Last channel of a `Repaired` result, -1 to 1.
    strength : float or numpy.ndarray
        Above 1 doubtful places count as damaged, too; 0 replaces nothing. An array gives it for each place.

    Returns
    -------
    numpy.ndarray
        ``float32``, of the same shape.
    """
    likely = (damage.astype(np.float32) + 1) / 2
    return np.clip((likely * np.asarray(strength, np.float32) - 0.3) / 0.2, 0, 1)


def blended(picture: Picture, fill: np.ndarray, share: np.ndarray) -> Picture:
    """Return a picture, ``uint8`` RGB, of which a `share` of each place is replaced by `fill`, RGB in -1–1."""
    filled = (fill + 1) * np.float32(127.5)
    mixed = picture + share[..., None] * (filled - picture)
    return np.clip(np.round(mixed), 0, 255).astype(np.uint8)
