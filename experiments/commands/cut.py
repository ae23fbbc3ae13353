"""Cut all faces out of photographs, on all processor cores: crops, and a table of measures."""

import argparse

from experiments.cli.options import OutFolder, add_out, add_photos, count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser)
    add_out(parser, "where crops and faces.csv go", OutFolder)
    parser.add_argument(
        "--detector", choices=("yunet", "haar"), default="yunet", help="face detector (default: yunet)"
    )
    parser.add_argument("--jobs", type=count, metavar="N", help="number of processes (default: one per core)")
