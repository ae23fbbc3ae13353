"""Compare both face detectors on the same pictures."""

import argparse

from experiments.cli.options import count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--limit", type=count, metavar="N", help="use N pictures, evenly spread")
