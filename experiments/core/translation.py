"""Translations by name or by run: what belongs to both directions."""

from typing import Any

from experiments.core import registry

BACK = ":back"  # after the folder of a run: its way back


def discover() -> dict[str, registry.Translation]:
    """Return all translations by name: those of the scripts in `experiments`."""
    registry.discover()
    return registry.TRANSLATIONS


def generator_arguments(preset: str) -> dict[str, Any]:
    """Return the arguments of the generator's function."""
    return {"input_channels": 3, "output_channels": 3, "preset": preset}
