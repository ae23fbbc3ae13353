"""Translations: ways from one kind of picture to another that were learned without pairs."""

from dataclasses import dataclass

from experiments.core import registry
from experiments.core.runs import Run

BACK = ":back"  # after the folder of a run: its way back


@dataclass(frozen=True)
class Translation:
    """One direction; the registry knows those that have weights of their own.

    Attributes
    ----------
    name : str
    summary : str
        One line for lists and galleries.
    back : str
        Name of the way back.
    stand_ins : tuple of str
        Registered filters by which a training starts, see `experiments.training.unpaired`: they make of a
        photograph what looks a little like a drawing.
    gray : bool
        Whether results are gray.
    """

    name: str
    summary: str
    back: str
    stand_ins: tuple = ()
    gray: bool = False


def register(translation):
    """Make a translation known to ``apply``, ``ship`` and the gallery."""
    registry.TRANSLATIONS[translation.name] = translation
    return translation


def discover():
    """Return all translations by name: those of the scripts in `experiments`."""
    registry.discover()
    return registry.TRANSLATIONS


def generator_arguments(preset: str):
    """Return what the generator's function is called with."""
    return {"input_channels": 3, "output_channels": 3, "preset": preset}


def is_run(name: str) -> bool:
    """Tell whether a name is the folder of an ``unpaired`` run, or of its way back."""
    run = Run.find(name.removesuffix(BACK))
    return run is not None and run.kind == "translation"
