"""Measure the colours of whole photographs against the true ones, with and without hints.

gain: PSNR in dB above the gray picture's. ratio: mean CIEDE2000 as a share of the gray picture's; 0 is exact.
vivid: colourfulness as a share of the original's. green, blue: the share of what is truly green (leaves, grass),
and of what is truly blue in the upper half (sky), that comes out so. hint_gain: what hints add to the gain, in
dB. at_hints: mean CIEDE2000 at the hinted places.
"""

import argparse
from types import ModuleType

from experiments.cli.options import add_generator_arguments, add_json, add_limit, add_longer_side, add_photos, whole

HINT_RADIUS = 3  # a hint is the mean of 7x7 pixels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser, what="colour photographs, or folders of them")
    add_longer_side(
        parser,
        "of the longer side at which pictures are measured, at most (default: 320)",
        whole(2 * HINT_RADIUS + 1),
        default=320,
    )
    add_limit(parser)
    parser.add_argument(
        "--by-source", action="store_true", help="also by source: what file names begin with, up to '_'"
    )
    parser.add_argument(
        "--hints",
        type=counts,
        default=[],
        metavar="N,N…",
        help="also measure with so many hints, for instance 1,5,10,50",
    )
    add_json(parser)
    add_generator_arguments(parser)


def counts(text: str) -> list[int]:
    """Read ``"1,5,10,50"`` as numbers of hints, in that order and each once, for ``argparse``."""
    parts = [part.strip() for part in text.split(",")] if text else []
    if not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"'{text}': expected numbers of hints from 1, such as 1,5,10,50")
    return list(dict.fromkeys(map(int, parts)))


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse weights of another network."""
    if arguments.weights:
        inputs.models().find_weights(arguments.weights, "gray_to_color")
