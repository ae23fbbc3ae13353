"""Cut all faces out of photographs: crops and their table, on all processor cores."""

import argparse
import glob
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import pandas as pd

from experiments.cli import workers
from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather, refuse_inputs
from experiments.cli.results import Results, source_key
from experiments.datasets.crops import cut_faces
from filters import measures
from filters.faces import cropping, directions
from filters.io import files, pictures
from filters.io.pictures import PathLike

SAVE_EVERY = 5  # seconds between two saves of the table
Row = dict[str, Any]  # of ``faces.csv``
Job = tuple[str, Path, str, str | None]  # source, where its result would be, detector, known SHA-256


def run(arguments: argparse.Namespace) -> int:
    """Cut the faces out of the photographs that the command line names."""
    return cut(arguments.photos, arguments.out, arguments.detector, arguments.jobs, arguments.overwrite)


def cut(
    photos: Sequence[PathLike],
    out: PathLike,
    detector: str = "yunet",
    jobs: int | None = None,
    overwrite: bool = False,
) -> int:
    """Cut all faces of photographs.

    Sources that ``faces.csv`` in `out` already lists, unchanged and with the same detector, are not cut again: a
    run that was stopped continues where it was.

    Parameters
    ----------
    photos : list of path-like
        Pictures and folders of pictures.
    out : path-like
        Folder of the crops, PNG files of 360x480 pixels named after the source and the face's number from the
        left, and of ``faces.csv``, which has a row for each face and for each source without one, sorted by source.
    detector : {"yunet", "haar"}
    jobs : int, optional
        Number of processes; by default that of the processor's cores.
    overwrite : bool
        Whether files in `out` may be written over that this program did not write.

    Returns
    -------
    int
        Exit code: 0, or 1 when a source could not be read or shows no face.

    Raises
    ------
    UsageError
        When a crop would overwrite one of the photographs.
    """
    out = Path(out)
    sources, failures = gather(photos, out, [out / "faces.csv"])
    results = Results(out, overwrite)
    targets = results.names(sources, photos, room=len("_999"))
    refuse_inputs(chain.from_iterable(t.parent.glob(f"{glob.escape(t.stem)}_*.png") for t in targets), sources)
    rows = {}
    if sources:
        with results.writing([out / "faces.csv"]):
            rows = _cut_into(results, sources, targets, detector, jobs or os.cpu_count() or 1)
    kept = [row for source in sources for row in rows.get(source_key(source), ())]
    failures += [f"{row['source']}: {row['rejected']}" for row in kept if _is_rejected(row)]
    for failure in failures:
        say(f"error: {failure}")
    crops = sum(not _is_rejected(row) for row in kept)
    say(f"{crops} faces from {len(sources)} pictures are in {out}")
    return SOME_FAILED if failures else OK


def _cut_into(
    results: Results, sources: Sequence[Path], targets: Sequence[Path], detector: str, jobs: int
) -> dict[str, list[Row]]:
    """Cut sources whose crops are not known yet; return all rows of the table, by source."""
    rows = _known(results.folder, detector)
    todo = [
        (str(source), target, detector, _stamp(rows.get(source_key(source))))
        for source, target in zip(sources, targets, strict=True)
    ]

    def save() -> None:
        _forget_moved(rows, sources)
        table = pd.DataFrame([row for _, found in sorted(rows.items()) for row in found], columns=measures.COLUMNS)
        text = table.to_csv(index=False).encode(errors="surrogateescape")
        pictures.write_bytes(results.folder / "faces.csv", text)

    save()  # if it cannot be written, that shows now, not after an hour
    saved = time.monotonic()
    try:
        with progress("cutting") as bar:
            for done, (source, found) in enumerate(_each(todo, jobs, results), 1):
                if found is not None:
                    rows[source_key(source)] = found
                if time.monotonic() - saved > SAVE_EVERY:
                    save()
                    saved = time.monotonic()
                bar(done, len(todo))
    finally:
        save()
    return rows


