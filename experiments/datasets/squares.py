"""Squares of photographs, for a painter to practise on."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.cli.console import say
from experiments.core.codecs import to_unit
from filters import PictureError, measures
from filters.io import pictures
from filters.io.pictures import Picture
from filters.resizing import resized
from transformers.training.painter import MOST_SHIFT

JUDGED = 4  # photographs that are kept out of training, to choose the best weights by
GRAIN = 8 / 127.5  # largest standard deviation of the noise in the second view, as of a film in poor light


def by_content(folders: Sequence[str]) -> dict[Path, str]:
    """Return the pictures of folders, and a SHA-256 of each, which is empty where a file cannot be read.

    The order is that of contents, not of names: the same pictures train the same, whatever their names and places.
    """
    found = {path: _content(path) for path in pictures.find_pictures(folders)}
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def _content(path: Path) -> str:
    try:
        return measures.sha256(pictures.read_bytes(path))
    except PictureError:
        return ""  # reported when it is drawn


def apart(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """Return photographs to practise on, and up to `JUDGED` others to judge by; the same ones if there are few."""
    judged = paths[:: max(1, len(paths) // JUDGED)][:JUDGED]
    return [path for path in paths if path not in judged] or paths, judged


def square(picture: Picture, side: int, place: tuple[float, ...], share: float) -> Picture:
    """Return a square of a photograph.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    side : int
        Side of the result, in pixels.
    place : tuple of float
        Down and across: 0 is the top or left of the photograph, 1 its bottom or right.
    share : float
        Side of the square, as a share of the photograph's shorter side.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(side, side, 3)``.
    """
    cut = max(1, round(share * min(picture.shape[:2])))
    top, left = (round(p * (s - cut)) for p, s in zip(place, picture.shape[:2], strict=True))
    return resized(picture[top : top + cut, left : left + cut], (side, side))


class Photographs:
    """Squares of photographs, which are read when needed: thousands do not fit into memory.

    A file that cannot be used is reported once, and the next one takes its place. What is drawn depends on
    (seed, step, place in the batch) alone, so a training that is resumed sees what it would have seen.

    Parameters
    ----------
    paths : sequence of pathlib.Path
    size : int
        Side of the squares, in pixels.
    batch_size : int
    seed : int
    """

    def __init__(self, paths: Sequence[Path], size: int, batch_size: int, seed: int) -> None:
        self.paths, self.size, self.batch_size, self.seed = paths, size, batch_size, seed
        self.unusable: set[Path] = set()

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """Return a batch for `transformers.training.painter.PainterTraining`.

        Returns
        -------
        dict
            ``picture`` and ``other``, ``float32`` ``(batch_size, size, size, 3)``, -1–1: two views, the other one
            shifted and with noise; ``shift`` ``int32`` ``(2,)``, down and across, in pixels.

        Raises
        ------
        PictureError
            When none of the photographs can be read.
        """
        rng = np.random.default_rng([self.seed, step])
        shift = rng.integers(MOST_SHIFT, size=2, endpoint=True)
        views = []
        for place in range(self.batch_size):
            rng = np.random.default_rng([self.seed, step, place])
            picture = self.read(int(rng.integers(len(self.paths))))
            # From the whole photograph to less than half of it: faces large and small.
            picture = square(picture, self.size + MOST_SHIFT, tuple(rng.random(2)), rng.uniform(0.4, 1.0))
            if rng.random() < 0.5:
                picture = picture[:, ::-1]
            grain = np.float32(rng.uniform(0, GRAIN))
            one = to_unit(picture[: self.size, : self.size])
            other = to_unit(picture[shift[0] :, shift[1] :][: self.size, : self.size])
            other = other + grain * rng.standard_normal(other.shape, np.float32)
            views.append((one, np.clip(other, -1, 1)))
        one, other = (np.stack(v) for v in zip(*views, strict=True))
        return {"picture": one, "other": other, "shift": shift.astype(np.int32)}

    def read(self, index: int) -> Picture:
        """Return a photograph by its place among the paths, or the next one that can be read.

        Raises
        ------
        PictureError
            When none of the photographs can be read.
        """
        for path in [*self.paths[index:], *self.paths[:index]]:
            if path not in self.unusable:
                try:
                    return pictures.read(path)
                except PictureError as error:
                    self.unusable.add(path)
                    say(f"error: {error}")
        raise PictureError("none of the photographs can be read; give others")
