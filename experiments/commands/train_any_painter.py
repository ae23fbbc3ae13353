"""Train the painter of any painting: a network that is shown the painting as well, and paints in one pass."""

import argparse
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from experiments.cli import options, settings
from experiments.cli.console import UsageError
from experiments.cli.options import PictureFolder, Weights
from experiments.cli.settings import TRAINING, add_run_arguments, add_settings, setting

STEPS = 100  # per epoch, at most
LEAST_SIZE = 64  # pixels
WHAT = "what counts"


def _folders(text: str, default: Any = None) -> Any:
    return setting(default, text, PictureFolder, nargs="+", metavar="DIR")


def _weight(default: float, name: str, text: str) -> Any:
    return setting(default, f"weight: {text}", options.weight, option=f"--{name}-weight", metavar="W", group=WHAT)


@dataclass(frozen=True)
class Settings:
    """The settings of a training, as ``config.json`` keeps them."""

    photos: str | tuple = setting(text="photographs to practise on", read=PictureFolder, nargs="+", metavar="DIR")
    paintings: str | tuple = setting(
        text="paintings to practise on, the more the better", read=PictureFolder, nargs="+", metavar="DIR"
    )
    unseen: str | tuple | None = setting(
        None,
        "paintings to judge by, kept out of training wherever they lie (default: up to ten of --paintings)",
        PictureFolder,
        nargs="+",
        metavar="DIR",
    )
    stand_ins: float = setting(
        0.3,
        "how often a photograph stands in for a painting, from 0 to 1: of a few paintings alone the network would "
        "learn these",
        options.number(0, 1),
        metavar="SHARE",
        group=TRAINING,
    )
    size: int = setting(
        128,
        "size of the squares of photographs and paintings, in pixels; multiples of 8 (default: 128x128)",
        options.square(LEAST_SIZE, 8),
        metavar="WIDTHxHEIGHT",
        group=TRAINING,
    )
    batch_size: int = setting(
        8, "squares per step, each with a painting of its own", options.count, metavar="N", group=TRAINING
    )
    epochs: int = settings.epochs(1000, f"of {STEPS} steps, ")
    minutes: float | None = settings.minutes()
    content: float = _weight(3.0, "content", "how much of the photograph is kept")
    style: float = _weight(30.0, "style", "how much of the painting is taken on")
    light: float = _weight(10.0, "light", "how much of the photograph's light and shade is kept")
    variation: float = _weight(1.0, "variation", "against speckle")
    learning_rate: float = setting(5e-4, "learning rate of Adam", options.amount, metavar="RATE", group=TRAINING)
    preset: str = settings.preset("base")
    precision: str = settings.precision()
    seed: int = settings.seeds()
    init: str | None = setting(None, "start from these weights", Weights, metavar="FILE|RUN", group=TRAINING)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_settings(parser, Settings)
    add_run_arguments(parser, "runs/any_painter")


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse missing inputs, unfit weights and an occupied run folder."""
    if not arguments.resume and not (arguments.photos and arguments.paintings):
        raise UsageError("give --photos DIR, folders of photographs, and --paintings DIR, folders of paintings")
    inputs.run_folder(arguments, "any_painter")
    if arguments.init and not arguments.resume:
        inputs.models().find_weights(arguments.init, "any_painter")
