"""Squares of photographs, for a painter to practise on."""

import numpy as np

from experiments.cli.console import say
from experiments.core.codecs import to_unit
from filters import PictureError
from filters.io import pictures
from filters.resizing import resized
from transformers.training.painter import MOST_SHIFT

JUDGED = 4  # photographs that are kept out of training, to choose the best weights by
GRAIN = 8 / 127.5  # most noise (standard deviation) that is laid over the second view: of a film in poor light


def apart(paths):
    """Return photographs to practise on, and `JUDGED` ones to judge by; all serve for both if few."""
    judged = paths[:: max(1, len(paths) // JUDGED)][:JUDGED]
    return [path for path in paths if path not in judged] or paths, judged


def square(picture: np.ndarray, side: int, place: tuple[float, ...], share: float):
    """Return a square of a photograph, ``uint8`` RGB ``(side, side, 3)``.

    Parameters
    ----------
    picture : numpy.ndarray
    side : int
        Of the result.
    place : tuple of float
        Down and across: 0 the top or left of the photograph, 1 its bottom or right.
    share : float
        How much of the photograph's shorter side the square has.
    """
    cut = max(1, round(share * min(picture.shape[:2])))
    top, left = (round(p * (s - cut)) for p, s in zip(place, picture.shape[:2], strict=True))
    return resized(picture[top : top + cut, left : left + cut], (side, side))


class Photographs:
    """Squares of photographs, read when they are needed: thousands do not fit into memory.

    A file that cannot be used is told once, and its neighbour takes its place. What is drawn depends on
    (seed, step, place in the batch) alone, so a training that is resumed sees what it would have seen.

    Parameters
    ----------
    paths : list of pathlib.Path
    size : int
        Side of the squares.
    batch_size : int
    seed : int
    """

    def __init__(self, paths, size, batch_size, seed):
        self.paths, self.size, self.batch_size, self.seed = paths, size, batch_size, seed
        self.unusable = set()

    def batch(self, step):
        """Return what `transformers.training.painter.PainterTraining` takes."""
        rng = np.random.default_rng([self.seed, step])
        shift = rng.integers(MOST_SHIFT, size=2, endpoint=True)
        views = []
        for place in range(self.batch_size):
            rng = np.random.default_rng([self.seed, step, place])
            picture = self._photograph(int(rng.integers(len(self.paths))))
            # From all of a photograph to less than half: faces large and small.
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

    def _photograph(self, index):
        for path in self.paths[index:] + self.paths[:index]:
            if path not in self.unusable:
                try:
                    return pictures.read(path)
                except PictureError as error:
                    self.unusable.add(path)
                    say(f"error: {error}")
        raise PictureError("none of the photographs can be read; give another --data")
