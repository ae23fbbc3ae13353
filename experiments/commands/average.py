"""The mean of many faces: registered densely, beside the plain mean and the mean aligned by landmarks."""

import argparse

from experiments.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "faces", nargs="+", type=options.Pictures, metavar="FACES", help="photographs, crops, or folders of them"
    )
    options.add_out(parser, "where the means go", options.OutFolder)
    parser.add_argument("--subset", type=options.Subset, metavar="EXPR", help=options.SUBSET_HELP)
