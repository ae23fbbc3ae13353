"""Pictures that look the same, by their difference hashes."""

from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np

import filters
from filters.io.pictures import Picture

ALIKE = 6  # of 256 bits: two pictures whose hashes differ in no more look the same
BLOCK = 1024  # pictures that are compared with all others at once


def difference_hash(picture: Picture) -> np.ndarray:
    """Return in which of 16x16 places a picture becomes lighter to the right (dHash, Krawetz 2013).

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``bool`` ``(256,)``.
    """
    small = cv2.resize(filters.gray(picture), (17, 16), interpolation=cv2.INTER_AREA).astype(int)
    return (small[:, 1:] > small[:, :-1]).ravel()


def twins(hashes: Sequence[np.ndarray] | np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the places of each two pictures that look the same, the earlier one first.

    Parameters
    ----------
    hashes : sequence of numpy.ndarray
        From `difference_hash`.
    """
    if not len(hashes):
        return
    signs = np.where(np.stack(list(hashes)), np.float32(1), np.float32(-1))
    for first in range(0, len(signs), BLOCK):
        # Of 256 signs, two pictures share as many more than they differ in as their product says.
        alike = signs[first : first + BLOCK] @ signs[first:].T >= signs.shape[1] - 2 * ALIKE
        for one, other in np.argwhere(np.triu(alike, 1)):
            yield first + int(one), first + int(other)


def duplicates(pictures: Iterable[Picture]) -> list[tuple[int, int]]:
    """Return the places of each two pictures that look the same."""
    return list(twins([difference_hash(picture) for picture in pictures]))
