"""Lab colour: taking a picture apart into luminance and chroma, and joining them again.

Lab is CIE L*a*b* (D65): L from 0 to 100, a and b about -110 to 110.
"""

import cv2
import numpy as np

from filters import resizing
from filters.io.pictures import Picture
from filters.strips import WHOLE, strips

CLIPPED = 2  # percent of pixels that `match_colors` may clip in a channel on each side


def rgb_to_lab(picture: Picture) -> np.ndarray:
    """Convert RGB to Lab.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB (sRGB) ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``float32`` Lab ``(height, width, 3)``.

    Examples
    --------
    >>> rgb_to_lab(np.uint8([[[255, 255, 255], [255, 0, 0]]])).round().tolist()
    [[[100.0, 0.0, 0.0], [53.0, 80.0, 67.0]]]
    """
    return cv2.cvtColor(picture.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_RGB2LAB)


def lab_to_rgb(lab: np.ndarray) -> Picture:
    """Convert Lab to RGB.

    Parameters
    ----------
    lab : numpy.ndarray
        ``float32`` Lab ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``; colours that RGB cannot hold are clipped.

    Examples
    --------
    >>> lab_to_rgb(np.float32([[[100, 0, 0], [53.24, 80.09, 67.2], [0, 0, 0]]])).tolist()
    [[[255, 255, 255], [255, 0, 0], [0, 0, 0]]]
    """
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return cv2.convertScaleAbs(rgb, alpha=255.0)


def luminance(picture: Picture) -> np.ndarray:
    """Return the L of a picture.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width)``, 0–100.

    Examples
    --------
    >>> luminance(np.uint8([[[0, 0, 0], [119, 119, 119], [255, 255, 255]]])).round().tolist()
    [[0.0, 50.0, 100.0]]
    """
    light = np.empty(picture.shape[:2], np.float32)
    for rows in strips(picture.shape):
        light[rows] = rgb_to_lab(picture[rows])[..., 0]
    return light


def off_tone(picture: Picture) -> np.ndarray:
    """Return how far the colours of a picture are from the tone of a print, all over it.

    A toned print's chroma is a function of its luminance; this is what a quadratic in L leaves of a and b.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, looked at in 24x32 cells.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(32, 24)``, in units of Lab, 0 or above.
    """
    small = cv2.resize(picture, (24, 32), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    light = lab[:, :1] / 100
    basis = np.hstack([np.ones_like(light), light, light**2])
    fit, *_ = np.linalg.lstsq(basis, lab[:, 1:], rcond=None)
    residual = lab[:, 1:] - basis @ fit
    return np.sqrt((residual**2).sum(axis=1)).reshape(32, 24)


def join_chroma(light: np.ndarray, chroma: np.ndarray, *, radius: int = 4, smoothness: float = 20.0) -> Picture:
    """Join a low-resolution chroma to full-resolution luminance; colours keep to edges.

    The fast guided filter (He and Sun 2015): in windows of the small picture chroma is
    fitted as a linear function of L; the coefficients, enlarged, are applied to the large L.

    Parameters
    ----------
    light : numpy.ndarray
        L, ``float32`` ``(height, width)``, 0–100.
    chroma : numpy.ndarray
        a and b, ``float32`` ``(small_height, small_width, 2)``.
    radius : int
        Half the side of the windows, in pixels of the small picture.
    smoothness : float
        Variance of L, in squared units of L, below which a window counts as flat.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)`` whose L is `light`, but for rounding and for
        colours that RGB cannot hold.

    References
    ----------
    He and Sun, "Fast Guided Filter", arXiv:1505.00996 (2015).
    """
    height, width = light.shape
    small = cv2.resize(light, chroma.shape[1::-1], interpolation=cv2.INTER_AREA)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT)

    mean_light = mean(small)
    variance = mean(small * small) - mean_light * mean_light
    fits = []
    for index in range(2):
        channel = np.ascontiguousarray(chroma[..., index], np.float32)
        mean_channel = mean(channel)
        slope = (mean(small * channel) - mean_light * mean_channel) / (variance + smoothness)
        fits.append((mean(slope), mean(mean_channel - slope * mean_light)))
    picture = np.empty((height, width, 3), np.uint8)
    for rows in [slice(0, height)] if height * width <= WHOLE else strips(light.shape):
        lab = np.empty((rows.stop - rows.start, width, 3), np.float32)
        lab[..., 0] = light[rows]
        for index, fit in enumerate(fits, 1):
            slope, offset = (resizing.enlarged_rows(values, (width, height), rows) for values in fit)
            lab[..., index] = slope * light[rows] + offset
        picture[rows] = lab_to_rgb(_in_gamut(lab))
    return picture


