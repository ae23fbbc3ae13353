"""Repair old prints: scratches, dust, folds, tears, stains. What is sound stays as it is."""

import argparse
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import Picture, add_format, add_generator_arguments, add_out, add_photos, number

TRANSFORMATION = "worn_to_clean"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser)
    add_out(parser)
    parser.add_argument(
        "--strength",
        type=number(0, 3),
        default=1.0,
        metavar="F",
        help="above 1 doubtful places are repaired too, below 1 only clear damage (default: 1)",
    )
    parser.add_argument(
        "--mask",
        type=Picture,
        metavar="FILE",
        help="repair what is white in this picture, of the photograph's proportions, and nothing else",
    )
    parser.add_argument(
        "--save-masks", action="store_true", help="also write what was taken for damage, as NAME mask.png"
    )
    add_format(parser)
    add_generator_arguments(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse weights of another network, and one mask for several photographs."""
    if arguments.weights:
        inputs.models().find_weights(arguments.weights, TRANSFORMATION)
    if arguments.mask and len(inputs.photographs(arguments.photos)) > 1:
        raise UsageError("--mask belongs to one photograph; name one")
