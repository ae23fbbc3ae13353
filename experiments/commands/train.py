"""Training a transformation, into a run folder that holds everything."""

import argparse
from dataclasses import dataclass

from experiments.cli import dispatch, options
from experiments.cli.options import add_network_arguments, amount, count, seed


@dataclass(frozen=True)
class Settings:
    """What a training is told, and what ``config.json`` keeps."""

    transformation: str
    data: str | tuple
    validation: str | tuple | None = None
    epochs: int = 200
    batch_size: int = 16
    preset: str | None = None
    size: tuple = (256, 320)
    learning_rate: float | None = None
    schedule: str = "constant"
    fine_tune_from: int | None = None
    adversarial_from: int | None = None
    l1_only: bool = False
    precision: str = "auto"
    seed: int = 0
    init: str | None = None
    limit: int | None = None
    subset: str | None = None
    tensorboard: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("transformation", nargs="?", help="for instance gray_to_color")
    _add_training_arguments(parser)


def _add_training_arguments(parser):
    where = parser.add_argument_group("data")
    where.add_argument(
        "--data",
        nargs="+",
        metavar="DIR[:WEIGHT]",
        help="photographs or crops to learn from: folders or patterns ('photos/street_*'); weights tell how "
        "often each source is drawn (default: as it has pictures)",
    )
    where.add_argument(
        "--validation",
        nargs="+",
        metavar="DIR",
        help="others to choose the best weights by (default: a tenth of --data, chosen by source)",
    )
    where.add_argument("--subset", metavar="EXPR", help=options.SUBSET_HELP)
    where.add_argument("--limit", type=count, metavar="N", help="use only the first N crops")
    how = parser.add_argument_group("training")
    how.add_argument("--epochs", type=count, help="in all, also after --resume (default: 200)")
    how.add_argument("--batch-size", type=count, default=16, help="pictures a step (default: 16)")
    how.add_argument("--size", default="256x320", help="width x height to train at (default: 256x320)")
    add_network_arguments(how)
    how.add_argument("--learning-rate", type=amount)
    how.add_argument(
        "--schedule",
        choices=("constant", "cosine"),
        default="constant",
        help="of the learning rate; cosine warms up, then falls to 0 at the last of --epochs",
    )
    how.add_argument(
        "--fine-tune-from",
        type=int,
        choices=(1, 2, 4, 8, 16, 32),
        metavar="STRIDE",
        help="train a pretrained encoder's layers at 1/STRIDE of the size and below too (default: none)",
    )
    how.add_argument(
        "--adversarial-from",
        type=int,
        metavar="EPOCH",
        help="when the discriminator joins (default: the transformation's own)",
    )
    how.add_argument("--l1-only", action="store_true", help="no other loss: for comparisons, or as a first stage")
    how.add_argument("--seed", type=seed, default=0)
    how.add_argument("--init", metavar="WEIGHTS", help="start from these weights and the discriminator beside them")
    run = parser.add_argument_group("run folder")
    run.add_argument("--out", metavar="RUN", help="where to put it (default: runs/TRANSFORMATION)")
    run.add_argument("--resume", metavar="RUN", help="go on with this one; --epochs may be raised")
    run.add_argument("--tensorboard", action="store_true", help="write TensorBoard logs too")


def main(transformation) -> None:
    """Run the script of one transformation, for instance ``python -m experiments.gray_to_color``."""
    parser = argparse.ArgumentParser(
        prog=f"python -m experiments.{transformation.name}",
        description=f"Train the transformation that {transformation.summary}.",
    )
    _add_training_arguments(parser)
    arguments = parser.parse_args()
    arguments.transformation = transformation.name
    dispatch.execute("train", arguments)
