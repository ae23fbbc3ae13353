"""Bringing faces into one place: by landmarks, then densely, by flow.

A flow is ``float32`` ``(height, width, 2)``: the picture's content at ``(x, y)`` of the reference is at
``(x, y) + flow[y, x]`` of the picture, in pixels.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from filters.faces import CROP_SIZE

# Eyes, nose tip and mouth corners in a picture of CROP_SIZE: the median of faces as they are cut, made
# symmetric.
TEMPLATE = np.float32([(131, 213), (229, 213), (180, 270), (137, 316), (223, 316)])

# Where both eyes and both corners of the mouth go in a picture that the face fills, from the hair to below
# the chin: shares of width and height.
PLACES = np.float32([(0.33, 0.46), (0.67, 0.46), (0.365, 0.745), (0.635, 0.745)])

# Of the distance between the eyes: frontal faces fit the template to about 0.05; above, one looks aside.
MAX_MISFIT = 0.16


def similarity(source, target):
    """The rotation, scale and shift that bring points closest to others, and how close.

    Least squares (Umeyama 1991), solved with complex numbers: ``w = a z + b``.

    Parameters
    ----------
    source, target : array_like
        ``(count, 2)`` points ``(x, y)``.

    Returns
    -------
    matrix : numpy.ndarray
        ``float64`` ``(2, 3)``, as `cv2.warpAffine` takes it.
    misfit : float
        Root mean square distance that is left, in the target's units.
    """
    z, w = (np.asarray(points, np.float64) @ [1, 1j] for points in (source, target))
    centered = z - z.mean()
    turn = np.vdot(centered, w - w.mean()) / np.vdot(centered, centered).real
    shift = w.mean() - turn * z.mean()
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return matrix, float(np.sqrt((abs(turn * z + shift - w) ** 2).mean()))


def _reduced(picture, matrix):
    """The picture and its `similarity`, the picture made smaller where sampling it would alias."""
    scale = np.hypot(*matrix[:, 0])
    if scale >= 0.6:
        return picture, matrix
    height, width = picture.shape[:2]
    small = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, small, interpolation=cv2.INTER_AREA), matrix / [scale, scale, 1]


def align(picture, landmarks, size=CROP_SIZE):
    """Turn, scale and shift a picture so that its face is in the one place for all.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    landmarks : array_like
        ``(5, 2)``: as `Face.landmarks`.
    size : tuple of int
        ``(width, height)`` of the result, 3:4.

    Returns
    -------
    aligned : numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``; beyond the picture its border goes on.
    inside : numpy.ndarray
        ``uint8`` ``(size[1], size[0])``: 255 where the picture is, 0 beyond it.
    misfit : float
        How far the landmarks are from the template, root mean square, in distances between the eyes.
        Above `MAX_MISFIT` the face looks aside, or the landmarks are wrong.
    """
    target = TEMPLATE * (size[0] / CROP_SIZE[0])
    matrix, misfit = similarity(landmarks, target)
    picture, matrix = _reduced(picture, matrix)
    aligned = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full(picture.shape[:2], 255, np.uint8), matrix, size)
    return aligned, inside, misfit / float(np.linalg.norm(target[1] - target[0]))


def align_face(picture, face, size):
    """Cut a face out so that its eyes and mouth come as close to fixed places as a similarity allows.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    face : filters.faces.Face
        With landmarks.
    size : tuple of int
        ``(width, height)`` of the result, 4:5 or nearly.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``; past the picture's border it is reflected.

    Raises
    ------
    ValueError
        When the face has no landmarks.
    """
    if not face.landmarks:
        raise ValueError("a face without landmarks cannot be aligned; detect it with YuNet")
    points = [face.landmarks[i] for i in (0, 1, 3, 4)]
    matrix, _ = similarity(points, PLACES * size)
    picture, matrix = _reduced(picture, matrix)
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def warp(picture, flow, interpolation=cv2.INTER_LINEAR):
    """Show a picture in the shape of the reference: at each place what the flow points to."""
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], interpolation, borderMode=cv2.BORDER_REPLICATE)


def compose(first, second):
    """The flow that goes along `first`, and from there along `second`."""
    return first + warp(second, first)


def invert(flow, steps=12):
    """The flow back: ``compose(invert(flow), flow)`` is zero where the flow folds nothing.

    Fixed-point iteration (Chen et al., "A simple fixed-point approach to invert a deformation
    field", 2008).
    """
    back = np.zeros_like(flow)
    for _ in range(steps):
        back = -warp(flow, back)
    return back


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


def details(picture):
    """What is left of a picture without its light: brightness and contrast are made even all over.

    Optical flow takes brightness to be the same in both pictures; faces differ in skin and light.

    Returns
    -------
    numpy.ndarray
        ``uint8`` ``(height, width)``; 128 is the brightness of the surroundings.
    """
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    above = gray - cv2.GaussianBlur(gray, (0, 0), LOCAL)
    contrast = np.sqrt(cv2.GaussianBlur(above * above, (0, 0), LOCAL))
    return _to_uint8(128 + 50 * above / (contrast + 4))


def _to_uint8(values):
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def resize_flow(flow, size):
    """A flow for pictures of another ``(width, height)``."""
    height, width = flow.shape[:2]
    if (width, height) == tuple(size):
        return np.float32(flow)
    return cv2.resize(np.float32(flow), size) * np.float32([size[0] / width, size[1] / height])


def _seen_at(level, look):
    """A picture of `details` at a level's size, without what is finer than the level."""
    look = cv2.GaussianBlur(look, (0, 0), level.blur) if level.blur else look
    return cv2.resize(look, None, fx=level.scale, fy=level.scale, interpolation=cv2.INTER_AREA)


def _distance(shape):
    """How far each place of an aligned picture is from the face's middle; 1 is about its outline."""
    height, width = shape
    x, y = np.meshgrid(np.linspace(0, CROP_SIZE[0], width), np.linspace(0, CROP_SIZE[1], height))
    middle = TEMPLATE.mean(axis=0)
    return np.hypot((x - middle[0]) / FACE_RADIUS[0], (y - middle[1]) / FACE_RADIUS[1])


FACE_RADIUS = (100, 140)  # of the template's faces, in pixels


@cache
def _head(shape):
    """1 on face and hair, falling to 0 at the corners: backgrounds have nothing that corresponds."""
    return np.float32(np.clip(2.5 - _distance(shape), 0, 1))[..., None]


def refine(reference, look, flow, level):
    """One step from a flow to a better one: what is left to do is sought, smoothed and added.

    Parameters
    ----------
    reference, look : numpy.ndarray
        ``uint8`` ``(height, width)``: `details` of both pictures at the level's size.
    flow : numpy.ndarray
        From reference to picture, at that size.
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
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(level.finest)
    step = search.calc(reference, warp(look, flow), None)
    step = cv2.GaussianBlur(step, (0, 0), smoothness) * _head(reference.shape)
    return cv2.GaussianBlur(compose(step, flow), (0, 0), smoothness / 2)


# Between two faces nothing averages out what flow gets wrong: its steps are smoother.
PAIR_LEVELS = (
    *(Level(0.25, 3.0, 28.0, 0), Level(0.25, 2.0, 24.0, 0), Level(0.5, 2.0, 18.0, 0)),
    *(Level(0.5, 1.0, 14.0, 0), Level(0.5, 0.7, 11.0, 0)),
)
STEEPEST = 0.8  # pixels by which a flow may change from one pixel to the next


def correspond(reference, picture):
    """The flow from one aligned face to another, coarse to fine; it folds nothing.

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
        flow = refine(first, second, resize_flow(flow, first.shape[::-1]), level)
    return resize_flow(unfolded(flow), (width, height))


def steepness(flow):
    """How much a flow changes from one pixel to the next: the norm of its Jacobian ``(height, width)``."""
    return np.sqrt(sum((side**2).sum(axis=-1) for side in np.gradient(flow, axis=(0, 1))))


def unfolded(flow, sigma=6.0):
    """A flow blurred, where it is too steep and around, until it is so nowhere.

    Where the steepness stays below 1, no two places go to one, and `invert` finds the way back.
    """
    while (steep := np.float32(steepness(flow) > STEEPEST)).any():
        near = np.clip(4 * cv2.GaussianBlur(cv2.dilate(steep, np.ones((9, 9))), (0, 0), sigma), 0, 1)[..., None]
        flow = flow + near * (cv2.GaussianBlur(flow, (0, 0), sigma) - flow)
        sigma *= 1.2
    return flow


def register(pictures, inside, report=lambda done, total: None):
    """The shape that aligned faces have in common, and the flow from it to each of them.

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
        ``float16`` ``(count, height, width, 2)``.

    References
    ----------
    Guimond, Meunier and Thirion, "Average brain models: a convergence study", CVIU 77 (2000).
    Kemelmacher-Shlizerman and Seitz, "Collection flow", CVPR 2012.
    """
    count, (height, width) = len(pictures), pictures[0].shape[:2]
    flows = np.zeros((count, height, width, 2), np.float16)
    with ThreadPoolExecutor() as pool:
        looks = list(pool.map(details, pictures))
        for number, level in enumerate(LEVELS):
            size = _seen_at(level, looks[0]).shape[::-1]

            def shown(i, level=level, size=size):
                flow = resize_flow(flows[i], size)
                look = warp(_seen_at(level, looks[i]), flow)
                return look, warp(cv2.resize(inside[i], size), flow)

            mean = _mean(pool.map(shown, range(count)))
            # A mean is paler than what it is the mean of.
            contrast = np.mean([look.std() for look in looks]) / max(mean.std(), 1)
            mean = _to_uint8(128 + (mean - mean.mean()) * contrast)

            def step(i, level=level, size=size, mean=mean):
                return refine(mean, _seen_at(level, looks[i]), resize_flow(flows[i], size), level)

            total = 0
            for i, flow in enumerate(pool.map(step, range(count))):
                flows[i] = resize_flow(flow, (width, height))
                total = total + flow
                report(number * count + i + 1, len(LEVELS) * count)
            back = invert(unfolded(resize_flow(total / count, (width, height))))
            for i in range(count):
                flows[i] = compose(back, np.float32(flows[i]))
    return flows


def _mean(shown):
    """The mean of pairs (values, inside), where something is inside; elsewhere of all values."""
    total = weights = 0
    for values, inside in shown:
        weight = inside / np.float32(255) + np.float32(1e-3)
        weight = weight[..., None] if values.ndim == 3 else weight
        total, weights = total + values * weight, weights + weight
    return total / weights


def _tones(picture, where):
    """Mean of each channel, and contrast (standard deviation of gray), texture aside."""
    smooth = cv2.GaussianBlur(picture, (0, 0), TEXTURE)
    _, contrast = cv2.meanStdDev(cv2.cvtColor(smooth, cv2.COLOR_RGB2GRAY), mask=where)
    return np.float32(cv2.mean(picture, where)[:3]), contrast[0, 0]


TEXTURE = 4.0  # sigma in pixels: what is finer is the skin's and the camera's, not the light's
MOST_EVENING = 1.6  # no face's contrast is changed by more than this factor, or its inverse
MOST_RESTORED = 1.2  # factor by which the mean's contrast may be raised to that of the faces


def average(pictures, inside, flows):
    """The mean of faces in their mean shape.

    Each face is first brought to the mean brightness and contrast of all, so that no bright one
    outweighs the others; the mean, paler than every face, gets some of that contrast back.

    Parameters
    ----------
    pictures, inside
        As for `register`.
    flows : numpy.ndarray
        From `register`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    height, width = pictures[0].shape[:2]
    face = np.uint8(_distance((height, width)) < 0.9)
    tones = [_tones(p, face & (i > 127)) for p, i in zip(pictures, inside, strict=True)]
    light = np.mean([t[0] for t in tones], axis=0)
    contrast = np.mean([t[1] for t in tones])

    def shown(index):
        own_light, own_contrast = tones[index]
        gain = np.clip(contrast / max(own_contrast, 1), 1 / MOST_EVENING, MOST_EVENING)
        picture = np.float32((pictures[index] - own_light) * gain + light)
        flow = resize_flow(flows[index], (width, height))
        return warp(picture, flow, cv2.INTER_CUBIC), warp(inside[index], flow)

    with ThreadPoolExecutor() as pool:
        mean = np.float32(_mean(pool.map(shown, range(len(pictures)))))
    own_light, own_contrast = _tones(mean, face)
    gain = np.clip(contrast / max(own_contrast, 1), 1, MOST_RESTORED)
    return _to_uint8((mean - own_light) * gain + light)


def between(one, other, shares):
    """Faces on the way from one aligned face to another.

    Both are warped to the shape between them, and cross-faded (Beier and Neely, "Feature-based image
    metamorphosis", SIGGRAPH 1992, with flow in the place of lines drawn by hand).

    Parameters
    ----------
    one, other : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, from `align`.
    shares : sequence of float
        How much of the other: 0 gives `one` itself, 1 gives `other` itself.

    Returns
    -------
    list of numpy.ndarray
        ``uint8`` RGB, one for each share.
    """
    # Sought in both directions, and the mean taken: where one fails the other may not.
    forth = unfolded((correspond(one, other) + invert(correspond(other, one))) / 2)
    back = invert(forth)
    frames = []
    for share in map(np.float32, shares):
        first = warp(one, invert(share * forth), cv2.INTER_CUBIC)
        second = warp(other, invert((1 - share) * back), cv2.INTER_CUBIC)
        frames.append(cv2.addWeighted(first, 1 - float(share), second, float(share), 0))
    return frames
