"""The run folder: what a training leaves there, and how it is taken up again."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from experiments.cli.console import UsageError, say
from filters.io.pictures import write_bytes
from transformers.backend import keras


def resumed(settings_class, arguments):
    """What ``--resume RUN`` goes on with.

    Parameters
    ----------
    settings_class : type
        The dataclass that the run's ``config.json`` was made of.
    arguments : argparse.Namespace
        ``resume``; ``epochs`` and ``minutes``, where the command has them, may raise the run's.

    Returns
    -------
    tuple
        Settings and folder.
    """
    folder = Path(arguments.resume)
    if not (folder / "state.npz").is_file():
        raise UsageError(f"{folder} holds no state.npz; --resume takes the folder of a run")
    saved = json.loads((folder / "config.json").read_text())
    settings = settings_class(**{k: tuple(v) if isinstance(v, list) else v for k, v in saved.items()})
    longer = {k: getattr(arguments, k) for k in ("epochs", "minutes") if getattr(arguments, k, None)}
    return replace(settings, **longer), folder


def refuse_second_run(folder, resume):
    """A folder holds one run: a `UsageError` when there is one already that is not to be resumed."""
    if (folder / "config.json").exists() and not resume:
        raise UsageError(f"{folder} holds a run already; go on with --resume {folder}, or choose --out")


def take_up(gan, folder, settings, resume):
    """Where a training begins.

    Returns
    -------
    tuple or None
        The epoch to begin with and the rows of those before; None where nothing is left to do, which
        is said.
    """
    start, record = restore_state(gan, folder) if resume else (0, [])
    if start < settings.epochs and not time_is_over(settings, record):
        return start, record
    more = "--epochs or --minutes" if hasattr(settings, "minutes") else "--epochs"
    say(f"{folder} has its {start} epochs; give {more} to train on")
    return None


def time_is_over(settings, record):
    """Whether the epochs so far took the minutes that the settings give, if they give any."""
    minutes = getattr(settings, "minutes", None)
    return bool(minutes) and sum(row["seconds"] for row in record) >= 60 * minutes


def _state(gan):
    """Everything that a training changes, by name."""
    variables = [*gan.variables, *(v for optimizer in gan.optimizers for v in optimizer.variables)]
    return {f"{i:04d}": v for i, v in enumerate(variables)}


def save_state(gan, folder, epoch, record):
    values = {k: keras.ops.convert_to_numpy(v.value) for k, v in _state(gan).items()}
    buffer = io.BytesIO()
    np.savez(buffer, epoch=epoch, record=json.dumps(record), **values)
    write_bytes(folder / "state.npz", buffer.getvalue())


def restore_state(gan, folder):
    """Take up the saved state; what history was written after it is dropped with it."""
    with np.load(folder / "state.npz") as saved:
        for key, variable in _state(gan).items():
            variable.assign(saved[key])
        return int(saved["epoch"]), json.loads(str(saved["record"]))
