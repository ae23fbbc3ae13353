"""Dense registration of faces: flows that lay eyes on eyes and mouths on mouths."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from filters.faces.alignment import TEMPLATE
from filters.faces.cropping import CROP_SIZE
from filters.flow.warping import compose, invert, resize_flow, unfolded, warp
from filters.io.pictures import Flow, Picture, Size
from filters.threads import threads


class Level(NamedTuple):
    """One step of the search for flow.

    Attributes
    ----------
    scale : float
        Of the picture's size.
    blur : float
        Details below this sigma, in pixels of the full size, are left out.
    smoothness : float
        Sigma by which a step of the flow is blurred, in pixels of the full size.
    finest : int
        How often the search itself halves the picture at the least. 0 takes four times as long as 1.
    """

    scale: float
    blur: float
    smoothness: float
    finest: int


LEVELS = (
    *(Level(0.25, 2.0, 24.0, 0), Level(0.5, 2.0, 12.0, 0), Level(0.5, 1.0, 8.0, 0), Level(0.5, 0.7, 5.0, 0)),
    *(Level(0.5, 0.5, 3.0, 0), Level(1.0, 0.5, 2.5, 1), Level(1.0, 0.0, 2.0, 0), Level(1.0, 0.0, 1.5, 0)),
    Level(1.0, 0.0, 1.0, 0),
)
LOCAL = 14.0  # sigma of the surroundings with which brightness and contrast are compared, in pixels


def details(picture: Picture) -> np.ndarray:
    """Return what is left of a picture without its light: brightness and contrast are made even all over.

    Optical flow takes brightness to be the same in both pictures; faces differ in skin and light.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width)``; 128 is the brightness of the surroundings.
    """
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    above = gray - cv2.GaussianBlur(gray, (0, 0), LOCAL)
    contrast = np.sqrt(cv2.GaussianBlur(above * above, (0, 0), LOCAL))
    return to_uint8(128 + 50 * above / (contrast + 4))


def to_uint8(values: np.ndarray) -> np.ndarray:
    """Return values rounded and clipped to 0–255.

    Parameters
    ----------
    values : numpy.ndarray
        Floats, of any shape.

    Returns
    -------
    numpy.ndarray
        ``uint8``, of that shape.
    """
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _seen_at(level: Level, look: np.ndarray) -> np.ndarray:
    """Return a picture of `details` at a level's size, without what is finer than the level."""
    look = cv2.GaussianBlur(look, (0, 0), level.blur) if level.blur else look
    return cv2.resize(look, None, fx=level.scale, fy=level.scale, interpolation=cv2.INTER_AREA)


