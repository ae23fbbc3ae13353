"""The callback that fills a run folder."""

import time
from typing import Any

import pandas as pd

from experiments.cli.console import progress
from experiments.core.runs import time_is_over
from experiments.reports.plots import plot_history
from experiments.training import state
from filters.io.pictures import write_bytes
from transformers.backend import keras

SAVE_EVERY = 120  # seconds between two saves of the whole state, at ends of epochs


class Recorder(keras.callbacks.Callback):
    """Adds a row to the history after each epoch, and saves weights and state.

    Training stops after the epochs of the settings, or after the epoch in which their minutes run out.

    Parameters
    ----------
    driver : experiments.training.driver.Driver
    """

    def __init__(self, driver: Any) -> None:
        super().__init__()
        self.driver = driver

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.progress = progress("training", unit="step")
        self.bar = self.progress.__enter__()
        self.done = len(self.driver.history) * self.driver.steps
        self.saved, self.unsaved = time.monotonic(), None
        if not self.driver.history:
            self.driver.begin(self.model)

    def on_train_batch_end(self, batch: int, logs: dict) -> None:
        self.done += 1
        note = f", l1 {float(logs['l1']):.4f}" if "l1" in logs else ""
        steps = self.driver.steps
        self.bar(self.done, steps * self.driver.settings.epochs, f"epoch {self.done // steps}{note}")

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        driver, history = self.driver, self.driver.history
        values = {k: round(float(v), 6) for k, v in logs.items()}
        row = {"epoch": epoch + 1, "seconds": round(time.monotonic() - self.began, 2), **values}
        history.append(row)
        late = time_is_over(driver.settings, history)
        last = late or epoch + 1 == driver.settings.epochs
        driver.evaluate(self.model, row, last)
        if driver.is_best(row):
            driver.save_best(self.model)
        table = pd.DataFrame(history)
        write_bytes(driver.folder / "history.csv", table.to_csv(index=False).encode())
        self.unsaved = state.snapshot(self.model, epoch + 1, history)
        if last or time.monotonic() - self.saved > SAVE_EVERY:
            plot_history(table, driver.folder / "history.png")
            driver.save("last", self.model.ema_networks())
            self.save_state()
        self.model.stop_training = late

    def save_state(self) -> None:
        """Save the state after the last whole epoch, unless it is saved already."""
        if self.unsaved:
            state.write(self.unsaved, self.driver.folder)
            self.saved, self.unsaved = time.monotonic(), None

    def on_train_end(self, logs: dict | None = None) -> None:
        self.progress.__exit__(None, None, None)


def sheets_after(epochs: int) -> set[int]:
    """Return the epochs after which a sheet is made: ever further apart, and the last one."""
    chosen, step = set(), 1.0
    while step < epochs:
        chosen.add(round(step))
        step *= 1.5
    return chosen | {epochs}
