"""One face becomes another, and the next: an animation, and a strip of seven of its frames."""

import argparse

from experiments.cli.console import UsageError
from experiments.cli.options import Pictures, amount, whole

FRAMES, SECONDS = 24, 2.0  # of one face's way to the next


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "faces", nargs="+", type=Pictures, metavar="FACE", help="two photographs or crops, or more; or folders"
    )
    parser.add_argument(
        "--out", required=True, metavar="FILE|DIR", help="FILE.gif or FILE.webp; in a DIR also each frame as PNG"
    )
    parser.add_argument(
        "--frames",
        type=whole(2),
        default=FRAMES,
        metavar="N",
        help=f"from one face to the next (default: {FRAMES})",
    )
    parser.add_argument(
        "--seconds",
        type=amount,
        default=SECONDS,
        metavar="S",
        help=f"from one face to the next, in seconds (default: {SECONDS:g})",
    )


def check(arguments: argparse.Namespace, inputs) -> None:
    if len(inputs.photographs(arguments.faces)) < 2:
        raise UsageError("a morph takes two faces or more")
