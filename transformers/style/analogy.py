"""Image analogies on features: find what is to the photograph as A' is to A.

Hertzmann et al., "Image Analogies" (SIGGRAPH 2001), with patches of features in place of patches of
pixels, matched as by Li and Wand (2016) and Chen and Schmidt (2016). NumPy only.
"""

from collections.abc import Iterator

import numpy as np

PATCH = 3  # places, in each direction


def correspondences(features: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return, for each place, the place of other features whose patch is most similar, by cosine.

    The mean of each channel, which all places have in common, is subtracted first.

    Parameters
    ----------
    features, others : numpy.ndarray
        ``float32`` ``(height, width, channels)``; sizes may differ.

    Returns
    -------
    numpy.ndarray
        ``int`` ``(height, width, 2)``, of the size of `features`: row and column in `others`.
    """
    ours, theirs = (_patches(maps - maps.mean(axis=(0, 1))) for maps in (features, others))
    theirs /= np.maximum(np.linalg.norm(theirs, axis=1, keepdims=True), 1e-6)
    best = np.concatenate([np.argmax(part @ theirs.T, axis=1) for part in _parts(ours)])
    return np.stack(np.divmod(best, others.shape[1]), axis=-1).reshape(*features.shape[:2], 2)


def _patches(features: np.ndarray) -> np.ndarray:
    """Return the patch of each place, ``(places, patch * patch * channels)``; borders are reflected."""
    reach = PATCH // 2
    padded = np.pad(features, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (PATCH, PATCH), axis=(0, 1))
    return windows.reshape(features.shape[0] * features.shape[1], -1).copy()


def _parts(rows: np.ndarray, size: int = 1024) -> Iterator[np.ndarray]:
    return (rows[i : i + size] for i in range(0, len(rows), size))


def resized(
    field: np.ndarray, size: tuple[int, int], source: tuple[int, int], new_source: tuple[int, int]
) -> np.ndarray:
    """Resize correspondences to larger or smaller maps.

    Parameters
    ----------
    field : numpy.ndarray
        ``int`` ``(height, width, 2)``, from `correspondences`.
    size : tuple of int
        The new ``(height, width)``.
    source, new_source : tuple of int
        ``(height, width)`` of the map that the field points into, before and after.

    Returns
    -------
    numpy.ndarray
        ``int`` ``(*size, 2)``: row and column in a map of `new_source`.
    """
    indices = []
    for axis in (0, 1):
        place = (np.arange(size[axis]) + 0.5) * field.shape[axis] / size[axis]
        indices.append((place.astype(int), place % 1))
    (rows, below), (columns, right) = indices
    coarse = field[rows][:, columns]
    # Neighbours within a place of the coarse map remain neighbours.
    fine = np.stack([coarse[..., 0] + below[:, None], coarse[..., 1] + right[None]], axis=-1)
    factors = np.array(new_source) / np.array(source)
    return np.clip((fine * factors).astype(int), 0, np.array(new_source) - 1)


def rearranged(features: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Rearrange features by correspondences, averaging the patches that overlap at each place.

    Parameters
    ----------
    features : numpy.ndarray
        ``float32`` ``(height, width, channels)``.
    field : numpy.ndarray
        ``int`` ``(h, w, 2)``: row and column in `features`, see `correspondences`.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(h, w, channels)``.
    """
    reach, limits = PATCH // 2, np.array(features.shape[:2]) - 1
    total = np.zeros((*field.shape[:2], features.shape[2]), np.float32)
    padded = np.pad(field, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    for y in range(-reach, reach + 1):
        for x in range(-reach, reach + 1):
            neighbours = padded[reach + y :, reach + x :][: field.shape[0], : field.shape[1]]
            rows, columns = np.moveaxis(np.clip(neighbours - (y, x), 0, limits), -1, 0)
            total += features[rows, columns]
    return total / PATCH**2
