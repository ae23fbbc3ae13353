"""Measure the colours of whole photographs against the true ones, with and without hints.

gain: PSNR above that of the gray picture, dB. ratio: mean CIEDE2000, of the gray picture's; 0 is equal.
vivid: colourfulness, of the original's. green, blue: shares of what is truly green (leaves, grass) and of
blue in the upper half (sky) that come out so. hint_gain: what hints add to the gain. at_hints: mean
CIEDE2000 at the hinted places.
"""

import argparse

from experiments.cli.options import add_generator_arguments, add_json, add_limit, add_longer_side, add_photos, whole

HINT_RADIUS = 3  # a hint is the mean of 7x7 pixels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_photos(parser, what="colour photographs, or folders of them")
    add_longer_side(
        parser, "at most, at which pictures are measured (default: 320)", whole(2 * HINT_RADIUS + 1), default=320
    )
    add_limit(parser)
    parser.add_argument("--by-source", action="store_true", help="also by what file names begin with, up to '_'")
    parser.add_argument(
        "--hints",
        type=counts,
        default=[],
        metavar="N,N…",
        help="also with so many hints, such as 1,5,10,50",
    )
    add_json(parser)
    add_generator_arguments(parser)


def counts(text: str) -> list[int]:
    """Read the numbers of hints in ``1,5,10,50``, each once, in that order, for ``argparse``."""
    parts = [part.strip() for part in text.split(",")] if text else []
    if not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"'{text}': expected numbers of hints from 1, such as 1,5,10,50")
    return list(dict.fromkeys(map(int, parts)))


def check(arguments: argparse.Namespace, inputs) -> None:
    if arguments.weights:
        inputs.models().find_weights(arguments.weights, "gray_to_color")
