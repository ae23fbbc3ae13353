"""Enlarge photographs of any size by 2 or 4, tile by tile, without seams."""

import argparse

from experiments.cli.options import add_generator_arguments

STYLES = ("faithful", "sharp", "old")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--scale", type=int, choices=(2, 4), default=4, help="how many times (default: 4)")
    parser.add_argument(
        "--style",
        choices=STYLES,
        default="faithful",
        help="faithful: closest to the truth (default); sharp: with details that could be true; old: "
        "for old prints, takes grain and blur away (--scale 4 only)",
    )
    add_generator_arguments(parser)
