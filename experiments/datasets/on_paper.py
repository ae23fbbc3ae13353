"""Drawings as scanned books show them."""

import cv2
import numpy as np

from filters.io.pictures import Picture


def on_paper(drawing: Picture, rng: np.random.Generator) -> Picture:
    """Return a drawing as the scan of an old book would show it.

    Drawn are where the drawing ends, as portraits do that fade out below the shoulders, how fine the scan is, how
    much ink there was, the tones of ink and paper, and specks.

    Parameters
    ----------
    drawing : numpy.ndarray
        ``uint8`` ``(height, width, 3)``, gray: 0 ink, 255 paper.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        ``uint8`` of the same size, gray.
    """
    ink = 1 - drawing[..., 0].astype(np.float32) / 255
    height, width = ink.shape
    if rng.random() < 0.65:
        ink *= _vignette(width, height, rng)
    if rng.random() < 0.6:
        share = rng.uniform(0.5, 1)
        small = cv2.resize(ink, (round(share * width), round(share * height)), interpolation=cv2.INTER_AREA)
        ink = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:  # more ink, or less, and harder edges
        blurred = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.4, 0.9))
        ink = 0.5 + rng.uniform(1, 2.5) * (blurred - rng.uniform(0.3, 0.55))
    if rng.random() < 0.4:
        specks = rng.random((height, width), np.float32) < rng.uniform(0, 0.003)
        ink = np.maximum(ink, cv2.GaussianBlur(specks.astype(np.float32), (0, 0), 0.7) * 2)
    paper, black = rng.uniform(0.78, 1), rng.uniform(0, 0.2)
    light = paper + np.clip(ink, 0, 1) * np.float32(black - paper)
    return np.round(light * 255).astype(np.uint8)[..., None].repeat(3, axis=2)


def _vignette(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """Return 1 around head and shoulders, 0 far from them, with an uneven edge: ``float32`` ``(height, width)``."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x, y = (x / width - rng.uniform(0.45, 0.55)) / rng.uniform(0.4, 0.65), y / height
    middle = rng.uniform(0.45, 0.6)
    distance = np.hypot(x, (y - middle) / rng.uniform(0.5, 0.75))
    waves = cv2.resize(rng.standard_normal((8, 6), np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    edge = 1 + 0.08 * waves - distance
    return np.clip(0.5 + edge / rng.uniform(0.05, 0.4), 0, 1)
