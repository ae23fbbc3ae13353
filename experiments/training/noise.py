"""Training noise → face, or the DCGAN to measure it against, into a run folder."""

import argparse
from pathlib import Path

import numpy as np

from experiments.cli.console import UsageError, say
from experiments.cli.settings import settings_from
from experiments.commands.train_noise import Settings, run_folder
from experiments.core.codecs import to_unit
from experiments.core.runs import Run, refuse_second_run, resumed
from experiments.datasets.aligned import batches, load_faces
from experiments.evaluation.metrics import vgg_kernel_distance
from experiments.inference.noise_faces import draw, make
from experiments.reports.sheets import sheet
from experiments.training import state
from experiments.training.recorder import fit, recorder
from filters.io import pictures
from transformers import backend
from transformers.networks.noise import LATENT, picture_size
from transformers.pretrained import save_weights
from transformers.training.callbacks import FitLatentPrior, Guard, Schedule
from transformers.training.noise import NoiseGAN

JUDGE_EVERY = 2  # epochs between two measurements of the kernel distance
JUDGED = 288  # faces that are made for it, at most as many as there are for validation


def run(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        return train(*resumed(Settings, arguments, "noise", "dcgan"), resume=True)
    return train(settings_from(Settings, arguments), run_folder(arguments))


def train(settings, folder: Path, resume: bool = False, faces=None) -> int:
    """Train, or go on with a training.

    The run folder holds ``config.json``, ``history.csv`` and its plot, ``samples/`` (of the same noise
    every time), ``best.weights.h5`` (least kernel distance to validation faces) and
    ``last.weights.h5``, both of the averaged generator, and ``state.npz``, from which to resume.

    Parameters
    ----------
    settings : Settings
    folder : pathlib.Path
        Must not hold another run unless `resume`.
    resume : bool
    faces : tuple of numpy.ndarray, optional
        Faces to train on and to validate on, ``uint8`` RGB ``(count, height, width, 3)``, instead of
        those in the settings' folders.

    Returns
    -------
    int
        0.
    """
    refuse_second_run(folder, resume)
    precision = backend.prepare_training(settings.seed, settings.precision)
    training, validation = faces or _load(settings, picture_size(settings.preset))
    if len(training) < settings.batch_size or len(validation) < 2:
        raise UsageError(
            f"{settings.data} gives {len(training)} faces to train on and {len(validation)} to validate on; "
            f"a batch of {settings.batch_size} and 2 are the least"
        )
    gan = NoiseGAN(settings.kind, settings.preset, settings.adversarial_from)
    gan.compile()
    Run.create(folder, settings.kind, settings)
    say(f"{len(training)} faces for training, {len(validation)} for validation; {precision}, {backend.name()}")
    begin = state.resume_point(gan, folder, settings, resume)
    if begin is None:
        return 0
    _fit(gan, settings, folder, training, validation, *begin)
    say(f"{folder}: best.weights.h5, history.csv and samples/ are there")
    return 0


def _load(settings, size):
    """Return aligned faces to train on and to validate on."""
    faces, kept_out = load_faces(settings.data, size)
    if settings.validation:
        validation, _ = load_faces(settings.validation, size)
    else:
        faces, validation = faces[~kept_out], faces[kept_out]
    return faces[: settings.limit], np.ascontiguousarray(validation)


def _fit(gan, settings, folder, faces, validation, start, record):
    steps = len(faces) // settings.batch_size
    # A DCGAN is to be measured after as many minutes, also when its critic has won.
    helpers = []
    if settings.kind == "noise":
        gan.match(to_unit(faces))
        helpers = [Guard(), FitLatentPrior(to_unit(faces))]
    fit(
        gan,
        batches(faces, settings.batch_size, LATENT, settings.seed, start),
        [*helpers, Schedule(), _recorder(settings, folder, steps, validation, record)],
        steps=steps,
        start=start,
        epochs=settings.epochs,
    )


def _recorder(settings, folder, steps, validation, record):
    """Return the `recorder` of `NoiseGAN`: best weights by kernel distance, sheets of the same noise."""
    noise = draw(min(JUDGED, len(validation)), LATENT, seed=0)

    def judge(gan, row, last) -> None:
        if not last and row["epoch"] % JUDGE_EVERY:
            return
        faces = make(gan.averaged, noise)
        row["kid"] = vgg_kernel_distance(faces, validation)
        if row["kid"] <= min(r["kid"] for r in record if "kid" in r):
            save_weights(gan.averaged, folder / "best.weights.h5")
        rows = [list(faces[i : i + 8]) for i in range(0, min(48, len(faces)), 8)]
        pictures.write(folder / "samples" / f"epoch_{row['epoch']:04d}.png", sheet(rows, cell=(128, 160)))

    return recorder(folder, settings, steps, record, judge, lambda gan: {"last": gan.averaged})
