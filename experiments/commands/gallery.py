"""A gallery: one static page with pictures, before/after sliders, sheets, plots and tables."""

import argparse

from experiments.cli.options import OutFile, PictureFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", metavar="RUN|DIR", help="run folders, or folders of pictures")
    parser.add_argument(
        "--out", type=OutFile, default="gallery/index.html", metavar="FILE", help="default: gallery/index.html"
    )
    parser.add_argument(
        "--before",
        type=PictureFolder,
        metavar="DIR",
        action="append",
        default=[],
        help="originals: a picture of the same name in a folder is shown under a slider (may be repeated)",
    )
    parser.add_argument(
        "--notable",
        type=PictureFolder,
        metavar="DIR",
        help="faces: a second page shows the best and the worst that every generator makes of them",
    )
    parser.add_argument("--title", default="Faces and filters")


def check(arguments: argparse.Namespace, inputs) -> None:
    for source in arguments.sources:
        inputs.run_or_pictures(source)
