"""Cut all faces out of photographs: crops and their table, over all processor cores."""

import argparse
import glob
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import cv2
import pandas as pd

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather, refuse_inputs, result_names
from filters import measures
from filters.faces import cropping, directions
from filters.io import pictures
from filters.io.pictures import PathLike

SAVE_EVERY = 5  # seconds between two saves of the table


def run(arguments: argparse.Namespace) -> int:
    return cut(arguments.photos, arguments.out, arguments.detector, arguments.jobs)


def cut(photos: Sequence[PathLike], out: PathLike, detector: str = "yunet", jobs: int | None = None) -> int:
    """Cut all faces of photographs.

    Sources that ``faces.csv`` in `out` lists already, unchanged and by the same detector, are not
    read again: a run that was stopped goes on where it was.

    Parameters
    ----------
    photos : list of path-like
        Pictures and folders of pictures.
    out : path-like
        Folder of the crops: PNG, 360x480, named after the source and the face's number from the
        left, and of ``faces.csv``, a row a face and a row for each source without one.
    detector : {"yunet", "haar"}
    jobs : int, optional
        Processes; one a core by default.

    Returns
    -------
    int
        0, or 1 when a source could not be read or shows no face.
    """
    out = Path(out)
    sources, failures = gather(photos, [out / "faces.csv"])
    table_file = out / "faces.csv"
    rows = _known(table_file, detector)
    names = [t.stem for t in result_names(sources, out)]
    refuse_inputs((crop for name in names for crop in out.glob(f"{glob.escape(name)}_*.png")), sources)
    todo = [
        (str(source), name, str(out), detector, _stamp(rows.get(str(source))))
        for source, name in zip(sources, names, strict=True)
    ]

    def save() -> None:
        table = pd.DataFrame([row for found in rows.values() for row in found], columns=measures.COLUMNS)
        pictures.write_bytes(table_file, table.to_csv(index=False).encode(errors="surrogateescape"))

    if sources:
        save()  # an output that cannot be written shows now, not after an hour
    for leftover in out.glob(".*.part"):
        leftover.unlink()  # of a run that was killed while it wrote
    saved = time.monotonic()
    try:
        with progress("cutting") as bar:
            for done, (source, found) in enumerate(_each(todo, jobs or os.cpu_count() or 1), 1):
                if found is not None:
                    rows[source] = found
                if time.monotonic() - saved > SAVE_EVERY:
                    save()
                    saved = time.monotonic()
                bar(done, len(todo))
    finally:
        if sources:
            save()
    kept = [row for source in sources for row in rows.get(str(source), ())]
    failures += [f"{row['source']}: {row['rejected']}" for row in kept if _is_rejected(row)]
    for failure in failures:
        say(f"error: {failure}")
    crops = sum(not _is_rejected(row) for row in kept)
    say(f"{crops} faces from {len(sources)} pictures are in {out}")
    return SOME_FAILED if failures else OK


def _is_rejected(row):
    return isinstance(row["rejected"], str) and bool(row["rejected"])


def _known(table_file, detector):
    """Return rows of an earlier run by source, where they and their crops are still good."""
    if not table_file.is_file():
        return {}
    table = pd.read_csv(table_file, dtype={"crop": str, "rejected": str}, encoding_errors="surrogateescape")
    known = {}
    for source, group in table.groupby("source", sort=False):
        crops = group["crop"].dropna()
        same = (group["detector"] == detector).all()
        if same and all((table_file.parent / crop).is_file() for crop in crops):
            known[source] = group.to_dict("records")
    return known


def _stamp(rows):
    return rows[0]["sha256"] if rows else None


def _each(todo, jobs):
    """Yield results of `cut_one`, as they come, from as many processes as are worth it."""
    jobs = min(jobs, -(-len(todo) // 4))
    if jobs <= 1:
        yield from map(cut_one, todo)
        return
    # Each process has one core: OpenCV's own threads would only get in the way. They are spawned:
    # a fork of a process that has loaded TensorFlow hangs.
    spawn = get_context("spawn")
    with ProcessPoolExecutor(jobs, spawn, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        for future in as_completed([pool.submit(cut_one, job) for job in todo]):
            yield future.result()


def cut_one(job):
    """Cut one source; the rows of its faces, or None where they are known already."""
    source, name, out, detector, known_sha256 = job
    row = dict.fromkeys(measures.COLUMNS)
    row.update(source=source, detector=detector)
    try:
        data = Path(source).read_bytes()
        row["sha256"] = measures.sha256(data)
        if row["sha256"] == known_sha256:
            return source, None
        row["split"] = measures.split_of(row["sha256"])
        picture = pictures.decode(data, source)
    except (OSError, pictures.PictureError) as error:
        return source, [{**row, "rejected": str(error).removeprefix(f"{source} ")}]
    found = directions.detect(picture, detector)
    if not found:
        return source, [{**row, "rejected": "shows no face; try --detector haar, or a larger picture"}]
    rows = []
    for number, face in enumerate(found, 1):
        crop = cropping.cut(picture, face)
        x, y, width, height = (round(v, 1) for v in face.box)
        entry = {
            **row,
            "crop": f"{name}_{number}.png",
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
        pictures.write(Path(out) / entry["crop"], crop)
        rows.append(entry)
    return source, rows
