"""A photograph as the generator of colours sees it. Needs no Keras, so it is ready while that is loaded."""

import cv2
import numpy as np

from experiments.core import registry
from experiments.core.codecs import Chroma
from filters import color, prints, resizing
from filters.faces import detection

# The longer side that a whole photograph is seen at, while its faces stay this high: seen larger, a wall is
# too large to be told from skin; seen smaller, a face is too small to be told from a wall.
CONTEXT, LEAST_FACE_HEIGHT = 400, 45
FACES_SIDE = 1000  # longer side at which faces are looked for
MAX_SEEN_PIXELS = 600_000


class View:
    """A photograph as the generator sees it, upright and small, and the way back to its full size."""

    def __init__(self, picture):
        self.light = color.luminance(picture)
        # A print that lies on its side is coloured as if it stood.
        self.turns = prints.quarter_turns(picture)
        self.seen = np.ascontiguousarray(np.rot90(_as_seen(self.light, picture, self.turns), self.turns))

    def hints(self, hints):
        """Return a user's hints, as `chroma_of` takes them."""
        if not hints:
            return []
        from experiments.inference.hint_places import scaled  # used by few

        return scaled(hints, self.light.shape, self.seen.shape, self.turns)

    def borrowed(self, like, generator):
        """Return hints from a photograph that is alike, if there is one."""
        if like is None:
            return []
        from experiments.inference.reference import hints_like  # used by few

        return hints_like(self.seen, like, generator.encoder)

    def join(self, chroma):
        """Return the coloured photograph."""
        return color.join_chroma(self.light, np.rot90(chroma, -self.turns), radius=color_codec().radius)


def color_codec() -> Chroma:
    """Return the codec of colours: how they become a network's arrays."""
    codec = registry.find("gray_to_color").representation()
    assert isinstance(codec, Chroma)
    return codec


def _as_seen(light, picture, turns):
    """Return the luminance at the size in which the generator sees faces as large as it learned them."""
    height, width = light.shape
    scale = CONTEXT / max(height, width)
    found = detection.detect(np.ascontiguousarray(np.rot90(resizing.smaller(picture, FACES_SIDE), turns)))
    if found:
        # Boxes are of the picture that was looked at.
        share = np.median([face.box[3] for face in found]) / min(FACES_SIDE, max(height, width))
        scale = max(scale, LEAST_FACE_HEIGHT / (share * max(height, width)))
    scale = min(scale, (MAX_SEEN_PIXELS / (height * width)) ** 0.5, 1.0)
    if scale == 1.0:
        return light
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(light, size, interpolation=cv2.INTER_AREA)
