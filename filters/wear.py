"""The filter `worn`: prints after a hundred years, and where they are damaged."""

import zlib

import cv2
import numpy as np

from filters.damage import KINDS, Layer
from filters.io.pictures import Picture
from filters.registry import register

VISIBLE = 3  # gray values: what changes a channel by less is no damage


@register(channels=3)
def worn(
    picture: Picture,
    *,
    amount: float = 1.0,
    coarseness: float = 1.0,
    fading: float = 0.0,
    seed: int | None = None,
) -> np.ndarray:
    """An old print: scratched, dusty, folded, torn, stained, faded.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    amount, coarseness, fading, seed
        See `wear`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    return wear(picture, amount=amount, coarseness=coarseness, fading=fading, seed=seed)[0]


def wear(
    picture: Picture,
    *,
    amount: float = 1.0,
    coarseness: float = 1.0,
    fading: float = 0.0,
    seed: int | None = None,
) -> tuple[Picture, Picture, np.ndarray]:
    """Fade a picture, then damage it.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    amount : float
        How much damage there is, on average; 0 for none.
    coarseness : float
        Factor on the width of scratches and specks.
    fading : float
        0 for none to 1: blacks become gray, unevenly, and blacks near the edges shine (silvering).
    seed : int, optional
        Of the damage; by default the picture's own content decides.

    Returns
    -------
    worn : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``. A gray picture stays gray in two of three cases.
    sound : numpy.ndarray
        The same without damage, but faded: ``uint8`` RGB.
    mask : numpy.ndarray
        Where `worn` differs from `sound` visibly: ``bool`` ``(height, width)``.

    Examples
    --------
    >>> worn, sound, mask = wear(np.full((60, 80, 3), 90, np.uint8), seed=1)
    >>> np.unique(sound).tolist(), bool(mask.any()), np.unique(worn[~mask]).tolist()
    ([90], True, [90])
    """
    rng = np.random.default_rng(zlib.crc32(picture.tobytes()) if seed is None else seed)
    sound = _faded(picture, fading, rng) if fading else picture
    gray = _is_gray(sound) and rng.random() < 2 / 3
    layer = Layer(sound[..., : 1 if gray else 3].astype(np.float32), rng, amount, coarseness)
    for kind, likely in KINDS.items():
        if rng.random() < min(1.0, likely * amount):
            kind(layer)
    changed = np.clip(np.round(layer.values), 0, 255).astype(np.uint8)
    changed = np.repeat(changed, 3 // changed.shape[2], axis=2)
    red, green, blue = cv2.split(cv2.absdiff(changed, sound))
    mask = cv2.max(red, cv2.max(green, blue)) > VISIBLE
    return np.where(mask[..., None], changed, sound), sound, mask


def _is_gray(picture: Picture) -> bool:
    red, green, blue = cv2.split(picture)
    return np.array_equal(red, green) and np.array_equal(green, blue)


def _faded(picture: Picture, fading: float, rng: np.random.Generator) -> Picture:
    """Return a faded picture: less contrast, yellower where it is in colour, silvered at the edges."""
    layer = Layer(picture[..., : 1 if _is_gray(picture) else 3].astype(np.float32), rng)
    uneven = np.clip(fading * (1 + 0.3 * layer.noise(2)), 0, 1)[..., None]
    black, white = rng.uniform(40, 110) * uneven, 255 - rng.uniform(0, 40) * uneven
    values = black + layer.values / 255 * (white - black)
    if not layer.gray:
        values *= 1 - uneven * np.array([0, 0.06, 0.2], np.float32) * rng.random()
    if rng.random() < 0.3:
        height, width = layer.shape
        x, y = layer.grid()
        border = np.minimum(np.minimum(x / width, 1 - x / width), np.minimum(y / height, 1 - y / height))
        sheen = np.clip(1 - border / 0.2 + 0.4 * layer.noise(4), 0, 1)[..., None] * (1 - values / 255) ** 3
        tone = 1 if layer.gray else np.array([0.8, 0.95, 1.15], np.float32)  # bluish
        values += fading * rng.uniform(30, 110) * sheen * tone
    return np.repeat(np.clip(np.round(values), 0, 255).astype(np.uint8), 3 // values.shape[2], axis=2)
