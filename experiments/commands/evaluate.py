"""Measure a transformation on pictures that it was not trained on, beside trivial baselines."""

import argparse
from types import ModuleType

from experiments.cli.options import Picture, PictureFolder, add_generator_arguments, add_json, add_limit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "transformation", metavar="NAME|RUN", help="for instance gray_to_color, or the folder of a run"
    )
    parser.add_argument(
        "--data", required=True, type=PictureFolder, metavar="DIR", help="photographs or crops to measure on"
    )
    add_generator_arguments(parser)
    parser.add_argument(
        "--mean", type=Picture, metavar="FILE", help="mean picture of the training crops (default: the shipped one)"
    )
    add_limit(parser, "crops")
    parser.add_argument("--no-features", action="store_true", help="leave out the VGG feature distance")
    parser.add_argument(
        "--identity",
        action="store_true",
        help="add whether it is still the same person, by dlib (pip install -r requirements-identity.txt)",
    )
    parser.add_argument(
        "--unseen",
        action="store_true",
        help="add distances on a network that no training has seen (pip install -r requirements-unseen.txt)",
    )
    add_json(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse measures whose packages are missing, a name of no transformation, and weights that do not fit."""
    for measure in ("identity", "unseen"):
        if getattr(arguments, measure):
            inputs.later(f"evaluation.{measure}").require()
    inputs.models().find_transformation(arguments.transformation, arguments.weights)
