"""A survey as a gallery shows it: the table with its intervals, and the faces of each filter."""

from pathlib import Path

import pandas as pd

from experiments.reports.exhibits.model import MEASURES, Item, Keys, Step, Survey, speak

STEPS = {"original": "Original", "filtered": "Filtered", "restored": "Result"}


def survey(folder: Path, keys: Keys) -> Survey | None:
    """Return the survey in a folder that ``experiments survey`` has written; None of another folder."""
    try:
        table = pd.read_csv(folder / "survey.csv")
    except (OSError, ValueError):
        return None
    measures = [name for name in MEASURES if {name, f"{name}_low", f"{name}_high"} <= set(table.columns)]
    if "filter" not in table or not measures:
        return None
    numbers = [f"{name}{end}" for name in measures for end in ("", "_low", "_high")]
    numbers += [name for name in ("pictures", "people") if name in table]
    # A damaged number makes an empty cell, not an error.
    table[numbers] = table[numbers].apply(pd.to_numeric, errors="coerce")
    rows, faces = [], {}
    for row in table.to_dict("records"):
        name = str(row["filter"])
        values = {column: row[column] for column in numbers if pd.notna(row[column])}
        finite = {column: float(value) for column, value in values.items() if abs(value) < float("inf")}
        rows.append({"filter": name, "title": speak(name), **finite})
        if Path(name).name == name:
            faces[name] = _faces(folder / name, name, keys)
    return Survey(keys.of("survey"), rows, {name: items for name, items in faces.items() if items})


def _faces(folder: Path, name: str, keys: Keys) -> list[Item]:
    items = []
    for number, path in enumerate(sorted(folder.glob("restored_*.png")), 1):
        paths = {kind: path.with_name(path.name.replace("restored", kind, 1)) for kind in STEPS}
        steps = tuple(Step(STEPS[kind], file) for kind, file in paths.items() if file.is_file())
        items.append(Item(keys.of("survey", name, str(number)), f"{speak(name)}, face {number}", steps))
    return items
