"""Train a translation between two folders of pictures, of which no two need to show the same."""

import argparse
from dataclasses import dataclass

from experiments.cli import dispatch
from experiments.cli.options import add_network_arguments, add_numbers, amount, count

METHODS = ("cyclegan", "cut", "fastcut")
# What --overfit sets in place of the defaults. Every face is pulled towards the drawing, and the way back, which
# stays as it is, has to find the face in the result: so what both have is kept, and the rest overwritten. In
# smaller pictures the discriminator sees more of a face at once, not lines alone.
OVERFIT = {
    "only": "forward",
    "size": "192x256",
    "content": 2.0,
    "perceptual": 0.0,
    "kept": 0.3,
    "learning_rate": 5e-4,
    "epochs": 12,
    "steps": 20,
}


@dataclass(frozen=True)
class Settings:
    """What a training is told, and what ``config.json`` keeps."""

    name: str
    a: str
    b: str
    faces: bool = False
    method: str = "cyclegan"
    generator: str = "resnet"
    preset: str = "base"
    stand_ins: tuple = ()
    adversarial_from: int = 2
    content: float = 10.0
    identity: float = 5.0
    adversarial: float = 1.0
    perceptual: float = 0.0
    kept: float = 0.0
    gray: tuple = ()
    epochs: int = 100
    steps: int = 50
    minutes: float | None = None
    batch_size: int = 4
    size: tuple = (256, 320)
    learning_rate: float = 2e-4
    precision: str = "auto"
    seed: int = 0
    init: str | None = None
    only: str | None = None
    overfit: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _add_folders(parser, "A_DIR", "B_DIR")
    parser.add_argument("--name", required=True, help="of the translation: its run is runs/NAME")
    parser.add_argument("--faces", action="store_true", help="cut the faces out (default: pictures as they are)")
    _add_training_arguments(parser, Settings)


def _add_folders(parser, first, second):
    parser.add_argument("a", nargs="?", metavar=first, help="pictures to be translated")
    parser.add_argument("b", nargs="?", metavar=second, help="pictures of the kind wanted")


def _add_training_arguments(parser, defaults):
    how = parser.add_argument_group("training")
    how.add_argument(
        "--method",
        choices=METHODS,
        default="cyclegan",
        help="cyclegan learns both directions; cut and fastcut one, in half the time (default: cyclegan)",
    )
    how.add_argument("--generator", choices=("resnet", "unet"), default=defaults.generator)
    how.add_argument(
        "--adversarial-from",
        type=int,
        default=defaults.adversarial_from,
        metavar="EPOCH",
        help="when the discriminators join; before, the generators learn from pairs that a filter makes, or, "
        f"without one, to leave pictures as they are (default: {defaults.adversarial_from})",
    )
    add_numbers(
        how,
        defaults,
        content="weight of cycles, or of patches' contrast",
        identity="weight: what is of the wanted kind already stays as it is",
        adversarial="weight of the adversarial loss",
        perceptual="weight of VGG-16 features",
        kept="share of the pairs' weight once the discriminators have joined",
        steps="of an epoch",
        batch_size="pictures of each kind in a step",
        learning_rate="of the generators; discriminators learn twice as fast",
        seed="of weights and batches",
    )
    text = f"the rate falls in their second half (default: {defaults.epochs})"
    how.add_argument("--epochs", type=count, help=text)
    how.add_argument("--minutes", type=amount, help="of training in all; then it stops")
    how.add_argument("--size", default="256x320", help="width x height to train at (default: 256x320)")
    add_network_arguments(how)
    how.add_argument("--init", metavar="RUN", help="start from that run's best weights, or from the 'shipped' ones")
    how.add_argument("--only", choices=("forward", "backward"), help="the other direction stays as --init has it")
    run = parser.add_argument_group("run folder")
    run.add_argument("--out", metavar="RUN", help="where to put it (default: runs/NAME)")
    run.add_argument("--resume", metavar="RUN", help="go on with this one; --epochs or --minutes may be raised")


def main(translation) -> None:
    """Run the script of one translation, for instance ``python -m experiments.photo_to_drawing``."""
    parser = argparse.ArgumentParser(
        prog=f"python -m experiments.{translation.name}",
        description=f"Train the translation that {translation.summary}, and its way back.",
    )
    _add_folders(parser, "PHOTOS", "DRAWINGS")
    parser.add_argument(
        "--overfit",
        metavar="DRAWING",
        help="fine-tune the shipped weights on this one drawing, and show step by step what it does to faces",
    )
    weights = {"content": 10.0, "identity": 0.0, "perceptual": 6.0, "kept": 0.3}
    defaults = Settings(translation.name, "", "", generator="unet", **weights)
    _add_training_arguments(parser, defaults)
    parser.set_defaults(name=translation.name, faces=True, stand_ins=translation.stand_ins)
    if parser.parse_args().overfit:
        parser.set_defaults(**OVERFIT)
    arguments = parser.parse_args()
    dispatch.execute("unpaired", arguments)
