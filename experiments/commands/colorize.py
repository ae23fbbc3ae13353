"""Colour whole black-and-white photographs and films of any size; their luminance is left untouched."""

import argparse
from types import ModuleType

from experiments.cli.options import (
    File,
    Picture,
    PicturesAndFilms,
    add_format,
    add_generator_arguments,
    add_out,
    add_photos,
    number,
    seed,
    whole,
)

MOST_CANDIDATES = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser, PicturesAndFilms, "pictures and films, or folders of them")
    add_out(parser)
    parser.add_argument(
        "--saturation",
        type=number(0, 4),
        default=1.0,
        metavar="F",
        help="factor on the colours, from 0 (gray) to 4 (default: 1)",
    )
    parser.add_argument(
        "--warmth",
        type=number(-1, 1),
        default=0.0,
        metavar="W",
        help="from -1 (bluish) to 1 (golden) (default: 0)",
    )
    parser.add_argument(
        "--hint",
        action="append",
        default=[],
        metavar="X,Y=COLOUR",
        help="the colour at one pixel, for instance 420,310=#2e4a2b (may be repeated)",
    )
    parser.add_argument(
        "--hints",
        type=File,
        metavar="FILE",
        help="a file of hints: a JSON list, or a picture of strokes on a transparent ground",
    )
    parser.add_argument("--like", type=Picture, metavar="PHOTO", help="take colours from a similar photograph")
    parser.add_argument(
        "--candidates",
        type=whole(2, MOST_CANDIDATES),
        metavar="N",
        help="N different colourings of each photograph, and a sheet of them, in DIR/NAME candidates/",
    )
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same candidates (default: 0)")
    parser.add_argument(
        "--restore", action="store_true", help="repair scratches, tears and stains first, as `restore` does"
    )
    parser.add_argument("--recolor", action="store_true", help="also colour photographs that are in colour already")
    parser.add_argument("--side-by-side", action="store_true", help="show the original beside the result")
    add_format(parser)
    add_generator_arguments(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse weights of other networks."""
    if arguments.weights:
        inputs.models().find_weights(arguments.weights, "gray_to_color")
