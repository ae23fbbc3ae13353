"""Train a fast painter: a network that paints any picture the way one painting is painted."""

import argparse
import itertools
from dataclasses import fields, replace
from pathlib import Path

from experiments.cli.console import say
from experiments.cli.settings import settings_from
from experiments.commands.train_painter import STEPS, Settings, run_folder
from experiments.core.codecs import to_unit
from experiments.core.models import find_weights
from experiments.core.runs import Run, refuse_second_run, resumed
from experiments.datasets.pairs import prefetch
from experiments.datasets.squares import Photographs, apart, square
from experiments.inference.fast_style_transfer import paint
from experiments.reports.sheets import sheet
from experiments.training import state
from experiments.training.recorder import fit, recorder, sheets_after
from filters.io import pictures
from transformers import backend
from transformers.pretrained import load_weights, save_weights
from transformers.training.callbacks import Guard
from transformers.training.painter import PainterTraining, PaintWeights


def run(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        return train(*resumed(Settings, arguments, "painter"), resume=True)
    settings = settings_from(Settings, arguments)
    if settings.init:
        settings = replace(settings, init=str(find_weights(settings.init)[0]))
    return train(settings, run_folder(arguments))


def train(settings, folder: Path, resume: bool = False) -> int:
    """Train, or go on with a training.

    The run folder holds ``config.json``, ``painting.png`` (as it was looked at), ``history.csv`` and its
    plot, ``samples/`` (of photographs kept out of training), ``best.weights.h5`` (least score on these)
    and ``last.weights.h5``, both of the averaged painter, and ``state.npz``, from which to resume.

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
    painting = (
        pictures.read(folder / "painting.png")
        if resume
        else pictures.smaller(pictures.read(settings.painting), settings.painting_size)
    )
    training, judged = apart(pictures.find_pictures([settings.data]))
    validation = [square(pictures.read(path), settings.size, (0.5, 0.5), 1.0) for path in judged]

    precision = backend.prepare_training(settings.seed, settings.precision)
    weights = PaintWeights(**{f.name: getattr(settings, f.name) for f in fields(PaintWeights)})
    model = PainterTraining(to_unit(painting), settings.preset, weights)
    model.compile(backend.keras.optimizers.Adam(settings.learning_rate))
    if settings.init and not resume:
        load_weights(model.painter, settings.init)
        model.learn_colors(to_unit(painting))
        model.averaged.set_weights(model.painter.get_weights())
    begin = state.resume_point(model, folder, settings, resume)
    if begin is None:
        return 0
    pictures.write(folder / "painting.png", painting)
    Run.create(folder, "painter", settings)
    say(
        f"{painting.shape[1]}x{painting.shape[0]} of the painting, {len(training)} photographs, squares of "
        f"{settings.size}, batches of {settings.batch_size}, {precision}, {backend.name()}"
    )
    _fit(model, settings, folder, training, validation, *begin)
    say(f"{folder}: best.weights.h5, history.csv and samples/ are there")
    return 0


def _fit(model, settings, folder, training, validation, start, record):
    photographs = Photographs(training, settings.size, settings.batch_size, settings.seed)
    steps = max(1, min(STEPS, len(training) // settings.batch_size))
    fit(
        model,
        ((batch,) for batch in prefetch(photographs.batch, itertools.count(start * steps))),
        [Guard(), _recorder(settings, folder, steps, validation, record)],
        steps=steps,
        start=start,
        epochs=settings.epochs,
    )


def _recorder(settings, folder, steps, validation, record):
    """Return the `recorder` of painters: best weights by the score on photographs kept out of training."""
    judged = [to_unit(picture)[None] for picture in validation]
    shown_after = sheets_after(settings.epochs)

    def judge(model, row, last) -> None:
        row["score"] = round(sum(model.score(picture) for picture in judged) / len(judged), 6)
        if row["score"] <= min(r["score"] for r in record):
            save_weights(model.averaged, folder / "best.weights.h5")
        if last or row["epoch"] in shown_after:
            painted = [paint(picture, model.averaged) for picture in validation]
            shown = sheet([validation, painted], cell=(256, 256))
            pictures.write(folder / "samples" / f"epoch_{row['epoch']:04d}.png", shown)

    return recorder(folder, settings, steps, record, judge, lambda model: {"last": model.averaged})
