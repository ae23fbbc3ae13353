"""One face becomes another, and the next: an animation, and a strip of seven of its frames."""

import argparse

FRAMES, SECONDS = 24, 2.0  # of one face's way to the next


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("faces", nargs="+", metavar="FACE", help="two photographs or crops, or more")
    parser.add_argument(
        "--out", required=True, metavar="FILE|DIR", help="FILE.gif or FILE.webp; in a DIR also each frame as PNG"
    )
    parser.add_argument(
        "--frames", type=int, default=FRAMES, metavar="N", help=f"from one face to the next (default: {FRAMES})"
    )
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, metavar="S", help=f"the same in time (default: {SECONDS:g})"
    )
