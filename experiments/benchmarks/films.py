"""Time the painting of films, and measure how steady they are."""

import statistics
import time

import cv2
import numpy as np

from experiments.commands.benchmark import ROUNDS
from experiments.datasets.packaged import packaged_photos
from experiments.inference.fast_style_transfer import load_painter, paint, steadily
from filters.flow import motion
from filters.io import pictures
from filters.io.pictures import Picture, Size
from transformers import pretrained
from transformers.inference import Compiled


def time_film(
    name: str | None = None, rounds: int = ROUNDS, size: Size = (384, 288), seconds: int = 5, rate: int = 25
) -> dict[str, float]:
    """Time the painting of a pan over a photograph, and compare steady frames with frames painted alone.

    Parameters
    ----------
    name : str, optional
        Of a painter, see `experiments.inference.fast_style_transfer.load_painter`; by default all shipped ones.
    rounds : int
        How often the frames of one second are painted, for the speed.
    size : tuple of int
        ``(width, height)`` of the film.
    seconds, rate : int
        Length of the film, and frames per second.

    Returns
    -------
    dict
        Description → frames per second, temporal errors (RGB levels, 0–255) and their ratio, for each painter.
    """
    frames = _pan(size, seconds * rate)
    results = {}
    for painter_name in [name] if name else pretrained.available("painter"):
        painter = Compiled(load_painter(painter_name))
        alone = [paint(frame, painter) for frame in frames]
        speeds = []
        for _ in range(rounds):
            began = time.perf_counter()
            held = list(steadily(frames[:rate], lambda frame, painter=painter: paint(frame, painter)))
            speeds.append(len(held) / (time.perf_counter() - began))
        # The frames are painted already: only the blending remains to be done.
        painted = iter(alone)
        held = list(steadily(frames, lambda frame, painted=painted: next(painted)))
        errors = [motion.temporal_error(frames, film) for film in (alone, held)]
        results |= {
            f"{painter_name}: frames a second, {size[0]}x{size[1]}": statistics.median(speeds),
            f"{painter_name}: temporal error, each frame alone": errors[0],
            f"{painter_name}: temporal error, held": errors[1],
            f"{painter_name}: ratio, held to alone": errors[1] / errors[0],
        }
    return results


def _pan(size: Size, count: int) -> list[Picture]:
    """Return the frames of a camera that pans over a packaged photograph and zooms in by a tenth."""
    photo = pictures.read(packaged_photos()[0])
    frames = []
    for share in np.linspace(0, 1, count):
        scale = 0.7 * photo.shape[1] / size[0] * (1 - 0.1 * share)
        room = np.array([photo.shape[1] - scale * size[0], photo.shape[0] - scale * size[1]])
        corner = room * (share, 0.3 + 0.2 * share)
        matrix = np.array([[scale, 0, corner[0]], [0, scale, corner[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        frames.append(cv2.warpAffine(photo, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101))
    return frames
