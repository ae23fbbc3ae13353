"""Measure how close faces from noise are to real ones, and whether any of them copies a training face."""

import argparse
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import OutFolder, PictureFolder, add_json, seed, whole
from experiments.commands.noise import add_weights_arguments, check_weights


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--data",
        required=True,
        type=PictureFolder,
        metavar="DIR",
        help="photographs of faces that were held out of training",
    )
    parser.add_argument(
        "--training",
        type=PictureFolder,
        metavar="DIR",
        help="the training photographs, to show nearest neighbours among",
    )
    parser.add_argument("--count", type=whole(2), default=1000, help="number of faces to make (default: 1000)")
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same faces (default: 0)")
    parser.add_argument("--out", type=OutFolder, metavar="DIR", help="where neighbours.png goes; needs --training")
    parser.add_argument(
        "--unseen",
        action="store_true",
        help="add the distance on a network that no training has seen (pip install -r requirements-unseen.txt)",
    )
    add_json(parser)
    add_weights_arguments(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse an output folder without training faces, measures without their packages, and unfit weights."""
    if arguments.unseen:
        inputs.later("evaluation.unseen").require()
    if arguments.out and not arguments.training:
        raise UsageError("--out: give --training too, among whose faces the neighbours are sought")
    check_weights(arguments, inputs)
