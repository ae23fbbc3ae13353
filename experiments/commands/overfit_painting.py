"""An autoencoder that was trained on one painting and is then shown a photograph, beside style transfer.

An old idea of how to paint: a network that can do nothing but this painting, so that it must paint.
What becomes of it is a compression of the photograph by a codec made for other pictures: colours and
blurred edges remain, no stroke is invented, as nothing asked for strokes.
"""

import argparse
from pathlib import Path

from experiments.cli.options import PRESETS, OutFolder, Picture, add_longer_side, add_out, count, seed, whole

TITLES = ("photograph", "painting", "painting, restored", "photograph, restored", "style transfer")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", type=Picture, metavar="PHOTO")
    parser.add_argument("--style", required=True, type=Picture, metavar="PAINTING")
    add_out(parser, "where the pictures and sheet.png go", OutFolder)
    add_longer_side(parser, "of both pictures (default: 384)", whole(32), default=384)
    parser.add_argument(
        "--epochs", type=count, default=20, metavar="N", help="of 20 steps each, of the autoencoder (default: 20)"
    )
    parser.add_argument("--steps", type=count, default=40, metavar="N", help="of style transfer (default: 40)")
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same pictures (default: 0)")
    parser.add_argument("--preset", choices=PRESETS, default="base", help="size of the autoencoder (default: base)")


def files(out) -> list[Path]:
    """Return the files of the pictures, and of the sheet of all."""
    names = [title.replace(", ", "_").replace(" ", "_") for title in TITLES]
    return [Path(out) / f"{name}.png" for name in (*names, "sheet")]


def check(arguments: argparse.Namespace, inputs) -> None:
    inputs.refuse_inputs(files(arguments.out), inputs.files_read(arguments))
