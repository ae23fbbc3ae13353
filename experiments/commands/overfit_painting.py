"""Train an autoencoder on one painting, show it a photograph, and compare that with style transfer.

An old idea of how to paint: a network that knows nothing but one painting must surely paint. In fact it
compresses the photograph with a codec made for another picture: colours and blurred edges remain, and no
stroke is invented, as nothing in the loss asks for strokes.
"""

import argparse
import os
from pathlib import Path
from types import ModuleType

from experiments.cli.options import PRESETS, OutFolder, Picture, add_longer_side, add_out, count, seed, whole

TITLES = ("photograph", "painting", "painting, restored", "photograph, restored", "style transfer")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("photo", type=Picture, metavar="PHOTO", help="a picture")
    parser.add_argument("--style", required=True, type=Picture, metavar="PAINTING", help="the painting")
    add_out(parser, "where the pictures and sheet.png go", OutFolder)
    add_longer_side(parser, "of the longer side of both pictures (default: 384)", whole(32), default=384)
    parser.add_argument(
        "--epochs",
        type=count,
        default=20,
        metavar="N",
        help="epochs of the autoencoder, of 20 steps each (default: 20)",
    )
    parser.add_argument(
        "--steps", type=count, default=40, metavar="N", help="steps of style transfer (default: 40)"
    )
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same pictures (default: 0)")
    parser.add_argument("--preset", choices=PRESETS, default="base", help="size of the autoencoder (default: base)")


def files(out: str | os.PathLike[str]) -> list[Path]:
    """Return the files that are written: one for each of `TITLES`, and ``sheet.png``."""
    names = [title.replace(", ", "_").replace(" ", "_") for title in TITLES]
    return [Path(out) / f"{name}.png" for name in (*names, "sheet")]


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse to write a result over an input."""
    inputs.refuse_inputs(files(arguments.out), inputs.files_read(arguments))
