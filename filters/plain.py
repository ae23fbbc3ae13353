"""Plain areas: skies and walls of photographs, and what paintings have of them."""

from collections.abc import Sequence

import cv2
import numpy as np

from filters.io.pictures import Picture

REACH = 4.0  # pixels, standard deviation of the neighbourhood that is looked at
CONTRAST = 6.0  # levels: grain and gradients of skies have less, brush strokes more
PART = 0.2  # of a painting: enough to show what its plain areas are like
MORE = 90.0  # smoothing where photograph and painting are plain


def plainness(picture: Picture) -> np.ndarray:
    """Return how plain a picture is around each pixel.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width)`` in [0, 1]: ``exp(-(s / 6)²)``, where s is the standard deviation of gray
        levels nearby.

    Examples
    --------
    >>> plainness(np.full((2, 2, 3), 90, np.uint8)).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    # Around the middle of the levels, so that the difference of squares keeps its digits.
    gray -= gray.mean()
    mean, square = (cv2.GaussianBlur(values, (0, 0), REACH) for values in (gray, gray * gray))
    return np.exp(-np.maximum(square - mean * mean, 0) / CONTRAST**2)


def plainest(picture: Picture) -> float:
    """Return how plain the plainest fifth of a picture is: near 1 for a print on paper, 0 for strokes all over.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    float
        The mean of its `plainness`, from 0 to 1.

    Examples
    --------
    >>> plainest(np.full((2, 2, 3), 90, np.uint8))
    1.0
    """
    values = np.sort(plainness(picture), axis=None)
    return float(values[-max(1, round(PART * values.size)) :].mean())


def smoothing(photo: Picture, paintings: Sequence[Picture], weights: Sequence[float]) -> np.ndarray:
    """Return how much a painting of a photograph is to be smoothed at each pixel.

    Gram matrices describe a painting as a whole, its busy parts above all. In a plain area of the photograph
    nothing tells where a stroke should go, and what they ask for comes as grain all over it. So plain areas are
    smoothed more, unless the painting has none itself: where all of it is strokes, strokes are what is wanted.

    Parameters
    ----------
    photo : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    paintings : sequence of numpy.ndarray
        ``uint8`` RGB, at the sizes at which they are seen.
    weights : sequence of float
        Of the paintings.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width)``, from 0 to 90.
    """
    theirs = float(np.average([plainest(painting) for painting in paintings], weights=weights))
    return np.float32(MORE * theirs) * plainness(photo)
