"""Whole photographs for training: loading them from several sources, and drawing views of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

import filters
from experiments.cli.console import UsageError
from experiments.cli.options import weighted
from filters import measures, resizing
from filters.io import pictures
from filters.io.pictures import Picture, Size

SHORT_SIDE = 256  # pixels that are kept in memory of a photograph's shorter side


def sources(texts: list[str]) -> list[tuple[list[Path], float]]:
    """Return the pictures of each source, and what the source counts for.

    Parameters
    ----------
    texts : list of str
        ``PATH[:WEIGHT]`` each: a folder, a file, or a pattern such as ``"photos/street_*"``. Sources
        without a weight count as many as they have pictures.

    Raises
    ------
    PictureError
        When there is none.
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


def load(texts: list[str], report: Callable = lambda done, total: None, subset=None) -> tuple:
    """Load whole photographs, in memory.

    Parameters
    ----------
    texts : list of str
        See `sources`.
    report : callable
        Called with the number of files done and of all.
    subset : experiments.datasets.subset.Subset, optional
        Which of them to take.

    Returns
    -------
    photographs : list of numpy.ndarray
        ``uint8`` RGB, the shorter side at most `SHORT_SIDE`.
    shares : numpy.ndarray
        ``(count,)``: how often each is to be drawn; the sum is 1.
    splits : list of str
        ``"train"`` or ``"validation"``, by content.
    problems : list of str
        One line for each file that was left out.
    """
    jobs = [(path, weight / len(files)) for files, weight in sources(texts) for path in files]

    def read(job):
        path, share = job
        if subset and not subset.takes_name(path):
            return None
        try:
            picture = pictures.read(path)
        except filters.PictureError as error:
            return str(error)
        if subset and not subset.takes(measures.measure(picture)):
            return None
        small = resizing.smaller(picture, round(SHORT_SIDE * max(picture.shape[:2]) / min(picture.shape[:2])))
        return small, share, measures.split_of(measures.sha256(path.read_bytes()))

    found, problems = [], []
    with ThreadPoolExecutor() as pool:
        for done, result in enumerate(pool.map(read, jobs), 1):
            report(done, len(jobs))
            if isinstance(result, str):
                problems.append(result)
            elif result:
                found.append(result)
    if not found:
        why = problems[0] if problems or not subset else f"none is in the subset '{subset.text}'"
        raise filters.PictureError(f"{', '.join(texts)}: no photograph could be used; {why}")
    photographs, shares, splits = zip(*found, strict=True)
    return list(photographs), np.array(shares) / sum(shares), list(splits), problems


def middle(picture: Picture, size: Size):
    """Return the middle of a photograph at ``(width, height)``: as much of it as has those proportions."""
    height, width = picture.shape[:2]
    step = min(width / size[0], height / size[1])
    wide, high = (max(1, round(step * side)) for side in size)
    left, top = (width - wide) // 2, (height - high) // 2
    return resizing.resized(picture[top : top + high, left : left + wide], size)


def view(picture: np.ndarray, rng: np.random.Generator, augmentation, size: Size):
    """Draw a part of a photograph, squeezed, turned and mirrored; ``uint8`` RGB of that size.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    rng : numpy.random.Generator
    augmentation : experiments.datasets.augmentation.Augmentation
        Its ``scale`` is the share of the largest part with these proportions; ``squeeze``,
        ``rotation``, ``sideways``, ``flip`` and ``frames`` count too.
    size : tuple of int
        ``(width, height)``.
    """
    if rng.random() < augmentation.sideways:
        picture = np.rot90(picture, int(rng.integers(1, 4)))
    if rng.random() < augmentation.flip:
        picture = picture[:, ::-1]
    height, width = picture.shape[:2]
    squeeze = augmentation.squeeze ** rng.uniform(-0.5, 0.5)
    wide, high = size[0] * squeeze, size[1] / squeeze
    step = rng.uniform(*augmentation.scale) * min(width / wide, height / high)
    room = np.array([width - step * wide, height - step * high])
    centre = np.array([width, height]) / 2 + (rng.random(2) - 0.5) * room
    angle = np.deg2rad(rng.uniform(-1, 1) * augmentation.rotation)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = step * turn * [squeeze, 1 / squeeze]
    offset = centre - 0.5 - turn @ (np.array(size) / 2 - 0.5)
    matrix = np.hstack([turn, offset[:, None]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(np.ascontiguousarray(picture), matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return framed(seen, rng) if rng.random() < augmentation.frames else seen


def framed(picture: Picture, rng: np.random.Generator):
    """Lay a white, gray or black mount round a picture, straight or oval: paper has no colour."""
    height, width = picture.shape[:2]
    paper = int(rng.choice([255, int(rng.integers(160, 256)), int(rng.integers(0, 60))]))
    mount = np.full_like(picture, paper)
    edge = rng.uniform(0.02, 0.2)
    if rng.random() < 0.5:
        inside = np.zeros((height, width), np.uint8)
        axes = round(width * (0.5 - edge)), round(height * (0.5 - edge))
        cv2.ellipse(inside, (width // 2, height // 2), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
        share = inside[..., None] / np.float32(255)
        return np.round(picture * share + mount * (1 - share)).astype(np.uint8)
    y, x = round(height * edge), round(width * edge)
    mount[y : height - y, x : width - x] = resizing.resized(picture, (width - 2 * x, height - 2 * y))
    return mount


def scratched(picture: Picture, rng: np.random.Generator):
    """Draw some thin scratches and specks on a print; ``uint8`` RGB in and out."""
    picture = np.ascontiguousarray(picture).copy()
    height, width = picture.shape[:2]
    for _ in range(rng.integers(1, 6)):
        tone = int(rng.choice([rng.integers(200, 256), rng.integers(0, 50)]))
        start = rng.random(2) * [width, height]
        angle, length = rng.uniform(0, np.pi), rng.exponential(0.3) * max(width, height)
        end = start + length * np.array([np.cos(angle), np.sin(angle)])
        first, last = start.astype(int).tolist(), end.astype(int).tolist()
        cv2.line(picture, first, last, (tone,) * 3, int(rng.integers(1, 3)), cv2.LINE_AA)
    return picture
