"""Train a translation between two folders of pictures, of which no two need to show the same."""

import argparse
from dataclasses import replace
from pathlib import Path

from experiments.cli.console import UsageError, say
from experiments.cli.settings import settings_from
from experiments.commands.unpaired import Settings, run_folder
from experiments.core.runs import Run, refuse_second_run, resumed
from experiments.core.translation import discover
from experiments.datasets.domains import Batches, ImageDomain
from experiments.training import state
from experiments.training.recorder import fit
from experiments.training.unpaired_recorder import unpaired_recorder
from transformers import backend, pretrained
from transformers.backend import keras
from transformers.training import translation, unpaired
from transformers.training.callbacks import Guard, Schedule


def run(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        return train(*resumed(Settings, arguments, "translation"), resume=True)
    return train(settings_from(Settings, arguments), run_folder(arguments))


def train(settings, folder: Path, resume: bool = False) -> int:
    """Train, or go on with a training.

    The run folder holds ``config.json``, ``history.csv`` and its plot, ``samples/``, for each direction
    (``forward``, ``backward``) ``best.DIRECTION.weights.h5`` (least sum of kernel distances between
    translated and real pictures that were held out), ``critic.DIRECTION.weights.h5`` beside it and
    ``last.DIRECTION.weights.h5``, and ``state.npz``, from which to resume.

    Parameters
    ----------
    settings : Settings
    folder : pathlib.Path
        Must not hold another run unless `resume`.
    resume : bool

    Returns
    -------
    int
        0.
    """
    refuse_second_run(folder, resume)
    kinds = [ImageDomain.load(path, settings.faces, settings.size) for path in (settings.a, settings.b)]
    for letter, kind in zip("AB", kinds, strict=True):
        for line in kind.report():
            say(f"{letter}: {line}")
    towards = zip(("backward", "forward"), kinds, strict=True)
    settings = replace(settings, gray=tuple(direction for direction, kind in towards if kind.made_gray))

    precision = backend.prepare_training(settings.seed, settings.precision)
    gan = build(settings)
    stride = next(iter(gan.generators.values())).stride
    if any(side % stride for side in settings.size):
        raise UsageError(f"--size: both sides must be multiples of {stride}, for instance 256x320")
    if settings.init and not resume:
        _initialise(gan, settings)
    Run.create(folder, "translation", settings)
    say(f"{settings.method}, {settings.size[0]}x{settings.size[1]}, {precision}, {backend.name()}")
    begin = state.resume_point(gan, folder, settings, resume)
    if begin is None:
        return 0
    _fit(gan, settings, folder, kinds, *begin)
    say(f"{folder}: best weights, history.csv and samples/ are there")
    return 0


def build(settings):
    """Return the compiled `transformers.training.unpaired` model."""
    fast = settings.method == "fastcut"  # Park et al. 2020, 4.1
    weights = unpaired.LossWeights(
        content=settings.content,
        identity=0.0 if fast else settings.identity,
        adversarial=settings.adversarial,
        perceptual=settings.perceptual,
        kept=settings.kept,
    )
    gan = translation.METHODS["cut" if fast else settings.method](
        settings.generator,
        settings.preset,
        loss_weights=weights,
        adversarial_from=settings.adversarial_from,
        size=settings.size,
        only=settings.only,
        gray=settings.gray,
    )
    gan.compile(settings.learning_rate)
    return gan


def _initialise(gan, settings):
    """Load the shipped weights, or those of another run, with its critics where there are some."""
    if settings.init == "shipped":
        if settings.name not in discover():
            raise UsageError(f"no weights are shipped for '{settings.name}'; --init takes the folder of a run")
        names = {"forward": settings.name, "backward": discover()[settings.name].back}
        for direction, generator in gan.generators.items():
            pretrained.load_weights(generator, pretrained.FOLDER / f"{names[direction]}.weights.h5")
    else:
        for direction, generator in gan.generators.items():
            pretrained.load_weights(generator, Path(settings.init) / f"best.{direction}.weights.h5")
            critic = Path(settings.init) / f"critic.{direction}.weights.h5"
            if critic.is_file():
                pretrained.load_weights(gan.critics[direction], critic)
    gan.average()


def _fit(gan, settings, folder, kinds, start, record):
    falling = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: _set_rate(gan, settings.learning_rate * rate_factor(settings, epoch))
    )
    fit(
        gan,
        Batches(settings, kinds).stream(start),
        [Guard(), Schedule(), falling, unpaired_recorder(settings, folder, kinds, record)],
        steps=settings.steps,
        start=start,
        epochs=settings.epochs,
    )


def rate_factor(settings, epoch: int):
    """Return the factor on the rate: 1 for half of the epochs, then falling to nearly 0 (Zhu et al. 2017, 4)."""
    half = settings.epochs // 2
    return 1.0 if epoch < half else (settings.epochs - epoch) / (settings.epochs - half)


def _set_rate(gan, rate):
    gan.generator_optimizer.learning_rate = rate
    gan.discriminator_optimizer.learning_rate = 2 * rate
