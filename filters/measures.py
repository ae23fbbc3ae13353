"""What is known of a crop: measures of light, colour and sharpness, and its split."""

import hashlib

import cv2
import numpy as np

from filters import color
from filters.io.pictures import Picture

COLUMNS = (
    *("crop", "source", "sha256", "face", "x", "y", "width", "height", "detector", "score"),
    *("face_height", "eyes", "red", "green", "blue", "brightness", "contrast", "sharpness"),
    *("colourfulness", "gray", "split", "rejected"),
)
VALIDATION_SHARE = 0.1


def sha256(data: bytes) -> str:
    """Return the SHA-256 of bytes (FIPS 180-4).

    Parameters
    ----------
    data : bytes

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> sha256(b"abc")[:8]
    'ba7816bf'
    """
    return hashlib.sha256(data).hexdigest()


def split_of(source_sha256: str) -> str:
    """Return "train" or "validation", decided by the source's content: it never changes.

    Parameters
    ----------
    source_sha256 : str
        Hexadecimal digits, from `sha256`.

    Returns
    -------
    {"train", "validation"}
        One source in ten is for validation.

    Examples
    --------
    >>> split_of("19" + 62 * "0"), split_of("1a" + 62 * "0")  # 25 and 26 of 256
    ('validation', 'train')
    """
    share = int(source_sha256[:8], 16) / 0xFFFFFFFF
    return "validation" if share < VALIDATION_SHARE else "train"


def colourfulness(picture: Picture) -> float:
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

    Examples
    --------
    Of red all over nothing varies: 0.3 times the length of (255, 127.5).

    >>> round(colourfulness(np.uint8([[[255, 0, 0]]])), 2)
    85.53
    """
    red, green, blue = cv2.split(picture.astype(np.float32))
    rg = red - green
    yb = (red + green) / 2 - blue
    (rg_mean, rg_std), (yb_mean, yb_std) = ([float(v[0, 0]) for v in cv2.meanStdDev(c)] for c in (rg, yb))
    return float(np.hypot(rg_std, yb_std) + 0.3 * np.hypot(rg_mean, yb_mean))


def is_gray(picture: Picture, tolerance: float = 2.5, *, toned: bool = True) -> bool:
    """Tell whether a picture is monochrome: gray, or toned in one colour like sepia.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    tolerance : float
        In units of Lab: the root mean square of `color.off_tone` that a picture in colour reaches.
    toned : bool
        Whether a tone counts as gray. Without it nothing of the picture may have any: the noise of a scanner, or
        of JPEG, is none, but one small stamp in red is.

    Returns
    -------
    bool

    Examples
    --------
    >>> gray = np.arange(240, dtype=np.uint8).reshape(16, 15, 1).repeat(3, axis=2)
    >>> is_gray(gray), is_gray(gray[:, ::-1] // 2), is_gray(np.uint8(gray * [1.0, 0.9, 0.7]))
    (True, True, True)
    >>> colored = gray.copy()
    >>> colored[4:8, :, 0] = 200
    >>> is_gray(colored)
    False
    """
    gray = np.sqrt((color.off_tone(picture) ** 2).mean()) < tolerance
    if gray and not toned:
        small = cv2.resize(picture, (24, 32), interpolation=cv2.INTER_AREA)
        chroma = color.rgb_to_lab(small)[..., 1:]
        gray = np.hypot(chroma[..., 0], chroma[..., 1]).max() < 2 * tolerance
    return bool(gray)


def measure(crop: Picture) -> dict[str, float | bool]:
    """Return the measures of one crop.

    Parameters
    ----------
    crop : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    dict
        The columns from ``red`` to ``gray``, rounded to two digits: the means of the channels, the mean
        (``brightness``) and standard deviation (``contrast``) of gray, all 0–255; the variance of the Laplacian
        of gray (``sharpness``), in squared gray values; `colourfulness`; and `is_gray`, which alone is a bool.

    Examples
    --------
    >>> measured = measure(np.full((8, 8, 3), 90, np.uint8))
    >>> measured["red"], measured["brightness"], measured["contrast"], measured["sharpness"], measured["gray"]
    (90.0, 90.0, 0.0, 0.0, True)
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