def _forget_moved(rows: dict[str, list[Row]], sources: Iterable[Path]) -> None:
    """Drop the rows of photographs that were now cut again under another path."""
    here = {source_key(source) for source in sources}
    contents = {rows[key][0]["sha256"] for key in here & rows.keys()}
    for key in [key for key in rows.keys() - here if rows[key][0]["sha256"] in contents]:
        del rows[key]


def _is_rejected(row: Row) -> bool:
    return isinstance(row["rejected"], str) and bool(row["rejected"])


def _known(folder: Path, detector: str) -> dict[str, list[Row]]:
    """Return the rows of an earlier run by source, where detector and crops are still the same."""
    known, table = {}, cut_faces(folder)
    if table is None or not set(measures.COLUMNS) <= set(table.columns):
        return known
    for source, group in table.groupby("source", sort=False):
        crops = group["crop"].dropna()
        same = bool((group["detector"] == detector).all())
        if same and all(files.is_below(crop) and (folder / crop).is_file() for crop in crops):
            known[source_key(str(source))] = group.to_dict("records")
    return known


def _stamp(rows: Sequence[Row] | None) -> str | None:
    return rows[0]["sha256"] if rows else None


def _each(todo: Sequence[Job], jobs: int, results: Results) -> Iterator[tuple[str, list[Row] | None]]:
    """Yield results of `cut_one`, as they come, from as many processes as are worth starting."""
    jobs = min(jobs, -(-len(todo) // 4))
    if jobs <= 1:
        yield from (cut_one(job, results) for job in todo)
        return
    yield from workers.each(_cut_one_here, todo, jobs, _begin, (results.folder, results.overwrite))


_results: list[Results] = []  # of a process that works for the one that holds the folder


def _begin(folder: PathLike, overwrite: bool) -> None:
    cv2.setNumThreads(1)  # each process has one core: more threads would only be in the way
    _results.append(Results(folder, overwrite))
    _results[0].join()


def _cut_one_here(job: Job) -> tuple[str, list[Row] | None]:
    return cut_one(job, _results[0])


def cut_one(job: Job, results: Results) -> tuple[str, list[Row] | None]:
    """Cut the faces out of one source, and write their crops.

    Parameters
    ----------
    job : tuple
        The source, the path that its result had if it were one, the detector, and the SHA-256 that is known of the
        source, or None.
    results : experiments.cli.results.Results
        The folder of the crops.

    Returns
    -------
    source : str
    rows : list of dict or None
        Rows of ``faces.csv``; None where the source is as it was.
    """
    source, target, detector, known_sha256 = job
    row: Row = dict.fromkeys(measures.COLUMNS)
    row.update(source=source, detector=detector)
    try:
        data = files.read_bytes(source)
        row["sha256"] = measures.sha256(data)
        if row["sha256"] == known_sha256:
            return source, None
        row["split"] = measures.split_of(row["sha256"])
        picture = pictures.decode(data, source)
    except pictures.PictureError as error:
        return source, [{**row, "rejected": str(error).removeprefix(f"{source} ")}]
    found = directions.detect(picture, detector)
    if not found:
        return source, [{**row, "rejected": "shows no face; try --detector haar, or a larger picture"}]
    rows, crops = [], {}
    for number, face in enumerate(found, 1):
        crop, file = cropping.cut(picture, face), target.with_name(f"{target.stem}_{number}.png")
        crops[file] = crop
        x, y, width, height = (round(v, 1) for v in face.box)
        entry = {
            **row,
            "crop": file.relative_to(results.folder).as_posix(),
            "face": number,
            "x": x,
            "y": y,
            "width": width,
            "height": height,
            "score": round(face.score, 4),
            "face_height": height,
            "eyes": face.eyes,
            **measures.measure(crop),
        }
        rows.append(entry)
    try:
        with results.of(source, target):
            for file, crop in crops.items():
                pictures.write(file, crop)
    except pictures.PictureError as error:
        return source, [{**row, "rejected": str(error)}]
    return source, rows
