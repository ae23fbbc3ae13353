"""Hints for colouring: colours that a person gives for places, as text, in a JSON file or painted."""

import json
import math
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from PIL import ImageColor

from experiments.cli.console import UsageError
from filters import PictureError
from filters.color import rgb_to_lab
from filters.io import pictures
from filters.io.pictures import Size

# x and y in pixels of the photograph from its top left corner, and the colour there.
Hint = tuple[float, float, tuple[int, int, int]]
EXAMPLE = "420,310=#2e4a2b"
CELLS = 48  # of the grid in which painted strokes become hints, along the longer side
DIFFERENT = 20.0  # distance in Lab from which colours in one cell are different ones, not shades of one
MARGIN = 4  # pixels of the strokes around a cell in which colours are sought that its own may be blends of
BETWEEN = 16.0  # RGB levels: as near as this to the line between two colours, a third one is a blend of them


def parse(text: str) -> Hint:
    """Return the hint that a person writes as ``X,Y=COLOUR``.

    Parameters
    ----------
    text : str
        For instance ``420,310=#2e4a2b``; colours also as ``#2b3`` or by a name that CSS knows.

    Raises
    ------
    UsageError
        When it is none; the message gives an example.
    """
    place, _, name = text.partition("=")
    try:
        x, y = place.split(",")
        return _hint(x, y, name)
    except ValueError:
        raise UsageError(
            f"hint '{text}': expected X,Y=COLOUR, such as {EXAMPLE} or 420,310=darkgreen, X and Y in pixels from "
            "the top left corner"
        ) from None


def _hint(x, y, name):
    """Return a hint from what is written; a `ValueError` when a part cannot be one."""
    x, y, color = float(x), float(y), ImageColor.getrgb(name.strip())
    if not (math.isfinite(x) and math.isfinite(y) and len(color) == 3):
        raise ValueError
    return x, y, color


def reader(texts: Sequence[str], path: str | Path | None = None) -> Callable:
    """Return a function that gives the hints for a photograph of some size.

    Parameters
    ----------
    texts : sequence of str
        See `parse`.
    path : path-like, optional
        See `read`.

    Raises
    ------
    UsageError
        When a text is no hint. The function raises a `PictureError` when one is outside of the photograph, or
        the file cannot be used.
    """
    written = [parse(text) for text in texts]

    def hints_for(size: Size):
        check(written, size)
        return [*written, *(read(path, size) if path else ())]

    return hints_for


def check(hints: Sequence[Hint], size: tuple[int, int]) -> None:
    """Make sure that hints are inside of the photograph.

    Parameters
    ----------
    hints : sequence of Hint
    size : tuple of int
        ``(width, height)`` of the photograph.

    Raises
    ------
    PictureError
        Names the first that is not.
    """
    width, height = size
    for x, y, color in hints:
        if not (0 <= x < width and 0 <= y < height):
            text = f"{x:g},{y:g}=#" + "".join(f"{c:02x}" for c in color)
            raise PictureError(
                f"hint {text} is outside of the photograph, which has {width}x{height} pixels; "
                "X and Y count from 0 at its top left corner"
            )


def read(path: str | Path, size: tuple[int, int]) -> list[Hint]:
    """Read the hints for a photograph from a file.

    Parameters
    ----------
    path : path-like
        A JSON file, whose name ends in ``.json``: a list of ``{"x": 420, "y": 310, "color": "#2e4a2b"}`` or of
        texts as in `parse`. Or a picture with strokes of colour on transparent ground, see `from_strokes`.
    size : tuple of int
        ``(width, height)`` of the photograph.

    Raises
    ------
    PictureError
        When the file cannot be read, is neither of both, has a hint outside of the photograph, or is a
        picture without transparent ground or strokes.
    """
    if Path(path).suffix.lower() != ".json":
        rgba = pictures.read_with_alpha(path)
        try:
            return from_strokes(rgba, size)
        except PictureError as error:
            raise PictureError(f"{path} {error}") from None
    hints = _read_json(path)
    try:
        check(hints, size)
    except PictureError as error:
        raise PictureError(f"{path}: {error}") from None
    return hints


