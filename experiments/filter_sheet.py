"""Run every filter over photographs: a PNG each, and a contact sheet."""

import argparse
from pathlib import Path


def add_arguments(parser):
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")


def main(argv=None):
    from experiments.command import run

    parser = argparse.ArgumentParser(prog="python -m experiments filters", description=__doc__)
    add_arguments(parser)
    arguments = parser.parse_args(argv)
    run(lambda: apply_filters(arguments.photos, arguments.out))


def apply_filters(photos, out):
    """Write ``NAME_FILTER.png`` for each picture and filter, and ``NAME.png``, their sheet."""
    import filters
    from experiments.command import each_picture
    from experiments.sheets import sheet

    def work(path, picture, target):
        results = {name: f(picture) for name, f in filters.FILTERS.items()}
        for name, result in results.items():
            filters.write(Path(out) / f"{target.stem}_{name}.png", result)
        filters.write(target, sheet([list(results.values())], list(results)))

    return each_picture(photos, out, work, "filters")
