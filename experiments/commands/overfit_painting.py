"""An autoencoder that was trained on one painting and is then shown a photograph, beside style transfer.

An old idea of how to paint: a network that can do nothing but this painting, so that it must paint.
What becomes of it is a compression of the photograph by a codec made for other pictures: colours and
blurred edges remain, no stroke is invented, as nothing asked for strokes.
"""

import argparse

from experiments.cli.options import add_preset_argument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", metavar="PHOTO")
    parser.add_argument("--style", required=True, metavar="PAINTING")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the pictures and sheet.png go")
    parser.add_argument("--size", type=int, default=384, metavar="N", help="longer side, in pixels (default: 384)")
    parser.add_argument(
        "--epochs", type=int, default=20, metavar="N", help="of 20 steps each, of the autoencoder (default: 20)"
    )
    parser.add_argument("--steps", type=int, default=40, metavar="N", help="of style transfer (default: 40)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same pictures (default: 0)")
    add_preset_argument(parser, default="base")
