"""Runs as a gallery shows them: histories, settings, measures and sheets."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.core.runs import Run
from experiments.reports.exhibits.model import Item, Keys, Step, Training, speak
from experiments.reports.exhibits.store import read_json

ROWS = "Rows of a sheet: the original, what the filter leaves, and what the generator makes of it."
TOLD = 3  # differing settings that a run's subtitle names
# Settings in the order of what says most about a run.
TELLING = ("l1_only", "learning_rate", "batch_size", "preset", "size", "epochs", "minutes", "limit", "seed")


def trainings(runs: Sequence[Run], keys: Keys) -> list[Training]:
    """Return what a gallery shows of some runs; what distinguishes those of one name is their subtitle."""
    settings = [_settings(run) for run in runs]
    found = []
    for number, run in enumerate(runs):
        alike = [s for s, other in zip(settings, runs, strict=True) if other.name == run.name]
        found.append(_training(run, settings[number], _subtitle(settings[number], alike), keys))
    return found


def differing(settings: Sequence[dict[str, str]]) -> list[str]:
    """Return the names of the settings that are not the same in all runs."""
    names = dict.fromkeys(name for each in settings for name in each)
    return [name for name in names if len({each.get(name) for each in settings}) > 1]


def _subtitle(own: dict[str, str], alike: Sequence[dict[str, str]]) -> str:
    names = sorted(set(differing(alike)) & set(TELLING) & set(own), key=TELLING.index)
    return ", ".join(f"{name.replace('_', ' ')} {own[name]}" for name in names[:TOLD])


def _settings(run: Run) -> dict[str, str]:
    values = {k: v for k, v in run.config.items() if k != "provenance" and v is not None}
    told = {k: v for k, v in run.provenance.items() if k in ("commit", "precision", "cores")}
    return {name: v if isinstance(v, str) else json.dumps(v) for name, v in {**values, **told}.items()}


def _training(run: Run, settings: dict[str, str], subtitle: str, keys: Keys) -> Training:
    key = keys.of("runs", run.name)
    history = _history(run)
    title = f"Training: {speak(run.name)}"
    epochs, sheets = [], []
    found = {path.stem: path for path in (run.folder / "samples").glob("*.png")}
    numbered = sorted((int(re.sub(r"\D", "", stem)[:9] or 0), path) for stem, path in found.items())
    for epoch, path in numbered:
        epochs.append(epoch)
        name = f"{speak(run.name)}, after epoch {epoch}"
        sheets.append(Item(keys.of(key, f"epoch-{epoch}"), name, (Step("Sheet", path),)))
    steps = run.folder / "steps.png"
    if steps.exists():
        name = f"{speak(run.name)}, step by step"
        sheets.append(Item(keys.of(key, "steps"), name, (Step("Sheet", steps),)))
        epochs.append(max(epochs, default=0))
    seconds = [s for s in history.get("seconds", []) if s is not None]
    shown = _number(_dict(run.provenance.get("data")).get("pictures"))
    mean = sum(seconds) / len(seconds) if seconds else None
    return Training(
        key,
        title,
        subtitle,
        run.kind,
        settings,
        history,
        _metrics(run),
        sheets,
        epochs,
        ROWS if run.kind == "transformation" else "",
        sum(seconds) if seconds else None,
        mean,
        shown / mean if shown and mean else None,
    )


def _metrics(run: Run) -> dict[str, dict[str, float]]:
    """Return the measures of ``metrics.json``, but for what is no number."""
    found = {name: _dict(values) for name, values in read_json(run.folder / "metrics.json", dict).items()}
    numbers = {n: {k: x for k, v in values.items() if (x := _number(v)) is not None} for n, values in found.items()}
    return {name: values for name, values in numbers.items() if values}


def _history(run: Run) -> dict[str, list[float | None]]:
    try:
        table = pd.read_csv(run.folder / "history.csv")
    except (OSError, ValueError):
        return {}
    table = table.select_dtypes("number")
    columns = {str(name): [_number(value) for value in table[name]] for name in table.columns}
    return columns if "epoch" in columns else {}


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None


def _dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}
