"""The state of a training: all that it changes, from which it goes on as if it had never stopped."""

import io
import json
from pathlib import Path

import numpy as np

from experiments.cli.console import UsageError, say
from experiments.core.runs import time_is_over
from filters.io.pictures import write_bytes
from transformers.backend import keras
from transformers.training.base import TrainingModel


def resume_point(model: TrainingModel, folder: Path, settings, resume: bool) -> tuple | None:
    """Return where a training begins.

    Returns
    -------
    tuple or None
        The epoch to begin with and the rows of those before; None where nothing is left to do, which
        is said.
    """
    start, history = restore(model, folder) if resume else (0, [])
    if start < settings.epochs and not time_is_over(settings, history):
        return start, history
    more = "--epochs or --minutes" if hasattr(settings, "minutes") else "--epochs"
    say(f"{folder} has its {start} epochs; give {more} to train on")
    return None


def snapshot(model: TrainingModel, epoch: int, history: list) -> dict:
    """Return the state after an epoch, as `write` takes it."""
    # Copies: on processors a variable may share its memory with what is given here.
    values = {k: np.array(keras.ops.convert_to_numpy(v.value)) for k, v in model.named_variables().items()}
    return {"epoch": epoch, "record": json.dumps(history), **values}


def write(state: dict, folder: Path) -> None:
    """Write a state from `snapshot` into a run folder."""
    buffer = io.BytesIO()
    np.savez(buffer, **state)
    write_bytes(folder / "state.npz", buffer.getvalue())


def restore(model: TrainingModel, folder: Path) -> tuple:
    """Load the saved state into a model; return its epoch and the rows of the history up to it.

    Raises
    ------
    UsageError
        When the state is not of such a model.
    """
    path = folder / "state.npz"
    with np.load(path) as saved:
        values = {name: saved[name] for name in saved.files}
    epoch, history = int(values.pop("epoch")), json.loads(str(values.pop("record")))
    variables = model.named_variables()
    if "0000" in values:  # earlier versions counted variables
        optimizers = model.optimizers.values()
        counted = [*model.variables, *(v for optimizer in optimizers for v in optimizer.variables)]
        variables = {f"{i:04d}": variable for i, variable in enumerate(counted)}
    if {name: v.shape for name, v in variables.items()} != {name: v.shape for name, v in values.items()}:
        raise UsageError(
            f"{path} does not fit; an earlier version, or other settings, wrote it. Start a new run, with --init "
            "where the command has it"
        )
    for name, variable in variables.items():
        variable.assign(values[name])
    return epoch, history
