"""Which folders a training may write into: its own, and one training at a time."""

import contextlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from experiments.cli.console import UsageError
from experiments.cli.locks import locked
from experiments.core.runs import Run
from filters.io import files
from filters.io.pictures import PathLike, PictureError


def refuse_second_run(folder: PathLike, resume: bool) -> None:
    """Refuse to begin a run where there is one already, unless it has no state and so nothing to lose.

    Raises
    ------
    UsageError
        Also when the folder holds files that no training has written.
    """
    folder = Path(folder)
    if resume:
        return
    if Run.find(folder):
        if _has_steps(folder):
            raise UsageError(f"{folder} holds a run already; go on with --resume {folder}, or choose --out")
        return
    foreign = next((p for p in sorted(folder.rglob("*")) if not p.name.startswith(".") and not p.is_dir()), None)
    if foreign:
        raise UsageError(
            f"{folder} holds no run, but files of somebody else, for instance {foreign.relative_to(folder)}; "
            "choose another --out"
        )


@contextlib.contextmanager
def held(folder: PathLike) -> Iterator[None]:
    """Make a run folder if it is missing, and hold it for this process alone; sweep what killed ones left.

    Raises
    ------
    UsageError
        When another process holds it.
    PictureError
        When it cannot be made.
    """
    folder = Path(folder)
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PictureError(f"{folder} cannot be written: {error.strerror}; choose another --out") from error
    with locked(folder, "choose another --out"):
        try:
            files.sweep(folder)
            yield
        finally:
            if made:
                with contextlib.suppress(OSError):
                    folder.rmdir()  # where nothing came of it


def _has_steps(folder: PathLike) -> bool:
    """Tell whether the state of a run would be lost: it is that of a training which has taken a step."""
    try:
        with (Path(folder) / "state.npz").open("rb") as file, np.load(file, allow_pickle=False) as saved:
            record = json.loads(str(saved["record"]))
            return int(saved["epoch"]) > 0 or not isinstance(record, dict) or record.get("step") != 0
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return True
