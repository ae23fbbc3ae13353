"""Time the cutting of faces beside a bare loop of OpenCV calls."""

import contextlib
import io
import os
import shutil
import statistics
import time
from pathlib import Path

import cv2

from experiments.datasets.cutting import cut
from experiments.datasets.packaged import packaged_photos
from filters.faces.cropping import CROP_SIZE
from filters.faces.detection import yunet
from filters.io.pictures import PathLike, find_pictures


def time_cut(photos: PathLike | None, rounds: int, folder: Path) -> dict[str, float]:
    """Time the cutting of faces beside a bare loop of OpenCV calls: read, detect, crop, write.

    Parameters
    ----------
    photos : path-like, optional
        Folder of photographs; without it, copies of packaged ones are cut.
    rounds : int
        How often each is timed.
    folder : pathlib.Path
        For copies and results.

    Returns
    -------
    dict
        Description → median pictures per second on one core and on all, and their ratios.
    """
    if photos:
        sources = find_pictures([photos])
    else:
        sources = []
        for number in range(40):
            for photo in packaged_photos():
                sources.append(folder / f"{photo.stem}-{number}{photo.suffix}")
                shutil.copy(photo, sources[-1])

    def bare() -> None:
        network = yunet()
        (folder / "bare").mkdir(exist_ok=True)
        for source in sources:
            picture = cv2.imread(str(source))
            assert picture is not None, source
            network.setInputSize(picture.shape[1::-1])
            rows = network.detect(picture)[1]
            for number, row in enumerate(rows if rows is not None else ()):
                x, y, width, height = (max(0, int(v)) for v in row[:4])
                crop = cv2.resize(picture[y : y + height, x : x + width], CROP_SIZE)
                cv2.imwrite(str(folder / "bare" / f"{source.stem}_{number}.png"), crop)

    def ours(jobs: int) -> None:
        shutil.rmtree(folder / "ours", ignore_errors=True)
        with contextlib.redirect_stderr(io.StringIO()):
            cut(sources, folder / "ours", jobs=jobs)

    cores = os.cpu_count() or 1
    contestants = {"bare": bare, "one": lambda: ours(1), "all": lambda: ours(cores)}
    speeds = {name: [] for name in contestants}
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for _ in range(rounds):
            for name, function in contestants.items():
                began = time.perf_counter()
                function()
                speeds[name].append(len(sources) / (time.perf_counter() - began))
    finally:
        cv2.setNumThreads(threads)
    median = {name: statistics.median(values) for name, values in speeds.items()}
    return {
        "pictures a second, bare loop on one core": median["bare"],
        "pictures a second, cut on one core": median["one"],
        f"pictures a second, cut on {cores} cores": median["all"],
        "ratio, cut to bare loop, on one core": median["one"] / median["bare"],
        f"ratio, cut on {cores} cores to one": median["all"] / median["one"],
    }
