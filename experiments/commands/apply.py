"""Filter pictures and let a generator find the way back, or translate them: one PNG per picture."""

import argparse
from types import ModuleType

from experiments.cli.options import add_format, add_generator_arguments, add_out, add_photos


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "transformation",
        metavar="NAME|RUN",
        help="for instance gray_to_color or photo_to_drawing, or the folder of a run; of a translation's run, "
        "RUN:back is the way back",
    )
    add_photos(parser)
    add_out(parser)
    add_format(parser)
    add_generator_arguments(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse a name that stands for no generator, and weights that do not fit."""
    inputs.models().find_generator(arguments.transformation, arguments.weights)
