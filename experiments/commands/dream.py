"""Deep Dream: a photograph becomes more of what a network sees in it, of a class, or of what a guide shows."""

import argparse
from pathlib import Path
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import (
    Picture,
    add_format,
    add_longer_side,
    add_overwrite,
    add_photos,
    add_precision_argument,
    amount,
    count,
    names_file,
    number,
    seed,
    weighted,
    whole,
)
from transformers.imagenet import class_number
from transformers.networks.vgg import wrong_choice

DEFAULT_LAYERS = ("stage5",)
PICTURES, ZOOMS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"), (".gif", ".webp", ".mp4")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser)
    text = (
        "the dream of one photograph: a picture, or with --zoom a .gif, .webp or .mp4; or a folder for all, "
        "under the photographs' names"
    )
    parser.add_argument("--out", required=True, metavar="FILE|DIR", help=text)
    add_overwrite(parser)
    add_format(parser)
    parser.add_argument(
        "--layers",
        nargs="+",
        default=DEFAULT_LAYERS,
        metavar="LAYER[:WEIGHT]",
        help="of EfficientNet-Lite0: stage1 … stage7, or a block of one, such as stage6_block1; or of VGG-16: "
        "conv1_1 … conv5_3. Early ones see strokes; stage5 sees animals, stage6 fruit, pearls and hands "
        f"(default: {' '.join(DEFAULT_LAYERS)})",
    )
    towards = parser.add_mutually_exclusive_group()
    towards.add_argument(
        "--class",
        dest="label",
        metavar="NAME",
        help="dream of one of the 1000 classes of ImageNet: its name, a part of it or its number, such as 207",
    )
    towards.add_argument("--guide", type=Picture, metavar="PICTURE", help="dream of what this picture shows")
    add_longer_side(parser, "of the longer side, at most; larger pictures are reduced (default: no limit)")
    parser.add_argument(
        "--octaves", type=count, metavar="N", help="number of sizes, from small to large (default: all there are)"
    )
    parser.add_argument(
        "--factor",
        type=number(1, above=True),
        default=1.3,
        metavar="F",
        help="ratio of each size to the one before (default: 1.3)",
    )
    parser.add_argument("--steps", type=count, default=30, metavar="N", help="steps at each size (default: 30)")
    parser.add_argument(
        "--rate",
        type=amount,
        default=0.01,
        help="mean change of a pixel per step; black to white is 2 (default: 0.01)",
    )
    parser.add_argument(
        "--zoom", type=whole(2), metavar="FRAMES", help="make an animation of so many frames that goes ever deeper"
    )
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same tiles (default: 0)")
    add_precision_argument(parser)


def layers(arguments: argparse.Namespace) -> dict[str, float]:
    """Return the weight of each chosen layer, by name.

    Raises
    ------
    UsageError
        When no network has such layers, or a weight is not a number above 0.
    """
    chosen = dict(weighted(text, "--layers") for text in arguments.layers)
    if wrong := wrong_choice(chosen, arguments.label is not None):
        raise UsageError(f"--layers: {wrong}")
    return chosen


def label(arguments: argparse.Namespace) -> int | None:
    """Return the number of the chosen class, if one is.

    Raises
    ------
    UsageError
        When there is no such class, or it may be one of several.
    """
    try:
        return None if arguments.label is None else class_number(arguments.label)
    except ValueError as error:
        raise UsageError(f"--class: {error}") from error


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse unknown layers and classes, an unknown output format and an output that is an input."""
    layers(arguments)
    label(arguments)
    if not names_file(arguments.out):
        inputs.results_folder(arguments, arguments.out)
        return
    if len(inputs.photographs(arguments.photos)) > 1:
        raise UsageError(f"--out {arguments.out}: name a folder for the dreams of several photographs")
    inputs.refuse_folder(arguments.out)
    kinds = ZOOMS if arguments.zoom else PICTURES
    if Path(arguments.out).suffix.lower() not in kinds:
        what = "a zoom" if arguments.zoom else "a picture"
        raise UsageError(f"--out {arguments.out}: {what} ends in {', '.join(kinds)}")
    inputs.refuse_inputs([arguments.out], inputs.files_read(arguments))
