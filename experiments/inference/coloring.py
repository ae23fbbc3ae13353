"""Colour whole black-and-white photographs, of any size; their luminance is left untouched."""

from collections.abc import Sequence

import cv2
import numpy as np

from experiments.inference.restoration import MOST_MIRRORED, predict
from experiments.inference.view import View, color_codec

SMALLER = 0.64  # size of a second look: from further away a scene is easier to tell
WARMTH = (2.0, 10.0)  # a and b that a warmth of 1 adds


def colorize(
    picture, generator, saturation: float = 1.0, warmth: float = 0.0, hints=(), like: np.ndarray | None = None
) -> np.ndarray:
    """Colour one photograph.

    Parameters
    ----------
    picture : numpy.ndarray or View
        ``uint8`` RGB ``(height, width, 3)``, gray, sepia or colour (whose colours are not used); or what the
        generator is to see of it, where that is known already.
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
    view = picture if isinstance(picture, View) else View(picture)
    given, borrowed = view.hints(hints), view.borrowed(like, generator)
    return view.join(chroma_of(view.seen, generator, given, saturation, warmth, borrowed))


def chroma_of(
    seen: np.ndarray,
    generator,
    hints: Sequence[tuple] = (),
    saturation: float = 1.0,
    warmth: float = 0.0,
    borrowed: Sequence[tuple] = (),
    thorough: bool = True,
) -> np.ndarray:
    """Return the chroma of a luminance, as large as the generator is to see it.

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
    chroma = chroma * saturation + warmth * np.array(WARMTH, np.float32)
    if not hints:
        return chroma
    from experiments.inference.encoded import objects  # used by few
    from experiments.inference.hint_places import exact  # used by few

    return exact(chroma, seen, hints, output.radius, objects(seen, generator.encoder, chroma.shape[1::-1]))


def _asked(seen, generator, output, hints, mirror):
    """Return what the generator says of a luminance and hints; of two hints in one place the last one counts."""
    condition = output.of_luminance(seen)
    if hints:
        condition = output.with_hints(condition, [(x, y, chroma / output.scale) for x, y, chroma in hints])
    return output.chroma_of(predict(generator, output, condition, mirror)).astype(np.float32)
