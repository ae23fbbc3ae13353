"""The registry of transformations and translations: each is a script in `experiments`."""

import importlib
import importlib.util
import pkgutil

import experiments
from experiments.cli.console import UsageError, say

TRANSFORMATIONS = {}
TRANSLATIONS = {}


def discover():
    """Import the scripts in `experiments`; return all transformations by name, those registered since too.

    A script that cannot be imported is told and left out: it is to break nothing else.
    """
    for module in pkgutil.iter_modules(experiments.__path__):
        if not module.ispkg and module.name != "__main__":
            try:
                importlib.import_module(f"experiments.{module.name}")
            except Exception as error:
                say(f"experiments/{module.name}.py is left out: {type(error).__name__}: {error}")
    return TRANSFORMATIONS


def by_script(name: str):
    """Return the transformation or translation that the script of that name registers, or None."""
    if name not in {**TRANSFORMATIONS, **TRANSLATIONS} and importlib.util.find_spec(f"experiments.{name}"):
        importlib.import_module(f"experiments.{name}")
    return TRANSFORMATIONS.get(name) or TRANSLATIONS.get(name)


def find(name: str):
    """Return the transformation of that name.

    Raises
    ------
    UsageError
        When there is none; the message lists the known ones.
    """
    if name in TRANSFORMATIONS:
        return TRANSFORMATIONS[name]
    if name.isidentifier() and importlib.util.find_spec(f"experiments.{name}"):
        importlib.import_module(f"experiments.{name}")  # most are in a script of their name: no need of the others
    if name in TRANSFORMATIONS or name in discover():
        return TRANSFORMATIONS[name]
    if name in TRANSLATIONS:
        raise UsageError(
            f"'{name}' is a translation, learned without pairs; train it with: train {name} PHOTOS DRAWINGS; "
            "measure it with: evaluate-translation"
        )
    names = sorted([*TRANSFORMATIONS, *TRANSLATIONS])
    raise UsageError(f"no transformation is named '{name}'; known: {', '.join(names)}")
