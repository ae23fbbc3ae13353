"""The state of a training: all that it changes, saved so that it can be resumed as if it had never stopped."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli.console import UsageError, say
from experiments.core.runs import time_is_over
from filters.io.pictures import write_bytes
from transformers.backend import keras
from transformers.training.base import TrainingModel


def resume_point(model: TrainingModel, folder: Path, settings: Any, resume: bool) -> tuple[int, list[dict]] | None:
    """Return where a training begins, after loading the saved state if it is resumed.

    Parameters
    ----------
    model : TrainingModel
    folder : pathlib.Path
        The run folder.
    settings : object
        Has ``epochs``; may have ``minutes``.
    resume : bool

    Returns
    -------
    tuple or None
        The epoch to begin with, and the rows of the history before it; None, after a message, if nothing is left
        to do.

    Raises
    ------
    UsageError
        As `restore`.
    """
    start, history = restore(model, folder) if resume else (0, [])
    if start < settings.epochs and not time_is_over(settings, history):
        return start, history
    more = "--epochs or --minutes" if hasattr(settings, "minutes") else "--epochs"
    say(f"{folder} has its {start} epochs; give {more} to train on")
    return None


def snapshot(model: TrainingModel, epoch: int, history: list[dict]) -> dict[str, Any]:
    """Return the state after an epoch, as `write` takes it."""
    # Copies: on processors the array may share its memory with the variable.
    values = {k: np.array(keras.ops.convert_to_numpy(v.value)) for k, v in model.named_variables().items()}
    return {"epoch": epoch, "record": json.dumps(history), **values}


def write(state: dict[str, Any], folder: Path) -> None:
    """Write a state from `snapshot` into a run folder."""
    buffer = io.BytesIO()
    np.savez(buffer, **state)
    write_bytes(folder / "state.npz", buffer.getvalue())


def restore(model: TrainingModel, folder: Path) -> tuple[int, list[dict]]:
    """Load the saved state into a model.

    Returns
    -------
    epoch : int
        The number of epochs that it has had.
    history : list of dict
        Their rows.

    Raises
    ------
    UsageError
        When the state is not that of such a model.
    """
    path = folder / "state.npz"
    with np.load(path) as saved:
        values = {name: saved[name] for name in saved.files}
    epoch, history = int(values.pop("epoch")), json.loads(str(values.pop("record")))
    variables = model.named_variables()
    if "0000" in values:  # earlier versions numbered the variables
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
