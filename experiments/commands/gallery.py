"""A gallery: one page that opens from disk, with faces by transformations, runs, a survey, pictures and films."""

import argparse
from pathlib import Path
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import OutFile, PictureFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "sources", nargs="*", metavar="RUN|DIR", help="run folders, surveys, or folders of pictures and films"
    )
    parser.add_argument(
        "--out",
        type=OutFile,
        default="gallery/index.html",
        metavar="FILE",
        help="the page (default: gallery/index.html)",
    )
    parser.add_argument(
        "--before",
        metavar="DIR",
        action="append",
        default=[],
        help="what the pictures were made of, to be compared with the picture of the same name (may be repeated)",
    )
    parser.add_argument(
        "--originals",
        metavar="DIR",
        action="append",
        default=[],
        help="what the pictures should be, where that is known: they are measured against the original of the same "
        "name (may be repeated)",
    )
    parser.add_argument(
        "--faces",
        "--notable",
        type=PictureFolder,
        metavar="DIR",
        help="faces for the matrix: what each filter leaves of them, and what each generator makes of that",
    )
    parser.add_argument(
        "--title", default="Faces and filters", help="title of the page (default: Faces and filters)"
    )
    parser.add_argument("--json", action="store_true", help="write the page's data beside it too, as NAME.json")


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse sources that are neither runs nor surveys nor folders of pictures, and a gallery of nothing."""
    if not (arguments.sources or arguments.faces):
        raise UsageError("name run folders or folders of pictures, or --faces DIR")
    for source in (*arguments.sources, *arguments.before, *arguments.originals):
        if not (Path(source) / "survey.csv").is_file():
            inputs.run_or_pictures(source, with_films=True)
