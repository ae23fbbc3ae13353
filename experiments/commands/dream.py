"""Deep Dream: a photograph becomes more of what a network sees in it, or of what a guide shows."""

import argparse

from experiments.cli.options import add_precision_argument

DEFAULT_LAYERS = ("conv4_3", "conv5_2")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", metavar="PHOTO")
    parser.add_argument("--out", required=True, metavar="FILE", help="a picture; of a zoom .gif, .webp or .mp4")
    parser.add_argument(
        "--layers",
        nargs="+",
        default=DEFAULT_LAYERS,
        metavar="LAYER[:WEIGHT]",
        help=f"conv1_1 … conv5_3: early ones see strokes, late ones things (default: {' '.join(DEFAULT_LAYERS)})",
    )
    parser.add_argument("--guide", metavar="PICTURE", help="of which more shall be seen")
    parser.add_argument("--size", type=int, metavar="N", help="longer side, in pixels (default: as it is)")
    parser.add_argument("--octaves", type=int, default=4, metavar="N", help="sizes, small to large (default: 4)")
    parser.add_argument(
        "--factor", type=float, default=1.4, metavar="F", help="from one size to the next (default: 1.4)"
    )
    parser.add_argument("--steps", type=int, default=10, metavar="N", help="at each size (default: 10)")
    parser.add_argument(
        "--rate", type=float, default=0.008, help="change of a pixel in a step, of 2 at most (default: 0.008)"
    )
    parser.add_argument("--zoom", type=int, metavar="FRAMES", help="an animation that goes ever deeper")
    parser.add_argument("--seed", type=int, default=0)
    add_precision_argument(parser)
