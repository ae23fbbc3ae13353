"""A photograph as the generator of colours sees it; made without Keras, while that is being loaded."""

from typing import TYPE_CHECKING

import cv2
import numpy as np

from experiments.core import registry
from experiments.core.codecs import Distribution
from filters import color, prints, resizing
from filters.faces import detection
from filters.io.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.inference.hints import Hint
    from transformers.backend import keras
    from transformers.inference import Compiled

# Pixels: a whole photograph is seen with this longer side, but larger where its faces would be less high than this.
# Seen larger, a wall is too large to be told from skin; seen smaller, a face is too small to be told from a wall.
CONTEXT, LEAST_FACE_HEIGHT = 400, 45
FACES_SIDE = 1000  # pixels of the longer side at which faces are sought
MAX_SEEN_PIXELS = 600_000


class View:
    """A photograph as the generator sees it, upright and small, and the way back to its full size.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``; its colours are ignored.

    Attributes
    ----------
    light : numpy.ndarray
        L of Lab, 0–100, ``float32`` ``(height, width)``.
    turns : int
        Quarter turns counter-clockwise that set the photograph upright.
    seen : numpy.ndarray
        What the generator sees: `light`, upright and small.
    """

    def __init__(self, picture: Picture) -> None:
        self.light = color.luminance(picture)
        # A print that lies on its side is coloured as if it stood upright.
        self.turns = prints.quarter_turns(picture)
        self.seen = np.ascontiguousarray(np.rot90(_as_seen(self.light, picture, self.turns), self.turns))

    def hints(self, hints: "Sequence[Hint]") -> list[tuple]:
        """Return a user's hints as `chroma_of` takes them."""
        if not hints:
            return []
        from experiments.inference.hint_places import scaled  # used by few

        return scaled(hints, self.light.shape, self.seen.shape, self.turns)

    def borrowed(self, like: Picture | None, generator: "keras.Model | Compiled") -> list[tuple]:
        """Return hints from a similar photograph in colour, if there is one."""
        if like is None:
            return []
        from experiments.inference.reference import hints_like  # used by few

        return hints_like(self.seen, like, generator.encoder)

    def join(self, chroma: np.ndarray) -> Picture:
        """Return the photograph in colours: chroma from `chroma_of`, joined to its own luminance."""
        return color.join_chroma(self.light, np.rot90(chroma, -self.turns), radius=color_codec().radius)


def color_codec() -> Distribution:
    """Return the codec of colours: how they become a network's arrays."""
    codec = registry.find("gray_to_color").representation()
    assert isinstance(codec, Distribution)
    return codec


def _as_seen(light: np.ndarray, picture: Picture, turns: int) -> np.ndarray:
    """Return the luminance at the size at which faces are as large as in training."""
    height, width = light.shape
    scale = CONTEXT / max(height, width)
    found = detection.detect(np.ascontiguousarray(np.rot90(resizing.smaller(picture, FACES_SIDE), turns)))
    if found:
        # Boxes are in pixels of the reduced picture.
        share = np.median([face.box[3] for face in found]) / min(FACES_SIDE, max(height, width))
        scale = max(scale, LEAST_FACE_HEIGHT / (share * max(height, width)))
    scale = min(scale, (MAX_SEEN_PIXELS / (height * width)) ** 0.5, 1.0)
    if scale == 1.0:
        return light
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(light, size, interpolation=cv2.INTER_AREA)
