"""A gallery: one static page with pictures, before/after sliders, sheets, plots and tables."""

import argparse
from types import ModuleType

from experiments.cli.options import OutFile, PictureFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("sources", nargs="+", metavar="RUN|DIR", help="run folders, or folders of pictures")
    parser.add_argument(
        "--out",
        type=OutFile,
        default="gallery/index.html",
        metavar="FILE",
        help="the page (default: gallery/index.html)",
    )
    parser.add_argument(
        "--before",
        type=PictureFolder,
        metavar="DIR",
        action="append",
        default=[],
        help="originals, shown under a slider with the picture of the same name (may be repeated)",
    )
    parser.add_argument(
        "--notable",
        type=PictureFolder,
        metavar="DIR",
        help="faces for a second page: the best and the worst that each generator makes of them",
    )
    parser.add_argument(
        "--title", default="Faces and filters", help="title of the page (default: Faces and filters)"
    )


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse sources that are neither runs nor folders of pictures."""
    for source in arguments.sources:
        inputs.run_or_pictures(source)
