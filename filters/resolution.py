"""Filters that take pixels away: pictures shrunk, and shown at the old size again.

Filters like those of `filters.library`: pure functions from ``uint8`` RGB to ``uint8`` RGB.
"""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from filters.io.pictures import Picture, Size
from filters.registry import register

SHRINKING: dict[str, Callable[[Picture, Size], Picture]] = {
    # Pillow widens the bicubic kernel by the factor, OpenCV does not: its pictures alias.
    "bicubic": lambda picture, size: np.array(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)),
    "aliased": lambda picture, size: cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC),
    "area": lambda picture, size: cv2.resize(picture, size, interpolation=cv2.INTER_AREA),
}


def shrink(picture: Picture, scale: int, method: str = "bicubic") -> Picture:
    """Return a picture made smaller by a whole number.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``. Where a side is no multiple of `scale`, its last row or
        column is repeated.
    scale : int
    method : {"bicubic", "aliased", "area"}
        Bicubic with antialiasing (as Pillow and MATLAB do it) or without (as OpenCV does it), or means.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(ceil(height / scale), ceil(width / scale), 3)``.

    Raises
    ------
    ValueError
        For an unknown method; the message lists the known ones.

    Examples
    --------
    >>> checked = np.uint8([[0, 255, 10, 10], [255, 0, 10, 10]])
    >>> shrink(np.dstack([checked] * 3), 2, "area")[..., 0].tolist()
    [[128, 10]]
    """
    if method not in SHRINKING:
        raise ValueError(f"there is no way of shrinking named '{method}'; known: {', '.join(SHRINKING)}")
    height, width = picture.shape[:2]
    padding = -height % scale, -width % scale
    picture = cv2.copyMakeBorder(picture, 0, padding[0], 0, padding[1], cv2.BORDER_REPLICATE)
    return SHRINKING[method](picture, (picture.shape[1] // scale, picture.shape[0] // scale))


def _enlarge(small: Picture, scale: int, shape: tuple[int, ...]) -> Picture:
    """Return every pixel `scale` times in each direction, cut to the height and width of `shape`."""
    return np.ascontiguousarray(small.repeat(scale, axis=0).repeat(scale, axis=1)[: shape[0], : shape[1]])


@register(channels=3)
def half_size(picture: Picture, *, method: str = "bicubic") -> np.ndarray:
    """A quarter of the pixels: shrunk by 2, shown at the old size.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    method : {"bicubic", "aliased", "area"}
        See `shrink`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, in squares of 2 by 2 equal pixels.
    """
    return _enlarge(shrink(picture, 2, method), 2, picture.shape)


@register(channels=3)
def quarter_size(picture: Picture, *, method: str = "bicubic") -> np.ndarray:
    """A sixteenth of the pixels: shrunk by 4, shown at the old size.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    method : {"bicubic", "aliased", "area"}
        See `shrink`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, in squares of 4 by 4 equal pixels.
    """
    return _enlarge(shrink(picture, 4, method), 4, picture.shape)


@register(channels=3)
def worn_quarter_size(
    picture: Picture,
    *,
    method: str = "bicubic",
    blur: float = 0.7,
    grain: float = 6.0,
    coarseness: int = 1,
    screen: float = 0.0,
    quality: int = 60,
    order: str = "bgsj",
    seed: int = 0,
) -> np.ndarray:
    """As `quarter_size`, and what is left is blurred, grainy and was a JPEG file: an old print, scanned.

    What wears a picture comes in any order, as in Wang et al., "Real-ESRGAN" (2021): a scan blurs the grain of a
    print, or has grain of its own.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    method : {"bicubic", "aliased", "area"}
        See `shrink`.
    blur : float
        Standard deviation in pixels of the small picture.
    grain : float
        Standard deviation of the noise in gray values, before it is made coarser.
    coarseness : int
        Pixels of the small picture from one grain to the next.
    screen : float
        How far in gray values the dots of a newspaper's screen darken and brighten a middle gray; black and white
        have none. They are 2 to 4 pixels of the small picture apart, as `seed` says.
    quality : int
        Of the JPEG, 1 to 100; even the best has colours of half the resolution. With 0 the picture was none.
    order : str
        In which order blur, grain, screen and JPEG come, by their first letters.
    seed : int
        Of the grain and the screen.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, in squares of 4 by 4 equal pixels.

    Raises
    ------
    ValueError
        When `order` has none or several of a letter.
    """
    if sorted(order) != sorted("bgsj"):
        raise ValueError(f"'{order}' is no order; it has each of the letters b, g, s and j once")
    rng = np.random.default_rng(seed)
    steps = {
        "b": lambda small: cv2.GaussianBlur(small, (0, 0), blur) if blur else small,
        "g": lambda small: _grainy(small, grain, coarseness, rng),
        "s": lambda small: _screened(small, screen, rng) if screen else small,
        "j": lambda small: _compressed(small, quality) if quality else small,
    }
    small = shrink(picture, 4, method).astype(np.float32)
    for step in order:
        small = steps[step](small)
    return _enlarge(_rounded(small), 4, picture.shape)


def _rounded(values: np.ndarray) -> Picture:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _grainy(small: np.ndarray, grain: float, coarseness: int, rng: np.random.Generator) -> np.ndarray:
    height, width = small.shape[:2]
    noise = rng.standard_normal((-(-height // coarseness), -(-width // coarseness)), np.float32)
    return small + grain * cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]


def _screened(small: np.ndarray, depth: float, rng: np.random.Generator) -> np.ndarray:
    """Return a picture with the dots of a screen, which is turned by 45 degrees or so."""
    y, x = np.mgrid[: small.shape[0], : small.shape[1]].astype(np.float32)
    angle, pitch = np.pi / 4 + rng.normal(0, 0.1), rng.uniform(2, 4)
    across, down = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    dots = (np.cos(2 * np.pi / pitch * across) + np.cos(2 * np.pi / pitch * down)) / 2
    light = np.clip(small / 255, 0, 1)
    return small + depth * 4 * light * (1 - light) * dots[..., None]


def _compressed(small: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", _rounded(small)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    seen = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert seen is not None  # it has just been encoded
    return seen[..., ::-1].astype(np.float32)
