"""Random noise in, faces out: single pictures, a grid, and ways from face to face."""

import argparse

from experiments.cli.options import OutFolder, add_generator_arguments, add_out, count, number, seed

KINDS = ("noise", "dcgan")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=count, default=36, help="how many faces (default: 36)")
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same faces (default: 0)")
    add_out(parser, "where the pictures go", OutFolder)
    parser.add_argument(
        "--truncation",
        type=number(0, 4),
        default=1.0,
        metavar="T",
        help="factor on the noise, up to 4: below 1, faces are more usual and differ less (default: 1)",
    )
    add_weights_arguments(parser)


def add_weights_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--weights``, ``--kind``, ``--preset`` and ``--precision``: see `load_generator`."""
    add_generator_arguments(parser)
    parser.add_argument("--kind", choices=KINDS, help="of the network in --weights (default: its run's, or noise)")


def check(arguments: argparse.Namespace, inputs) -> None:
    check_weights(arguments, inputs)


def check_weights(arguments: argparse.Namespace, inputs) -> None:
    """Refuse weights of other networks."""
    if arguments.weights:
        inputs.models().find_weights(arguments.weights, *KINDS)
