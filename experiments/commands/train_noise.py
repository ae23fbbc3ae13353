"""Train noise → face, or the DCGAN to measure it against."""

import argparse
from dataclasses import dataclass
from types import ModuleType

from experiments.cli import options, settings
from experiments.cli.console import UsageError
from experiments.cli.options import PictureFolder
from experiments.cli.settings import TRAINING, add_run_arguments, add_settings, setting


@dataclass(frozen=True)
class Settings:
    """The settings of a training, as ``config.json`` keeps them."""

    data: str = setting(text="photographs to learn from, one face each", read=PictureFolder, metavar="DIR")
    validation: str | None = setting(
        None,
        "photographs to choose the best weights by (default: a tenth of --data, chosen by source)",
        PictureFolder,
        metavar="DIR",
    )
    kind: str = setting(
        "noise",
        "dcgan is that of Radford et al. (2016), to compare with",
        choices=("noise", "dcgan"),
    )
    epochs: int = settings.epochs(1000)
    minutes: float | None = settings.minutes()
    flow_from: int = setting(
        7,
        "epoch in which noise begins to move to codes; until then an autoencoder learns the codes",
        options.seed,
        metavar="EPOCH",
        group=TRAINING,
    )
    batch_size: int = setting(16, "faces per step", options.count, metavar="N", group=TRAINING)
    preset: str = settings.preset("base")
    precision: str = settings.precision()
    seed: int = settings.seeds()
    limit: int | None = setting(None, "only N faces, evenly spread over all", options.count, metavar="N")
    # What --limit means; False for runs of earlier versions, which took the first N, see `Run.settings`.
    spread: bool = True


def add_arguments(parser: argparse.ArgumentParser, kind: str | None = None) -> None:
    """Add the command's options; without ``--kind`` where `kind` is settled."""
    add_settings(parser, Settings, leave_out=("kind",) if kind else ())
    add_run_arguments(parser, f"runs/{kind}" if kind else "runs/KIND")
    if kind:
        parser.set_defaults(kind=kind)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse missing data and an occupied run folder."""
    inputs.run_folder(arguments, "noise", "dcgan")
    if not arguments.resume and not arguments.data:
        raise UsageError("give --data DIR, a folder of photographs")
