"""Squares of photographs, each with one of a painting, for a network that learns to paint like any painting."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.core.codecs import to_unit
from experiments.datasets.squares import Photographs, square
from filters import margins
from filters.io.pictures import Picture

JUDGED = 10  # paintings that are kept out of training, to choose the best weights by


def kept_out(paths: Sequence[Path]) -> list[Path]:
    """Return paintings to judge by: every so many, up to `JUDGED` and to a third of all."""
    count = min(JUDGED, max(1, len(paths) // 3))
    return list(paths[:: max(1, len(paths) // count)][:count])


def without_margins(picture: Picture) -> Picture:
    """Return a painting without the paper and the letters around it, see `filters.margins.inside`."""
    return margins.cut(picture, margins.inside(picture))


def in_other_colors(picture: Picture, rng: np.random.Generator) -> np.ndarray:
    """Return a painting in other colours, of other saturation and of other brightness.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
    """
    values = np.float32(picture[..., rng.permutation(3)]) / 255
    gray = values.mean(axis=2, keepdims=True)
    values = np.clip(gray + np.float32(rng.uniform(0.3, 1.4)) * (values - gray), 0, 1)
    return 2 * values ** np.float32(rng.uniform(0.7, 1.4)) - 1


class PhotographsWithPaintings:
    """Squares of photographs and paintings, which are read when needed, as `Photographs` does.

    What is drawn depends on (seed, step, place in the batch) alone.

    Parameters
    ----------
    photographs, paintings : sequence of pathlib.Path
    size : int
        Side of the squares, in pixels.
    batch_size : int
    seed : int
    stand_ins : float
        How often a photograph stands in for a painting, from 0 to 1.
    """

    def __init__(
        self,
        photographs: Sequence[Path],
        paintings: Sequence[Path],
        size: int,
        batch_size: int,
        seed: int,
        stand_ins: float = 0.0,
    ) -> None:
        self.photographs, self.paintings = (
            Photographs(paths, size, batch_size, seed) for paths in (photographs, paintings)
        )
        self.size, self.batch_size, self.seed = size, batch_size, seed
        self.stand_ins = stand_ins

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """Return a batch for `transformers.training.any_painter.AnyPainterTraining`.

        Returns
        -------
        dict
            ``picture`` and ``painting``, ``float32`` ``(batch_size, size, size, 3)``, -1–1. Half of the paintings
            are in other colours.

        Raises
        ------
        PictureError
            When none of the photographs, or none of the paintings, can be read.
        """
        pairs = [self._pair(np.random.default_rng([self.seed, step, place])) for place in range(self.batch_size)]
        shown, paintings = (np.stack(values) for values in zip(*pairs, strict=True))
        return {"picture": shown, "painting": paintings}

    def _pair(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        picture = self._square(self._read(self.photographs, rng), rng)
        if rng.random() < self.stand_ins:
            painting = self._read(self.photographs, rng)
        else:
            painting = without_margins(self._read(self.paintings, rng))
        painting = self._square(painting, rng)
        return to_unit(picture), in_other_colors(painting, rng) if rng.random() < 0.5 else to_unit(painting)

    def _read(self, source: Photographs, rng: np.random.Generator) -> Picture:
        return source.read(int(rng.integers(len(source.paths))))

    def _square(self, picture: Picture, rng: np.random.Generator) -> Picture:
        """Return a square of some or all of a picture, flipped or not: strokes are large and small."""
        picture = square(picture, self.size, tuple(rng.random(2)), rng.uniform(0.4, 1.0))
        return picture[:, ::-1] if rng.random() < 0.5 else picture
