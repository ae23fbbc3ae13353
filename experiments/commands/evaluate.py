"""Measuring a transformation on pictures that it was not trained on, beside trivial baselines."""

import argparse

from experiments.cli.options import add_generator_arguments, count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("transformation", help="for instance gray_to_color")
    parser.add_argument("--data", required=True, metavar="DIR", help="photographs or crops to measure on")
    add_generator_arguments(parser)
    parser.add_argument("--mean", metavar="FILE", help="mean picture of the training crops (default: shipped)")
    parser.add_argument("--limit", type=count, metavar="N", help="measure the first N crops only")
    parser.add_argument("--no-features", action="store_true", help="leave out the VGG feature distance")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
