"""Training noise → face, or the DCGAN to measure it against, into a run folder."""

import argparse
from dataclasses import dataclass

from experiments.cli.options import add_network_arguments, amount, count, seed


@dataclass(frozen=True)
class Settings:
    """What a training is told, and what ``config.json`` keeps."""

    data: str
    validation: str | None = None
    kind: str = "noise"
    epochs: int = 1000
    minutes: float | None = None
    adversarial_from: int = 12
    batch_size: int = 16
    preset: str = "base"
    precision: str = "auto"
    seed: int = 0
    limit: int | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="photographs to learn from, one face each")
    parser.add_argument(
        "--validation",
        metavar="DIR",
        help="others to choose the best weights by (default: a tenth of --data, chosen by source)",
    )
    parser.add_argument("--limit", type=count, metavar="N", help="use only the first N faces")
    parser.add_argument(
        "--kind", choices=("noise", "dcgan"), default="noise", help="dcgan: Radford et al. (2016), to compare"
    )
    parser.add_argument("--minutes", type=amount, help="of training in all, also after --resume; then it stops")
    parser.add_argument("--epochs", type=count, help="in all, also after --resume (default: 1000)")
    parser.add_argument(
        "--adversarial-from",
        type=int,
        default=Settings.adversarial_from,
        metavar="EPOCH",
        help=f"when the discriminator joins (default: {Settings.adversarial_from}); before, an autoencoder learns",
    )
    parser.add_argument("--batch-size", type=int, default=Settings.batch_size, help="a multiple of 4 (default: 16)")
    add_network_arguments(parser, preset=Settings.preset)
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--out", metavar="RUN", help="the run folder (default: runs/noise or runs/dcgan)")
    parser.add_argument("--resume", metavar="RUN", help="go on with this one")
