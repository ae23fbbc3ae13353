"""Classical ways to turn a photograph into a drawing: what a learned one must be better than.

Filters like those of `filters.library`: pure functions from ``uint8`` RGB to one ``uint8`` channel,
0 ink, 255 paper.
"""

import math

import cv2
import numpy as np

from filters.io.pictures import Picture
from filters.registry import register
from filters.strips import STRIP, WHOLE, in_strips, overlapping

PENCIL_REACH = 192  # rows: what the domain transform smooths over, at the widest sigma of 60 and a little more


def _light(picture: Picture) -> np.ndarray:
    """Return the luminance, ``float32`` ``(height, width)``, 0–1."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255


def _as_layer(light: np.ndarray) -> np.ndarray:
    """Return light of 0–1 as one ``uint8`` channel."""
    return np.clip(np.round(light * 255), 0, 255).astype(np.uint8)[..., None]


@register(channels=1)
def pencil(picture: Picture, *, sigma: float = 60.0, contrast: float = 0.07, shade: float = 0.05) -> np.ndarray:
    """OpenCV's pencil sketch: gray tones where the edge-preserving filter left shading.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    sigma : float
        How far the filter smooths, in pixels, up to 200.
    contrast : float
        What difference of neighbours counts as an edge, 0–1.
    shade : float
        Brightness of the result, 0–0.1.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 1)``: 0 ink, 255 paper.

    References
    ----------
    Gastal and Oliveira, "Domain Transform for Edge-Aware Image and Video Processing" (2011).
    """

    def drawn(part: Picture) -> np.ndarray:
        gray, _ = cv2.pencilSketch(part[..., ::-1].copy(), sigma_s=sigma, sigma_r=contrast, shade_factor=shade)
        return gray[..., None]

    return in_strips(drawn, picture, math.ceil(PENCIL_REACH * sigma / 60))


@register(channels=1)
def xdog(
    picture: Picture,
    *,
    sigma: float = 1.0,
    sharpness: float = 20.0,
    threshold: float = 0.6,
    steepness: float = 10.0,
) -> np.ndarray:
    """Extended difference of Gaussians: ink where a place is darker than what surrounds it.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    sigma : float
        Standard deviation of the smaller Gaussian, in pixels; the other is 1.6 times as wide.
    sharpness : float
        Weight of the difference.
    threshold : float
        Light above it becomes paper, 0–1.
    steepness : float
        Of the change from paper to ink below the threshold.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 1)``: 0 ink, 255 paper.

    References
    ----------
    Winnemöller, Kyprianidis and Olsen, "XDoG: An eXtended difference-of-Gaussians compendium" (2012),
    equations 5 and 7.
    """

    def drawn(part: Picture) -> np.ndarray:
        light = _light(part)
        narrow, wide = (cv2.GaussianBlur(light, (0, 0), s) for s in (sigma, 1.6 * sigma))
        response = (1 + sharpness) * narrow - sharpness * wide
        return _as_layer(np.where(response >= threshold, 1.0, 1 + np.tanh(steepness * (response - threshold))))

    return in_strips(drawn, picture, math.ceil(4 * 1.6 * sigma) + 1)


@register(channels=1)
def adaptive_threshold(picture: Picture, *, block: int = 15, offset: float = 7) -> np.ndarray:
    """Ink where a pixel is darker than the Gaussian mean of its surroundings.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    block : int
        Side of the surroundings in pixels, odd.
    offset : float
        By how many gray values it must be darker.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 1)``: 0 ink, 255 paper, nothing between.
    """

    def drawn(part: Picture) -> np.ndarray:
        layer, method = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), cv2.ADAPTIVE_THRESH_GAUSSIAN_C
        return cv2.adaptiveThreshold(layer, 255, method, cv2.THRESH_BINARY, block, offset)[..., None]

    return in_strips(drawn, picture, block)


@register(channels=1)
def engraving(
    picture: Picture, *, period: float = 4.0, angle: float = 20.0, bend: float = 3.0, hardness: float = 1.5
) -> np.ndarray:
    """Lines whose thickness tells the tone and whose course follows the forms, crossed in the shadows.

    A line screen as in amplitude-modulated halftoning, its phase shifted by the blurred luminance, so
    that lines bend around what is lit from one side.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    period : float
        Pixels from one line to the next.
    angle : float
        Of the lines against the horizontal, in degrees.
    bend : float
        By how many periods the lines move between black and white.
    hardness : float
        Steepness of the change from ink to paper; the light is 0–1 on both sides of it.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width, 1)``: 0 ink, 255 paper.
    """
    layer = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    low, high = np.percentile(layer, (2, 95)) / 255
    low, high = np.float32(min(low, 0.3)), np.float32(max(high, 0.7))  # a bright wall stays paper, a dark one ink
    reach = math.ceil(4 * 2 * period) + 1
    result = np.empty((*layer.shape, 1), np.uint8)
    for kept, seen in overlapping(layer.shape, reach, STRIP if layer.size > WHOLE else layer.size):
        light = np.clip((layer[seen].astype(np.float32) / 255 - low) / (high - low), 0, 1)
        form = cv2.GaussianBlur(light, (0, 0), 2 * period)
        rows, columns = np.mgrid[seen, : layer.shape[1]].astype(np.float32)
        screens = []
        # Lit skin stays paper, shadow is solid ink; lines of the other direction begin in half tones.
        for turn, tone in ((np.deg2rad(angle), 1.5 * light - 0.1), (np.deg2rad(angle + 55), 1.5 * light + 0.35)):
            phase = (rows * np.cos(turn) + columns * np.sin(turn)) / period + bend * form
            line = 0.5 + 0.5 * np.cos(2 * np.pi * phase)
            screens.append(np.clip((tone - line) * hardness + 0.5, 0, 1))
        result[kept] = _as_layer(np.minimum(*screens))[kept.start - seen.start : kept.stop - seen.start]
    return result
