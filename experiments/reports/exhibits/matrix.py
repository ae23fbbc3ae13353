"""The matrix of a gallery: faces by transformations, each with its pictures and its measures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import filters
from experiments.cli.console import progress
from experiments.core.codecs import SIZE, filter_of
from experiments.core.provenance import content
from experiments.core.registry import Transformation, discover
from experiments.core.runs import Run
from experiments.datasets.crops import each_file
from experiments.evaluation import metrics, rankings
from experiments.inference.restoration import restore
from experiments.reports.exhibits.model import Column, Item, Keys, Matrix, Step, speak
from experiments.reports.exhibits.store import Store
from experiments.reports.sheets import as_rgb
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from filters.measures import sha256
from transformers import backend, pretrained

VERSION = 1  # of what is computed; another one computes all anew
ORIGINAL, FILTERED, RESTORED = "Original", "Filtered", "Result"


@dataclass(frozen=True)
class _Way:
    """A filter, and a generator that comes back from it, shipped or of a run; or none."""

    column: Column
    filter: filters.Filter
    state: str  # of the generator: other weights have another one
    transformation: Transformation | None = None
    run: Run | None = None


def matrix(folder: PathLike, runs: Sequence[tuple[Run, str]], store: Store, keys: Keys) -> tuple[Matrix, list[str]]:
    """Filter each face of a folder, find each way back, and measure it; what an earlier build has is taken from it.

    Parameters
    ----------
    folder : path-like
        Faces, or photographs whose faces are cut.
    runs : sequence of tuple
        Trainings of transformations, whose generators take part beside the shipped ones: a `Run`, and the
        letter that the page gives it, if it shows several.
    store : Store
        Where pictures and measures are kept.
    keys : Keys

    Returns
    -------
    matrix : Matrix
    problems : list of str
        One line for each file that could not be used.

    Raises
    ------
    PictureError
        When there is no face.
    """
    faces, crops, problems = _faces(Path(folder), store, keys)
    if not faces:
        why = problems[0] if problems else "name a folder with faces"
        raise pictures.PictureError(f"{folder} holds no face that could be used; {why}")
    ways = _ways(runs)
    cells, shown = [], []
    with progress("ways back", unit="filter") as bar:
        for done, way in enumerate(ways, 1):
            bar(done - 1, len(ways), way.column.title)
            try:
                cells += _column(way, faces, crops, store, keys)
                shown.append(way.column)
            except pretrained.WeightsError as error:
                problems.append(str(error))  # of a run of an earlier version, for instance
    return Matrix(shown, faces, cells), problems


def _faces(folder: Path, store: Store, keys: Keys) -> tuple[list[Item], list[Picture], list[str]]:
    faces, crops, problems = [], [], []
    with progress("reading", unit="file") as bar:
        for path, found, _, problem in each_file([folder], bar, SIZE):
            if not store.others([path]):
                continue
            problems += [problem] if problem else []
            for number, crop in enumerate(found, 1):
                title = speak(path.stem) + (f", face {number}" if len(found) > 1 else "")
                original = _write(crop, store, content(crop)[:16], "original")
                steps = (Step(ORIGINAL, original),)
                faces.append(Item(keys.of("faces", title), title, steps, _source(path, folder)))
                crops.append(crop)
    return faces, crops, problems


def _source(path: Path, folder: Path) -> str:
    """Return where a face comes from: its folder below the given one, or what its name begins with."""
    if path.parent.resolve() != folder.resolve() and path.is_relative_to(folder):
        return speak(path.parent.name)
    beginning = re.match(r"[^\W\d]+(?=_)", path.stem)
    return speak(beginning[0]) if beginning else speak(folder.resolve().name)


def _ways(runs: Sequence[tuple[Run, str]]) -> list[_Way]:
    """Return all ways back, shipped and of runs, and then the filters that have none."""
    known, ways = discover(), []
    for name in pretrained.available():
        if name in known:
            weights = pretrained.FOLDER / f"{name}.weights.h5"
            column = Column(name, speak(name), known[name].summary, True)
            ways.append(_Way(column, filter_of(known[name]), _digest(weights), known[name]))
    for run, letter in runs:
        transformation, weights = known.get(run.name), run.weights()
        if transformation and weights.is_file():
            state = _digest(weights)
            name = f"{run.name} {state[:6]}"
            title = f"{speak(run.name)}, " + (f"training {letter}" if letter else "own training")
            column = Column(name, title, transformation.summary, True)
            ways.append(_Way(column, filter_of(transformation), state, transformation, run))
    back = {way.filter.name for way in ways}
    for name, function in filters.FILTERS.items():
        if name not in back:
            ways.append(_Way(Column(name, speak(name), function.summary, False), function, "filter"))
    return ways


def _digest(path: Path) -> str:
    return sha256(path.read_bytes())[:16] if path.is_file() else ""


def _column(way: _Way, faces: list[Item], crops: list[Picture], store: Store, keys: Keys) -> list[Item]:
    """Return the cells of one way; generator and discriminator are loaded only for cells that are not there."""
    marks = [f"{content(crop)[:16]}/{way.column.name}/{way.state}/{VERSION}" for crop in crops]
    known = [_known(way, mark, store) for mark in marks]
    missing = [index for index, found in enumerate(known) if found is None]
    if missing:
        made = _computed(way, [crops[index] for index in missing])
        store.reserve([name for index in missing for name in _names(way, marks[index])])  # at once: each time saves
        for index, (shown, measures) in zip(missing, made, strict=True):
            paths = [
                _write(picture, store, *_place(marks[index]), step)
                for step, picture in zip(("filtered", "restored"), shown, strict=False)
            ]
            store.keep_measures(marks[index], measures)
            known[index] = paths, measures
    cells = []
    for face, found in zip(faces, known, strict=True):
        paths, measures = found or ([], {})
        steps = [*face.steps, *(Step(t, p) for t, p in zip((FILTERED, RESTORED), paths, strict=False))]
        key = keys.of(*face.key.split("/"), way.column.name)
        title = f"{face.title}: {way.column.title}"
        cells.append(
            Item(key, title, tuple(steps), face.group, None, measures, face=face.key, column=way.column.name)
        )
    return cells


def _known(way: _Way, mark: str, store: Store) -> tuple[list[Path], dict[str, float]] | None:
    """Return the pictures and measures of a cell that an earlier build has computed, or None."""
    measures, names = store.measured(mark), _names(way, mark)
    if measures is None or not all(name in store.listed and (store.folder / name).is_file() for name in names):
        return None
    store.reserve(names)
    return [store.folder / name for name in names], measures


def _names(way: _Way, mark: str) -> list[str]:
    return [_name(*_place(mark), step) for step in ("filtered", "restored")[: 1 + way.column.returns]]


def _computed(way: _Way, crops: list[Picture]) -> list[tuple[list[Picture], dict[str, float]]]:
    filtered = [way.filter(crop) for crop in crops]
    if way.transformation is None:
        return [([as_rgb(picture)], {}) for picture in filtered]
    backend.set_precision("auto")
    if way.run:
        preset = way.run.config.get("preset") or way.transformation.preset
        generator, judge = rankings.networks_of_run(way.run.folder, way.transformation, preset)
    else:
        generator, judge = rankings.networks(way.column.name)
    restored = [restore(generator, way.transformation, picture) for picture in filtered]
    table = metrics.compare(crops, restored)
    table["psnr"] = table["psnr"].clip(upper=metrics.MOST_DB)
    if judge is not None:
        pairs = zip(filtered, restored, strict=True)
        table["realness"] = [rankings.discriminator_score(judge, way.transformation, *pair) for pair in pairs]
    wanted = [c for c in (*metrics.COLUMNS, "realness") if c in table and np.isfinite(table[c]).all()]
    rows = [dict(zip(wanted, row, strict=True)) for row in table[wanted].round(4).to_numpy().tolist()]
    shown = [[as_rgb(f), r] for f, r in zip(filtered, restored, strict=True)]
    return list(zip(shown, rows, strict=True))


def _place(mark: str) -> tuple[str, str]:
    face, rest = mark.split("/", 1)
    return face, f"{re.sub('[^a-z0-9]+', '-', rest.split('/')[0].lower())}-{rest.split('/', 1)[1][:8]}"


def _name(face: str, *words: str) -> str:
    return f"cells/{face}/{'-'.join(words)}.webp"


def _write(picture: Picture, store: Store, face: str, *words: str) -> Path:
    """Write a picture without loss, unless it is there, and return its path."""
    name = _name(face, *words)
    fresh = not (name in store.listed and (store.folder / name).is_file())
    store.reserve([name])
    if fresh:
        pictures.write(store.folder / name, picture)
    return store.folder / name
