"""Whole photographs for training, loaded from several sources."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import filters
from experiments.cli.console import UsageError
from experiments.cli.options import weighted
from experiments.datasets.subset import Subset
from filters import measures, resizing
from filters.io import pictures, turns
from filters.io.pictures import Picture, Size

SHORT_SIDE = 256  # pixels: photographs are kept in memory with their shorter side at most this long


def sources(texts: Sequence[str]) -> list[tuple[list[Path], float]]:
    """Return the pictures of each source, and its weight.

    Parameters
    ----------
    texts : sequence of str
        ``PATH[:WEIGHT]`` each: a folder, a file, or a pattern such as ``"photos/street_*"``. The weight of a source
        without one is the number of its pictures.

    Returns
    -------
    list of tuple
        For each source, its files and its weight.

    Raises
    ------
    PictureError
        When a source has no picture.
    UsageError
        When some have weights and others have not.
    """
    found = []
    for text in texts:
        name, weight = weighted(text, "--data", files=True)
        paths = [name] if Path(name).exists() else sorted(Path(name).parent.glob(Path(name).name))
        if not paths:
            raise filters.PictureError(f"{name} does not exist; check the name")
        found.append((pictures.find_pictures(paths), weight if name != text else None))
    weights = [weight for _, weight in found]
    if None in weights and weights != [None] * len(weights):
        raise UsageError("--data: give each of the sources a weight (DIR:WEIGHT), or none of them")
    return [(files, len(files) if weight is None else weight) for files, weight in found]


def load(
    texts: Sequence[str],
    report: Callable[[int, int], object] = lambda done, total: None,
    subset: Subset | None = None,
) -> tuple[list[Picture], np.ndarray, list[str], list[str]]:
    """Load whole photographs into memory.

    Parameters
    ----------
    texts : sequence of str
        See `sources`.
    report : callable
        Called with the number of files done and the total number.
    subset : experiments.datasets.subset.Subset, optional
        Which of them to take.

    Returns
    -------
    photographs : list of numpy.ndarray
        ``uint8`` RGB, the shorter side at most `SHORT_SIDE`; source after source, each sorted by content.
    shares : numpy.ndarray
        ``(count,)``: how often each is to be drawn; the sum is 1.
    splits : list of str
        ``"train"`` or ``"validation"``, by content.
    problems : list of str
        One line for each file that was left out.

    Raises
    ------
    PictureError
        When no photograph can be used.
    UsageError
        As `sources`.
    """
    jobs = [
        (path, weight / len(files), source)
        for source, (files, weight) in enumerate(sources(texts))
        for path in files
    ]

    def read(job: tuple[Path, float, int]) -> tuple[Picture, float, str, tuple[int, str]] | str | None:
        path, share, source = job
        if subset and not subset.takes_name(path):
            return None
        try:
            picture = pictures.read(path)
        except filters.PictureError as error:
            return str(error)
        if subset and not subset.takes(measures.measure(picture)):
            return None
        small = resizing.smaller(picture, round(SHORT_SIDE * max(picture.shape[:2]) / min(picture.shape[:2])))
        sha256 = measures.sha256(path.read_bytes())
        return small, share, measures.split_of(sha256), (source, sha256)

    def in_turn(job: tuple[Path, float, int]) -> tuple[Picture, float, str, tuple[int, str]] | str | None:
        with turns.turn(job[0]):
            return read(job)

    found, problems = [], []
    with ThreadPoolExecutor() as pool:
        for done, result in enumerate(pool.map(in_turn, jobs), 1):
            report(done, len(jobs))
            if isinstance(result, str):
                problems.append(result)
            elif result:
                found.append(result)
    if not found:
        why = problems[0] if problems or not subset else f"none is in the subset '{subset.text}'"
        raise filters.PictureError(f"{', '.join(texts)}: no photograph could be used; {why}")
    # By content, not by name: the same photographs train the same, whatever their names and places.
    found.sort(key=lambda item: item[3])
    photographs, shares, splits, _ = zip(*found, strict=True)
    return list(photographs), np.array(shares) / sum(shares), list(splits), problems


def middle(picture: Picture, size: Size) -> Picture:
    """Return the largest part around the middle of a photograph with the proportions of a size, at that size."""
    height, width = picture.shape[:2]
    step = min(width / size[0], height / size[1])
    wide, high = (max(1, round(step * side)) for side in size)
    left, top = (width - wide) // 2, (height - high) // 2
    return resizing.resized(picture[top : top + high, left : left + wide], size)
