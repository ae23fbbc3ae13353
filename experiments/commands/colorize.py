"""Colour whole black-and-white photographs, of any size; their luminance is left untouched."""

import argparse

from experiments.cli.options import add_generator_arguments

MOST_CANDIDATES = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures and films, or folders of them")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--saturation", type=float, default=1.0, help="factor on the colours (default: 1)")
    parser.add_argument("--warmth", type=float, default=0.0, help="from -1, bluish, to 1, golden (default: 0)")
    parser.add_argument(
        "--hint",
        action="append",
        default=[],
        metavar="X,Y=COLOUR",
        help="the colour at a pixel, as 420,310=#2e4a2b; may be repeated",
    )
    parser.add_argument(
        "--hints", metavar="FILE", help="many of them: a JSON list, or a picture of strokes on transparent ground"
    )
    parser.add_argument("--like", metavar="PHOTO", help="take colours from a similar photograph")
    parser.add_argument(
        "--candidates",
        type=int,
        metavar="N",
        help="N different colourings of each photograph, and a sheet of them, in DIR/NAME candidates/",
    )
    parser.add_argument("--seed", type=int, default=0, help="of --candidates (default: 0)")
    parser.add_argument("--recolor", action="store_true", help="colour photographs anew that are in colour already")
    parser.add_argument("--side-by-side", action="store_true", help="show the original beside the result")
    add_generator_arguments(parser)