def mean_inside(shown: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the mean of pictures, at each place of those that have something there; elsewhere of all.

    Parameters
    ----------
    shown : iterable of tuple of numpy.ndarray
        Pairs: values ``(height, width)`` or ``(height, width, channels)``, and ``uint8`` ``(height, width)``, 255
        where the picture is, 0 beyond it.

    Returns
    -------
    numpy.ndarray
        Floats, of the values' shape and units.

    Raises
    ------
    ValueError
        When there is none.
    """
    total = weights = np.float32(0)
    for values, inside in shown:
        weight = inside / np.float32(255) + np.float32(1e-3)
        weight = weight[..., None] if values.ndim == 3 else weight
        total, weights = total + values * weight, weights + weight
    return np.asarray(total / weights)


def face_distance(shape: tuple[int, int]) -> np.ndarray:
    """Return how far each place of an aligned picture is from the face's middle.

    Parameters
    ----------
    shape : tuple of int
        ``(height, width)`` of the picture.

    Returns
    -------
    numpy.ndarray
        ``float64`` ``(height, width)``, 0 or above; 1 is about the face's outline.
    """
    height, width = shape
    x, y = np.meshgrid(np.linspace(0, CROP_SIZE[0], width), np.linspace(0, CROP_SIZE[1], height))
    middle = TEMPLATE.mean(axis=0)
    return np.hypot((x - middle[0]) / FACE_RADIUS[0], (y - middle[1]) / FACE_RADIUS[1])


FACE_RADIUS = (100, 140)  # of the template's faces, in pixels


@cache
def _head(shape: tuple[int, int]) -> np.ndarray:
    """Return 1 on face and hair, falling to 0 at the corners: backgrounds have nothing that corresponds."""
    return np.clip(2.5 - face_distance(shape), 0, 1).astype(np.float32)[..., None]


def refine(reference: np.ndarray, look: np.ndarray, flow: Flow, level: Level) -> Flow:
    """Take one step from a flow to a better one: seek what is left to do, smooth it and add it.

    Parameters
    ----------
    reference, look : numpy.ndarray
        ``uint8`` ``(height, width)``: `details` of both pictures at the level's size.
    flow : numpy.ndarray
        ``float32`` ``(height, width, 2)``: from reference to picture, at that size.
    level : Level

    Returns
    -------
    numpy.ndarray
        As `flow`.

    References
    ----------
    Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016.
    """
    smoothness = level.smoothness * level.scale
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(level.finest)
    step = search.calc(reference, warp(look, flow), np.zeros_like(flow))
    height, width = reference.shape
    step = cv2.GaussianBlur(step, (0, 0), smoothness) * _head((height, width))
    return cv2.GaussianBlur(compose(step, flow), (0, 0), smoothness / 2)


# Between two faces nothing averages out what flow gets wrong: its steps are smoother.
PAIR_LEVELS = (
    *(Level(0.25, 3.0, 28.0, 0), Level(0.25, 2.0, 24.0, 0), Level(0.5, 2.0, 18.0, 0)),
    *(Level(0.5, 1.0, 14.0, 0), Level(0.5, 0.7, 11.0, 0)),
)


def correspond(reference: Picture, picture: Picture) -> Flow:
    """Return the flow from one aligned face to another, coarse to fine; it folds nothing.

    Parameters
    ----------
    reference, picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, both from `align`.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width, 2)``.
    """
    height, width = reference.shape[:2]
    looks = details(reference), details(picture)
    flow = np.zeros((height, width, 2), np.float32)
    for level in PAIR_LEVELS:
        first, second = (_seen_at(level, look) for look in looks)
        flow = refine(first, second, resize_flow(flow, (first.shape[1], first.shape[0])), level)
    return resize_flow(unfolded(flow), (width, height))


def register(
    pictures: Sequence[Picture],
    inside: Sequence[np.ndarray],
    report: Callable[[int, int], object] = lambda done, total: None,
) -> np.ndarray:
    """Return the shape that aligned faces have in common, and the flow from it to each of them.

    All are registered to their mean, again and again, coarse to fine, as the mean gets sharper. After
    every step the mean of all flows is taken off: so the reference is no face's shape but the mean one.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, from `align`.
    inside : sequence of numpy.ndarray
        ``uint8`` ``(height, width)``, from `align`.
    report : callable
        Called with the number of steps done and of all.

    Returns
    -------
    numpy.ndarray
        ``float16`` ``(count, height, width, 2)``, in pixels.

    References
    ----------
    Guimond, Meunier and Thirion, "Average brain models: a convergence study", CVIU 77 (2000).
    Kemelmacher-Shlizerman and Seitz, "Collection flow", CVPR 2012.
    """
    count, (height, width) = len(pictures), pictures[0].shape[:2]
    flows = np.zeros((count, height, width, 2), np.float16)
    with threads() as pool:
        looks = list(pool.map(details, pictures))
        for number, level in enumerate(LEVELS):
            high, wide = _seen_at(level, looks[0]).shape
            size = wide, high

            def shown(i: int, level: Level = level, size: Size = size) -> tuple[np.ndarray, np.ndarray]:
                flow = resize_flow(flows[i], size)
                look = warp(_seen_at(level, looks[i]), flow)
                return look, warp(cv2.resize(inside[i], size), flow)

            mean = mean_inside(pool.map(shown, range(count)))
            # A mean is paler than what it is the mean of.
            contrast = np.mean([look.std() for look in looks]) / max(mean.std(), 1)
            mean = to_uint8(128 + (mean - mean.mean()) * contrast)

            def step(i: int, level: Level = level, size: Size = size, mean: np.ndarray = mean) -> Flow:
                return refine(mean, _seen_at(level, looks[i]), resize_flow(flows[i], size), level)

            total = np.zeros((high, wide, 2), np.float32)
            for i, flow in enumerate(pool.map(step, range(count))):
                flows[i] = resize_flow(flow, (width, height))
                total = total + flow
                report(number * count + i + 1, len(LEVELS) * count)
            back = invert(unfolded(resize_flow(total / count, (width, height))))
            for i in range(count):
                flows[i] = compose(back, flows[i].astype(np.float32))
    return flows
