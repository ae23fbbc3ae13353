"""Hints in the coordinates that the generator sees, and colours that meet them exactly."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from experiments.inference.hints import Hint
from filters import color

# A hint corrects places that are alike in L: weakly up to `FAR`, among those that look alike to the encoder, and
# strongly within `NEAR` (shares of the longer side). `SHARE_FAR` is the far part of the correction; `LIGHT` is a
# standard deviation in L, and `LOOKS` a scale of the features' cosine similarity.
FAR, NEAR, SHARE_FAR, LIGHT, LOOKS = 0.6, 0.025, 0.82, 16.0, 0.8
# Hints in a few places tell little of what is far from all of them: who gives one coat its colour does not mean the
# other coats. So `FAR` is reached with `MANY` places that are further apart than `APART`; with one, it is `LONE`.
LONE, MANY, APART = 0.08, 10, 0.1
UNSURE = 0.05  # variance of a hint's own error, as a share of the variance of the errors that it corrects
ROUNDS = 3
BLOCK = 2_000_000  # numbers computed at once


def scaled(hints: Sequence[Hint], size: tuple[int, ...], seen_size: tuple[int, ...], turns: int) -> list[tuple]:
    """Convert a photograph's hints to the coordinates that the generator sees.

    Parameters
    ----------
    hints : sequence of Hint
        In pixels of the photograph, with RGB colours.
    size, seen_size : tuple of int
        ``(height, width)`` of the photograph, and of what the generator sees, which is turned.
    turns : int
        Quarter turns counter-clockwise from the photograph to what the generator sees.

    Returns
    -------
    list of tuple
        ``(x, y, (a, b))``: x and y in pixels of what the generator sees, chroma in units of Lab.
    """
    found = []
    for x, y, rgb in hints:
        chroma = color.rgb_to_lab(np.array([[rgb]], np.uint8))[0, 0, 1:]
        across, down = (x + 0.5) / size[1], (y + 0.5) / size[0]
        for _ in range(turns):
            across, down = down, 1 - across
        found.append((across * seen_size[1] - 0.5, down * seen_size[0] - 0.5, chroma))
    return found


def exact(
    chroma: np.ndarray, seen: np.ndarray, hints: Sequence[tuple], radius: int, features: np.ndarray | None = None
) -> np.ndarray:
    """Return chroma that gives the hinted colours at their places and corrects what is near and alike.

    The generator's errors at the hints are carried to other places by kriging: the best linear estimate when
    errors are the more alike, the closer two places are and the more alike in light and features (Rasmussen and
    Williams, "Gaussian Processes for Machine Learning", 2006, equation 2.25).

    Parameters
    ----------
    chroma : numpy.ndarray
        ``float32`` ``(small_height, small_width, 2)``, in units of Lab.
    seen : numpy.ndarray
        L of Lab, 0–100, ``float32`` ``(height, width)``.
    hints : sequence of tuple
        From `scaled`.
    radius : int
        Of `filters.color.join_chroma`, which will join both.
    features : numpy.ndarray, optional
        Of unit length, ``(small_height, small_width, channels)``, from `experiments.inference.encoded.objects`.

    Returns
    -------
    numpy.ndarray
        Like `chroma`.
    """
    height, width = chroma.shape[:2]
    light = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
    reach = max(height, width) * far_reach(hints, max(seen.shape)), max(radius, max(height, width) * NEAR)
    scale = width / seen.shape[1], height / seen.shape[0]
    x, y = (
        np.clip([(hint[axis] + 0.5) * scale[axis] - 0.5 for hint in hints], 0, side - 1).astype(np.float32)
        for axis, side in enumerate((width, height))
    )
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    places = np.dstack([columns, rows, light] if features is None else [columns, rows, light, features])
    told = places[y.round().astype(int), x.round().astype(int)]
    told[:, :2] = np.stack([x, y], axis=-1)
    inverse = np.linalg.inv(_kernel(told, told, reach) + UNSURE * np.eye(len(hints), dtype=np.float32))
    places = places.reshape(height * width, -1)
    blocks = np.array_split(places, -(-len(places) * len(hints) // BLOCK))
    for _ in range(ROUNDS):  # joining blurs, so one round is not enough
        shown = color.rgb_to_lab(color.join_chroma(seen, chroma, radius=radius))[..., 1:]
        errors = np.array([wanted - _around(shown, *place) for *place, wanted in hints], np.float32)
        weights = inverse @ errors
        correction = np.concatenate([_kernel(block, told, reach) @ weights for block in blocks])
        chroma = chroma + correction.reshape(chroma.shape).astype(np.float32)
    return chroma


def far_reach(hints: Sequence[tuple], longest: int) -> float:
    """Return how far hints correct what looks alike, as a share of the longer side.

    Parameters
    ----------
    hints : sequence of tuple
        From `scaled`.
    longest : int
        The longer side, in the same pixels.

    Returns
    -------
    float
        From `LONE`, for one place, to `FAR`, for `MANY` places; hints closer than `APART` are one place.
    """
    places: list[tuple[float, float]] = []
    for x, y, _ in hints:
        if all(math.hypot(x - a, y - b) > APART * longest for a, b in places):
            places.append((x, y))
    return LONE + (FAR - LONE) * min(1.0, (len(places) - 1) / (MANY - 1))


def _kernel(one: np.ndarray, other: np.ndarray, reach: tuple[float, float]) -> np.ndarray:
    """Return the covariance of errors between places, ``(ones, others)``.

    A place is its column, its row, its L and, where there are any, its features.
    """
    apart = np.hypot(*(one[:, None, axis] - other[:, axis] for axis in (0, 1)))
    far = np.exp(-apart / reach[0])
    if one.shape[1] > 3:
        far *= np.exp((one[:, 3:] @ other[:, 3:].T - 1) / LOOKS)
    near = np.exp(-((apart / reach[1]) ** 2) / 2)
    light = np.exp(-(((one[:, None, 2] - other[:, 2]) / LIGHT) ** 2) / 2)
    return (SHARE_FAR * far + (1 - SHARE_FAR) * near) * light


def _around(values: np.ndarray, x: float, y: float) -> np.ndarray:
    """Return the mean of the 5x5 pixels around a place, as far as they exist."""
    x, y = (min(side - 1, max(0, round(v))) for v, side in zip((x, y), values.shape[1::-1], strict=True))
    return values[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].mean(axis=(0, 1))
