"""Make the sheet by which a generator is judged: what it is given beside what it makes of it, for many pictures."""

import argparse
from types import ModuleType

from experiments.cli.options import OutFile, add_generator_arguments, add_photos, count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("transformation", metavar="NAME|RUN", help="as for apply")
    add_photos(parser, what="pictures that it was not trained on, or folders of them")
    parser.add_argument("--out", required=True, type=OutFile, metavar="FILE", help="the sheet, for instance .jpg")
    parser.add_argument(
        "--count", type=count, default=24, metavar="N", help="pictures, evenly spread over all (default: 24)"
    )
    parser.add_argument(
        "--as-they-are",
        action="store_true",
        help="the pictures are what the filter would leave, for instance old prints: show no originals",
    )
    add_generator_arguments(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse a name that stands for no generator, and weights that do not fit."""
    inputs.models().find_generator(arguments.transformation, arguments.weights)
