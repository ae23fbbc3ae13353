"""Where a photograph's hints are in what the generator sees of it, and colours that meet them."""

from collections.abc import Sequence

import cv2
import numpy as np

from experiments.hints import Hint
from filters import color

# A correction reaches this share of the longer side, and so far in L (one standard deviation each).
REACH, LIGHT = 1 / 50, 8.0
ROUNDS = 3


def scaled(hints: Sequence[Hint], size: tuple, seen_size: tuple, turns: int) -> list[tuple]:
    """Return a photograph's hints as they are for what the generator sees of it.

    Parameters
    ----------
    hints : sequence of Hint
        In pixels of the photograph, with RGB colours.
    size, seen_size : tuple of int
        ``(height, width)`` of the photograph, and of what is seen, which is turned.
    turns : int
        Quarter turns counter-clockwise from the photograph to what is seen.

    Returns
    -------
    list of tuple
        ``(x, y, (a, b))``: in pixels of what is seen, chroma in units of Lab.
    """
    found = []
    for x, y, rgb in hints:
        chroma = color.rgb_to_lab(np.array([[rgb]], np.uint8))[0, 0, 1:]
        across, down = (x + 0.5) / size[1], (y + 0.5) / size[0]
        for _ in range(turns):
            across, down = down, 1 - across
        found.append((across * seen_size[1] - 0.5, down * seen_size[0] - 0.5, chroma))
    return found


def exact(chroma: np.ndarray, seen: np.ndarray, hints: list[tuple], radius: int) -> np.ndarray:
    """Return chroma that gives the hinted colours at their places; what is near and as bright goes with it.

    Parameters
    ----------
    chroma : numpy.ndarray
        ``float32`` ``(small_height, small_width, 2)``, in units of Lab.
    seen : numpy.ndarray
        L, ``float32`` ``(height, width)``, 0–100.
    hints : list of tuple
        As from `scaled`.
    radius : int
        Of `filters.color.join_chroma`, which is to join them.

    Returns
    -------
    numpy.ndarray
        Like `chroma`.
    """
    height, width = chroma.shape[:2]
    light = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
    reach = max(radius, REACH * max(height, width))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    weights = []
    for hint_x, hint_y, _ in hints:
        across = min(width - 1, max(0, round((hint_x + 0.5) * width / seen.shape[1] - 0.5)))
        down = min(height - 1, max(0, round((hint_y + 0.5) * height / seen.shape[0] - 0.5)))
        apart = ((x - across) ** 2 + (y - down) ** 2) / reach**2 + ((light - light[down, across]) / LIGHT) ** 2
        weights.append(np.exp(-apart / 2))
    weights = np.stack(weights, axis=-1)
    # Where several hints reach, they share; where none does, nothing changes.
    weights = weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1)
    for _ in range(ROUNDS):  # joining blurs, so once is not enough
        shown = color.rgb_to_lab(color.join_chroma(seen, chroma, radius=radius))[..., 1:]
        errors = [wanted - _around(shown, x, y) for x, y, wanted in hints]
        chroma = chroma + weights @ np.array(errors, np.float32)
    return chroma


def _around(values, x, y):
    """The mean of 5x5 pixels, as far as they are there."""
    x, y = (min(side - 1, max(0, round(v))) for v, side in zip((x, y), values.shape[1::-1], strict=True))
    return values[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].mean(axis=(0, 1))
