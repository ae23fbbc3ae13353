"""Regions of pictures, which belong together: painted by hand as masks, or faces and what is not face.

Regions are ``float32`` ``(regions, height, width)`` in [0, 1]: how much each pixel belongs to each.
"""

import cv2
import numpy as np

from filters.faces.detection import detect
from filters.io.pictures import PathLike, Picture, PictureError, Size

MOST = 8
LEAST_SHARE = 0.01  # of a mask's pixels: less is the seam between two colours
UNEVEN = 0.1  # of a mask's pixels may be further than half of `ALIKE` from all of its colours
ALIKE = 60.0  # distance in RGB below which two colours are one, as in masks kept as JPEG
REACH = (0.75, 0.8)  # half axes of a face's ellipse in widths and heights of its box


def from_masks(masks: list[Picture]) -> tuple[list[np.ndarray], list[str]]:
    """Return a region for every colour of masks, the same one in each mask.

    Parameters
    ----------
    masks : list of numpy.ndarray
        ``uint8`` RGB, of any sizes. Blurred seams and JPEG's noise do no harm.

    Returns
    -------
    regions : list of numpy.ndarray
        One a mask, ``float32`` ``(regions, height, width)``, all of as many regions; 1 inside, else 0.
    colors : list of str
        Of the regions, as ``"#rrggbb"``.

    Raises
    ------
    ValueError
        When there are over 8 colours, or many pixels are of none of them, as in a photograph.

    Examples
    --------
    >>> mask = np.uint8([[[255, 0, 0], [255, 0, 0], [0, 0, 255]]])
    >>> (regions,), colors = from_masks([mask])
    >>> colors
    ['#ff0000', '#0000ff']
    >>> regions.tolist()
    [[[1.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]]]
    """
    colors = []
    for mask in masks:
        for color in _main_colors(mask):
            if all(np.linalg.norm(color - known) > ALIKE for known in colors):
                colors.append(color)
    names = ["#" + "".join(f"{round(v):02x}" for v in color) for color in colors]
    distances = [_distances(mask, colors) for mask in masks]
    uneven = [(d.min(axis=0) > ALIKE / 2).mean() for d in distances]
    if len(colors) > MOST or max(uneven) > UNEVEN:
        raise ValueError(f"that is no mask; paint it evenly, in at most {MOST} colours")
    return [_nearest(d) for d in distances], names


def _main_colors(mask: Picture) -> np.ndarray:
    """Return colours ``(colors, 3)`` by how often they are seen, the most frequent first."""
    coarse = (mask >> 4).reshape(-1, 3).astype(np.int64) @ (256, 16, 1)
    bins, places, counts = np.unique(coarse, return_inverse=True, return_counts=True)
    sums = [np.bincount(places, mask[..., c].ravel(), len(bins)) for c in range(3)]
    means = np.stack(sums, axis=1) / counts[:, None]
    order = [i for i in np.argsort(-counts, kind="stable") if counts[i] >= LEAST_SHARE * len(places)]
    return means[order]


def _distances(mask: Picture, colors: list[np.ndarray]) -> np.ndarray:
    """Return distances in RGB of each colour to each pixel, ``(colors, height, width)``."""
    without = [np.full(mask.shape[:2], np.inf)]  # where there is no colour at all, nothing is near
    return np.stack([np.linalg.norm(mask.astype(np.float32) - c, axis=2) for c in colors] or without)


def _nearest(distances: np.ndarray) -> np.ndarray:
    nearest = distances.argmin(axis=0)
    return (nearest == np.arange(len(distances))[:, None, None]).astype(np.float32)


def from_faces(picture: Picture, name: PathLike) -> np.ndarray:
    """Return two regions: faces, as ellipses round their boxes with soft edges, and all else.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    name : path-like
        What the error message calls it.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(2, height, width)`` in [0, 1], of sum 1 everywhere.

    Raises
    ------
    PictureError
        When no face is found.
    """
    found = detect(picture)
    if not found:
        raise PictureError(f"{name} shows no face; paint masks by hand (--masks)")
    faces = np.zeros(picture.shape[:2], np.float32)
    for face in found:
        x, y, width, height = face.box
        center = round(x + width / 2), round(y + height / 2)
        axes = round(REACH[0] * width), round(REACH[1] * height)
        cv2.ellipse(faces, center, axes, 0, 0, 360, 1.0, -1)
    soft = max(min(face.box[2] for face in found) / 10, 0.5)
    faces = np.clip(cv2.GaussianBlur(faces, (0, 0), soft), 0, 1)  # rounded, it may be a bit above
    return np.stack([faces, 1 - faces])


def resize(regions: np.ndarray, size: Size) -> np.ndarray:
    """Return regions at another size.

    Parameters
    ----------
    regions : numpy.ndarray
        ``float32`` ``(regions, height, width)``.
    size : tuple of int
        ``(width, height)`` of the result.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(regions, size[1], size[0])``, area means where it becomes smaller.

    Examples
    --------
    >>> resize(np.float32([[[1, 1, 1, 0], [1, 1, 0, 0]]]), (2, 1)).tolist()
    [[[1.0, 0.25]]]
    """
    return np.stack([cv2.resize(r, size, interpolation=cv2.INTER_AREA) for r in regions])
