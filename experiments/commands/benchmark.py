"""How fast training, colouring, cutting and painting are, on this machine: medians, and ratios within one run."""

import argparse

from experiments.cli.console import UsageError
from experiments.cli.options import Picture, PictureFolder, add_json, add_longer_side, count, whole

ROUNDS = 5
PARTS = ("cut", "colorize", "train", "unpaired", "paint-film")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default), paint")
    parser.add_argument(
        "--photo", type=Picture, metavar="FILE", help="to colour (default: one of 2000x1333 is made)"
    )
    parser.add_argument(
        "--painting", type=Picture, metavar="FILE", help="whose style to paint in, for the part paint"
    )
    parser.add_argument(
        "--painter", metavar="NAME|RUN", help="to paint a film with (default: the shipped ones, in turn)"
    )
    add_longer_side(parser, "of what is painted (default: 512)", whole(16), default=512)
    parser.add_argument(
        "--photos", type=PictureFolder, metavar="DIR", help="to cut (default: packaged ones, copied)"
    )
    parser.add_argument("--rounds", type=count, default=ROUNDS, help=f"default: {ROUNDS}")
    add_json(parser)


def check(arguments: argparse.Namespace, inputs) -> None:
    known = (*PARTS, "paint")
    parts = set(arguments.parts)
    if parts - set(known):
        raise UsageError(f"cannot time '{(parts - set(known)).pop()}'; choose from {', '.join(known)}")
    if "paint" in parts and not arguments.painting:
        raise UsageError("the part paint takes --painting FILE, and --photo FILE if you like")
    if arguments.painter:
        inputs.models().find_painter(arguments.painter)
