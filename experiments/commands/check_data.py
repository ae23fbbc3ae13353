"""Check pictures before a training: unreadable, alike, gray among colour, tiny, without a face or with several."""

import argparse

from experiments.cli.options import OutFile, PictureFolder, whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command\'s options."""
    parser.add_argument("data", type=PictureFolder, metavar="DIR", help="pictures to train on")
    parser.add_argument(
        "--validation",
        type=PictureFolder,
        metavar="DIR",
        help="pictures to choose the best weights by (default: a tenth of DIR, chosen by content, as in training)",
    )
    parser.add_argument(
        "--least-side",
        type=whole(1),
        default=256,
        metavar="N",
        help="pixels: a picture whose shorter side has fewer is tiny (default: 256)",
    )
    parser.add_argument("--whole", action="store_true", help="do not look for faces: whole pictures are trained on")
    parser.add_argument("--out", type=OutFile, metavar="FILE", help="a table of all findings, as CSV")
