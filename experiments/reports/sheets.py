"""Sheets: pictures side by side in one PNG."""

from collections.abc import Sequence

import cv2
import numpy as np

from filters.io.pictures import Picture, Size
from filters.resizing import resized

TITLE_HEIGHT = 24
SIDE_WIDTH = 170


def as_rgb(picture: np.ndarray) -> Picture:
    """Return a filter's result, ``(height, width, 1 or 3)``, as RGB ``(height, width, 3)``."""
    return np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture


def fit(picture: Picture, size: Size) -> Picture:
    """Return a picture resized to fit into ``(width, height)``, on white, with its proportions kept."""
    height, width = picture.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    new = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = resized(picture, new)
    page = np.full((size[1], size[0], 3), 255, np.uint8)
    left, top = (size[0] - new[0]) // 2, (size[1] - new[1]) // 2
    page[top : top + new[1], left : left + new[0]] = small
    return page


def sheet(
    rows: Sequence[Sequence[np.ndarray]],
    titles: Sequence[str] | None = None,
    cell: Size = (192, 240),
    gap: int = 4,
    sides: Sequence[str] | None = None,
) -> Picture:
    """Return a contact sheet.

    Parameters
    ----------
    rows : sequence of sequence of numpy.ndarray
        Pictures, ``uint8`` ``(height, width, 1 or 3)`` of any size, row by row; short rows are filled with white.
    titles : sequence of str, optional
        Of the columns, above them.
    cell : tuple of int
        ``(width, height)`` into which each picture is fitted, in pixels.
    gap : int
        White pixels between pictures.
    sides : sequence of str, optional
        Titles of the rows, on their left.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    columns = max(map(len, rows))
    top = TITLE_HEIGHT if titles else 0
    side = SIDE_WIDTH if sides else 0
    width = side + columns * (cell[0] + gap) + gap
    height = top + len(rows) * (cell[1] + gap) + gap
    page = np.full((height, width, 3), 255, np.uint8)
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            left, upper = side + gap + x * (cell[0] + gap), top + gap + y * (cell[1] + gap)
            page[upper : upper + cell[1], left : left + cell[0]] = fit(as_rgb(picture), cell)
    places = [(side + gap + x * (cell[0] + gap) + 2, TITLE_HEIGHT - 7) for x in range(columns)]
    places += [(gap + 2, top + gap + y * (cell[1] + gap) + cell[1] // 2) for y in range(len(rows))]
    labels = [*(titles or [""] * columns), *(sides or ())]
    for place, label in zip(places, labels, strict=False):
        cv2.putText(page, label, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (40, 40, 40), 1, cv2.LINE_AA)
    return page
