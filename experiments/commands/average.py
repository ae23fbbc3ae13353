"""The mean of many faces: registered densely, beside the plain mean and the mean aligned by landmarks."""

import argparse

from experiments.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("faces", nargs="+", metavar="FACES", help="photographs, crops, or folders of them")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the means go")
    parser.add_argument("--subset", metavar="EXPR", help=options.SUBSET_HELP)
