"""Values of more than 8 bits, or of floats, and what they say about black and white."""

import cv2
import numpy as np
from PIL import Image

from filters.io import tiffs
from filters.io.containers import is_whole, without_metadata

# What the largest value of integers tells about the white that they are counted to: 8, 10 or 12 bits are often
# kept in 16, where they would be nearly black.
WHITES = (2**8 - 1, 2**10 - 1, 2**12 - 1, 2**16 - 1)
OVERSHOOT = 2.0  # by this factor highlights of floats may be above their white
HIGHLIGHTS = 99.9  # percentile of floats below which all but a few highlights are
SAMPLED = 1_000_000  # values that tell it
ROWS_AT_ONCE = 256


def white_of(values: np.ndarray) -> float:
    """Return the value that stands for white, told from the range that values use.

    Parameters
    ----------
    values : numpy.ndarray
        Integers or floats of any size and shape. Floats are counted to 1, 255 or 65535.

    Returns
    -------
    float

    Examples
    --------
    >>> white_of(np.uint16([0, 4000])), white_of(np.uint16([0, 5000])), white_of(np.float32([0, 1.1]))
    (4095.0, 65535.0, 1.0)
    """
    if values.dtype.kind == "f":
        few = values.ravel()[:: max(1, values.size // SAMPLED)].astype(np.float64)
        few = few[np.isfinite(few)]
        high = np.percentile(few, HIGHLIGHTS) if few.size else 0.0
        return next((white for white in (1.0, 255.0) if high <= OVERSHOOT * white), 65535.0)
    most = int(values.max(initial=0))
    full = int(np.iinfo(values.dtype).max)
    return float(next((white for white in WHITES if most <= white <= full), full))


def to_levels(values: np.ndarray, white: float, most: int = 255) -> np.ndarray:
    """Scale values from 0 to `white` to whole numbers from 0 to `most`.

    Parameters
    ----------
    values : numpy.ndarray
        ``(height, ...)``; what is below 0 or above `white` becomes black or white, and so does what is no number.
    white : float
    most : {255, 65535}

    Returns
    -------
    numpy.ndarray
        ``uint8`` or ``uint16``, of the shape of `values`.
    """
    levels = np.empty(values.shape, np.uint8 if most == 255 else np.uint16)
    for top in range(0, len(values), ROWS_AT_ONCE):
        rows = values[top : top + ROWS_AT_ONCE].astype(np.float64) * (most / white)
        levels[top : top + ROWS_AT_ONCE] = np.rint(np.clip(np.nan_to_num(rows, nan=0.0), 0, most))
    return levels


def gray_image(values: np.ndarray, white: float | None = None) -> Image.Image:
    """Return gray values ``(height, width)`` as a Pillow image of 16 bits, mode ``I;16``."""
    return Image.fromarray(to_levels(values, white or white_of(values), 65535))


def image_of(seen: tiffs.Samples) -> tuple[Image.Image, np.ndarray | None]:
    """Return what a page of a TIFF holds, as Pillow knows it.

    Parameters
    ----------
    seen : filters.io.tiffs.Samples

    Returns
    -------
    image : PIL.Image.Image
        Of mode ``I;16``, ``RGB`` or ``CMYK``.
    alpha : numpy.ndarray or None
        ``uint8`` ``(height, width)``. Where a float is no number there is no picture: it is 0.
    """
    values, alpha = seen.values, None
    missing = np.isnan(values).any(axis=2) if values.dtype.kind == "f" else np.zeros((1, 1), bool)
    if seen.photometric == tiffs.CIELAB:
        return Image.fromarray(_rgb_of_lab(values)), None
    white = seen.white or white_of(values)
    if seen.alpha is not None:
        opaque = seen.white or white_of(seen.alpha)
        alpha = to_levels(seen.alpha, opaque)
        if seen.premultiplied:
            share = np.maximum(seen.alpha.astype(np.float32) / opaque, 1e-6)[..., None]
            values = values.astype(np.float32) / share
    if missing.any():
        alpha = np.where(missing, 0, 255 if alpha is None else alpha).astype(np.uint8)
    if values.shape[2] == 1:
        levels = to_levels(values[..., 0], white, 65535)
        return Image.fromarray(65535 - levels if seen.photometric == tiffs.WHITE_IS_ZERO else levels), alpha
    return Image.fromarray(to_levels(values, white), "RGB" if values.shape[2] == 3 else "CMYK"), alpha


def image_of_png(data: bytes) -> tuple[Image.Image, np.ndarray | None]:
    """Read a PNG of 16 bits a channel, of which Pillow would leave 8.

    Parameters
    ----------
    data : bytes
        An RGB or RGBA file whose chunks are sound.

    Returns
    -------
    image : PIL.Image.Image
        Of mode ``RGB``.
    alpha : numpy.ndarray or None
        ``uint8`` ``(height, width)``.
    """
    pixels = without_metadata(data) or data  # libpng would print what it thinks of the others
    if not is_whole(pixels):  # OpenCV would allocate what lengths claim, gigabytes, and print that it found less
        raise ValueError("it is cut off")
    seen = cv2.imdecode(np.frombuffer(pixels, np.uint8), cv2.IMREAD_UNCHANGED)
    if seen is None:
        raise ValueError("its 16 bits cannot be read")
    alpha = seen[..., 3] if seen.shape[2] == 4 else None
    return image_of(tiffs.Samples(seen[..., 2::-1], alpha, False, tiffs.RGB, None))


def _rgb_of_lab(values: np.ndarray) -> np.ndarray:
    """Return ``uint8`` sRGB of CIELAB as TIFFs keep it (TIFF 6.0, section 23)."""
    lab = values.astype(np.float32)
    if values.dtype.kind != "f":
        full, one = (255, 1) if values.dtype.itemsize == 1 else (65535, 256)
        signed = values[..., 1:].astype(np.int8 if one == 1 else np.int16)
        lab = np.dstack([lab[..., :1] * (100 / full), signed.astype(np.float32) / one])
    return to_levels(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 1.0)
