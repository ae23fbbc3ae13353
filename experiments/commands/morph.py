"""One face becomes another, and the next: an animation, and a strip of seven of its frames."""

import argparse
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import Pictures, amount, whole

FRAMES, SECONDS = 24, 2.0  # from one face to the next


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "faces",
        nargs="+",
        type=Pictures,
        metavar="FACE",
        help="two or more photographs or crops, or folders of them",
    )
    parser.add_argument(
        "--out", required=True, metavar="FILE|DIR", help="FILE.gif or FILE.webp; a DIR also gets each frame as PNG"
    )
    parser.add_argument(
        "--frames",
        type=whole(2),
        default=FRAMES,
        metavar="N",
        help=f"frames from one face to the next (default: {FRAMES})",
    )
    parser.add_argument(
        "--seconds",
        type=amount,
        default=SECONDS,
        metavar="S",
        help=f"seconds from one face to the next (default: {SECONDS:g})",
    )


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse fewer than two faces."""
    if len(inputs.photographs(arguments.faces)) < 2:
        raise UsageError("a morph takes two faces or more")