def _in_gamut(lab: np.ndarray) -> np.ndarray:
    """Lower the chroma of colours too dark or too bright to hold it, so that L stays as it was."""
    # Near black and white the range of RGB narrows to a point: 1.3 units of chroma a unit of L
    # holds for every hue that faces and rooms show.
    room = 6 + 2.2 * np.minimum(lab[..., 0], 100 - lab[..., 0])
    chroma = cv2.magnitude(np.ascontiguousarray(lab[..., 1]), np.ascontiguousarray(lab[..., 2]))
    lab[..., 1:] *= np.minimum(1.0, room / np.maximum(chroma, 1e-3))[..., None]
    return lab


def match_colors(
    picture: Picture,
    reference: Picture,
    weights: np.ndarray | None = None,
    reference_weights: np.ndarray | None = None,
) -> Picture:
    """Give a picture the mean colour of another, and the spread of its colours.

    A linear map of RGB that makes mean and covariance those of `reference`, by square roots of both
    covariances (Gatys et al., "Preserving Color in Neural Artistic Style Transfer",
    arXiv:1606.05897, 2016, section 4).

    Parameters
    ----------
    picture, reference : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, of any sizes.
    weights, reference_weights : numpy.ndarray, optional
        ``(height, width)``, 0 or above: what each pixel counts for in mean and spread, by default all alike.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB like `picture`. Where more than 2 % of pixels would leave the range on one side,
        the spread is lessened until they do not: an engraving's, of black ink on white paper, would
        bleach half of an evenly lit face. What is still out of range is clipped.
    """
    mean, spread = _moments(picture, weights)
    other_mean, other_spread = _moments(reference, reference_weights)
    matrix = _power(other_spread, 0.5) @ _power(spread, -0.5)
    matched = (picture - mean) @ matrix.T
    seen = matched if weights is None else matched[weights > weights.max() / 2]
    low, high = np.percentile(seen.reshape(-1, 3), [CLIPPED, 100 - CLIPPED], axis=0)
    room = np.concatenate([other_mean / np.maximum(-low, 1e-6), (255 - other_mean) / np.maximum(high, 1e-6)])
    return np.clip(np.round(min(1.0, room.min()) * matched + other_mean), 0, 255).astype(np.uint8)


def _moments(picture: Picture, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean ``(3,)`` and covariance ``(3, 3)`` of the colours."""
    values = picture.reshape(-1, 3).astype(np.float64)
    weights = None if weights is None else weights.ravel()
    # Half a level of noise in each channel, so that a gray picture's has an inverse.
    covariance = np.cov(values, rowvar=False, bias=True, aweights=weights) + 0.25 * np.eye(3)
    return np.average(values, axis=0, weights=weights), covariance


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """Return a power of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**exponent) @ vectors.T


def without_colors(picture: Picture, reference: Picture | None = None) -> Picture:
    """Return a picture's luminance as gray RGB.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    reference : numpy.ndarray, optional
        ``uint8`` RGB of any size, whose mean and standard deviation of L the result gets (Gatys et al. 2016,
        "Preserving Color in Neural Artistic Style Transfer", section 5).

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB like `picture`, its channels equal.

    Examples
    --------
    >>> without_colors(np.uint8([[[255, 0, 0], [119, 119, 119]]])).tolist()
    [[[127, 127, 127], [119, 119, 119]]]
    """
    light = luminance(picture)
    if reference is not None:
        other = luminance(reference)
        light = (light - light.mean()) * (other.std() / max(float(light.std()), 0.5)) + other.mean()
    result = np.empty((*light.shape, 3), np.uint8)
    for rows in strips(light.shape):
        lab = np.zeros((*light[rows].shape, 3), np.float32)
        lab[..., 0] = np.clip(light[rows], 0, 100)
        result[rows] = lab_to_rgb(lab)
    return result


def with_colors_of(picture: Picture, reference: Picture) -> Picture:
    """Return a picture's luminance with the chroma of another one.

    Parameters
    ----------
    picture, reference : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, of one size.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``; chroma is lowered where RGB cannot hold it at that luminance.
    """
    lab = rgb_to_lab(reference)
    lab[..., 0] = luminance(picture)
    return lab_to_rgb(_in_gamut(lab))
