"""Measure the repair of photographs that the filter `worn` has damaged, beside OpenCV's inpainting.

worn: PSNR inside the damage before anything is done, dB. median: what filling with OpenCV (Telea 2004) adds to it
where a median filter finds damage. perfect_mask: the same where the true mask is known. repaired: what our
generator adds, finding the damage itself. gray: the same of black-and-white copies. precision, recall: of the
damage that it finds. sound: mean change of what is not damaged, in gray values.
"""

import argparse
from types import ModuleType

from experiments.cli.options import (
    add_generator_arguments,
    add_json,
    add_limit,
    add_longer_side,
    add_photos,
    count,
    number,
    seed,
)
from experiments.commands import restore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser, what="photographs without damage, or folders of them")
    add_longer_side(
        parser, "of the longer side at which pictures are damaged, at most (default: 400)", count, default=400
    )
    add_limit(parser)
    parser.add_argument(
        "--amount", type=number(0, 5), default=1.0, metavar="F", help="of damage, on average (default: 1)"
    )
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same damage (default: 0)")
    add_json(parser)
    add_generator_arguments(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse weights of another network."""
    if arguments.weights:
        inputs.models().find_weights(arguments.weights, restore.TRANSFORMATION)
