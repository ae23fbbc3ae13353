"""The filters: pure functions that throw information away.

Each takes a ``uint8`` RGB picture ``(height, width, 3)`` and returns ``uint8``
``(height, width, channels)``; parameters are keyword arguments with defaults.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from filters.io.pictures import Picture
from filters.registry import register


@register(channels=3)
def identity(picture: Picture) -> np.ndarray:
    """The picture itself."""
    return picture.copy()


@register(channels=1)
def gray(picture: Picture) -> np.ndarray:
    """Luminance alone: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Examples
    --------
    >>> gray(np.uint8([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]])).tolist()
    [[[76], [150], [29]]]
    """
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None]


@register(channels=3)
def binary(picture: Picture, *, thresholds: Sequence[int] = (127, 127, 127)) -> np.ndarray:
    """Three black-and-white layers: each channel above its own threshold.

    Parameters
    ----------
    thresholds : sequence of int
        One per channel, red, green, blue; a value above it becomes 255, else 0.

    Examples
    --------
    >>> binary(np.uint8([[[200, 127, 128]]])).tolist()
    [[[255, 0, 255]]]
    """
    return np.where(picture > np.asarray(thresholds, np.int16), np.uint8(255), np.uint8(0))


@register(channels=3)
def contours(picture: Picture, *, levels: Sequence[int] = (50, 100, 150, 200)) -> np.ndarray:
    """Level lines: per channel the outlines of the regions above each level, drawn in that level.

    Parameters
    ----------
    levels : sequence of int
        A line is one pixel wide, antialiased (its neighbours get a fifth), and about as bright as
        its level. Higher levels are drawn last.
    """
    layers = [np.zeros(picture.shape[:2], np.uint8) for _ in range(3)]
    for channel, layer in enumerate(layers):
        for level in sorted(levels):
            region = (picture[..., channel] > level).astype(np.uint8)
            lines, _ = cv2.findContours(region, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
            cv2.drawContours(layer, lines, -1, int(level), 1, cv2.LINE_AA)
    return np.dstack(layers)


@register(channels=3)
def canny(picture: Picture, *, spread: float = 0.33, floor: float = 40) -> np.ndarray:
    """Canny edges, per channel, with hysteresis thresholds chosen from the channel's median.

    The thresholds are ``(1 - spread) m`` and ``(1 + spread) m``, where ``m`` is the distance
    of the median from the nearer end of the range: a picture and its negative give the same
    lines, so bright pictures are treated like dark ones.

    Parameters
    ----------
    spread : float
        Half the distance between both thresholds, as a fraction of ``m``.
    floor : float
        The least ``m``, in gray values: where nearly all is black or white, noise is no line.

    References
    ----------
    Canny, "A Computational Approach to Edge Detection", IEEE TPAMI 8 (1986).
    """
    return np.dstack([_canny(channel, spread, floor) for channel in cv2.split(picture)])


def _canny(layer, spread=0.33, floor=40):
    median = float(np.median(layer))
    middle = max(min(median, 255 - median), floor)
    return cv2.Canny(layer, (1 - spread) * middle, (1 + spread) * middle)


@register(channels=1)
def canny_gray(picture: Picture) -> np.ndarray:
    """Canny edges of the luminance, thresholds as in `canny`."""
    return _canny(gray(picture)[..., 0])[..., None]


@register(channels=3)
def canny_of_mask(picture: Picture, *, threshold: int = 200) -> np.ndarray:
    """Canny edges of each channel's mask above a threshold, which is where the article ran it."""
    return np.dstack([_canny(layer) for layer in cv2.split(binary(picture, thresholds=(threshold,) * 3))])


@register(channels=1)
def canny_of_mask_gray(picture: Picture, *, threshold: int = 200) -> np.ndarray:
    """Canny edges of the mask of the luminance above a threshold."""
    mask = np.where(gray(picture) > threshold, np.uint8(255), np.uint8(0))
    return _canny(mask[..., 0])[..., None]


SHRINKING = {
    # Pillow widens the bicubic kernel by the factor, OpenCV does not: its pictures alias.
    "bicubic": lambda picture, size: np.array(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)),
    "aliased": lambda picture, size: cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC),
    "area": lambda picture, size: cv2.resize(picture, size, interpolation=cv2.INTER_AREA),
}


def shrink(picture: np.ndarray, scale: int, method: str = "bicubic") -> np.ndarray:
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
    """
    if method not in SHRINKING:
        raise ValueError(f"there is no way of shrinking named '{method}'; known: {', '.join(SHRINKING)}")
    height, width = picture.shape[:2]
    padding = -height % scale, -width % scale
    picture = cv2.copyMakeBorder(picture, 0, padding[0], 0, padding[1], cv2.BORDER_REPLICATE)
    return SHRINKING[method](picture, (picture.shape[1] // scale, picture.shape[0] // scale))


def _enlarge(small, scale, shape):
    """Return every pixel `scale` times in each direction, cut to the height and width of `shape`."""
    return np.ascontiguousarray(small.repeat(scale, axis=0).repeat(scale, axis=1)[: shape[0], : shape[1]])


@register(channels=3)
def half_size(picture: Picture, *, method: str = "bicubic") -> np.ndarray:
    """A quarter of the pixels: shrunk by 2, shown at the old size.

    Parameters
    ----------
    method : {"bicubic", "aliased", "area"}
        See `shrink`.
    """
    return _enlarge(shrink(picture, 2, method), 2, picture.shape)


@register(channels=3)
def quarter_size(picture: Picture, *, method: str = "bicubic") -> np.ndarray:
    """A sixteenth of the pixels: shrunk by 4, shown at the old size.

    Parameters
    ----------
    method : {"bicubic", "aliased", "area"}
        See `shrink`.
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
    quality: int = 60,
    seed: int = 0,
) -> np.ndarray:
    """As `quarter_size`, and what is left is blurred, grainy and was a JPEG file: an old print, scanned.

    Parameters
    ----------
    method : {"bicubic", "aliased", "area"}
        See `shrink`.
    blur : float
        Standard deviation in pixels of the small picture.
    grain : float
        Standard deviation of the noise in gray values, before it is made coarser.
    coarseness : int
        Pixels of the small picture from one grain to the next.
    quality : int
        Of the JPEG, 1 to 100.
    seed : int
        Of the grain.
    """
    small = shrink(picture, 4, method).astype(np.float32)
    if blur:
        small = cv2.GaussianBlur(small, (0, 0), blur)
    height, width = small.shape[:2]
    grains = -(-height // coarseness), -(-width // coarseness)
    noise = np.random.default_rng(seed).standard_normal(grains, np.float32)
    small += grain * cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    small = np.clip(np.round(small), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return _enlarge(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1], 4, picture.shape)
