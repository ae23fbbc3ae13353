"""Filter pictures and let a generator find the way back, or translate them: one PNG a picture, same name."""

import argparse

from experiments.cli.options import add_format, add_generator_arguments, add_out, add_photos


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "transformation",
        metavar="NAME|RUN",
        help="for instance gray_to_color or photo_to_drawing; also the folder of a run, or, of a translation's, "
        "RUN:back for its way back",
    )
    add_photos(parser)
    add_out(parser)
    add_format(parser)
    add_generator_arguments(parser)


def check(arguments: argparse.Namespace, inputs) -> None:
    inputs.models().find_generator(arguments.transformation, arguments.weights)
