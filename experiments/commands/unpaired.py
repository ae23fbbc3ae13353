"""Train a translation between two folders of pictures; no picture needs a counterpart in the other folder."""

import argparse
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from experiments.cli import dispatch, options, settings
from experiments.cli.console import UsageError
from experiments.cli.options import Picture, PictureFolder
from experiments.cli.settings import TRAINING, add_run_arguments, add_settings, setting

if TYPE_CHECKING:
    from experiments.core.registry import Translation

METHODS = ("cyclegan", "cut", "fastcut", "there", "back")
ONE_WAY = {"cut": ("forward",), "fastcut": ("forward",), "there": ("forward",), "back": ("backward",)}
# What --overfit sets in place of the defaults. Every face is pulled towards the drawing, while the way back, which
# is not trained, must still find the face in the result: so what both share is kept, and the rest is overwritten.
# In smaller pictures the discriminator sees more of a face at once, not lines alone.
OVERFIT = {
    "only": "forward",
    "size": (192, 256),
    "content": 2.0,
    "perceptual": 0.0,
    "kept": 0.3,
    "learning_rate": 5e-4,
    "epochs": 12,
    "steps": 20,
    "init": "shipped",
    "adversarial_from": 0,
    "overfit": True,
}
DRAWN = {"generator": "unet", "content": 10.0, "identity": 0.0, "perceptual": 6.0, "kept": 0.3, "faces": True}
# What --method back sets in place of those.
BACK = {
    "discriminator": "projected",
    "content": 0.0,
    "perceptual": 30.0,
    "kept": 1.0,
    "adversarial": 0.2,
    "adversarial_from": 0,
}
# What --method there sets. Lines of real drawings are too fine for 256x320.
THERE = {
    "discriminator": "projected",
    "content": 5.0,
    "perceptual": 0.0,
    "kept": 0.8,
    "adversarial": 0.4,
    "size": (384, 512),
    "batch_size": 2,
}
ONE_SIDED = {"there": THERE, "back": BACK}


def _weight(default: float, name: str, text: str) -> Any:
    option = f"--{name}-weight"
    return setting(default, f"weight {text}", options.weight, option=option, metavar="W", group=TRAINING)


@dataclass(frozen=True)
class Settings:
    """The settings of a training, as ``config.json`` keeps them."""

    name: str
    a: str = setting(text="pictures to translate", read=PictureFolder, positional=True, metavar="A_DIR")
    b: str = setting(text="pictures of the wanted kind", read=PictureFolder, positional=True, metavar="B_DIR")
    faces: bool = setting(False, "cut the faces out (default: take pictures as they are)")
    method: str = setting(
        "cyclegan",
        "cyclegan learns both directions; cut and fastcut one, in half the time; there one, which must keep the "
        "tones of the pairs that a filter makes; back, for a translation that is shipped, the way back alone, from "
        "what the shipped generator draws",
        choices=METHODS,
        group=TRAINING,
    )
    generator: str = setting("resnet", "network of the generators", choices=("resnet", "unet"), group=TRAINING)
    discriminator: str = setting(
        "patch", "network of the discriminators", choices=("patch", "projected"), group=TRAINING
    )
    preset: str = settings.preset("base")
    stand_ins: tuple = ()
    hatched: bool = False
    adversarial_from: int = setting(
        2,
        "epoch in which the discriminators join; until then the generators learn from pairs that a filter makes, "
        "or, without a filter, to leave pictures as they are",
        options.seed,
        metavar="EPOCH",
        group=TRAINING,
    )
    content: float = _weight(10.0, "content", "of the cycle loss, or of the contrast of patches")
    identity: float = _weight(5.0, "identity", "of the identity loss: pictures of the wanted kind stay as they are")
    adversarial: float = _weight(1.0, "adversarial", "of the adversarial loss")
    perceptual: float = _weight(0.0, "perceptual", "of the distance of VGG-16 features")
    kept: float = setting(
        0.0,
        "share of their weight that the pairs keep once the discriminators have joined",
        options.weight,
        metavar="SHARE",
        group=TRAINING,
    )
    gray: tuple = ()
    epochs: int = settings.epochs(100, "the learning rate falls in their second half; ")
    steps: int = setting(50, "steps per epoch", options.count, metavar="N", group=TRAINING)
    minutes: float | None = settings.minutes()
    batch_size: int = setting(4, "pictures of each kind per step", options.count, metavar="N", group=TRAINING)
    size: tuple = setting(
        (256, 320), "size of training pictures, in pixels", options.size, metavar="WIDTHxHEIGHT", group=TRAINING
    )
    learning_rate: float = setting(
        2e-4,
        "learning rate of the generators; that of the discriminators is twice as high",
        options.amount,
        metavar="RATE",
        group=TRAINING,
    )
    precision: str = settings.precision()
    seed: int = settings.seeds()
    init: str | None = setting(
        None, "start from the best weights of a run, or from the 'shipped' ones", str, metavar="RUN", group=TRAINING
    )
    only: str | None = setting(
        None,
        "train this direction alone; the other stays as --init has it",
        choices=("forward", "backward"),
        group=TRAINING,
    )
    overfit: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--name", help="name of the translation; its run is runs/NAME")
    add_settings(parser, Settings)
    add_run_arguments(parser, "runs/NAME")


