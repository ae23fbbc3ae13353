"""Large pictures in strips, so that what is computed of them needs memory for the result and one strip alone."""

from collections.abc import Callable, Iterator

import numpy as np

from filters.io.files import Picture

STRIP = 2_000_000  # pixels
WHOLE = 16_000_000  # pixels; pictures up to this size are worked on at once where that is simpler


def strips(shape: tuple[int, ...], pixels: int = STRIP) -> Iterator[slice]:
    """Yield the rows of one strip after the other.

    Parameters
    ----------
    shape : tuple of int
        ``(height, width, ...)`` of the picture.
    pixels : int
        Of a strip, at most, but each has a row.

    Yields
    ------
    slice

    Examples
    --------
    >>> list(strips((5, 10, 3), 20))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    height, width = shape[:2]
    step = max(1, pixels // max(width, 1))
    yield from (slice(top, min(top + step, height)) for top in range(0, height, step))


def in_strips(
    function: Callable[[Picture], np.ndarray],
    picture: Picture,
    reach: int,
    whole: int = WHOLE,
    pixels: int = STRIP,
    multiple: int = 1,
) -> np.ndarray:
    """Return a function of a picture, of large ones strip by strip.

    Parameters
    ----------
    function : callable
        Takes a picture and returns an array as high and as wide.
    picture : numpy.ndarray
        ``uint8`` ``(height, width, 3)``.
    reach : int
        How many rows above and below a place its result depends on. What is further away must not count.
    whole : int
        Pixels up to which a picture is no large one.
    pixels : int
        Of a strip.
    multiple : int
        Strips begin at multiples of it, in rows.

    Returns
    -------
    numpy.ndarray
        What the function returns for the whole picture.

    Examples
    --------
    >>> squares = np.arange(24, dtype=np.uint8).reshape(8, 1, 3)
    >>> def next_row(part):
    ...     return np.concatenate([part[1:], part[-1:]])
    >>> bool((in_strips(next_row, squares, 1, whole=0, pixels=2) == next_row(squares)).all())
    True
    """
    height, width = picture.shape[:2]
    if height * width <= whole:
        return function(picture)
    result = None
    for rows, seen in overlapping(picture.shape, reach, pixels, multiple):
        part = function(picture[seen])
        if result is None:
            result = np.empty((height, *part.shape[1:]), part.dtype)
        result[rows] = part[rows.start - seen.start : rows.stop - seen.start]
    assert result is not None
    return result


def overlapping(
    shape: tuple[int, ...], reach: int, pixels: int = STRIP, multiple: int = 1
) -> Iterator[tuple[slice, slice]]:
    """Yield the rows of one strip after the other, and the rows that count for them.

    Parameters
    ----------
    shape : tuple of int
        ``(height, width, ...)`` of the picture.
    reach, pixels, multiple
        As for `in_strips`.

    Yields
    ------
    rows, seen : slice

    Examples
    --------
    >>> list(overlapping((5, 10), 1, 30))
    [(slice(0, 3, None), slice(0, 4, None)), (slice(3, 5, None), slice(2, 5, None))]
    """
    step = multiple * shape[1]
    for rows in strips(shape, max(1, pixels // step) * step):
        above = max(0, rows.start - reach - -reach % multiple)
        yield rows, slice(above, min(shape[0], rows.stop + reach))
