"""Ship the best weights of a run, and its discriminator; their model card is yours to write."""

import argparse

from experiments.cli.options import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("run", type=RunFolder, metavar="RUN", help="a run folder")
