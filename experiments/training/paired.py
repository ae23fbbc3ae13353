"""Training a transformation, into a run folder that holds everything."""

import argparse
import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from experiments.cli.console import UsageError, progress, say
from experiments.cli.settings import settings_from
from experiments.commands.train import Settings, run_folder
from experiments.core import registry
from experiments.core.codecs import SIZE
from experiments.core.models import find_weights
from experiments.core.runs import Run, refuse_second_run, resumed
from experiments.datasets import scenes, subset
from experiments.datasets.augmentation import NO_AUGMENTATION, Augmentation, augmented
from experiments.datasets.crops import load_faces
from experiments.datasets.pairs import Pairs, pair
from experiments.datasets.scenes import middle
from experiments.datasets.subset import evenly
from experiments.evaluation.reconstruction import evaluate
from experiments.training import state
from experiments.training.output_diversity import recorder as likeness_recorder
from experiments.training.recorder import fit, reconstruction_recorder
from filters.io.pictures import write_bytes
from transformers import backend
from transformers.backend import keras
from transformers.networks import efficientnet
from transformers.pretrained import load_weights
from transformers.training.callbacks import Guard, Schedule
from transformers.training.paired import GAN, LossWeights

MAX_VALIDATION = 256
MAX_MEASURED = 48


def run(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        return train(*resumed(Settings, arguments, "transformation"), resume=True)
    settings = settings_from(Settings, arguments)
    if settings.init:
        settings = replace(settings, init=str(find_weights(settings.init)[0]))
    return train(settings, run_folder(arguments))


def train(settings, folder: Path, resume: bool = False) -> int:
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
    transformation = registry.find(settings.transformation)
    refuse_second_run(folder, resume)
    if settings.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise UsageError("TensorBoard is not installed; run: .venv/bin/python -m pip install tensorboard")
    crops, shares, validation, kept_out = _load(settings, transformation.pictures == "whole")
    if transformation.pairs == "any" and min(len(crops), len(validation)) < 2:
        names = ", ".join(_listed(settings.data))
        raise UsageError(f"{names} must show two faces or more: any of them becomes any other")

    precision = backend.prepare_training(settings.seed, settings.precision)
    gan = build(transformation, settings, len(crops) // settings.batch_size)
    # Where the generator enlarges, its input has fewer pixels than the pictures.
    stride = round(gan.generator.stride / min(1, gan.generator.output_stride))
    if any(side % stride for side in settings.size):
        raise UsageError(f"--size: both sides must be multiples of {stride}, for instance 256x320")
    if not resume and settings.init:
        load_weights(gan.generator, settings.init)
        critic = Path(settings.init).with_name("critic.weights.h5")
        if critic.is_file():  # a discriminator that starts anew would teach nothing for an epoch
            load_weights(gan.discriminator, critic)
        gan.averaged.set_weights(gan.generator.get_weights())
    Run.create(folder, "transformation", settings)
    say(
        f"{len(crops)} pictures for training, {len(validation)} for validation; {settings.size[0]}x"
        f"{settings.size[1]}, batches of {settings.batch_size}, {precision}, {backend.name()}"
    )
    begin = state.resume_point(gan, folder, settings, resume)
    if begin is None:
        return 0
    _fit(gan, transformation, settings, folder, (crops, shares), validation, *begin)
    if kept_out:
        _measure(gan.averaged, transformation, folder, crops, validation)
    say(f"{folder}: best.weights.h5, history.csv and samples/ are there")
    return 0


def _listed(value):
    """Return what was given as one folder, or as several."""
    return [value] if isinstance(value, str) else list(value or ())


def _load(settings, whole):
    """Return pictures to train on and how often each is drawn, others to validate on, and if kept out."""

    def load(texts, what: str):
        with progress(what, unit="file") as bar:
            found, shares, splits, problems = (scenes.load if whole else load_faces)(texts, bar, subset=chosen)
        for problem in problems[:10]:
            say(problem)
        return found, shares, splits

    def only(found, wanted):
        return found[wanted] if isinstance(found, np.ndarray) else [found[i] for i in np.flatnonzero(wanted)]

    chosen = subset.parse(settings.subset)
    found, shares, splits = load(_listed(settings.data), "reading")
    kept_out = True
    if settings.validation:
        validation, *_ = load(_listed(settings.validation), "reading validation")
    else:
        apart = np.array([s == "validation" for s in splits])
        if 0 < sum(apart) < len(found):
            found, shares, validation = only(found, ~apart), shares[~apart], only(found, apart)
        else:
            say("too few sources to keep some for validation: the sheets show training pictures")
            validation, kept_out = found, False
    if settings.limit:
        found, shares = found[: settings.limit], shares[: settings.limit]
    even = np.ptp(shares) < 1e-9
    return found, None if even else shares / shares.sum(), evenly(validation, MAX_VALIDATION), kept_out


WARM_UP = 500  # steps, or a tenth of all, in which a cosine schedule comes to its full rate


def build(transformation, settings, steps: int = 1):
    """Return the compiled GAN of a transformation; `steps` are those of an epoch."""
    preset = settings.preset or transformation.preset
    late = settings.adversarial_from
    weights = LossWeights(adversarial=0.0) if settings.l1_only else LossWeights(**transformation.loss_weights)
    gan = GAN(
        _with_pretrained(transformation.build_generator(preset), preset, settings.fine_tune_from),
        transformation.build_generator(preset),
        transformation.build_discriminator(preset),
        loss_weights=weights,
        adversarial=transformation.adversarial,
        perceptual_network=transformation.perceptual_network,
        adversarial_from=transformation.adversarial_from if late is None else late,
        **transformation.representation().losses(),
    )
    rate = settings.learning_rate or transformation.learning_rate
    scheduled = rate
    if settings.schedule == "cosine":
        steps = max(1, settings.epochs * steps)
        warm_up = min(WARM_UP, steps // 10)
        scheduled = keras.optimizers.schedules.CosineDecay(
            rate / 100, steps - warm_up, warmup_target=rate, warmup_steps=warm_up
        )
    gan.compile(
        keras.optimizers.Adam(scheduled, beta_1=0.9, clipnorm=1.0),
        keras.optimizers.Adam(min(rate, 4e-4), beta_1=0.5),
    )
    return gan


def _with_pretrained(generator, preset, fine_tune_from):
    """Return a generator whose encoder, if it has one that ImageNet weights fit, begins with them."""
    if not hasattr(generator, "encoder") or preset == "tiny":
        return generator
    generator.encoder.set_weights(efficientnet.features().get_weights())
    efficientnet.train_from(generator.encoder, fine_tune_from)
    return generator


def _fit(gan, transformation, settings, folder, training, validation, start, record):
    augmentation = Augmentation(**transformation.augmentation)
    crops, shares = training
    pairs = Pairs(transformation, crops, settings.batch_size, augmentation, settings.seed, settings.size, shares)
    rng = np.random.default_rng(0)
    if transformation.pictures == "whole":
        still = [scenes.middle(picture, settings.size) for picture in validation]
    else:
        numbers = range(len(validation))
        still = [augmented(validation, i, rng, NO_AUGMENTATION, settings.size) for i in numbers]
    alike = transformation.pairs == "any"  # then all results becoming the same is no collapse but the aim
    others = still[1:] + still[:1] if alike else still
    conditions, targets = (
        np.stack(values)
        for values in zip(
            *(pair(transformation, p, other=o) for p, o in zip(still, others, strict=True)), strict=True
        )
    )
    callbacks = [
        Schedule(),
        Guard(least_spread=0.0) if alike else Guard(),
        reconstruction_recorder(transformation, settings, folder, pairs.steps, still, record),
    ]
    if alike:
        callbacks.append(likeness_recorder(transformation, folder, still, start * pairs.steps))
    if settings.tensorboard:
        callbacks.append(keras.callbacks.TensorBoard(folder / "tensorboard"))
    fit(
        gan,
        pairs.stream(start),
        callbacks,
        steps=pairs.steps,
        start=start,
        epochs=settings.epochs,
        validation_data=(conditions, targets),
        validation_batch_size=settings.batch_size,
    )


def _measure(generator, transformation, folder, crops, validation):
    """Measure the best weights on the validation pictures, beside the baselines."""
    load_weights(generator, folder / "best.weights.h5")
    crops = [middle(picture, SIZE) for picture in evenly(crops, 1000)]
    validation = [middle(picture, SIZE) for picture in evenly(validation, MAX_MEASURED)]
    mean = np.mean(crops, axis=0, dtype=np.float64).round().astype(np.uint8)
    results = evaluate(transformation, generator, validation, mean, features=False)
    write_bytes(folder / "metrics.json", json.dumps(results, indent=2).encode())
