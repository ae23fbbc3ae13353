"""Run every filter over photographs: a PNG each, and a contact sheet."""

import argparse

import filters
from experiments.cli.files import each_picture
from experiments.reports.sheets import sheet
from filters.io.pictures import PathLike, Picture


def run(arguments: argparse.Namespace) -> int:
    return apply_filters(arguments.photos, arguments.out, arguments.overwrite)


def apply_filters(photos, out: PathLike, overwrite: bool = False):
    """Write ``NAME_FILTER.png`` for each picture and filter, and ``NAME.png``, their sheet."""

    def work(path: PathLike, picture: Picture, target) -> None:
        for name, result in write_sheet(path, picture, target).items():
            filters.write(target.with_name(f"{target.stem}_{name}.png"), result)

    return each_picture(photos, out, work, "filters", overwrite=overwrite)


def write_sheet(path: PathLike, picture: Picture, target):
    """Write the contact sheet of one picture; gives what it shows, by filter."""
    results = {name: f(picture) for name, f in filters.FILTERS.items()}
    filters.write(target, sheet([list(results.values())], list(results)))
    return results
