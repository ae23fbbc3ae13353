"""The filters: pure functions that throw information away.

Each takes a ``uint8`` RGB picture ``(height, width, 3)`` and returns ``uint8``
``(height, width, channels)``; parameters are keyword arguments with defaults.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from filters.io.pictures import Picture
from filters.registry import register
from filters.strips import in_strips

LINE_REACH = 4  # rows above and below a place whose regions draw lines there


@register(channels=3)
def identity(picture: Picture) -> np.ndarray:
    """The picture itself.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, a copy.
    """
    return picture.copy()


@register(channels=1)
def gray(picture: Picture) -> np.ndarray:
    """Luminance alone: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 1)``, 0–255.

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
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    thresholds : sequence of int
        One per channel, red, green, blue; a value above it becomes 255, else 0.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 3)``, 0 or 255.

    Examples
    --------
    >>> binary(np.uint8([[[200, 127, 128]]])).tolist()
    [[[255, 0, 255]]]
    """
    limits = np.asarray(thresholds, np.int16)
    return in_strips(lambda part: np.where(part > limits, np.uint8(255), np.uint8(0)), picture, reach=0)


@register(channels=3)
def contours(picture: Picture, *, levels: Sequence[int] = (50, 100, 150, 200)) -> np.ndarray:
    """Level lines: per channel the outlines of the regions above each level, drawn in that level.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    levels : sequence of int
        A line is one pixel wide, antialiased (its neighbours get a fifth), and about as bright as
        its level. Higher levels are drawn last.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 3)``, 0 where there is no line.
    """

    def drawn(part: Picture) -> np.ndarray:
        layers = [np.zeros(part.shape[:2], np.uint8) for _ in range(3)]
        for channel, layer in enumerate(layers):
            for level in sorted(levels):
                region = (part[..., channel] > level).astype(np.uint8)
                lines, _ = cv2.findContours(region, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
                cv2.drawContours(layer, lines, -1, int(level), 1, cv2.LINE_AA)
        return np.dstack(layers)

    return in_strips(drawn, picture, LINE_REACH)


@register(channels=3)
def canny(picture: Picture, *, spread: float = 0.33, floor: float = 40) -> np.ndarray:
    """Canny edges, per channel, with hysteresis thresholds chosen from the channel's median.

    The thresholds are ``(1 - spread) m`` and ``(1 + spread) m``, where ``m`` is the distance
    of the median from the nearer end of the range: a picture and its negative give the same
    lines, so bright pictures are treated like dark ones.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    spread : float
        Half the distance between both thresholds, as a fraction of ``m``.
    floor : float
        The least ``m``, in gray values: where nearly all is black or white, noise is no line.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 3)``: 255 on edges, else 0.

    References
    ----------
    Canny, "A Computational Approach to Edge Detection", IEEE TPAMI 8 (1986).
    """
    return np.dstack([_canny(channel, spread, floor) for channel in cv2.split(picture)])


def _canny(layer: np.ndarray, spread: float = 0.33, floor: float = 40) -> np.ndarray:
    median = float(np.median(layer))
    middle = max(min(median, 255 - median), floor)
    return cv2.Canny(layer, (1 - spread) * middle, (1 + spread) * middle)


@register(channels=1)
def canny_gray(picture: Picture) -> np.ndarray:
    """Canny edges of the luminance, thresholds as in `canny`.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 1)``: 255 on edges, else 0.
    """
    return _canny(gray(picture)[..., 0])[..., None]


@register(channels=3)
def canny_of_mask(picture: Picture, *, threshold: int = 200) -> np.ndarray:
    """Canny edges of each channel's mask above a threshold, which is where the article ran it.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    threshold : int
        In gray values, 0–255; the mask is where a channel is above it.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 3)``: 255 on edges, else 0.
    """
    return np.dstack([_canny(layer) for layer in cv2.split(binary(picture, thresholds=(threshold,) * 3))])


@register(channels=1)
def canny_of_mask_gray(picture: Picture, *, threshold: int = 200) -> np.ndarray:
    """Canny edges of the mask of the luminance above a threshold.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    threshold : int
        In gray values, 0–255; the mask is where luminance is above it.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 1)``: 255 on edges, else 0.
    """
    mask = np.where(gray(picture) > threshold, np.uint8(255), np.uint8(0))
    return _canny(mask[..., 0])[..., None]
