"""The callback that fills a run folder."""

import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from experiments.cli.console import Stopped
from experiments.core.runs import time_is_over
from experiments.reports.plots import plot_history
from experiments.training import state
from filters.io.pictures import write_bytes
from transformers.backend import keras
from transformers.training.callbacks import Guard

SAVE_EVERY = 120  # seconds between two saves of the whole state, in the middle of an epoch or at its end


class Recorder(keras.callbacks.Callback):
    """Adds a row to the history after each epoch, and saves weights and state.

    Training stops after the epochs of the settings, after the epoch in which their minutes run out, or, with a
    state in the middle of an epoch, after the step in which a signal came. While results count as collapsed, or
    get much worse, the state stays the one before.

    Parameters
    ----------
    driver : experiments.training.driver.Driver
    guard : Guard, optional
        Tells whether results have collapsed.
    report : callable
        Shows steps done, steps in all, and a note.
    """

    def __init__(self, driver: Any, guard: Guard | None, report: Callable[..., None]) -> None:
        super().__init__()
        self.driver, self.guard, self.report = driver, guard, report
        self.saved = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        progress = self.driver.progress
        self.began = time.monotonic() - progress.epoch_seconds
        self.done = progress.step  # steps of this epoch, of which Keras counts those of this process alone
        if progress.step:  # what other callbacks do at the begin of an epoch is in the state already
            self.driver.assign_restored(self.model)
            state.assign_metrics(self.model, self.driver.restored)

    def on_train_batch_end(self, batch: int, logs: dict) -> None:
        driver, steps = self.driver, self.driver.steps
        self.done += 1
        note = f", l1 {float(logs['l1']):.4f}" if "l1" in logs else ""
        epoch = driver.progress.epoch
        self.report(epoch * steps + self.done, steps * driver.settings.epochs, f"epoch {epoch}{note}")
        stop, due = driver.stopping.code, time.monotonic() - self.saved > SAVE_EVERY
        if self.done < steps and (stop or due):  # the end of an epoch is saved after its measures
            driver.progress.step, driver.progress.epoch_seconds = self.done, time.monotonic() - self.began
            self._save_state()
            if stop:
                self._stop()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        driver = self.driver
        driver.progress.epoch, driver.progress.step, driver.progress.epoch_seconds = epoch + 1, 0, 0.0
        values = {k: round(float(v), 6) for k, v in logs.items()}
        row = {"epoch": epoch + 1, "seconds": round(time.monotonic() - self.began, 2), **values}
        driver.history.append(row)
        late = time_is_over(driver.settings, driver.seconds())
        last = late or epoch + 1 == driver.last_epoch
        driver.evaluate(self.model, row, last)
        if driver.is_best(row):
            driver.save_best(self.model)
        table = pd.DataFrame(driver.history)
        write_bytes(driver.folder / "history.csv", table.to_csv(index=False).encode())
        if last or driver.stopping.code or time.monotonic() - self.saved > SAVE_EVERY:
            plot_history(table, driver.folder / "history.png")
            driver.save("last", self.model.ema_networks())
            self._save_state(last)
        if driver.stopping.code:
            self._stop()
        driver.late = self.model.stop_training = late

    def _save_state(self, last: bool = False) -> None:
        if last or not self.guard or self.guard.healthy:
            self.driver.progress.seconds = self.driver.seconds()
            state.write(self.model, self.driver.progress, self.driver.folder)
        self.saved = time.monotonic()

    def _stop(self) -> None:
        folder = self.driver.folder
        raise Stopped(f"stopped; the state is saved, go on with --resume {folder}", self.driver.stopping.code)


def sheets_after(epochs: int) -> set[int]:
    """Return the epochs after which a sheet is made: ever further apart, and the last one."""
    chosen, step = set(), 1.0
    while step < epochs:
        chosen.add(round(step))
        step *= 1.5
    return chosen | {epochs}
