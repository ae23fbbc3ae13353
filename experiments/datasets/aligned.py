"""Aligned faces, and batches of them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from experiments.cli.console import progress, say
from experiments.core.codecs import to_unit
from filters import measures
from filters.faces import alignment, detection, directions
from filters.io import pictures
from filters.io.pictures import PathLike, Size
from transformers.training.augmentation import DRAWS


def load_faces(folder: PathLike, size: Size) -> tuple:
    """Load the largest face of every photograph, aligned (`filters.faces.alignment.align_face`).

    Parameters
    ----------
    folder : path-like
    size : tuple of int
        ``(width, height)``.

    Returns
    -------
    faces : numpy.ndarray
        ``uint8`` RGB ``(count, size[1], size[0], 3)``, in the order of file names.
    kept_out : numpy.ndarray
        ``bool`` ``(count,)``: which ones belong to validation, by the source's SHA-256.

    Raises
    ------
    filters.PictureError
        When there is none. Files that cannot be used are told, one line each, and left out.
    """

    def work(path: Path):
        try:
            return aligned_face(path, size), measures.split_of(measures.sha256(path.read_bytes())), None
        except pictures.PictureError as error:
            return None, None, str(error)

    paths = pictures.find_pictures([folder])
    faces, kept_out, problems = [], [], []
    with progress("aligning", unit="file") as bar, ThreadPoolExecutor() as pool:
        for done, (face, split, problem) in enumerate(pool.map(work, paths), 1):
            if problem:
                problems.append(problem)
            else:
                faces.append(face)
                kept_out.append(split == "validation")
            bar(done, len(paths))
    for problem in problems[:10]:
        say(problem)
    if not faces:
        raise pictures.PictureError(f"{folder} holds no face that could be used; {problems[0]}")
    return np.stack(faces), np.array(kept_out)


def aligned_face(path: PathLike, size: Size):
    """Return the largest face of a photograph, aligned; `PictureError` when there is none."""
    picture = pictures.read(path)
    largest = detection.largest(directions.detect(picture))
    if largest is None:
        raise pictures.PictureError(f"{path} shows no face; it was left out")
    return alignment.align_face(picture, largest, size)


def batches(faces, batch_size: int, latent, seed: int, start: int = 0):
    """Yield batches for `transformers.training.noise.NoiseGAN`, epoch after epoch without end.

    All chance is drawn from (seed, epoch): a training that is taken up again sees what it would have
    seen. What does not fill a batch is left for other epochs.
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
                "draws": rng.random((batch_size, 3 * DRAWS), np.float32),
            }
            yield (batch,)
        epoch += 1
