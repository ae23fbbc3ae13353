"""The options of a training: fields of its settings, each stated once, with its help, unit and check."""

import argparse
from collections.abc import Callable
from dataclasses import MISSING, field, fields
from typing import Any

from experiments.cli.console import UsageError
from experiments.cli.options import (
    PRECISION_HELP,
    PRECISIONS,
    PRESETS,
    OutFolder,
    RunFolder,
    add_option,
    amount,
    count,
    seed,
)


def setting(default=MISSING, text: str = "", read: Callable | None = None, **how) -> Any:
    """Return a field of settings that is an option of its training too.

    Parameters
    ----------
    default : object
        None where the training finds the value itself; `text` tells which then.
    text : str
        What it is, with its unit.
    read : callable, optional
        Checks and reads it, for ``argparse``; without, it is a name or, where the default is a bool, a flag.
    how : dict
        ``group``: title of the group in the help. ``option``: its name, where that is not the field's, which goes
        on to work. ``positional``: whether it is named by its place. All else is for ``add_argument``.
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
    text = "of first weights and of what is drawn; same seed, same training"
    return setting(0, text, seed, metavar="N", group=TRAINING)


def add_run_arguments(parser, default: str) -> None:
    """Add the options that tell where a training writes, and from where it goes on."""
    run = parser.add_argument_group("run folder")
    run.add_argument("--out", type=OutFolder, metavar="RUN", help=f"where to put it (default: {default})")
    text = "go on with this one, as it was begun; --epochs and --minutes may be raised"
    run.add_argument("--resume", type=RunFolder, metavar="RUN", help=text)


def add_settings(parser, settings: type, defaults=None, leave_out: tuple = ()) -> None:
    """Add the options of a training, which are the fields of its settings that `setting` made.

    What is not given is None: `settings_from` then takes the default, and ``--resume`` what the run has.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    settings : type
        A dataclass.
    defaults : dict, optional
        Field → default, where a command has another one than the dataclass.
    leave_out : tuple of str
        Fields that are no options here.
    """
    groups, defaults = {None: parser}, defaults or {}
    parser.set_defaults(**defaults)
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


def _shown(default):
    if isinstance(default, tuple):
        return "x".join(map(str, default))
    return default if isinstance(default, str) else f"{default:g}"


def settings_from(settings: type, arguments: argparse.Namespace):
    """Return the settings that parsed options give: the dataclass's defaults where nothing was given.

    Raises
    ------
    UsageError
        When one is missing that has no default.
    """
    known = {each.name: getattr(arguments, each.name, None) for each in fields(settings)}
    missing = [each.name for each in fields(settings) if each.default is MISSING and known[each.name] is None]
    if missing:
        raise UsageError(f"{' and '.join(missing)} must be given")
    return settings(**{name: value for name, value in known.items() if value is not None})
