"""Colour whole black-and-white photographs of any size; their luminance is left untouched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from experiments.core.codecs import Chroma
from experiments.inference.restoration import MOST_MIRRORED, predict
from experiments.inference.view import View, color_codec
from filters.io.pictures import Picture
from transformers.backend import keras
from transformers.inference import Compiled

if TYPE_CHECKING:
    from experiments.inference.hints import Hint

SMALLER = 0.64  # relative size of a second look: from further away a scene is easier to recognise
WARMTH = (2.0, 10.0)  # a and b that a warmth of 1 adds


def colorize(
    picture: Picture | View,
    generator: keras.Model | Compiled,
    saturation: float = 1.0,
    warmth: float = 0.0,
    hints: Sequence["Hint"] = (),
    like: Picture | None = None,
) -> Picture:
    """Colour one photograph.

    Parameters
    ----------
    picture : numpy.ndarray or View
        ``uint8`` RGB ``(height, width, 3)``, gray, sepia or colour (whose colours are ignored); or its `View`,
        where that is known already.
    generator : keras.Model
        From ``transformers.load("gray_to_color")``.
    saturation : float
        Factor on the chroma, from 0.
    warmth : float
        From -1 (bluish) to 1 (golden): moves all colours along the axis of daylight.
    hints : sequence of experiments.inference.hints.Hint
        Known colours at some places: ``(x, y, (red, green, blue))``, x and y in pixels of the picture.
    like : numpy.ndarray, optional
        A photograph in colour, ``uint8`` RGB, of any size, whose colours go to what looks alike; hints come first.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, with the picture's own luminance.

    Examples
    --------
    The generator is loaded once, which takes seconds:

    >>> import filters, transformers
    >>> generator = transformers.load("gray_to_color")  # doctest: +SKIP
    >>> old = filters.read("old.jpg")  # doctest: +SKIP
    >>> filters.write("colour.png", colorize(old, generator, warmth=0.2))  # doctest: +SKIP
    """
    view = picture if isinstance(picture, View) else View(picture)
    given, borrowed = view.hints(hints), view.borrowed(like, generator)
    return view.join(chroma_of(view.seen, generator, given, saturation, warmth, borrowed))


def chroma_of(
    seen: np.ndarray,
    generator: keras.Model | Compiled,
    hints: Sequence[tuple] = (),
    saturation: float = 1.0,
    warmth: float = 0.0,
    borrowed: Sequence[tuple] = (),
    thorough: bool = True,
) -> np.ndarray:
    """Return the chroma of a luminance.

    Parameters
    ----------
    seen : numpy.ndarray
        L of Lab, 0–100, ``float32`` ``(height, width)``, at the size at which the generator is to see it.
    generator, saturation, warmth
        As for `colorize`.
    hints : sequence of tuple
        ``(x, y, (a, b))``: x and y in pixels of `seen`, chroma in units of Lab. The result meets them.
    borrowed : sequence of tuple
        More hints, which the generator is given but need not meet.
    thorough : bool
        Average the results for the picture, its mirror image and a smaller copy: the mean is closer to the truth.
        Large pictures, such as those of groups, are still seen once only, to save time.

    Returns
    -------
    numpy.ndarray
        a and b of Lab, ``float32`` ``(h, w, 2)``, at half or a quarter of the size.
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

    features = objects(seen, generator.encoder, chroma.shape[1::-1])
    return exact(chroma, seen, hints, output.radius, features)


def _asked(
    seen: np.ndarray, generator: keras.Model | Compiled, output: Chroma, hints: Sequence[tuple], mirror: bool
) -> np.ndarray:
    """Return the generator's chroma for a luminance and hints; of two hints in one place the last one counts."""
    condition = output.of_luminance(seen)
    if hints:
        condition = output.with_hints(condition, [(x, y, chroma / output.scale) for x, y, chroma in hints])
    return output.chroma_of(predict(generator, output, condition, mirror)).astype(np.float32)
