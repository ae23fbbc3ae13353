"""Measuring photograph ↔ drawing on people and drawings that were kept out of training, beside baselines."""

import argparse

from experiments.cli.options import OutFolder, PictureFolder, RunFolder, add_json, add_limit, add_option


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--photos", required=True, type=PictureFolder, metavar="DIR", help="photographs of people not trained on"
    )
    parser.add_argument("--drawings", required=True, type=PictureFolder, metavar="DIR", help="drawings")
    parser.add_argument(
        "--all-drawings",
        action="store_true",
        help="measure on all of them (default: on those that a training on this folder holds out)",
    )
    text = "of photo_to_drawing; it takes both directions (default: the shipped weights)"
    add_option(parser, "--weights", "--run", type=RunFolder, metavar="RUN", help=text)
    add_limit(parser, "photographs")
    parser.add_argument("--out", type=OutFolder, metavar="DIR", help="where sheets of both directions go")
    add_json(parser)


def check(arguments: argparse.Namespace, inputs) -> None:
    if arguments.weights:
        for direction in ("forward", "backward"):
            inputs.models().find_weights(arguments.weights, "translation", file=f"best.{direction}")
