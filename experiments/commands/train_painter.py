"""Train a fast painter: a network that paints any picture in the style of one painting."""

import argparse
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from experiments.cli import options, settings
from experiments.cli.console import UsageError
from experiments.cli.crops import CROP_HELP, crop
from experiments.cli.options import Picture, PictureFolder, Weights
from experiments.cli.settings import TRAINING, add_run_arguments, add_settings, setting

STEPS = 50  # per epoch, at most
LEAST_SIZE = 64  # pixels
WHAT = "what counts"


def _weight(default: float, name: str, text: str) -> Any:
    return setting(default, f"weight: {text}", options.weight, option=f"--{name}-weight", metavar="W", group=WHAT)


@dataclass(frozen=True)
class Settings:
    """The settings of a training, as ``config.json`` keeps them."""

    painting: str = setting(text="the painting to learn from", read=Picture, positional=True, metavar="PAINTING")
    data: str = setting(text="photographs to practise on", read=PictureFolder, metavar="DIR")
    painting_size: int = setting(
        512,
        "longer side at which the painting is seen, in pixels; larger ones give larger strokes",
        options.whole(LEAST_SIZE),
        metavar="N",
        group=WHAT,
    )
    style_crop: str = setting("auto", CROP_HELP, crop, metavar="auto|none|X,Y,W,H", group=WHAT)
    size: int = setting(
        160,
        "size of the squares of photographs that are painted, in pixels; multiples of 8 (default: 160x160)",
        options.square(LEAST_SIZE, 8),
        metavar="WIDTHxHEIGHT",
        group=TRAINING,
    )
    batch_size: int = setting(2, "squares per step", options.count, metavar="N", group=TRAINING)
    epochs: int = settings.epochs(1000, f"of {STEPS} steps, ")
    minutes: float | None = settings.minutes()
    content: float = _weight(1.5, "content", "how much of the photograph is kept")
    style: float = _weight(30.0, "style", "how much of the painting is taken on")
    light: float = _weight(4.0, "light", "how much of the photograph's light and shade is kept")
    variation: float = _weight(1.0, "variation", "against speckle")
    steadiness: float = _weight(4.0, "steadiness", "against flicker in films")
    learning_rate: float = setting(1e-3, "learning rate of Adam", options.amount, metavar="RATE", group=TRAINING)
    preset: str = settings.preset("base")
    precision: str = settings.precision()
    seed: int = settings.seeds()
    init: str | None = setting(
        None,
        "start from these weights, for instance those of another painting",
        Weights,
        metavar="FILE|RUN",
        group=TRAINING,
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_settings(parser, Settings)
    add_run_arguments(parser, "runs/NAME_OF_THE_PAINTING")


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse missing inputs, unfit weights and an occupied run folder."""
    if not arguments.resume and not (arguments.painting and arguments.data):
        raise UsageError("give a PAINTING and --data DIR, a folder of photographs")
    inputs.run_folder(arguments, "painter")
    if arguments.init and not arguments.resume:
        inputs.models().find_weights(arguments.init, "painter")
