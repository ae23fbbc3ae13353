"""Pictures at other sizes."""

import cv2

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
    scale = longest / max(picture.shape[:2])
    if scale >= 1:
        return picture
    height, width = (max(1, round(scale * side)) for side in picture.shape[:2])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


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
