"""Run folders: what a training leaves in them, and how they are found and opened again."""

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from experiments.cli.console import UsageError
from filters.io.pictures import PathLike, write_bytes

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Settings = TypeVar("_Settings", bound="DataclassInstance")
# Kind of a run → the command that trains it.
TRAINED_BY = {
    "transformation": "train",
    "translation": "unpaired",
    "noise": "train-noise",
    "dcgan": "train-noise",
    "painter": "train-painter",
}
# The config.json of earlier versions lacks the kind, but each kind has a setting that the others have not.
_TELLING = {"transformation": "transformation", "method": "translation", "painting": "painter"}


@dataclass(frozen=True)
class Run:
    """A folder that a training has filled.

    Attributes
    ----------
    folder : pathlib.Path
    kind : str
        One of `TRAINED_BY`.
    config : dict
        The settings of the training, by name.
    """

    folder: Path
    kind: str
    config: dict[str, Any]

    @classmethod
    def open(cls, folder: PathLike) -> Self:
        """Open a run folder.

        Raises
        ------
        UsageError
            When the folder is no run.
        """
        folder = Path(folder)
        found = cls.find(folder)
        if found is None:
            raise UsageError(f"{folder} is no run; name the folder that a training has written")
        return found

    @classmethod
    def find(cls, folder: PathLike) -> Self | None:
        """Return the `Run` in a folder, or None when it holds none."""
        try:
            config = json.loads((Path(folder) / "config.json").read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(config, dict):
            return None
        if not _are_texts(config):
            return None
        kind = config.get("kind") or next((kind for key, kind in _TELLING.items() if key in config), None)
        return cls(Path(folder), kind, config) if kind in TRAINED_BY else None

    @classmethod
    def create(cls, folder: PathLike, kind: str, settings: "DataclassInstance") -> Self:
        """Write ``config.json`` of a run that begins, or is resumed with raised settings; return the run."""
        config = {"kind": kind, **asdict(settings)}
        write_bytes(Path(folder) / "config.json", json.dumps(config, indent=2).encode())
        return cls(Path(folder), kind, config)

    @property
    def name(self) -> str:
        """What was trained: the name of a transformation, translation or painting, or the kind."""
        return _name(self.kind, self.config)

    def weights(self, name: str = "best") -> Path:
        """Return the path of weights: for a translation, `name` is ``best.forward`` or ``best.backward``."""
        return self.folder / f"{name}.weights.h5"

    def settings(self, settings_class: type[_Settings]) -> _Settings:
        """Return the settings as the dataclass that they were made of."""
        config = {"spread": False, **self.config}  # earlier versions took the first pictures for --limit
        known = settings_class.__dataclass_fields__
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in config.items() if k in known}
        return settings_class(**values)


def _are_texts(config: dict[str, Any]) -> bool:
    """Tell whether what names things in a config does so, where it is there."""
    named = ("kind", "transformation", "name", "painting", "preset")
    if config.get("kind") == "painter" and "painting" not in config:
        return False
    return all(isinstance(config[key], str) and "\0" not in config[key] for key in named if key in config)


def _name(kind: str, config: dict[str, Any]) -> str:
    if kind == "painter":
        return Path(config["painting"]).stem
    return config.get("transformation") or config.get("name") or kind


def default_folder(kind: str, config: dict[str, Any]) -> Path:
    """Return the folder of a run for which none is given."""
    return Path("runs") / _name(kind, config)


def resumed(settings_class: type[_Settings], arguments: argparse.Namespace, *kinds: str) -> tuple[_Settings, Path]:
    """Return the settings and the folder of the run that ``--resume RUN`` names.

    Parameters
    ----------
    settings_class : type
        The dataclass that the run's ``config.json`` was made of.
    arguments : argparse.Namespace
        ``resume``; ``epochs`` and ``minutes``, where the command has them, may raise the run's.
    kinds : str
        The kinds of runs that the command trains.

    Returns
    -------
    settings : object
        Of `settings_class`.
    folder : pathlib.Path

    Raises
    ------
    UsageError
        When it is no run, has no state, or is of another kind.
    """
    run = Run.open(arguments.resume)
    refuse_other(run, *kinds)
    longer = {k: getattr(arguments, k) for k in ("epochs", "minutes") if getattr(arguments, k, None)}
    return replace(run.settings(settings_class), **longer), run.folder


def refuse_other(run: Run, *kinds: str) -> None:
    """Refuse a run that is of none of these kinds, or cannot be resumed.

    Raises
    ------
    UsageError
    """
    if run.kind not in kinds:
        raise UsageError(
            f"{run.folder} is of another kind, {run.kind}; resume it with: train --resume {run.folder}"
        )
    if not has_state(run.folder):
        raise UsageError(f"{run.folder} was stopped before its first epoch ended; start it again without --resume")


def discriminator_weights(folder: PathLike, name: str = "") -> Path | None:
    """Return the path of the discriminator's weights beside the best ones of a run; None where there are none.

    Parameters
    ----------
    folder : path-like
    name : str
        For a translation, ``forward`` or ``backward``.
    """
    # Earlier versions called it the critic.
    files = (Path(folder) / f"{what}{name and f'.{name}'}.weights.h5" for what in ("discriminator", "critic"))
    return next((file for file in files if file.is_file()), None)


def has_state(folder: PathLike) -> bool:
    """Tell whether a folder holds a state from which its training can be resumed."""
    return (Path(folder) / "state.npz").is_file()


def refuse_second_run(folder: PathLike, resume: bool) -> None:
    """Refuse to begin a run where there is one already, unless it has no state and so nothing to lose.

    Raises
    ------
    UsageError
    """
    if not resume and Run.find(folder) and has_state(folder):
        raise UsageError(f"{folder} holds a run already; go on with --resume {folder}, or choose --out")


def time_is_over(settings: object, history: Iterable[dict]) -> bool:
    """Tell whether the epochs of a history took the minutes that the settings allow, if they set a limit."""
    minutes = getattr(settings, "minutes", None)
    return bool(minutes) and sum(row["seconds"] for row in history) >= 60 * minutes
