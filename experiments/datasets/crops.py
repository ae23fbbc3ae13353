"""Face crops, loaded from folders of photographs or of crops."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import filters
from experiments.cli.options import weighted
from experiments.core.provenance import content
from experiments.datasets.subset import Subset
from filters import measures, resizing
from filters.faces import cropping, directions
from filters.io import files, pictures, turns
from filters.io.pictures import PathLike, Picture, Size
from filters.threads import threads

STORED: Size = (320, 426)  # of crops in memory: more than training sees, for the augmentation to cut from
Report = Callable[[int, int], object]  # called with the number of files done and the total number


def load_crops(
    folder: PathLike,
    report: Report = lambda done, total: None,
    size: Size = STORED,
    subset: Subset | None = None,
    by_content: bool = False,
) -> tuple[np.ndarray, list[str], list[str], list[str]]:
    """Load all face crops of a folder.

    A folder written by ``experiments cut`` is recognised by its ``faces.csv``; pictures of any
    other folder are photographs whose faces are cut now, or crops where they look like one.

    Parameters
    ----------
    folder : path-like
    report : callable
        Called with the number of files done and the total number.
    size : tuple of int
        ``(width, height)`` of the crops in pixels, 3:4 or nearly.
    subset : experiments.datasets.subset.Subset, optional
        Which of them to take.
    by_content : bool
        Whether they are sorted by what they show, and not by their place in the folder or its table: the same crops
        then train the same, whatever their names and in whatever order they were cut.

    Returns
    -------
    crops : numpy.ndarray
        ``uint8`` RGB ``(count, size[1], size[0], 3)``.
    names : list of str
    splits : list of str
        ``"train"`` or ``"validation"``, by source.
    problems : list of str
        One line for each file that was left out.

    Raises
    ------
    filters.PictureError
        When no crop can be loaded.
    """
    crops, names, splits, problems = [], [], [], []
    for path, found, split, problem in each_file([folder], report, size, subset):
        crops += found
        names += [path.stem] * len(found)
        splits += [split] * len(found)
        problems += [problem] if problem else []
    if not crops:
        why = problems[0] if problems or not subset else f"none is in the subset '{subset.text}'"
        raise filters.PictureError(f"{folder} holds no face that could be used; {why}")
    order = sorted(range(len(crops)), key=lambda i: content(crops[i])) if by_content else range(len(crops))
    return np.stack([crops[i] for i in order]), [names[i] for i in order], [splits[i] for i in order], problems


def load_faces(
    texts: Sequence[str], report: Report = lambda done, total: None, subset: Subset | None = None
) -> tuple[np.ndarray, np.ndarray, list[str], list[str]]:
    """Load the crops of all faces, as `experiments.datasets.scenes.load` loads whole photographs.

    Parameters
    ----------
    texts : sequence of str
        ``FOLDER[:WEIGHT]`` each. Folders without a weight count by the number of their crops.
    report : callable
        Called with the number of files done and the total number.
    subset : experiments.datasets.subset.Subset, optional
        Which of them to take.

    Returns
    -------
    crops : numpy.ndarray
        ``uint8`` RGB ``(count, 426, 320, 3)``.
    shares : numpy.ndarray
        ``(count,)``: how often each is to be drawn; the sum is 1.
    splits, problems : list of str
        As from `load_crops`.
    """
    names, weights = zip(*(weighted(text, "--data", files=True) for text in texts), strict=True)
    loaded = [load_crops(name, report, subset=subset, by_content=True) for name in names]
    given = [name != text for name, text in zip(names, texts, strict=True)]
    counts = [weight if any(given) else len(part[0]) for weight, part in zip(weights, loaded, strict=True)]
    shares = [np.full(len(part[0]), count / len(part[0])) for count, part in zip(counts, loaded, strict=True)]
    crops, _, splits, problems = zip(*loaded, strict=True)
    shares = np.concatenate(shares)
    return np.concatenate(crops), shares / shares.sum(), [*chain(*splits)], [*chain(*problems)]


def each_file(
    sources: Iterable[PathLike],
    report: Report = lambda done, total: None,
    size: Size = STORED,
    subset: Subset | None = None,
) -> Iterator[tuple[Path, list[Picture], str | None, str | None]]:
    """Yield ``(path, crops, split, problem)`` for each file among files and folders; see `load_crops`.

    A file with neither crops nor a problem is not in the subset; one that cannot be read has no split.
    """
    jobs: list[tuple[Path, dict | None]] = []
    for source in map(Path, sources):
        try:
            table = cut_faces(source)
            jobs += _pictures(source) if table is None else _listed_crops(source, table)
        except filters.PictureError as error:
            yield source, [], None, str(error)
    with threads() as pool:
        results = pool.map(lambda job: _crops_in_turn(job[0], job[1], size, subset), jobs)
        for done, ((path, _), result) in enumerate(zip(jobs, results, strict=True), 1):
            report(done, len(jobs))
            yield path, *result


def _pictures(source: Path) -> list[tuple[Path, None]]:
    return [(path, None) for path in pictures.find_pictures([source])]


def cut_faces(folder: Path) -> pd.DataFrame | None:
    """Return the table of a folder that ``experiments cut`` has written; None of any other folder."""
    try:
        table = pd.read_csv(
            folder / "faces.csv", dtype={"crop": str, "rejected": str}, encoding_errors="surrogateescape"
        )
    except (OSError, ValueError):
        return None
    return table if {"crop", "source", "sha256", "split"} <= set(table.columns) else None


def _listed_crops(folder: Path, table: pd.DataFrame) -> list[tuple[Path, dict]]:
    table = table.dropna(subset=["crop"])
    if table.empty:
        raise filters.PictureError(f"{folder / 'faces.csv'} lists no crop; run 'experiments cut' again")
    rows = table.to_dict("records")
    for row in rows:
        if not files.is_below(row["crop"]):
            raise filters.PictureError(
                f"{folder / 'faces.csv'} names a crop outside of its folder: {row['crop']}; cut the faces again"
            )
    return [(folder / row["crop"], row) for row in rows]


def _crops_in_turn(
    path: Path, row: Mapping[str, Any] | None, size: Size, subset: Subset | None
) -> tuple[list[Picture], str | None, str | None]:
    with turns.turn(path):
        return _crops_of(path, row, size, subset)


def _crops_of(
    path: Path, row: Mapping[str, Any] | None, size: Size, subset: Subset | None
) -> tuple[list[Picture], str | None, str | None]:
    """Return crops, split and problem of one file; `row` is its row of ``faces.csv``, if there is one."""
    if subset and not (subset.takes_name(path) and (row is None or subset.takes(row))):
        return [], None, None
    try:
        picture = pictures.read(path)
        split = row["split"] if row else measures.split_of(measures.sha256(path.read_bytes()))
    except filters.PictureError as error:
        return [], None, str(error)
    if row or cropping.is_crop(picture):
        crops = [resizing.resized(picture, size)]
    else:
        found = directions.detect(picture)
        if not found:
            return [], split, f"{path} shows no face; it was left out"
        crops = [cropping.cut(picture, face, size) for face in found]
    if subset and row is None:
        crops = [crop for crop in crops if subset.takes(measures.measure(crop))]
    return crops, split, None
