"""Random noise in, faces out: single pictures, a grid, and interpolations from face to face."""

import argparse
from types import ModuleType

from experiments.cli.options import OutFolder, add_generator_arguments, add_out, count, number, seed

KINDS = ("noise", "dcgan")
TRUNCATION = 0.7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--count", type=count, default=36, help="number of faces (default: 36)")
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same faces (default: 0)")
    add_out(parser, "where the pictures go", OutFolder)
    add_weights_arguments(parser)


def add_weights_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the generator and how typical its faces are."""
    parser.add_argument(
        "--truncation",
        type=number(0, 4),
        default=TRUNCATION,
        metavar="T",
        help="factor on the noise, from 0, the same face always, over 1, as varied as real faces, to 4; small is "
        f"typical (default: {TRUNCATION})",
    )
    add_generator_arguments(parser)
    parser.add_argument("--kind", choices=KINDS, help="kind of network in --weights (default: its run's, or noise)")


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse weights of another network."""
    check_weights(arguments, inputs)


def check_weights(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse weights of another network."""
    if arguments.weights:
        inputs.models().find_weights(arguments.weights, *KINDS)
