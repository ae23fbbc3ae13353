"""Aligned faces, and batches of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from experiments.cli.console import progress, say
from experiments.core.codecs import to_unit
from filters import measures
from filters.faces import alignment, detection, directions
from filters.io import pictures, turns
from filters.io.pictures import PathLike, Picture, Size


def load_faces(folder: PathLike, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Load the largest face of every photograph, aligned (`filters.faces.alignment.align_face`).

    Parameters
    ----------
    folder : path-like
    size : tuple of int
        ``(width, height)`` in pixels.

    Returns
    -------
    faces : numpy.ndarray
        ``uint8`` RGB ``(count, size[1], size[0], 3)``, sorted by the SHA-256 of their files.
    kept_out : numpy.ndarray
        ``bool`` ``(count,)``: which faces belong to validation, by the source's SHA-256.

    Raises
    ------
    filters.PictureError
        When there is none. Files that cannot be used are left out, and reported in one line each.
    """

    def work(path: Path) -> tuple[Picture | None, str | None, str | None]:
        try:
            with turns.turn(path):
                face = load_face(path, size)
            return face, measures.sha256(path.read_bytes()), None
        except pictures.PictureError as error:
            return None, None, str(error)

    paths = pictures.find_pictures([folder])
    found, problems = [], []
    with progress("aligning", unit="file") as bar, ThreadPoolExecutor() as pool:
        for done, (face, sha256, problem) in enumerate(pool.map(work, paths), 1):
            if face is None or sha256 is None:
                problems += [problem] if problem else []
            else:
                found.append((sha256, face))
            bar(done, len(paths))
    for problem in problems[:10]:
        say(problem)
    if not found:
        raise pictures.PictureError(f"{folder} holds no face that could be used; {problems[0]}")
    # By content, not by name: the same photographs train the same, whatever their names and places.
    found.sort(key=lambda item: item[0])
    kept_out = [measures.split_of(sha256) == "validation" for sha256, _ in found]
    return np.stack([face for _, face in found]), np.array(kept_out)


def load_face(path: PathLike, size: Size) -> Picture:
    """Load the largest face of a photograph, aligned.

    Parameters
    ----------
    path : path-like
    size : tuple of int
        ``(width, height)`` in pixels.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``.

    Raises
    ------
    filters.PictureError
        When the file cannot be read or shows no face.
    """
    picture = pictures.read(path)
    largest = detection.largest(directions.detect(picture))
    if largest is None:
        raise pictures.PictureError(f"{path} shows no face; it was left out")
    return alignment.align_face(picture, largest, size)


def batches(
    faces: np.ndarray, batch_size: int, latent: int, seed: int, start: int = 0
) -> Iterator[tuple[dict[str, np.ndarray]]]:
    """Yield batches for `transformers.training.flow.LatentFlow`, epoch after epoch, without end.

    All randomness comes from (seed, epoch), so a training that is resumed sees what it would have seen. Faces that
    do not fill a batch are left for other epochs.

    Parameters
    ----------
    faces : numpy.ndarray
        ``uint8`` RGB ``(count, height, width, 3)``.
    batch_size : int
    latent : int
        Length of a noise vector.
    seed : int
    start : int
        The epoch to begin with.

    Yields
    ------
    tuple of dict
        One dictionary: ``picture`` ``float32`` ``(batch_size, height, width, 3)``, -1–1, mirrored or not; ``noise``
        ``(batch_size, latent)``, normal.
    """
    epoch = start
    while True:
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(faces))
        for first in range(0, len(faces) - batch_size + 1, batch_size):
            chosen = faces[order[first : first + batch_size]]
            mirrored = rng.random(batch_size) < 0.5
            chosen = np.where(mirrored[:, None, None, None], chosen[:, :, ::-1], chosen)
            batch = {
                "picture": to_unit(chosen),
                "noise": rng.standard_normal((batch_size, latent), np.float32),
            }
            yield (batch,)
        epoch += 1