def parse_script(
    words: list[str] | None, program: str, translation: "Translation"
) -> tuple[str, argparse.Namespace]:
    """Return the command that trains a registered translation, and its parsed arguments.

    Parameters
    ----------
    words : list of str, optional
        What follows the program's name; by default those of the command line.
    program : str
        The program's name, for the help.
    translation : Translation
    """
    text = f"Train the translation that {translation.summary}, and its way back."
    arguments = _script(program, text, DRAWN).parse_args(words)
    if arguments.drawing:
        arguments = _script(program, text, DRAWN | OVERFIT).parse_args(words)
        arguments.b = arguments.drawing
    elif arguments.method in ONE_SIDED:
        arguments = _script(program, text, DRAWN | ONE_SIDED[arguments.method]).parse_args(words)
    arguments.name, arguments.stand_ins = translation.name, translation.stand_ins
    arguments.hatched = translation.hatched and arguments.method != "back"
    if arguments.method == "back":
        from experiments.core.translation import discover  # which imports all scripts

        # The way there is known by now, and draws better than any filter.
        arguments.stand_ins = (translation.name,) * len(translation.stand_ins) + translation.stand_ins
        arguments.gray = ("backward",) if discover()[translation.back].colored else ()
    return "unpaired", arguments


def _script(program: str, text: str, defaults: dict) -> options.Parser:
    parser = options.Parser(prog=program, description=text)
    parser.add_argument(
        "--overfit",
        dest="drawing",
        type=Picture,
        metavar="DRAWING",
        help="fine-tune the shipped weights on this one drawing, and show step by step what that does to faces",
    )
    add_settings(parser, Settings, defaults, leave_out=("faces",))
    add_run_arguments(parser, "runs/NAME")
    return parser


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse missing inputs, unfit weights and an occupied run folder."""
    if not arguments.resume and not arguments.name:
        raise UsageError("give --name NAME: the run is then runs/NAME")
    inputs.run_folder(arguments, "translation")
    if arguments.resume:
        return
    if not arguments.a or not arguments.b:
        raise UsageError("name two folders of pictures: what to translate, and what it shall look like")
    back = arguments.method == "back"
    if back and not getattr(arguments, "stand_ins", ()):
        raise UsageError("--method back needs a translation that is shipped, as photo_to_drawing is")
    if back or arguments.init == "shipped":
        inputs.models().refuse_unshipped(arguments.name)
    if arguments.init and arguments.init != "shipped":
        for direction in ONE_WAY.get(arguments.method, ("forward", "backward")):
            inputs.models().find_weights(arguments.init, "translation", file=f"best.{direction}")


def main(translation: "Translation") -> None:
    """Run the script of one translation, for instance ``python -m experiments.photo_to_drawing``."""
    dispatch.execute(*parse_script(None, f"python -m experiments.{translation.name}", translation))
