"""How close faces from noise are to real ones, and whether any is the copy of a training face."""

import argparse

from experiments.cli.options import seed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from experiments.commands.noise import add_weights_arguments

    parser.add_argument("--data", required=True, metavar="DIR", help="photographs of faces that were held out")
    parser.add_argument("--training", metavar="DIR", help="those of the training: to show nearest neighbours")
    parser.add_argument("--count", type=int, default=1000, help="how many faces are made (default: 1000)")
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--out", metavar="DIR", help="where neighbours.png goes; needs --training")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_weights_arguments(parser)
