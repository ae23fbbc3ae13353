"""The main job on a few pictures: faces, filters, ways back, colour, a short training, a gallery."""

import argparse
from pathlib import Path
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import OutFolder, add_photos, count

OUT = Path("gallery")
TRAINING_STEPS = 60  # of the short training, half a minute on two cores


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser, what="pictures, or folders of pictures (default: packaged ones)", nargs="*")
    parser.add_argument(
        "--out", type=OutFolder, default=str(OUT), metavar="DIR", help="output folder (default: gallery)"
    )
    parser.add_argument(
        "--steps", type=count, default=TRAINING_STEPS, help=f"training steps (default: {TRAINING_STEPS})"
    )


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse photographs inside the output folder, which is cleared."""
    out = Path(arguments.out).resolve()
    if any(path.resolve().is_relative_to(out) for path in inputs.photographs(arguments.photos)):
        raise UsageError(
            f"--out {arguments.out} holds photographs that are to be shown, and is cleared; choose another"
        )
