"""Train a run again, and compare."""

import argparse
import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli.console import OK, SOME_FAILED, UsageError, say
from experiments.core.provenance import differences
from experiments.core.runs import Run
from experiments.training import state
from experiments.training.driver import Driver

# Kind of a run → the module in `experiments.training` that trains it, and its driver.
DRIVERS = {
    "transformation": ("paired", "PairedDriver"),
    "translation": ("unpaired", "UnpairedDriver"),
    "noise": ("noise", "NoiseDriver"),
    "dcgan": ("noise", "NoiseDriver"),
    "painter": ("painter", "PainterDriver"),
    "any_painter": ("any_painter", "AnyPainterDriver"),
}


def run(arguments: argparse.Namespace) -> int:
    """Reproduce the run that the command line names."""
    return reproduce(Run.open(arguments.run), arguments.out)


def reproduce(old: Run, out: str | Path) -> int:
    """Train a run again for as many epochs as it has had, and say how the results differ.

    Returns
    -------
    int
        Exit code: 0 where weights and history are the same, bit for bit; otherwise 1.

    Raises
    ------
    UsageError
        When the run has no whole epoch yet.
    """
    progress, values = state.read(old.folder)
    if not progress.epoch:
        raise UsageError(f"{old.folder} has no whole epoch yet; train it for longer")
    if progress.step:
        say(f"{old.folder} was stopped within an epoch: histories are compared, weights are not")
    if len({each.get("epochs") for each in old.provenance.get("commands", [])}) > 1:
        say(f"{old.folder} was resumed for more epochs: rates that depend on their number were others before")
    module, name = DRIVERS[old.kind]
    driver_class: type[Driver] = getattr(importlib.import_module(f"experiments.training.{module}"), name)
    # As many epochs as there were, however long they take now.
    settings: Any = old.settings(driver_class.SETTINGS)
    driver = driver_class(replace(settings, minutes=None) if hasattr(settings, "minutes") else settings, out)
    driver.last_epoch = progress.epoch
    driver.start()
    for line in differences(old.provenance, Run.open(out).provenance):
        say(f"not as then: {line}")
    new, new_values = state.read(Path(out))
    unequal = [*_in_history(progress.history, new.history)]
    unequal += [] if progress.step else [*_in_weights(values, new_values)]
    for line in unequal:
        print(line)
    if not unequal:
        print(f"equal, bit for bit, after {progress.epoch} epochs")
    return SOME_FAILED if unequal else OK


def _in_history(one: list[dict], other: list[dict]) -> Iterator[str]:
    """Yield a line if histories differ, the time aside: the largest difference."""
    found = {
        (name, row["epoch"]): abs(float(row[name]) - float(again[name])) if name in again else np.inf
        for row, again in zip(one, other, strict=True)
        for name in row
        if name != "seconds"
    }
    largest = max(found, key=lambda key: found[key])
    if found[largest]:
        name, epoch = largest
        yield f"history: {name} differs most, by {found[largest]:.3g} in epoch {epoch}"


def _in_weights(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> Iterator[str]:
    """Yield a line if states differ: the largest difference."""
    if {k: v.shape for k, v in one.items()} != {k: v.shape for k, v in other.items()}:
        yield "weights: the networks are others"
        return
    found = {name: float(np.abs(v.astype(float) - other[name]).max()) for name, v in one.items() if v.size}
    largest = max(found, key=lambda key: found[key])
    if found[largest]:
        count = sum(value > 0 for value in found.values())
        yield f"weights: {count} of {len(found)} arrays differ, {largest} most, by {found[largest]:.3g}"
