"""Random noise in, faces out: single pictures, a grid, and ways from face to face."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=36, help="how many faces (default: 36)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same faces (default: 0)")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the pictures go")
    parser.add_argument(
        "--truncation",
        type=float,
        default=1.0,
        metavar="T",
        help="factor on the noise: below 1, faces are more usual and differ less (default: 1)",
    )
    add_weights_arguments(parser)


def add_weights_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--weights``, ``--kind``, ``--preset`` and ``--precision``: see `load_generator`."""
    from experiments.cli.options import add_generator_arguments

    add_generator_arguments(parser)
    parser.add_argument("--kind", choices=("noise", "dcgan"), default="noise", help="of the network in --weights")
