"""Run every filter over photographs: one PNG for each result, and a contact sheet."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import filters
from experiments.cli.files import each_picture
from experiments.reports.sheets import sheet
from filters.io.pictures import PathLike, Picture


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
        for name, result in write_sheet(path, picture, target).items():
            filters.write(target.with_name(f"{target.stem}_{name}.png"), result)

    return each_picture(photos, out, work, "filters", overwrite=overwrite)


def write_sheet(path: PathLike, picture: Picture, target: Path) -> dict[str, np.ndarray]:
    """Write the contact sheet of one picture.

    Parameters
    ----------
    path : path-like
        Of the picture; unused, for `experiments.cli.files.each_picture`.
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    target : pathlib.Path
        The sheet.

    Returns
    -------
    dict
        Filter → its result, ``uint8`` ``(height, width, channels)``.
    """
    results = {name: f(picture) for name, f in filters.FILTERS.items()}
    filters.write(target, sheet([list(results.values())], list(results)))
    return results
