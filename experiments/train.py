"""Training a transformation, into a run folder that holds everything."""

import argparse
import importlib.util
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from experiments import subset
from experiments.command import add_network_arguments

MAX_VALIDATION = 256
MAX_MEASURED = 48


@dataclass(frozen=True)
class Settings:
    """What a training is told, and what ``config.json`` keeps."""

    transformation: str
    data: str
    validation: str | None = None
    epochs: int = 200
    batch_size: int = 16
    preset: str | None = None
    size: tuple = (256, 320)
    learning_rate: float | None = None
    adversarial_from: int | None = None
    l1_only: bool = False
    precision: str = "auto"
    seed: int = 0
    init: str | None = None
    limit: int | None = None
    subset: str | None = None
    tensorboard: bool = False


def add_arguments(parser):
    parser.add_argument("transformation", nargs="?", help="for instance gray_to_color")
    _add_training_arguments(parser)


def _add_training_arguments(parser):
    where = parser.add_argument_group("data")
    where.add_argument("--data", metavar="DIR", help="photographs or crops to learn from")
    where.add_argument(
        "--validation",
        metavar="DIR",
        help="others to choose the best weights by (default: a tenth of --data, chosen by source)",
    )
    where.add_argument("--subset", metavar="EXPR", help=subset.HELP)
    where.add_argument("--limit", type=int, metavar="N", help="use only the first N crops")
    how = parser.add_argument_group("training")
    how.add_argument("--epochs", type=int, help="in all, also after --resume (default: 200)")
    how.add_argument("--batch-size", type=int, default=16, help="pictures a step (default: 16)")
    how.add_argument("--size", default="256x320", help="width x height to train at (default: 256x320)")
    add_network_arguments(how)
    how.add_argument("--learning-rate", type=float)
    how.add_argument(
        "--adversarial-from",
        type=int,
        metavar="EPOCH",
        help="when the discriminator joins (default: the transformation's own)",
    )
    how.add_argument("--l1-only", action="store_true", help="no other loss: for comparisons, or as a first stage")
    how.add_argument("--seed", type=int, default=0)
    how.add_argument("--init", metavar="WEIGHTS", help="start from these weights and the critic beside them")
    run = parser.add_argument_group("run folder")
    run.add_argument("--out", metavar="RUN", help="where to put it (default: runs/TRANSFORMATION)")
    run.add_argument("--resume", metavar="RUN", help="go on with this one; --epochs may be raised")
    run.add_argument("--tensorboard", action="store_true", help="write TensorBoard logs too")


def main(transformation):
    """The script of one transformation, for instance ``python -m experiments.gray_to_color``."""
    from experiments.command import run

    parser = argparse.ArgumentParser(
        prog=f"python -m experiments.{transformation.name}",
        description=f"Train the transformation that {transformation.summary}.",
    )
    _add_training_arguments(parser)
    arguments = parser.parse_args()
    arguments.transformation = transformation.name
    run(lambda: execute(arguments))


def execute(arguments):
    from experiments.command import UsageError
    from experiments.run_folder import resumed

    if arguments.resume:
        return train(*resumed(Settings, arguments), resume=True)
    name = arguments.transformation
    if not name:
        raise UsageError("name a transformation, for instance gray_to_color")
    if not arguments.data:
        raise UsageError("give --data DIR, a folder of photographs or crops")
    known = {f.name for f in fields(Settings)}
    values = {k: v for k, v in vars(arguments).items() if k in known}
    values.update(epochs=arguments.epochs or Settings.epochs, size=parse_size(arguments.size))
    return train(Settings(**values), Path(arguments.out or f"runs/{name}"))


def parse_size(text):
    """``"256x320"`` to ``(256, 320)``."""
    from experiments.command import UsageError

    parts = text.lower().split("x")
    if len(parts) != 2 or not all(p.isdigit() and int(p) > 0 for p in parts):
        raise UsageError(f"'{text}' is no size; write it as 256x320 (width x height)")
    return int(parts[0]), int(parts[1])


def train(settings, folder, resume=False):
    """Train, or go on with a training.

    A folder of a run holds ``config.json``, ``history.csv`` and its plot, ``samples/``,
    ``metrics.json`` (of pictures kept out of training, if there are any), ``best.weights.h5`` and
    ``last.weights.h5`` (both of the averaged generator), ``critic.weights.h5`` (the discriminator
    beside the best) and ``state.npz``, from which to resume.

    Parameters
    ----------
    settings : Settings
    folder : pathlib.Path
        The run folder. Must not hold another run unless `resume`.
    resume : bool

    Returns
    -------
    int
        0.
    """
    from experiments.command import UsageError, find_transformation, say
    from experiments.run_folder import refuse_second_run, take_up
    from filters.pictures import write_bytes

    transformation = find_transformation(settings.transformation)
    refuse_second_run(folder, resume)
    if settings.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise UsageError("TensorBoard is not installed; run: .venv/bin/python -m pip install tensorboard")
    crops, validation, kept_out = _load(settings)
    if transformation.pairs == "any" and min(len(crops), len(validation)) < 2:
        raise UsageError(f"{settings.data} must show two faces or more: any of them becomes any other")

    from transformers import backend

    precision = backend.prepare_training(settings.seed, settings.precision)
    gan = build(transformation, settings)
    # Where the generator enlarges, its input has fewer pixels than the pictures.
    stride = round(gan.generator.stride / min(1, gan.generator.output_stride))
    if any(side % stride for side in settings.size):
        raise UsageError(f"--size: both sides must be multiples of {stride}, for instance 256x320")
    if not resume and settings.init:
        from transformers.pretrained import load_weights

        load_weights(gan.generator, settings.init)
        critic = Path(settings.init).with_name("critic.weights.h5")
        if critic.is_file():  # a discriminator that starts anew would teach nothing for an epoch
            load_weights(gan.discriminator, critic)
        gan.averaged.set_weights(gan.generator.get_weights())
    write_bytes(folder / "config.json", json.dumps(asdict(settings), indent=2).encode())
    say(
        f"{len(crops)} crops for training, {len(validation)} for validation; {settings.size[0]}x"
        f"{settings.size[1]}, batches of {settings.batch_size}, {precision}, {backend.name()}"
    )
    begin = take_up(gan, folder, settings, resume)
    if begin is None:
        return 0
    _fit(gan, transformation, settings, folder, crops, validation, *begin)
    if kept_out:
        _measure(gan.averaged, transformation, folder, crops, validation)
    say(f"{folder}: best.weights.h5, history.csv and samples/ are there")
    return 0