def _read_json(path):
    expected = f'expected a list of {{"x": 420, "y": 310, "color": "#2e4a2b"}} or of "{EXAMPLE}"'
    try:
        entries = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror}; check name and rights") from error
    except (ValueError, RecursionError) as error:
        raise PictureError(f"{path} is not JSON ({error}); {expected}") from error
    if not isinstance(entries, list):
        raise PictureError(f"{path} is not a list; {expected}")
    hints = []
    for number, entry in enumerate(entries, 1):
        try:
            hints.append(parse(entry) if isinstance(entry, str) else _hint(entry["x"], entry["y"], entry["color"]))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            shown = json.dumps(entry, ensure_ascii=False)
            raise PictureError(f"{path}: hint {number} is {shown:.80}; {expected}") from error
    return hints


def from_strokes(rgba: np.ndarray, size: tuple[int, int]) -> list[Hint]:
    """Return the hints in a picture of strokes: one in each cell of a grid that has painted pixels.

    Cells measure 1/48 of the longer side. A hint is at the painted pixel nearest to the mean place of those of
    its cell, and has their mean colour. Clearly different colours in a cell give a hint each, but not the
    blends that soft brushes leave where two strokes meet.

    Parameters
    ----------
    rgba : numpy.ndarray
        ``uint8`` ``(height, width, 4)``; painted is what is more than half opaque.
    size : tuple of int
        ``(width, height)`` of the photograph; strokes of another size are scaled to it.

    Raises
    ------
    PictureError
        When all is painted, or nothing; the message lacks the file's name in front.
    """
    painted = rgba[..., 3] > 127
    if painted.all():
        raise PictureError("has no transparent ground; paint strokes on a new layer, and save it alone as PNG")
    if not painted.any():
        raise PictureError("has no strokes: nothing in it is more than half opaque; paint with an opaque brush")
    hints = []
    for top, bottom in pairwise(_edges(painted.shape[0], size[1], max(size))):
        if painted[top:bottom].any():
            for left, right in pairwise(_edges(painted.shape[1], size[0], max(size))):
                if painted[top:bottom, left:right].any():
                    hints += _of_cell(rgba, painted, (left, top, right, bottom))
    across, down = size[0] / painted.shape[1], size[1] / painted.shape[0]
    return [(float(int((x + 0.5) * across)), float(int((y + 0.5) * down)), color) for x, y, color in hints]


def _edges(length, photo_length, longest):
    """Return where cells begin and end, in pixels of the strokes, along a side of `length` pixels."""
    step = max(1.0, longest / CELLS * length / photo_length)
    count = math.ceil(length / step)
    return [*(int(i * step) for i in range(count)), length]


def _of_cell(rgba, painted, box):
    """Yield hints of one cell, in pixels of the strokes."""
    left, top, right, bottom = box
    # Of two strokes that meet, the border of cells may leave nothing but their blend: look a bit beyond.
    x0, y0 = max(0, left - MARGIN), max(0, top - MARGIN)
    window = slice(y0, bottom + MARGIN), slice(x0, right + MARGIN)
    ys, xs = np.nonzero(painted[window])
    colors = rgba[window][ys, xs, :3]
    xs, ys = xs + x0, ys + y0
    inside = (xs >= left) & (xs < right) & (ys >= top) & (ys < bottom)
    for group in _split(colors):
        x, y = xs[group & inside], ys[group & inside]
        if len(x):
            nearest = np.argmin((x - x.mean()) ** 2 + (y - y.mean()) ** 2)
            mean = colors[group & inside].mean(axis=0).round().astype(int)
            yield int(x[nearest]), int(y[nearest]), tuple(mean.tolist())


def _split(colors):
    """Return clearly different colours, ``uint8`` ``(count, 3)``, as a list of masks, most pixels first."""
    lab = rgb_to_lab(colors[None])[0]
    left, groups = np.ones(len(colors), bool), []
    while left.any():
        _, first, counts = np.unique(colors[left] // 16, axis=0, return_index=True, return_counts=True)
        seed = lab[left][first[counts.argmax()]]
        groups.append(left & (np.linalg.norm(lab - seed, axis=1) < DIFFERENT))
        left &= ~groups[-1]
    kept = []
    for group in sorted(groups, key=np.count_nonzero, reverse=True):
        means = [colors[k].mean(axis=0) for k in kept]
        if not any(_is_blend(colors[group].mean(axis=0), *pair) for pair in combinations(means, 2)):
            kept.append(group)
    return kept


def _is_blend(color, one, other):
    """Tell whether a colour is a mixture of two: where strokes meet, a soft brush leaves such pixels."""
    way = other - one
    share = np.clip((color - one) @ way / max(way @ way, 1.0), 0, 1)
    return bool(np.linalg.norm(one + share * way - color) < BETWEEN)
