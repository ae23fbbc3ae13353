"""Enlarge photographs of any size by 2 or 4, tile by tile, without seams."""

import argparse
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import add_format, add_generator_arguments, add_option, add_out, add_photos

MODELS = ("faithful", "sharp", "old")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser)
    add_out(parser)
    parser.add_argument("--scale", type=int, choices=(2, 4), default=4, help="factor on both sides (default: 4)")
    add_option(
        parser,
        "--model",
        "--style",
        choices=MODELS,
        default="faithful",
        help="faithful: closest to the truth (default); sharp: with plausible details; old: takes grain and blur "
        "of small worn portraits away (--scale 4 only)",
    )
    add_format(parser)
    add_generator_arguments(parser)


def name_of(scale: int, model: str) -> str:
    """Return the name of the transformation that enlarges by `scale` (2 or 4) with one of `MODELS`."""
    return f"super_resolution_x{scale}" + ("" if model == "faithful" else f"_{model}")


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse a scale that the model does not have, and weights of another network."""
    if arguments.model == "old" and arguments.scale != 4:
        raise UsageError("--model old enlarges by 4 only; add --scale 4")
    if arguments.weights:
        inputs.models().find_weights(arguments.weights, name_of(arguments.scale, arguments.model))
