"""The main job on a few pictures: faces, filters, ways back, colour, a short training, a gallery."""

import argparse
from pathlib import Path

from experiments.cli.options import count

OUT = Path("gallery")
TRAINING_STEPS = 120  # of the short training, half a minute on two cores


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="*", metavar="PHOTO", help="pictures or folders (default: packaged ones)")
    parser.add_argument("--out", default=str(OUT), metavar="DIR", help="default: gallery")
    parser.add_argument("--steps", type=count, default=TRAINING_STEPS, help=f"default: {TRAINING_STEPS}")
