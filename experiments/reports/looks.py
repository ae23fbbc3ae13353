"""The sheet by which a generator is judged by eye: before, after and, where it is known, the truth."""

import argparse
from collections.abc import Callable, Iterator

import numpy as np

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather, told
from experiments.core.codecs import filter_of
from experiments.datasets.subset import evenly
from experiments.inference import translating
from experiments.inference.applying import named, parts_seen
from experiments.inference.restoration import restore
from experiments.reports.sheets import as_rgb, fit
from filters import resizing
from filters.io import pictures
from filters.io.pictures import Picture, Size

CELL = (120, 150)  # pixels of one picture
LARGE = (216, 270)  # where there are lines to be seen
ACROSS = 4  # pictures with their results in one row
GAP, BETWEEN = 2, 12  # pixels between a picture and its result, and between one picture and the next
LONGEST = 640  # pixels of the longer side of a whole photograph
QUALITY = 82

Shown = list[np.ndarray]  # what stands side by side: what is given, what is made of it, and the original


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``looks``."""
    paths, failures = gather(arguments.photos)
    paths = evenly(sorted(paths), arguments.count)
    rows: list[Shown] = []
    cell = CELL
    if paths:
        work, cell = _work(arguments)
        with progress("looking", unit="picture") as bar:
            for number, path in enumerate(paths):
                try:
                    rows += work(resizing.smaller(pictures.read(path), LONGEST))
                except Exception as error:
                    failures.append(told(error, path))
                bar(number + 1, len(paths))
    if rows:
        pictures.write(arguments.out, page(rows[: arguments.count], cell), quality=QUALITY)
    for failure in failures:
        say(f"error: {failure}")
    return SOME_FAILED if failures else OK


def _work(arguments: argparse.Namespace) -> tuple[Callable[[Picture], Iterator[Shown]], Size]:
    """Return a function that yields what is to be shown of a picture, and the size to show it at."""
    _, transformation, load = named(arguments)
    loaded = load()
    if transformation is None:
        cell = LARGE if loaded.hatched else CELL
        return lambda picture: iter([[picture, translating.translate(loaded, picture)]]), cell

    def work(picture: Picture) -> Iterator[Shown]:
        for seen in parts_seen(transformation, picture):
            filtered = seen if arguments.as_they_are else filter_of(transformation)(seen)
            result = restore(loaded, transformation, filtered)
            yield [filtered, result] if arguments.as_they_are else [filtered, result, seen]

    return work, CELL


def page(rows: list[Shown], cell: Size = CELL) -> Picture:
    """Return a sheet of groups of pictures, `ACROSS` groups in a row.

    Parameters
    ----------
    rows : list of list of numpy.ndarray
        Groups of equal length, ``uint8`` ``(height, width, 1 or 3)`` of any size.
    cell : tuple of int
        ``(width, height)`` of the place of one picture, in pixels.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, on white.
    """
    lines, wide = [], len(rows[0]) * (cell[0] + GAP) + BETWEEN
    for start in range(0, len(rows), ACROSS):
        line = np.full((cell[1] + BETWEEN, ACROSS * wide, 3), 255, np.uint8)
        for column, shown in enumerate(rows[start : start + ACROSS]):
            for place, picture in enumerate(shown):
                left = column * wide + place * (cell[0] + GAP)
                line[: cell[1], left : left + cell[0]] = fit(as_rgb(picture), cell)
        lines.append(line)
    return np.vstack(lines)
