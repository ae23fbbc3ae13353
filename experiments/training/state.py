"""The state of a training: all that it changes, from which it goes on as if it had never stopped."""

import io
import json

import numpy as np

from experiments.cli.console import say
from experiments.core.runs import time_is_over
from filters.io.pictures import PathLike, write_bytes
from transformers.backend import keras


def resume_point(model, folder: PathLike, settings, resume) -> tuple | None:
    """Return where a training begins.

    Returns
    -------
    tuple or None
        The epoch to begin with and the rows of those before; None where nothing is left to do, which
        is said.
    """
    start, record = restore(model, folder) if resume else (0, [])
    if start < settings.epochs and not time_is_over(settings, record):
        return start, record
    more = "--epochs or --minutes" if hasattr(settings, "minutes") else "--epochs"
    say(f"{folder} has its {start} epochs; give {more} to train on")
    return None


def _variables(model):
    """Return everything that a training changes, by name."""
    variables = [*model.variables, *(v for optimizer in model.optimizers for v in optimizer.variables)]
    return {f"{i:04d}": v for i, v in enumerate(variables)}


def snapshot(model, epoch: int, record):
    """Return the state after an epoch, as `write` takes it."""
    # Copies: on processors a variable may share its memory with what is given here.
    values = {k: np.array(keras.ops.convert_to_numpy(v.value)) for k, v in _variables(model).items()}
    return {"epoch": epoch, "record": json.dumps(record), **values}


def write(state, folder: PathLike) -> None:
    """Write a state from `snapshot` into a run folder."""
    buffer = io.BytesIO()
    np.savez(buffer, **state)
    write_bytes(folder / "state.npz", buffer.getvalue())


def restore(model, folder: PathLike):
    """Take up the saved state; what history was written after it is dropped with it."""
    with np.load(folder / "state.npz") as saved:
        for key, variable in _variables(model).items():
            variable.assign(saved[key])
        return int(saved["epoch"]), json.loads(str(saved["record"]))
