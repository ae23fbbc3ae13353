"""What is known of a crop: measures of light, colour and sharpness, and its split."""

import hashlib

import cv2
import numpy as np

from filters.io.pictures import Picture

COLUMNS = (
    *("crop", "source", "sha256", "face", "x", "y", "width", "height", "detector", "score"),
    *("face_height", "eyes", "red", "green", "blue", "brightness", "contrast", "sharpness"),
    *("colourfulness", "gray", "split", "rejected"),
)
VALIDATION_SHARE = 0.1


def sha256(data: bytes):
    """Return the SHA-256 of bytes, as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def split_of(source_sha256) -> str:
    """Return "train" or "validation", decided by the source's content: it never changes.

    Returns
    -------
    {"train", "validation"}
        One source in ten is for validation.
    """
    share = int(source_sha256[:8], 16) / 0xFFFFFFFF
    return "validation" if share < VALIDATION_SHARE else "train"


def colourfulness(picture: np.ndarray) -> float:
    """Return the colourfulness of a picture after Hasler and Süsstrunk (2003), metric M3.

    ``sqrt(var(rg) + var(yb)) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2)`` with ``rg = R - G`` and
    ``yb = (R + G) / 2 - B``.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    float
        0 for gray; about 15 is slightly colourful, 33 moderately, 59 quite.

    References
    ----------
    Hasler and Süsstrunk, "Measuring colourfulness in natural images", SPIE 5007 (2003).
    """
    red, green, blue = cv2.split(picture.astype(np.float32))
    rg = red - green
    yb = (red + green) / 2 - blue
    (rg_mean, rg_std), (yb_mean, yb_std) = ([float(v[0, 0]) for v in cv2.meanStdDev(c)] for c in (rg, yb))
    return float(np.hypot(rg_std, yb_std) + 0.3 * np.hypot(rg_mean, yb_mean))


def off_tone(picture: np.ndarray) -> np.ndarray:
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


def is_gray(picture: Picture, tolerance: float = 2.5) -> bool:
    """Tell whether a picture is monochrome: gray, or toned in one colour like sepia.

    The root mean square of `off_tone`, in units of Lab, is compared with `tolerance`.
    """
    return bool(np.sqrt((off_tone(picture) ** 2).mean()) < tolerance)


def measure(crop: Picture):
    """Return the measures of one crop, as a dictionary of the columns from ``red`` to ``gray``.

    Brightness and contrast are the mean and the standard deviation of gray, 0–255;
    sharpness is the variance of the Laplacian of gray.
    """
    gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    red, green, blue, _ = cv2.mean(crop)
    mean, deviation = cv2.meanStdDev(gray)
    return {
        "red": round(red, 2),
        "green": round(green, 2),
        "blue": round(blue, 2),
        "brightness": round(float(mean[0, 0]), 2),
        "contrast": round(float(deviation[0, 0]), 2),
        "sharpness": round(float(cv2.meanStdDev(cv2.Laplacian(gray, cv2.CV_32F))[1][0, 0] ** 2), 2),
        "colourfulness": round(colourfulness(crop), 2),
        "gray": is_gray(crop),
    }
