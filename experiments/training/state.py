"""The state of a training: all that it changes, saved so that it can be resumed as if it had never stopped."""

import io
import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli.console import UsageError
from filters.io.pictures import write_bytes
from transformers.backend import keras
from transformers.training.base import TrainingModel
from transformers.training.callbacks import TrainingFailed

METRICS = "metrics/"  # before the names of the running means of an epoch that is not over


@dataclass
class Progress:
    """How far a training is.

    Attributes
    ----------
    epoch : int
        Whole epochs.
    step : int
        Steps of the epoch that is not over.
    history : list of dict
        A row for each whole epoch.
    seconds : float
        What it took so far, from the start of each of its commands.
    epoch_seconds : float
        What the epoch that is not over took so far.
    halvings : int
        How often the training failed, and went back with half of its learning rate.
    """

    epoch: int = 0
    step: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    halvings: int = 0


def write(model: TrainingModel, progress: Progress, folder: Path) -> None:
    """Write the state of a model into a run folder, whole or not at all.

    Raises
    ------
    TrainingFailed
        When the model holds values that are no numbers; the state before stays.
    PictureError
        When it cannot be written; the state before stays.
    """
    values = {name: _array(variable) for name, variable in model.named_variables().items()}
    if progress.step:
        values |= {name: _array(variable) for name, variable in _metrics(model).items()}
    for name, value in values.items():
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise TrainingFailed(f"the weights became no numbers (in {name}); lower the learning rate")
    buffer = io.BytesIO()
    record = json.dumps(asdict(progress))
    np.savez(buffer, epoch=np.array(progress.epoch), record=np.array(record), **values)  # pyright: ignore[reportArgumentType]
    write_bytes(folder / "state.npz", buffer.getvalue())


def _array(variable: keras.Variable) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(variable.value))


def _metrics(model: TrainingModel) -> dict[str, keras.Variable]:
    """Return the running means of an epoch, by name."""
    return {
        f"{METRICS}{name}/{i}": variable
        for name, tracker in model.trackers.items()
        for i, variable in enumerate(tracker.variables)
    }


def read(folder: Path) -> tuple[Progress, dict[str, np.ndarray]]:
    """Read the saved state of a run folder.

    Returns
    -------
    progress : Progress
    values : dict of str to numpy.ndarray
        For `assign`.

    Raises
    ------
    UsageError
        When the file is missing or damaged, or no training has written it.
    """
    path = folder / "state.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            values = {name: saved[name] for name in saved.files}
        epoch, record = int(values.pop("epoch")), json.loads(str(values.pop("record")))
        # Earlier versions kept the history alone.
        progress = Progress(epoch, history=record) if isinstance(record, list) else Progress(**record)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        raise UsageError(
            f"{path} is damaged, or no training has written it ({type(error).__name__}); start a new run"
        ) from error
    if not progress.seconds:
        progress.seconds = sum(row.get("seconds", 0.0) for row in progress.history)
    return progress, values


def assign(model: TrainingModel, values: dict[str, np.ndarray], folder: Path) -> None:
    """Set all that a training changes to the values that `read` returned.

    Raises
    ------
    UsageError
        When the state is not that of such a model.
    """
    saved = {name: value for name, value in values.items() if not name.startswith(METRICS)}
    variables = model.named_variables()
    if "0000" in saved:  # earlier versions numbered the variables
        optimizers = model.optimizers.values()
        counted = [*model.variables, *(v for optimizer in optimizers for v in optimizer.variables)]
        variables = {f"{i:04d}": variable for i, variable in enumerate(counted)}
    if {name: v.shape for name, v in variables.items()} != {name: v.shape for name, v in saved.items()}:
        raise UsageError(
            f"{folder / 'state.npz'} does not fit; an earlier version, or other settings, wrote it. Start a new "
            "run, with --init where the command has it"
        )
    for name, variable in variables.items():
        variable.assign(saved[name])


def assign_metrics(model: TrainingModel, values: dict[str, np.ndarray]) -> None:
    """Set the running means of an epoch that is not over to the values that `read` returned."""
    for name, variable in _metrics(model).items():
        if name in values:
            variable.assign(values[name])
