"""Colour whole black-and-white photographs, of any size; their luminance is left untouched."""

import cv2
import numpy as np

from experiments.core import registry
from experiments.inference.restoration import MOST_MIRRORED, predict
from filters import color, prints
from filters.faces import detection
from filters.io import pictures

# The longer side that a whole photograph is seen at, while its faces stay this high: seen larger, a wall is
# too large to be told from skin; seen smaller, a face is too small to be told from a wall.
CONTEXT, LEAST_FACE_HEIGHT = 400, 45
FACES_SIDE = 1000  # longer side at which faces are looked for
MAX_SEEN_PIXELS = 600_000
SMALLER = 0.64  # size of a second look: from further away a scene is easier to tell
WARMTH = (2.0, 10.0)  # a and b that a warmth of 1 adds


def colorize(picture, generator, saturation=1.0, warmth=0.0, hints=(), like=None):
    """Colour one photograph.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, gray, sepia or colour (whose colours are not used).
    generator : keras.Model
        From ``transformers.load("gray_to_color")``.
    saturation : float
        Factor on the chroma.
    warmth : float
        -1 (bluish) to 1 (golden): moves all colours along the axis of daylight.
    hints : sequence of experiments.inference.hints.Hint
        Colours that are known at some places: ``(x, y, (red, green, blue))``, in pixels of the picture.
    like : numpy.ndarray, optional
        A photograph in colour, ``uint8`` RGB: what is alike in both takes its colours. Hints come first.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB of the same size, with the picture's own luminance.
    """
    view = View(picture)
    given, borrowed = view.hints(hints), view.borrowed(like, generator)
    return view.join(chroma_of(view.seen, generator, given, saturation, warmth, borrowed))


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


def color_codec():
    return registry.find("gray_to_color").representation()


def chroma_of(seen, generator, hints=(), saturation=1.0, warmth=0.0, borrowed=(), thorough=True):
    """Return chroma of a luminance, as large as the generator is to see it.

    Parameters
    ----------
    seen : numpy.ndarray
        L, ``float32`` ``(height, width)``, 0–100.
    generator, saturation, warmth
        As for `colorize`.
    hints : sequence of tuple
        ``(x, y, (a, b))``, in pixels of `seen` and units of Lab.
    borrowed : sequence of tuple
        More of them, which the generator is told but need not be met.
    thorough : bool
        Ask for the mirrored picture too, and for a smaller one: the mean of all is closer to the truth.
        What is seen large, as groups are, is asked once all the same: there it is the time that counts.

    Returns
    -------
    numpy.ndarray
        a and b, ``float32``, at half or a quarter of the size.
    """
    output = color_codec()
    chroma = _asked(seen, generator, output, (*borrowed, *hints), thorough)
    if thorough and seen.size <= MOST_MIRRORED:
        smaller = cv2.resize(seen, None, fx=SMALLER, fy=SMALLER, interpolation=cv2.INTER_AREA)
        told = [(x * SMALLER, y * SMALLER, wanted) for x, y, wanted in (*borrowed, *hints)]
        other = _asked(smaller, generator, output, told, thorough)
        chroma = (chroma + cv2.resize(other, chroma.shape[1::-1], interpolation=cv2.INTER_LINEAR)) / 2
    chroma = chroma * saturation + warmth * np.float32(WARMTH)
    if not hints:
        return chroma
    from experiments.inference.hint_places import exact  # used by few

    return exact(chroma, seen, hints, output.radius)


def _asked(seen, generator, output, hints, mirror):
    """Return what the generator says of a luminance and hints; of two hints in one place the last one counts."""
    condition = output.of_luminance(seen)
    if hints:
        condition = output.with_hints(condition, [(x, y, chroma / output.scale) for x, y, chroma in hints])
    return np.float32(output.chroma_of(predict(generator, output, condition, mirror)))


def _as_seen(light, picture, turns):
    """Return the luminance at the size in which the generator sees faces as large as it learned them."""
    height, width = light.shape
    scale = CONTEXT / max(height, width)
    found = detection.detect(np.ascontiguousarray(np.rot90(pictures.smaller(picture, FACES_SIDE), turns)))
    if found:
        # Boxes are of the picture that was looked at.
        share = np.median([face.box[3] for face in found]) / min(FACES_SIDE, max(height, width))
        scale = max(scale, LEAST_FACE_HEIGHT / (share * max(height, width)))
    scale = min(scale, (MAX_SEEN_PIXELS / (height * width)) ** 0.5, 1.0)
    if scale == 1.0:
        return light
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(light, size, interpolation=cv2.INTER_AREA)
