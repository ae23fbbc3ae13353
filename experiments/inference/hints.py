"""Hints for colouring: colours that a person gives for some places, as text, in a JSON file or painted."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ImageColor

from experiments.cli.console import UsageError
from filters import PictureError
from filters.color import rgb_to_lab
from filters.io import pictures
from filters.io.pictures import PathLike, Size

# x and y in pixels of the photograph from its top left corner, and the colour there.
Hint = tuple[float, float, tuple[int, int, int]]
EXAMPLE = "420,310=#2e4a2b"
CELLS = 48  # of the grid in which painted strokes become hints, along the longer side
DIFFERENT = 20.0  # distance in Lab above which colours in one cell are different colours, not shades of one
MARGIN = 4  # pixels around a cell that are searched for the colours of which its own may be blends
BETWEEN = 16.0  # RGB levels: a colour as near as this to the line between two others is a blend of them


def parse(text: str) -> Hint:
    """Return the hint that is written as ``X,Y=COLOUR``.

    Parameters
    ----------
    text : str
        For instance ``420,310=#2e4a2b``; a colour may also be written as ``#2b3`` or by its CSS name.

    Returns
    -------
    Hint
        ``(x, y, (red, green, blue))``, x and y in pixels from the top left corner.

    Raises
    ------
    UsageError
        When the text is not a hint; the message gives an example.

    Examples
    --------
    >>> parse("420,310=#2e4a2b")
    (420.0, 310.0, (46, 74, 43))
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


def _hint(x: Any, y: Any, name: str) -> Hint:
    """Return a hint from its parts; raise a `ValueError` when one of them is unusable."""
    x, y, color = float(x), float(y), ImageColor.getrgb(name.strip())
    if not (math.isfinite(x) and math.isfinite(y) and len(color) == 3):
        raise ValueError
    return x, y, color


def reader(texts: Sequence[str], path: PathLike | None = None) -> Callable[[Size], list[Hint]]:
    """Return a function that returns the hints for a photograph of some size.

    Parameters
    ----------
    texts : sequence of str
        See `parse`.
    path : path-like, optional
        See `read`.

    Returns
    -------
    callable
        Takes the ``(width, height)`` of a photograph. It raises a `PictureError` when a hint is outside of the
        photograph, or the file cannot be used.

    Raises
    ------
    UsageError
        When a text is not a hint.
    """
    written = [parse(text) for text in texts]

    def hints_for(size: Size) -> list[Hint]:
        check(written, size)
        return [*written, *(read(path, size) if path else ())]

    return hints_for


def check(hints: Sequence[Hint], size: Size) -> None:
    """Refuse hints outside of the photograph.

    Parameters
    ----------
    hints : sequence of Hint
    size : tuple of int
        ``(width, height)`` of the photograph.

    Raises
    ------
    PictureError
        When a hint is outside; the message names the first.
    """
    width, height = size
    for x, y, color in hints:
        if not (0 <= x < width and 0 <= y < height):
            text = f"{x:g},{y:g}=#" + "".join(f"{c:02x}" for c in color)
            raise PictureError(
                f"hint {text} is outside of the photograph, which has {width}x{height} pixels; "
                "X and Y count from 0 at its top left corner"
            )


def read(path: PathLike, size: Size) -> list[Hint]:
    """Read the hints for a photograph from a file.

    Parameters
    ----------
    path : path-like
        A JSON file, whose name ends in ``.json``: a list of ``{"x": 420, "y": 310, "color": "#2e4a2b"}`` or of
        texts as in `parse`. Or a picture with strokes of colour on a transparent ground, see `from_strokes`.
    size : tuple of int
        ``(width, height)`` of the photograph.

    Returns
    -------
    list of Hint

    Raises
    ------
    PictureError
        When the file cannot be read, is neither of the two, has a hint outside of the photograph, or is a
        picture without a transparent ground or without strokes.
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


def _read_json(path: PathLike) -> list[Hint]:
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


def from_strokes(rgba: np.ndarray, size: Size) -> list[Hint]:
    """Return the hints in a picture of strokes: one for each painted cell of a grid.

    A cell measures 1/48 of the longer side. Its hint has the mean colour of the painted pixels in it, and is at
    the one nearest to their centre. Clearly different colours in a cell give a hint each, but not the blends
    that soft brushes leave where two strokes meet.

    Parameters
    ----------
    rgba : numpy.ndarray
        ``uint8`` ``(height, width, 4)``; pixels more than half opaque are painted.
    size : tuple of int
        ``(width, height)`` of the photograph; strokes of another size are scaled to it.

    Returns
    -------
    list of Hint
        In pixels of the photograph.

    Raises
    ------
    PictureError
        When everything is painted, or nothing; the caller puts the file's name before the message.
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


def _edges(length: int, photo_length: int, longest: int) -> list[int]:
    """Return the borders of cells along a side, `length`, in pixels of the strokes."""
    step = max(1.0, longest / CELLS * length / photo_length)
    count = math.ceil(length / step)
    return [*(int(i * step) for i in range(count)), length]


def _of_cell(rgba: np.ndarray, painted: np.ndarray, box: tuple[int, int, int, int]) -> Iterator[tuple]:
    """Yield the hints of one cell, ``(left, top, right, bottom)``, in pixels of the strokes."""
    left, top, right, bottom = box
    # Where two strokes meet at its border, a cell may hold nothing but their blend: look a little beyond.
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


def _split(colors: np.ndarray) -> list[np.ndarray]:
    """Group colours, ``uint8`` ``(count, 3)``, by clear differences; return masks, the largest group first."""
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


def _is_blend(color: np.ndarray, one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether a colour is a mixture of two others, such as a soft brush leaves where strokes meet."""
    way = other - one
    share = np.clip((color - one) @ way / max(way @ way, 1.0), 0, 1)
    return bool(np.linalg.norm(one + share * way - color) < BETWEEN)
