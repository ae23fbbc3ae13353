"""How much of a face survives each filter? The same generator, the same budget, every filter."""

import argparse
import re

from experiments.cli.options import PRESETS, Filter, OutFolder, PictureFolder, add_limit, amount, seed, size

SIZE = "128x192"  # trains three times as many pictures as full size does; squeezes 3:4 by a ninth


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", required=True, type=PictureFolder, metavar="DIR", help="photographs or crops to learn from"
    )
    parser.add_argument("--minutes", type=amount, default=10.0, help="of training for each filter (default: 10)")
    parser.add_argument(
        "--validation",
        type=PictureFolder,
        metavar="DIR",
        help="held-out people (default: a tenth of --data, chosen by source)",
    )
    parser.add_argument("--out", type=OutFolder, default="runs/survey", metavar="DIR", help="default: runs/survey")
    parser.add_argument(
        "--filters", type=Filter, nargs="+", metavar="NAME", help="default: every registered filter"
    )
    parser.add_argument(
        "--size", type=size, default=SIZE, metavar="WIDTHxHEIGHT", help=f"to train at (default: {SIZE})"
    )
    parser.add_argument("--preset", choices=PRESETS, default="base", help="size of the networks (default: base)")
    add_limit(parser, "held-out crops")
    parser.set_defaults(limit=144)
    parser.add_argument(
        "--person",
        type=person,
        default="(.*)",
        metavar="REGEX",
        help="on a file's name: pictures with the same first group show the same person (default: each its own)",
    )
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same survey (default: 0)")


def person(text: str) -> str:
    """Read a regular expression with a group, for ``argparse``."""
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression ({error})") from None
    if not groups:
        raise argparse.ArgumentTypeError(f"'{text}' needs one group in parentheses")
    return text
