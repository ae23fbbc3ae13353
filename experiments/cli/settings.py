"""The options of a training: the fields of its settings, each stated once, with its help, unit and check."""

import argparse
from collections.abc import Mapping
from dataclasses import MISSING, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from experiments.cli.console import UsageError
from experiments.cli.options import (
    PRECISION_HELP,
    PRECISIONS,
    PRESETS,
    Options,
    OutFolder,
    Reader,
    RunFolder,
    add_option,
    amount,
    count,
    seed,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Settings = TypeVar("_Settings", bound="DataclassInstance")


def setting(default: Any = MISSING, text: str = "", read: Reader | None = None, **how: Any) -> Any:
    """Return a field of settings that is also an option of its training.

    Parameters
    ----------
    default : object
        None where the training finds the value itself, which `text` then describes.
    text : str
        The help, with the unit.
    read : callable, optional
        Checks and reads what is written, for ``argparse``; without it, the option takes any text or, where the
        default is a bool, is a flag.
    **how
        ``group``: title of the group in the help. ``option``: its name, where that is not the field's, which
        still works. ``positional``: whether it is given by its place. All else goes to ``add_argument``.
    """
    return field(default=default, metadata={"text": text, "read": read, **how})


TRAINING = "training"  # title of a group of options


def epochs(default: int, what: str = "") -> int:
    """Return the field of ``--epochs``."""
    return setting(default, f"{what}in all, also after --resume", count, metavar="N", group=TRAINING)


def minutes() -> float | None:
    """Return the field of ``--minutes``."""
    return setting(
        None, "of training in all, also after --resume; then it stops", amount, metavar="M", group=TRAINING
    )


def preset(default: str | None, text: str = "size of the networks") -> str:
    """Return the field of ``--preset``."""
    return setting(default, text, choices=PRESETS, group=TRAINING)


def precision() -> str:
    """Return the field of ``--precision``."""
    return setting("auto", PRECISION_HELP, choices=PRECISIONS, group=TRAINING)


def seeds() -> int:
    """Return the field of ``--seed``."""
    text = "of the first weights and of all that is drawn; same seed, same training"
    return setting(0, text, seed, metavar="N", group=TRAINING)


def add_run_arguments(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the options that say where a training writes, or which run it resumes."""
    run = parser.add_argument_group("run folder")
    run.add_argument("--out", type=OutFolder, metavar="RUN", help=f"where to put it (default: {default})")
    text = "resume this run with its settings; --epochs and --minutes may be raised"
    run.add_argument("--resume", type=RunFolder, metavar="RUN", help=text)


def add_settings(
    parser: argparse.ArgumentParser,
    settings: "type[DataclassInstance]",
    defaults: Mapping[str, Any] | None = None,
    leave_out: tuple[str, ...] = (),
) -> None:
    """Add the options of a training, which are the fields of its settings that `setting` made.

    An option that is not given is None: `settings_from` then takes the default, and ``--resume`` the run's value.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    settings : type
        A dataclass.
    defaults : mapping, optional
        Field → default, where a command's differs from the dataclass's.
    leave_out : tuple of str
        Fields that are not options here.
    """
    groups: dict[str | None, Options] = {None: parser}
    defaults = defaults or {}
    parser.set_defaults(**defaults, own_defaults=defaults)
    for each in fields(settings):
        how = dict(each.metadata)
        if not how or each.name in leave_out:
            continue
        text, read = how.pop("text"), how.pop("read")
        title, option = how.pop("group", None), how.pop("option", None)
        default = defaults.get(each.name, each.default)
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        if default is False:
            how["action"] = "store_true"
        elif read:
            how["type"] = read
        if not (default is None or default is MISSING or default is False or "(default:" in text):
            text += f" (default: {_shown(default)})"
        how = {"help": text, "default": defaults.get(each.name), **how}
        if how.pop("positional", False):
            groups[title].add_argument(each.name, nargs="?", **how)
            continue
        names = [option] if option else []
        add_option(groups[title], *names, f"--{each.name.replace('_', '-')}", dest=each.name, **how)


def _shown(default: Any) -> str:
    if isinstance(default, tuple):
        return "x".join(map(str, default))
    return default if isinstance(default, str) else f"{default:g}"


def settings_from(settings: type[_Settings], arguments: argparse.Namespace) -> _Settings:
    """Return the settings that parsed options give, with the dataclass's defaults where nothing was given.

    Raises
    ------
    UsageError
        When a setting without a default is missing.
    """
    known = {each.name: getattr(arguments, each.name, None) for each in fields(settings)}
    missing = [each.name for each in fields(settings) if each.default is MISSING and known[each.name] is None]
    if missing:
        raise UsageError(f"{' and '.join(missing)} must be given")
    return settings(**{name: value for name, value in known.items() if value is not None})
