"""Train anything: a transformation, a translation, faces from noise, or a fast painter.

    train NAME [options]                    a transformation, for instance gray_to_color, binary_to_color, average
    train photo_to_drawing PHOTOS DRAWINGS  this translation and its way back
    train translation A B --name NAME       a translation between any two folders of pictures
    train noise, train dcgan                faces from noise, or the DCGAN to compare them with
    train painter PAINTING --data DIR       a network that paints in the style of one painting
    train any_painter --photos A --paintings B  a network that paints like any painting that it is shown
    train --resume RUN                      go on with a run of any kind

train NAME --help shows the options of each kind; these are the options of transformations.
"""

import argparse
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from experiments.cli import dispatch, options, settings
from experiments.cli.console import UsageError
from experiments.cli.options import Source, Subset, Weights
from experiments.cli.settings import TRAINING, add_run_arguments, add_settings, setting
from experiments.commands import train_any_painter, train_noise, train_painter, unpaired

if TYPE_CHECKING:
    from experiments.core.registry import Transformation

PROGRAM = "python -m experiments"
DATA = "data"
# Name → (command that trains it, module with its options, arguments of its `add_arguments`).
KINDS = {
    "noise": ("train-noise", train_noise, {"kind": "noise"}),
    "dcgan": ("train-noise", train_noise, {"kind": "dcgan"}),
    "painter": ("train-painter", train_painter, {}),
    "any_painter": ("train-any-painter", train_any_painter, {}),
    "translation": ("unpaired", unpaired, {}),
}


@dataclass(frozen=True)
class Settings:
    """The settings of a training, as ``config.json`` keeps them."""

    transformation: str
    data: str | tuple = setting(
        text="photographs or crops to learn from: folders or patterns ('photos/street_*'); weights tell how often "
        "each source is drawn (default: in proportion to its pictures)",
        read=Source,
        nargs="+",
        metavar="DIR[:WEIGHT]",
        group=DATA,
    )
    validation: str | tuple | None = setting(
        None,
        "pictures to choose the best weights by (default: a tenth of --data, chosen by source)",
        Source,
        nargs="+",
        metavar="DIR",
        group=DATA,
    )
    epochs: int = settings.epochs(200)
    batch_size: int = setting(16, "pictures per step", options.count, metavar="N", group=TRAINING)
    preset: str | None = settings.preset(None, "size of the networks (default: the transformation's own)")
    size: tuple = setting(
        (256, 320), "size of training pictures, in pixels", options.size, metavar="WIDTHxHEIGHT", group=TRAINING
    )
    learning_rate: float | None = setting(
        None,
        "learning rate of the generator (default: the transformation's own)",
        options.amount,
        metavar="RATE",
        group=TRAINING,
    )
    schedule: str = setting(
        "constant",
        "of the learning rate; cosine warms it up, then lowers it to 0 at the last epoch",
        choices=("constant", "cosine"),
        group=TRAINING,
    )
    fine_tune_from: int | None = setting(
        None,
        "also train the layers of a pretrained encoder that work at 1/STRIDE of the size or less (default: none)",
        int,
        choices=(1, 2, 4, 8, 16, 32),
        metavar="STRIDE",
        group=TRAINING,
    )
    adversarial_from: int | None = setting(
        None,
        "epoch in which the discriminator joins (default: the transformation's own)",
        options.seed,
        metavar="EPOCH",
        group=TRAINING,
    )
    l1_only: bool = setting(
        False, "train with the L1 loss alone: for comparisons, or as a first stage", group=TRAINING
    )
    precision: str = settings.precision()
    seed: int = settings.seeds()
    init: str | None = setting(
        None,
        "start from these weights, and from the discriminator beside them",
        Weights,
        metavar="FILE|RUN",
        group=TRAINING,
    )
    limit: int | None = setting(
        None, "only N pictures, evenly spread over all", options.count, metavar="N", group=DATA
    )
    # What --limit means; False for runs of earlier versions, which took the first N, see `Run.settings`.
    spread: bool = True
    subset: str | None = setting(None, options.SUBSET_HELP, Subset, metavar="EXPR", group=DATA)
    tensorboard: bool = setting(False, "also write TensorBoard logs", group=TRAINING)
    minutes: float | None = settings.minutes()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("transformation", nargs="?", metavar="NAME", help="for instance gray_to_color")
    _add_options(parser)


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_settings(parser, Settings)
    add_run_arguments(parser, "runs/NAME")


def parse(words: list[str]) -> tuple[str, argparse.Namespace]:
    """Return the command that trains what the first word names, and its parsed arguments.

    Parameters
    ----------
    words : list of str
        What follows ``train`` on the command line.
    """
    name, text = words[0].replace("-", "_") if words else "", __doc__
    if name in KINDS:
        command, module, how = KINDS[name]
        return command, options.parsed(module, f"{PROGRAM} train {name}", words[1:], **how)
    if name.isidentifier():
        from experiments.core.registry import TRANSLATIONS, by_script  # OpenCV, which help does without

        named = by_script(name)
        if name in TRANSLATIONS:
            return unpaired.parse_script(words[1:], f"{PROGRAM} train {name}", TRANSLATIONS[name])
        text = f"Train the transformation that {named.summary}." if named else text
    formatter = argparse.RawDescriptionHelpFormatter
    parser = options.Parser(prog=f"{PROGRAM} train", description=text, formatter_class=formatter)
    add_arguments(parser)
    arguments = parser.parse_args(words)
    return _trained_by(arguments.resume) if arguments.resume else "train", arguments


def _trained_by(folder: str) -> str:
    """Return the command that goes on with a run."""
    from experiments.core.runs import TRAINED_BY, Run

    return TRAINED_BY[Run.open(folder).kind]


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse an unknown transformation, missing data, unfit weights and an occupied run folder."""
    name = arguments.transformation
    if not arguments.resume:
        if not name:
            raise UsageError(
                f"name what to train: a transformation, for instance gray_to_color, or {', '.join(KINDS)}"
            )
        inputs.models().find_transformation(name)
        if not arguments.data:
            raise UsageError("give --data DIR, a folder of photographs or crops")
        if arguments.init:
            inputs.models().find_weights(arguments.init)
    inputs.run_folder(arguments, "transformation")


def main(transformation: "Transformation") -> None:
    """Run the script of one transformation, for instance ``python -m experiments.gray_to_color``."""
    parser = options.Parser(
        prog=f"{PROGRAM}.{transformation.name}",
        description=f"Train the transformation that {transformation.summary}.",
    )
    _add_options(parser)
    arguments = parser.parse_args()
    arguments.transformation = transformation.name
    dispatch.execute("train", arguments)
