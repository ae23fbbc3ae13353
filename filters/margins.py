"""Margins of pictures of paintings: paper, mounts, plain frames and captions around what was painted."""

import math

import numpy as np

from filters import resizing
from filters.io.pictures import PathLike, Picture, PictureError

Box = tuple[int, int, int, int]  # x, y, width, height, in pixels

SIDE = 1024  # pixels of the longer side at which margins are looked for
RIM = 2  # pixels, the least margin
LEAST = 16  # pixels of a side; smaller ones are not looked at
DEEPEST = 0.3  # of a side, how far in a margin reaches at most
ROUNDS = 4  # a scanner's black rim, the paper, a rule, the paper inside of it
ALIKE = 24  # levels by which paper differs from itself in a channel, by grain, light and JPEG
BLANK = 0.005  # of a line, how much may differ in an empty line of a margin
EDGE = 0.6  # of a line of the picture, how much at least differs from the margin beside it
SLANT = 0.006  # of a side, within which the picture begins: margins are straight, skies are not
INK = 0.25  # of a margin, how much letters cover at most


def inside(picture: Picture) -> Box:
    """Find what is inside of a picture's margins.

    A margin is of one colour up to a straight edge, but for letters that touch neither the edge nor the rim. It
    counts when it has letters, or another side has a margin of its colour: so a plain sky, a dark floor or the
    wall behind a portrait stays.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    tuple of int
        Left, top, width and height in pixels; the whole picture when it has no margin.

    Examples
    --------
    >>> paper = np.full((50, 80, 3), 240, np.uint8)
    >>> paper[10:40, 15:70] = np.arange(55)[:, None]
    >>> inside(paper)
    (15, 10, 55, 30)
    >>> inside(paper[10:40, 15:70])
    (0, 0, 55, 30)
    """
    height, width = picture.shape[:2]
    small = resizing.smaller(picture, SIDE)
    top, left, bottom, right = 0, 0, small.shape[0], small.shape[1]
    for _ in range(ROUNDS):
        cut = _round(small[top:bottom, left:right])
        if not any(cut):
            break
        top, left, bottom, right = top + cut[0], left + cut[1], bottom - cut[2], right - cut[3]
    down, across = height / small.shape[0], width / small.shape[1]
    x, y = math.ceil(left * across), math.ceil(top * down)
    return x, y, math.floor(right * across) - x, math.floor(bottom * down) - y


def box(picture: Picture, crop: str, name: PathLike = "the picture") -> Box:
    """Return the part of a picture that is asked for.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    crop : str
        ``"auto"`` for what is `inside` of its margins, ``"none"`` for all of it, or ``"X,Y,W,H"``: left, top, width
        and height in pixels.
    name : path-like
        For messages.

    Returns
    -------
    tuple of int
        Left, top, width and height.

    Raises
    ------
    PictureError
        When the part reaches beyond the picture.
    """
    height, width = picture.shape[:2]
    if crop == "auto":
        return inside(picture)
    if crop == "none":
        return 0, 0, width, height
    x, y, across, down = map(int, crop.split(","))
    if x + across > width or y + down > height:
        raise PictureError(f"{name} has {width}x{height} pixels; the part {crop} reaches beyond them")
    return x, y, across, down


def cut(picture: Picture, part: Box, size: tuple[int, int] | None = None) -> Picture:
    """Cut a part out of a picture.

    Parameters
    ----------
    picture : numpy.ndarray
        ``(height, width, ...)``.
    part : tuple of int
        Left, top, width and height.
    size : tuple of int, optional
        Width and height of the picture that `part` is measured in, where that is another one: of a painting, for
        its mask.

    Returns
    -------
    numpy.ndarray
        Of one pixel at least.
    """
    height, width = picture.shape[:2]
    across, down = (width / size[0], height / size[1]) if size else (1, 1)
    x, y = min(round(part[0] * across), width - 1), min(round(part[1] * down), height - 1)
    right, bottom = round((part[0] + part[2]) * across), round((part[1] + part[3]) * down)
    return np.ascontiguousarray(picture[y : max(bottom, y + 1), x : max(right, x + 1)])


def part(picture: Picture, crop: str, name: PathLike = "the picture") -> Picture:
    """Cut out the part of a picture that is asked for; parameters and errors are those of `box`."""
    return cut(picture, box(picture, crop, name))


def _round(picture: Picture) -> tuple[int, int, int, int]:
    """Return the widths of the outermost margins: top, left, bottom, right."""
    found = [_top(np.rot90(picture, -turns)) for turns in range(4)]
    widths = []
    for index, (width, color, lettered) in enumerate(found):
        others = [other for i, (depth, other, _) in enumerate(found) if depth and i != index]
        alike = any(np.abs(color - other).max() <= ALIKE for other in others)
        widths.append(width if lettered or alike else 0)
    return widths[0], widths[1], widths[2], widths[3]


def _top(picture: Picture) -> tuple[int, np.ndarray, bool]:
    """Return the height of the margin at the top or 0, its colour, and whether there are letters in it."""
    height, width = picture.shape[:2]
    nothing = 0, np.zeros(3), False
    if min(height, width) < LEAST:
        return nothing
    slant = 1 + math.ceil(SLANT * max(height, width))
    # What a crooked cut left of something darker at the sides is no part of a line.
    picture = picture[:, slant:-slant].astype(np.float32)
    for rim in range(slant):
        lines = picture[rim : rim + RIM]
        color = np.median(lines.reshape(-1, 3), axis=0)
        if _unlike(lines, color).mean() <= BLANK:
            break
    else:
        return nothing
    off = _unlike(picture, color)
    # The margins at the left and right, which have no part in the picture's edge.
    columns = np.flatnonzero(off.mean(axis=0) > (1 - 2 * DEEPEST) / 2)
    if not len(columns) or columns[-1] - columns[0] < width * (1 - 2 * DEEPEST) / 2:
        return nothing
    lines, share = off.mean(axis=1), off[:, columns[0] : columns[-1] + 1].mean(axis=1)
    for row in range(rim + RIM, int(DEEPEST * height)):
        reached = share[row : row + slant]
        if share[row - 1] <= BLANK < share[row] and reached.max() >= EDGE:
            margin = lines[rim:row]
            letters = bool((margin > BLANK).any())
            if letters and (margin.mean() > INK or margin[-slant:].max() > BLANK):
                return nothing
            return int(row + np.argmax(reached >= 0.995 * reached.max())), color, letters
    return nothing


def _unlike(picture: np.ndarray, color: np.ndarray) -> np.ndarray:
    return np.abs(picture - color).max(axis=2) > ALIKE
