"""Pictures as old black-and-white film and prints would show them."""

import cv2
import numpy as np

from filters.io.pictures import Picture


def old_print(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a picture as an old black-and-white print would show it.

    Drawn are the film's sensitivity to red, green and blue (early plates hardly saw red), its tone curve and
    contrast, blur, grain, and traces of JPEG.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB of the same size, gray.
    """
    values = on_film(picture, rng)
    if rng.random() < 0.4:
        values = cv2.GaussianBlur(values, (0, 0), rng.uniform(0.4, 1.8))
    if rng.random() < 0.5:
        size = rng.choice([1, 2])
        noise = rng.standard_normal([-(-side // size) for side in values.shape], np.float32)
        noise = cv2.resize(noise, values.shape[::-1], interpolation=cv2.INTER_LINEAR)
        values = values + noise * np.float32(rng.uniform(0.01, 0.05))
    seen = as_rgb(values)
    if rng.random() < 0.3:
        _, data = cv2.imencode(".jpg", seen[..., 0], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])
        decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        assert decoded is not None  # it has just been encoded
        seen = cv2.cvtColor(decoded, cv2.COLOR_GRAY2RGB)
    return seen


def on_film(picture: Picture, rng: np.random.Generator) -> np.ndarray:
    """Return gray, ``float32`` ``(h, w)``, about 0–1, on film with a drawn colour sensitivity and tone curve."""
    # One film in four hardly sees red, as all did until the 1920s.
    weights = rng.dirichlet([0.3, 3.0, 3.0] if rng.random() < 0.25 else [1.2, 2.0, 1.2])
    values = picture.astype(np.float32) @ weights.astype(np.float32) * np.float32(1 / 255)
    values = values ** np.float32(np.exp(rng.uniform(-0.5, 0.5)))
    low, high = rng.uniform(-0.1, 0.2), rng.uniform(0.75, 1.1)
    return low + values * (high - low)


def as_rgb(values: np.ndarray) -> Picture:
    return cv2.cvtColor(np.clip(values * 255, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def scratched(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a copy of a ``uint8`` RGB picture with one to five thin scratches or specks, bright or dark."""
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
