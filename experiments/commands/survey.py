"""How much of a face survives each filter? The same generator, the same budget, every filter."""

import argparse
import re

from experiments.cli.options import PRESETS, Filter, OutFolder, PictureFolder, add_limit, amount, seed, size

SIZE = "128x192"  # trains three times as fast as full size; squeezes 3:4 by a ninth


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--data", required=True, type=PictureFolder, metavar="DIR", help="photographs or crops to learn from"
    )
    parser.add_argument(
        "--minutes", type=amount, default=10.0, help="minutes of training for each filter (default: 10)"
    )
    parser.add_argument(
        "--validation",
        type=PictureFolder,
        metavar="DIR",
        help="photographs or crops of other people, to measure on (default: a tenth of --data, chosen by source)",
    )
    parser.add_argument(
        "--out", type=OutFolder, default="runs/survey", metavar="DIR", help="output folder (default: runs/survey)"
    )
    parser.add_argument(
        "--filters", type=Filter, nargs="+", metavar="NAME", help="filters to survey (default: all)"
    )
    parser.add_argument(
        "--size",
        type=size,
        default=SIZE,
        metavar="WIDTHxHEIGHT",
        help=f"size of training pictures, in pixels (default: {SIZE})",
    )
    parser.add_argument("--preset", choices=PRESETS, default="base", help="size of the networks (default: base)")
    add_limit(parser, "held-out crops")
    parser.set_defaults(limit=144)
    parser.add_argument(
        "--person",
        type=person,
        default="(.*)",
        metavar="REGEX",
        help="searched in file names: pictures with the same first group show one person (default: each its own)",
    )
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same survey (default: 0)")


def person(text: str) -> str:
    """Check that a text is a regular expression with a group, for ``argparse``."""
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression ({error})") from None
    if not groups:
        raise argparse.ArgumentTypeError(f"'{text}' needs one group in parentheses")
    return text
