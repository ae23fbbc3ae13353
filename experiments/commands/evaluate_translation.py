"""Measuring photograph ↔ drawing on people and drawings that were kept out of training, beside baselines."""

import argparse

from experiments.cli.options import count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--photos", required=True, metavar="DIR", help="photographs of people not trained on")
    parser.add_argument("--drawings", required=True, metavar="DIR", help="drawings")
    parser.add_argument(
        "--all-drawings",
        action="store_true",
        help="measure on all of them (default: on those that a training on this folder holds out)",
    )
    parser.add_argument("--run", metavar="RUN", help="of photo_to_drawing (default: the shipped weights)")
    parser.add_argument("--limit", type=count, metavar="N", help="measure the first N photographs only")
    parser.add_argument("--out", metavar="DIR", help="where sheets of both directions go")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
