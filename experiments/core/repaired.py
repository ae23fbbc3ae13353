"""The codec of a generator that finds damage and fills it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.core.pixels import Pixels, to_unit
from filters.io.pictures import Picture

if TYPE_CHECKING:
    from filters.registry import Filter


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
        from filters.wear import wear

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
    return np.clip((likely * np.float32(strength) - 0.4) / 0.2, 0, 1)


def blended(picture: Picture, fill: np.ndarray, share: np.ndarray) -> Picture:
    """Return a picture, ``uint8`` RGB, of which a `share` of each place is replaced by `fill`, RGB in -1–1."""
    filled = (fill + 1) * np.float32(127.5)
    mixed = picture + share[..., None] * (filled - picture)
    return np.clip(np.round(mixed), 0, 255).astype(np.uint8)
