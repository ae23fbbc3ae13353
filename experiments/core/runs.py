"""Run folders: what a training leaves in them, and how they are found and opened again."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, get_args

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
    "any_painter": "train-any-painter",
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
            file = folder / "config.json"
            if file.exists():
                raise UsageError(
                    f"{file} is damaged, or no training has written it; {folder} cannot be used as a run"
                )
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
    def create(
        cls, folder: PathLike, kind: str, settings: "DataclassInstance", provenance: dict[str, Any] | None = None
    ) -> Self:
        """Write ``config.json`` of a run that begins, or is resumed with raised settings; return the run.

        Parameters
        ----------
        folder : path-like
        kind : str
        settings : dataclass
        provenance : dict, optional
            See `experiments.core.provenance`.
        """
        config = {"kind": kind, **asdict(settings)} | ({"provenance": provenance} if provenance else {})
        write_bytes(Path(folder) / "config.json", json.dumps(config, indent=2).encode())
        return cls(Path(folder), kind, config)

    @property
    def name(self) -> str:
        """What was trained: the name of a transformation, translation or painting, or the kind."""
        return _name(self.kind, self.config)

    def weights(self, name: str = "best") -> Path:
        """Return the path of weights: for a translation, `name` is ``best.forward`` or ``best.backward``."""
        return self.folder / f"{name}.weights.h5"

    @property
    def provenance(self) -> dict[str, Any]:
        """What the run says of its origin, see `experiments.core.provenance`; empty in earlier versions."""
        found = self.config.get("provenance")
        return found if isinstance(found, dict) else {}

    def settings(self, settings_class: type[_Settings]) -> _Settings:
        """Return the settings as the dataclass that they were made of.

        Raises
        ------
        UsageError
            When one is missing, or has a value that its option would refuse.
        """
        config = {"spread": False, **self.config}  # earlier versions took the first pictures for --limit
        values = {}
        for each in fields(settings_class):
            if each.name in config:
                value = config[each.name]
                values[each.name] = tuple(value) if isinstance(value, list) else value
                self._refuse_unfit(each.name, values[each.name], each.type, each.metadata)
        try:
            return settings_class(**values)
        except TypeError as error:
            raise UsageError(f"{self.folder / 'config.json'} lacks settings: {error}") from error

    def _refuse_unfit(self, name: str, value: Any, kind: Any, how: Mapping[str, Any]) -> None:
        """Refuse a value that no training has written."""
        file, wanted = self.folder / "config.json", get_args(kind) or (kind,)
        if float in wanted and type(value) is int:
            value = float(value)
        if not any(type(value) is each for each in wanted):
            raise UsageError(f"{file} is damaged: {name} is {value!r}")
        read = how.get("read")
        if read and (type(value) in (int, float) or name == "size"):
            try:
                read("x".join(map(str, value)) if isinstance(value, tuple) else str(value))
            except argparse.ArgumentTypeError as error:
                raise UsageError(f"{file} is damaged: {name}: {error}") from error


def _are_texts(config: dict[str, Any]) -> bool:
    """Tell whether what names things in a config does so, where it is there."""
    named = ("kind", "transformation", "name", "painting", "preset")
    if config.get("kind") == "painter" and "painting" not in config:
        return False
    texts = [config[key] for key in named if key in config and (key, config[key]) != ("preset", None)]
    return all(isinstance(text, str) and "\0" not in text for text in texts)


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
        When it is no run, or is of another kind; when other options than those that may be raised are given.
    """
    run = Run.open(arguments.resume)
    refuse_other(run, *kinds)
    settings = run.settings(settings_class)
    _refuse_options(settings, run.folder, arguments)
    longer = {k: getattr(arguments, k) for k in RAISED if getattr(arguments, k, None)}
    return replace(settings, **longer), run.folder


RAISED = ("epochs", "minutes")  # settings that ``--resume`` takes


def _refuse_options(settings: "DataclassInstance", folder: Path, arguments: argparse.Namespace) -> None:
    """Refuse options whose values are not those of the run: it would go on without them."""
    defaults, refused = getattr(arguments, "own_defaults", {}), []
    for each in fields(settings):
        given = getattr(arguments, each.name, None)
        given = tuple(given) if isinstance(given, list) else given
        own = (None, defaults.get(each.name), getattr(settings, each.name))
        if each.metadata and each.name not in RAISED and given not in own:
            option = each.metadata.get("option") or f"--{each.name.replace('_', '-')}"
            refused.append(each.metadata.get("metavar", each.name) if each.metadata.get("positional") else option)
    out = getattr(arguments, "out", None)
    refused += ["--out"] if out and Path(out).resolve() != folder.resolve() else []
    if refused:
        raise UsageError(
            f"--resume goes on with the settings of {folder}, and takes {' and '.join(f'--{k}' for k in RAISED)} "
            f"alone; leave out {', '.join(refused)}, or start a new run"
        )


def refuse_other(run: Run, *kinds: str) -> None:
    """Refuse a run that is of none of these kinds.

    Raises
    ------
    UsageError
    """
    if run.kind not in kinds:
        raise UsageError(
            f"{run.folder} is of another kind, {run.kind}; resume it with: train --resume {run.folder}"
        )


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


def refuse_without_state(run: Run) -> None:
    """Refuse a run that has nothing to compare.

    Raises
    ------
    UsageError
    """
    if not has_state(run.folder):
        raise UsageError(f"{run.folder} holds no state.npz; train it first: train --resume {run.folder}")


def time_is_over(settings: object, seconds: float) -> bool:
    """Tell whether a training took the minutes that its settings allow, if they set a limit."""
    minutes = getattr(settings, "minutes", None)
    return bool(minutes) and seconds >= 60 * minutes
