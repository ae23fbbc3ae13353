"""The callback that fills a run folder."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from experiments.cli.console import progress
from experiments.core.codecs import filter_of
from experiments.core.runs import time_is_over
from experiments.inference.restoration import restore
from experiments.reports.plots import plot_history
from experiments.reports.sheets import sheet
from experiments.training import state
from filters.io import pictures
from filters.io.pictures import PathLike, write_bytes
from transformers.backend import keras
from transformers.pretrained import save_weights

SAVE_EVERY = 120  # seconds between two saves of the whole state, at ends of epochs
SHEET_PICTURES = 6


def recorder(
    folder: Path,
    settings,
    steps: int,
    record: list[dict],
    judge: Callable,
    weights: Callable,
    begin: Callable = lambda gan: None,
):
    """Return the callback that fills a run folder.

    Parameters
    ----------
    folder : pathlib.Path
    settings : object
        With ``epochs``; training stops after them, or after the epoch in which its ``minutes`` are over.
    steps : int
        Of an epoch.
    record : list of dict
        A row for each epoch so far; new ones are added.
    judge : callable
        Takes the GAN, the new row and whether it is the last; may add measures to the row, write
        sheets, and save the best weights.
    weights : callable
        Takes the GAN; gives what is to be saved as ``last``: file name → model.
    begin : callable
        Takes the GAN, before the first epoch of a new run.
    """

    class Recorder(keras.callbacks.Callback):
        def on_train_begin(self, logs=None) -> None:
            self.progress = progress("training", unit="step")
            self.bar = self.progress.__enter__()
            self.done = len(record) * steps
            self.saved, self.unsaved = time.monotonic(), None
            if not record:
                begin(self.model)

        def on_train_batch_end(self, batch, logs=None) -> None:
            self.done += 1
            note = f", l1 {float(logs['l1']):.4f}" if "l1" in logs else ""
            self.bar(self.done, steps * settings.epochs, f"epoch {self.done // steps}{note}")

        def on_epoch_begin(self, epoch: int, logs=None) -> None:
            self.began = time.monotonic()

        def on_epoch_end(self, epoch: int, logs=None) -> None:
            values = {k: round(float(v), 6) for k, v in logs.items()}
            row = {"epoch": epoch + 1, "seconds": round(time.monotonic() - self.began, 2), **values}
            record.append(row)
            late = time_is_over(settings, record)
            last = late or epoch + 1 == settings.epochs
            judge(self.model, row, last)
            table = pd.DataFrame(record)
            write_bytes(folder / "history.csv", table.to_csv(index=False).encode())
            if last or time.monotonic() - self.saved > SAVE_EVERY:
                plot_history(table, folder / "history.png")
                for name, model in weights(self.model).items():
                    save_weights(model, folder / f"{name}.weights.h5")
                state.write(state.snapshot(self.model, epoch + 1, record), folder)
                self.saved, self.unsaved = time.monotonic(), None
            else:
                self.unsaved = state.snapshot(self.model, epoch + 1, record)
            self.model.stop_training = late

        def keep(self) -> None:
            """Save the state after the last whole epoch, where that is not done yet."""
            if self.unsaved:
                state.write(self.unsaved, folder)
                self.unsaved = None

        def on_train_end(self, logs=None) -> None:
            self.progress.__exit__(None, None, None)

    return Recorder()


def fit(
    model: keras.Model, batches: Iterable, callbacks, *, steps: int, start: int, epochs: int, **options
) -> None:
    """Train; when it is stopped, the state after the last whole epoch is saved first.

    Parameters
    ----------
    model : keras.Model
    batches : iterable
        Without end.
    callbacks : list of keras.callbacks.Callback
        With the one that `recorder` gives.
    steps : int
        Of an epoch.
    start, epochs : int
        The epoch to begin with, counted from 0, and how many there are to be in all.
    options
        Further ones of ``keras.Model.fit``.
    """
    try:
        model.fit(
            batches,
            steps_per_epoch=steps,
            initial_epoch=start,
            epochs=epochs,
            callbacks=callbacks,
            shuffle=False,
            verbose=0,
            **options,
        )
    except KeyboardInterrupt:
        for callback in callbacks:
            if hasattr(callback, "keep"):
                callback.keep()
        raise


def reconstruction_recorder(transformation, settings, folder: PathLike, steps: int, pictures_shown, record):
    """Return the `recorder` of `transformers.GAN`: best weights by ``val_score``, sheets of some pictures."""
    sheet_epochs = sheets_after(settings.epochs)

    def write_sheet(gan, epoch: int = 0) -> None:
        path = folder / "samples" / f"epoch_{epoch:04d}.png"
        pictures.write(path, sample_sheet(gan.averaged, transformation, pictures_shown))

    def judge(gan, row, last) -> None:
        if row["val_score"] <= min(r["val_score"] for r in record):
            save_weights(gan.averaged, folder / "best.weights.h5")
            save_weights(gan.discriminator, folder / "critic.weights.h5")
        if row["epoch"] in sheet_epochs:
            write_sheet(gan, row["epoch"])

    return recorder(folder, settings, steps, record, judge, lambda gan: {"last": gan.averaged}, write_sheet)


def sheets_after(epochs: int):
    """Return the epochs after which a sheet is made: ever further apart, and the last."""
    chosen, step = set(), 1.0
    while step < epochs:
        chosen.add(round(step))
        step *= 1.5
    return chosen | {epochs}


def sample_sheet(generator, transformation, pictures_shown, count: int = SHEET_PICTURES):
    """Show some pictures, what the filter leaves of them, and what the generator makes of that."""
    every = max(1, len(pictures_shown) // count)
    shown = list(pictures_shown[::every][:count])
    filtered = [filter_of(transformation)(p) for p in shown]
    restored = [restore(generator, transformation, f) for f in filtered]
    return sheet([shown, filtered, restored])