def _load(settings):
    """Crops to train on, crops to validate on, and whether those were kept out of training."""
    from experiments.command import progress, say
    from experiments.data import load_crops

    def load(path, what):
        with progress(what, unit="file") as bar:
            crops, _, splits, problems = load_crops(path, bar, subset=chosen)
        for problem in problems[:10]:
            say(problem)
        return crops, splits

    chosen = subset.parse(settings.subset)
    crops, splits = load(settings.data, "reading")
    kept_out = True
    if settings.validation:
        validation, _ = load(settings.validation, "reading validation")
    else:
        apart = [s == "validation" for s in splits]
        if 0 < sum(apart) < len(crops):
            kept = [not a for a in apart]
            crops, validation = crops[kept], crops[apart]
        else:
            say("too few sources to keep some for validation: the sheets show training pictures")
            validation, kept_out = crops, False
    return crops[: settings.limit], validation[:MAX_VALIDATION], kept_out


def build(transformation, settings):
    """The compiled GAN of a transformation."""
    from transformers.backend import keras
    from transformers.gan import GAN, LossWeights

    preset = settings.preset
    late = settings.adversarial_from
    weights = LossWeights(adversarial=0.0) if settings.l1_only else LossWeights(**transformation.loss_weights)
    gan = GAN(
        transformation.build_generator(preset),
        transformation.build_generator(preset),
        transformation.build_discriminator(preset),
        loss_weights=weights,
        adversarial=transformation.adversarial,
        adversarial_from=transformation.adversarial_from if late is None else late,
    )
    rate = settings.learning_rate or transformation.learning_rate
    gan.compile(
        keras.optimizers.Adam(rate, beta_1=0.9, clipnorm=1.0),
        keras.optimizers.Adam(min(rate, 4e-4), beta_1=0.5),
    )
    return gan


def _fit(gan, transformation, settings, folder, crops, validation, start, record):
    import numpy as np

    from experiments import data
    from experiments.run_folder import reconstruction_recorder
    from transformers.gan import Guard, Schedule

    augmentation = data.Augmentation(**transformation.augmentation)
    pairs = data.Pairs(
        transformation, crops, settings.batch_size, augmentation, settings.seed, settings.size
    )
    rng = np.random.default_rng(0)
    still = [
        data.augmented(validation, i, rng, data.NO_AUGMENTATION, settings.size) for i in range(len(validation))
    ]
    alike = transformation.pairs == "any"  # then all results becoming the same is no collapse but the aim
    others = still[1:] + still[:1] if alike else still
    conditions, targets = (
        np.stack(values)
        for values in zip(
            *(data.pair(transformation, p, other=o) for p, o in zip(still, others, strict=True)), strict=True
        )
    )
    callbacks = [
        Schedule(),
        Guard(least_spread=0.0) if alike else Guard(),
        reconstruction_recorder(transformation, settings, folder, pairs.steps, still, record),
    ]
    if alike:
        from experiments.likeness import recorder as likeness_recorder

        callbacks.append(likeness_recorder(transformation, folder, still, start * pairs.steps))
    if settings.tensorboard:
        from transformers.backend import keras

        callbacks.append(keras.callbacks.TensorBoard(folder / "tensorboard"))
    gan.fit(
        pairs.stream(start),
        steps_per_epoch=pairs.steps,
        initial_epoch=start,
        epochs=settings.epochs,
        validation_data=(conditions, targets),
        validation_batch_size=settings.batch_size,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )


def _measure(generator, transformation, folder, crops, validation):
    """Metrics of the best weights on the validation pictures, beside the baselines."""
    import numpy as np

    from experiments.evaluate import evaluate
    from filters.pictures import write_bytes
    from transformers.pretrained import load_weights

    load_weights(generator, folder / "best.weights.h5")
    mean = np.round(sum(c.astype(np.float64) for c in crops) / len(crops)).astype(np.uint8)
    results = evaluate(transformation, generator, validation[:MAX_MEASURED], mean, features=False)
    write_bytes(folder / "metrics.json", json.dumps(results, indent=2).encode())
