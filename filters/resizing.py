"""Pictures at other sizes."""

import cv2
import numpy as np

from filters.io.pictures import Picture, Size


def smaller(picture: Picture, longest: int) -> Picture:
    """Return a picture whose longer side has at most `longest` pixels.

    Parameters
    ----------
    picture : numpy.ndarray
        ``(height, width)`` or ``(height, width, channels)``, ``uint8`` or ``float32``.
    longest : int

    Returns
    -------
    numpy.ndarray
        Area means, of the same proportions but for rounding; `picture` itself where it is small enough.
    """
    size = within(picture.shape[1::-1], longest)
    return picture if size == picture.shape[1::-1] else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def within(size: Size, longest: int) -> Size:
    """Return the size ``(width, height)`` of a picture of `size` whose longer side has at most `longest` pixels."""
    return _scaled(size, min(1.0, longest / max(size)))


def at_size(picture: Picture, longest: float) -> Picture:
    """Return a picture, enlarged or reduced, whose longer side has `longest` pixels; see `resized`."""
    return resized(picture, _scaled(picture.shape[1::-1], longest / max(picture.shape[:2])))


def _scaled(size: Size, factor: float) -> Size:
    return max(1, round(factor * size[0])), max(1, round(factor * size[1]))


def resized(picture: Picture, size: Size) -> Picture:
    """Return a picture at another size: area means where it becomes smaller, else bicubic.

    Parameters
    ----------
    picture : numpy.ndarray
        ``(height, width)`` or ``(height, width, channels)``, ``uint8`` or ``float32``.
    size : tuple of int
        ``(width, height)`` of the result.

    Returns
    -------
    numpy.ndarray
        Of the same kind, ``(size[1], size[0], ...)``.
    """
    height, width = picture.shape[:2]
    smaller = size[0] * size[1] < width * height
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


def enlarged_rows(values: np.ndarray, size: Size, rows: slice) -> np.ndarray:
    """Return some rows of an array that is enlarged bilinearly, without the others.

    Parameters
    ----------
    values : numpy.ndarray
        ``float32`` ``(h, w)`` or ``(h, w, channels)``.
    size : tuple of int
        ``(width, height)`` of the whole.
    rows : slice
        Of the whole.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(rows.stop - rows.start, width, ...)``.

    Examples
    --------
    >>> enlarged_rows(np.float32([[0], [4]]), (1, 4), slice(0, 4)).ravel().tolist()
    [0.0, 1.0, 3.0, 4.0]
    >>> enlarged_rows(np.float32([[0], [4]]), (1, 4), slice(1, 3)).ravel().tolist()
    [1.0, 3.0]
    """
    width, height = size
    if rows == slice(0, height):
        return cv2.resize(values, size, interpolation=cv2.INTER_LINEAR)
    place = np.clip((np.arange(rows.start, rows.stop) + 0.5) * len(values) / height - 0.5, 0, len(values) - 1)
    above = np.floor(place).astype(int)
    below = np.minimum(above + 1, len(values) - 1)
    share = (place - above).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    first = int(above[0])
    needed = np.ascontiguousarray(values[first : int(below[-1]) + 1])
    wide = cv2.resize(needed, (width, len(needed)), interpolation=cv2.INTER_LINEAR)
    return (1 - share) * wide[above - first] + share * wide[below - first]
