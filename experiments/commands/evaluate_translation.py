"""Measure photograph ↔ drawing on people and drawings that were held out of training, beside baselines."""

import argparse
from types import ModuleType

from experiments.cli.options import OutFolder, PictureFolder, RunFolder, add_json, add_limit, add_option


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--photos", required=True, type=PictureFolder, metavar="DIR", help="photographs of people not trained on"
    )
    parser.add_argument("--drawings", required=True, type=PictureFolder, metavar="DIR", help="drawings of faces")
    parser.add_argument(
        "--all-drawings",
        action="store_true",
        help="measure on all drawings (default: on those that a training on this folder holds out)",
    )
    text = "a run of photo_to_drawing, both directions of which are measured (default: the shipped weights)"
    add_option(parser, "--weights", "--run", type=RunFolder, metavar="RUN", help=text)
    add_limit(parser, "photographs")
    parser.add_argument("--out", type=OutFolder, metavar="DIR", help="where sheets of both directions go")
    add_json(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse a run that is not a translation, or lacks one of its directions."""
    if arguments.weights:
        for direction in ("forward", "backward"):
            inputs.models().find_weights(arguments.weights, "translation", file=f"best.{direction}")
