"""Train a fast painter: a network that paints any picture the way one painting is painted."""

import argparse
from dataclasses import dataclass

from experiments.cli.options import add_network_arguments, add_numbers, amount, count

STEPS = 50  # of an epoch, at most


@dataclass(frozen=True)
class Settings:
    """What a training is told, and what ``config.json`` keeps."""

    painting: str
    data: str
    painting_size: int = 512
    size: int = 160
    batch_size: int = 2
    epochs: int = 1000
    minutes: float | None = None
    content: float = 1.5
    style: float = 30.0
    light: float = 4.0
    variation: float = 1.0
    steadiness: float = 4.0
    learning_rate: float = 1e-3
    preset: str = "base"
    precision: str = "auto"
    seed: int = 0
    init: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("painting", nargs="?", metavar="PAINTING", help="what to learn from")
    parser.add_argument("--data", metavar="DIR", help="photographs to practise on")
    parser.add_argument("--out", metavar="RUN", help="the run folder (default: runs/NAME_OF_THE_PAINTING)")
    parser.add_argument("--resume", metavar="RUN", help="go on with this one; --minutes and --epochs may be raised")
    parser.add_argument("--minutes", type=amount, help="of training in all, also after --resume; then it stops")
    parser.add_argument("--epochs", type=count, help=f"of {STEPS} steps, in all (default: {Settings.epochs})")
    add_numbers(
        parser,
        Settings,
        painting_size="longer side at which the painting is looked at, in pixels: larger, larger strokes",
        size="side of the squares of photographs that are painted",
        batch_size="squares a step",
        content="weight: how much of the photograph stays",
        style="weight: how much of the painting comes",
        light="weight: how much of the photograph's light and shade stays",
        variation="weight: against speckle",
        steadiness="weight: against flicker in films",
        learning_rate="of Adam",
        seed="of photographs and first weights",
    )
    add_network_arguments(parser, preset=Settings.preset)
    parser.add_argument("--init", metavar="WEIGHTS", help="start from these, for instance of another painting")
