"""Image analogies on features: A is to A' as the photograph is to what?

Hertzmann et al., "Image Analogies" (SIGGRAPH 2001), with patches of features in place of patches of
pixels, as Li and Wand (2016) and Chen and Schmidt (2016) match them. NumPy only.
"""

import numpy as np

PATCH = 3  # places, in each direction


def correspondences(features: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each place the place of other features whose patch is most alike, by their cosine.

    What all places have in common, the mean of each channel, is taken off first.

    Parameters
    ----------
    features, others : numpy.ndarray
        ``float32`` ``(height, width, channels)``; sizes may differ.

    Returns
    -------
    numpy.ndarray
        ``int`` ``(height, width, 2)``: row and column in `others`.
    """
    ours, theirs = (_patches(maps - maps.mean(axis=(0, 1))) for maps in (features, others))
    theirs /= np.maximum(np.linalg.norm(theirs, axis=1, keepdims=True), 1e-6)
    best = np.concatenate([np.argmax(part @ theirs.T, axis=1) for part in _parts(ours)])
    return np.stack(np.divmod(best, others.shape[1]), axis=-1).reshape(*features.shape[:2], 2)


def _patches(features):
    """Return ``(places, patch * patch * channels)``; borders are reflected."""
    reach = PATCH // 2
    padded = np.pad(features, ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (PATCH, PATCH), axis=(0, 1))
    return windows.reshape(features.shape[0] * features.shape[1], -1).copy()


def _parts(rows, size=1024):
    return (rows[i : i + size] for i in range(0, len(rows), size))


def resized(field: np.ndarray, size: tuple[int, int], source: tuple[int, int], new_source: tuple[int, int]):
    """Return correspondences between larger or smaller maps.

    Parameters
    ----------
    field : numpy.ndarray
        From `correspondences`.
    size : tuple of int
        The new ``(height, width)``.
    source, new_source : tuple of int
        ``(height, width)`` of what it points into, as it was and as it shall be.
    """
    indices = []
    for axis in (0, 1):
        place = (np.arange(size[axis]) + 0.5) * field.shape[axis] / size[axis]
        indices.append((place.astype(int), place % 1))
    (rows, below), (columns, right) = indices
    coarse = field[rows][:, columns]
    # Within a place of the coarse map, neighbours stay neighbours.
    fine = np.stack([coarse[..., 0] + below[:, None], coarse[..., 1] + right[None]], axis=-1)
    factors = np.array(new_source) / np.array(source)
    return np.clip((fine * factors).astype(int), 0, np.array(new_source) - 1)


def rearranged(features, field):
    """Return features put where a field says: the mean of all patches that lie over each place."""
    reach, limits = PATCH // 2, np.array(features.shape[:2]) - 1
    total = np.zeros((*field.shape[:2], features.shape[2]), np.float32)
    padded = np.pad(field, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    for y in range(-reach, reach + 1):
        for x in range(-reach, reach + 1):
            neighbours = padded[reach + y :, reach + x :][: field.shape[0], : field.shape[1]]
            places = np.clip(neighbours - (y, x), 0, limits)
            total += features[places[..., 0], places[..., 1]]
    return total / PATCH**2
