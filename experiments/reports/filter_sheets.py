"""Run every filter over photographs: one PNG for each result, and a contact sheet."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import filters
from experiments.cli.files import each_picture
from experiments.reports.sheets import as_rgb, fit, sheet
from filters.io.pictures import PathLike, Picture, Size

CELL: Size = (192, 240)  # pixels into which each result is fitted on the sheet


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``filters``."""
    return apply_filters(arguments.photos, arguments.out, arguments.overwrite)


def apply_filters(photos: Sequence[PathLike], out: PathLike, overwrite: bool = False) -> int:
    """Write ``NAME_FILTER.png`` for each picture and filter, and ``NAME.png``, the sheet of all.

    Parameters
    ----------
    photos : sequence of path-like
        Pictures, and folders of pictures.
    out : path-like
        Folder of the results.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed.
    """

    def work(path: PathLike, picture: Picture, target: Path) -> None:
        write_sheet(
            path,
            picture,
            target,
            lambda name, result: filters.write(target.with_name(f"{target.stem}_{name}.png"), result),
        )

    return each_picture(photos, out, work, "filters", overwrite=overwrite)


def write_sheet(
    path: PathLike,
    picture: Picture,
    target: Path,
    use: Callable[[str, np.ndarray], object] = lambda name, result: None,
) -> None:
    """Write the contact sheet of one picture.

    Parameters
    ----------
    path : path-like
        Of the picture; unused, for `experiments.cli.files.each_picture`.
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    target : pathlib.Path
        The sheet.
    use : callable
        Is given the name of each filter and its result, ``uint8`` ``(height, width, channels)``; of large pictures
        memory holds one at a time.
    """
    cells = []
    for name, function in filters.FILTERS.items():
        result = function(picture)
        use(name, result)
        cells.append(fit(as_rgb(result), CELL))
    filters.write(target, sheet([cells], list(filters.FILTERS), CELL))
