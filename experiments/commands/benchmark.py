"""Time training, colouring, cutting and painting on this machine: medians, and ratios within one run."""

import argparse
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import Picture, PictureFolder, add_json, add_longer_side, count, whole

ROUNDS = 5
PARTS = ("cut", "colorize", "train", "unpaired", "paint-film")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"what to time: {', '.join(PARTS)} (default: all of these), paint"
    )
    parser.add_argument(
        "--photo", type=Picture, metavar="FILE", help="photograph to colour or paint (default: a packaged one)"
    )
    parser.add_argument("--painting", type=Picture, metavar="FILE", help="painting whose style the part paint uses")
    parser.add_argument(
        "--painter", metavar="NAME|RUN", help="painter of the part paint-film (default: each shipped one)"
    )
    add_longer_side(parser, "of the longer side, in the part paint (default: 512)", whole(16), default=512)
    parser.add_argument(
        "--photos", type=PictureFolder, metavar="DIR", help="photographs to cut (default: packaged ones, copied)"
    )
    parser.add_argument(
        "--rounds", type=count, default=ROUNDS, help=f"how often each part is timed (default: {ROUNDS})"
    )
    add_json(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse unknown parts, a painting that is missing and an unknown painter."""
    known = (*PARTS, "paint")
    parts = set(arguments.parts)
    if parts - set(known):
        raise UsageError(f"cannot time '{(parts - set(known)).pop()}'; choose from {', '.join(known)}")
    if "paint" in parts and not arguments.painting:
        raise UsageError("the part paint takes --painting FILE, and --photo FILE if you like")
    if arguments.painter:
        inputs.models().find_painter(arguments.painter)
