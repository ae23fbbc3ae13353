"""Random changes of training pictures."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from experiments.core.codecs import SIZE
from experiments.datasets.old_prints import as_rgb, on_film
from filters import resizing
from filters.io.pictures import Picture, Size


@dataclass(frozen=True)
class Augmentation:
    """What is drawn anew for every picture in every epoch.

    Attributes
    ----------
    flip : float
        Probability of a mirrored picture.
    scale : tuple of float
        Range of the share of the crop's side that is shown.
    rotation : float
        Largest angle, in degrees.
    exposure : float
        Largest absolute logarithm of the gamma by which the picture is made darker or brighter.
    contrast : float
        Largest factor, as a logarithm, by which gray values move away from the middle one, or towards it.
    crispness : float
        Largest amount of unsharp masking: scans of sharp prints have finer detail than photographs made smaller.
    margins : float
        Probability of a picture shown smaller, with margins that continue its border: walls and
        clothes far from a face, as in whole photographs.
    mosaic : float
        Probability of four pictures at half size in one: small faces, as in groups.
    old_print : float
        Probability that the condition is made from a faded, blurred, grainy copy of the picture,
        on film of another colour sensitivity.
    film : float
        Probability that the picture itself, condition and target, is black and white as on such film.
    squeeze : float
        For whole photographs: largest change of proportions, a factor.
    sideways : float
        For whole photographs: probability of one that lies on its side or is upside down.
    frames : float
        For whole photographs: probability of a mount or an oval frame of white, gray or black paper.
    scratches : float
        Probability that the condition has scratches and specks.
    hints : float
        Probability that the condition has hints of the target's colours at some places.
    parameters : dict
        For the filter: name of a parameter → sequence of values to draw from.
    first : float
        Probability that every parameter has the first of its values: where those leave a picture as it is, the
        generator learns to do so too.
    """

    flip: float = 0.5
    scale: tuple[float, float] = (0.72, 1.0)
    rotation: float = 6.0
    exposure: float = 0.0
    contrast: float = 0.0
    crispness: float = 0.0
    margins: float = 0.0
    mosaic: float = 0.0
    old_print: float = 0.0
    film: float = 0.0
    squeeze: float = 1.0
    sideways: float = 0.0
    frames: float = 0.0
    scratches: float = 0.0
    hints: float = 0.0
    parameters: dict[str, Sequence[Any]] = field(default_factory=dict)
    first: float = 0.0


COARSEST = 1.6  # pixels from one sample to the next, above which linear interpolation would alias
GRAYS = np.arange(256) / 255

NO_AUGMENTATION = Augmentation(flip=0, scale=(1.0, 1.0), rotation=0)


def augmented(
    crops: Sequence[Picture] | np.ndarray,
    index: int,
    rng: np.random.Generator,
    augmentation: Augmentation,
    size: Size = SIZE,
    whole: bool = False,
) -> Picture:
    """Draw one training picture.

    Parameters
    ----------
    crops : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    index : int
        Which of them to show; a mosaic shows three more, drawn from all.
    rng : numpy.random.Generator
    augmentation : Augmentation
    size : tuple of int
        ``(width, height)`` of the result, in pixels.
    whole : bool
        Whether `crops` are whole photographs, of any proportions, and not crops of faces.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``.
    """
    picture = _drawn(crops, index, rng, augmentation, size, view if whole else _warped)
    if augmentation.exposure:
        gamma = np.exp(rng.uniform(-1, 1) * augmentation.exposure)
        picture = _toned(picture, GRAYS**gamma)
    if augmentation.contrast:
        factor = np.exp(rng.uniform(-1, 1) * augmentation.contrast)
        picture = _toned(picture, 0.5 + factor * (GRAYS - 0.5))
    if augmentation.crispness:
        amount = rng.random() * augmentation.crispness
        picture = cv2.addWeighted(picture, 1 + amount, cv2.GaussianBlur(picture, (0, 0), 1.0), -amount, 0)
    if augmentation.film and rng.random() < augmentation.film:
        picture = as_rgb(on_film(picture, rng))
    return picture


def _toned(picture: Picture, curve: np.ndarray) -> Picture:
    """Return a picture of which each value is looked up in a curve, ``(256,)``, about 0–1."""
    return cv2.LUT(picture, np.round(255 * np.clip(curve, 0, 1)).astype(np.uint8))


def _drawn(
    crops: Sequence[Picture] | np.ndarray,
    index: int,
    rng: np.random.Generator,
    augmentation: Augmentation,
    size: Size,
    draw: Callable[[Picture, np.random.Generator, Augmentation, Size], Picture],
) -> Picture:
    if rng.random() < augmentation.mosaic:
        others = [index, *rng.integers(len(crops), size=3)]
        half = (size[0] // 2, size[1] // 2)
        a, b, c, d = (draw(crops[i], rng, augmentation, half) for i in others)
        return np.vstack([np.hstack([a, b]), np.hstack([c, d])])
    return draw(crops[index], rng, augmentation, size)


def _warped(crop: Picture, rng: np.random.Generator, augmentation: Augmentation, size: Size) -> Picture:
    height, width = crop.shape[:2]
    share, border = rng.uniform(*augmentation.scale), cv2.BORDER_REFLECT_101
    if augmentation.margins and rng.random() < augmentation.margins:
        share, border = rng.uniform(1.0, 2.6), cv2.BORDER_REPLICATE
    angle = np.deg2rad(rng.uniform(-1, 1) * augmentation.rotation)
    mirror = -1 if rng.random() < augmentation.flip else 1
    # The window may be anywhere in the crop; rotation turns about its middle.
    middle = np.array([width, height]) / 2 + (rng.random(2) - 0.5) * abs(1 - share) * [width, height]
    if angle == 0 and share <= 1:
        return _window(crop, middle, share, size)[:, ::mirror]
    step = share * width / size[0]
    turn = step * np.array([[mirror * np.cos(angle), -np.sin(angle)], [mirror * np.sin(angle), np.cos(angle)]])
    offset = middle - 0.5 - turn @ (np.array(size) / 2 - 0.5)
    return _sampled(crop, turn, offset, size, border)


def _sampled(picture: Picture, turn: np.ndarray, offset: np.ndarray, size: Size, border: int) -> Picture:
    """Return a picture sampled at the places ``turn @ (x, y) + offset``, with its finest detail averaged first."""
    times = max(0, math.ceil(math.log2(math.sqrt(abs(np.linalg.det(turn))) / COARSEST)))
    if times:
        picture = cv2.resize(picture, None, fx=0.5**times, fy=0.5**times, interpolation=cv2.INTER_AREA)
        turn, offset = turn / 2**times, (offset + 0.5) / 2**times - 0.5
    matrix = np.hstack([turn, offset[:, None]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=border)


def _window(crop: Picture, middle: np.ndarray, share: float, size: Size) -> Picture:
    """Return an upright part of a crop, resized as crops of photographs are, and so as sharp as they are."""
    height, width = crop.shape[:2]
    wide, high = round(share * width), round(share * height)
    left, top = round(middle[0] - wide / 2), round(middle[1] - high / 2)
    window = crop[max(top, 0) : top + high, max(left, 0) : left + wide]
    return cv2.resize(window, size, interpolation=cv2.INTER_AREA if wide > size[0] else cv2.INTER_CUBIC)


def view(picture: Picture, rng: np.random.Generator, augmentation: Augmentation, size: Size) -> Picture:
    """Draw a part of a photograph, squeezed, turned and mirrored.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    rng : numpy.random.Generator
    augmentation : Augmentation
        Its ``scale`` is the share of the largest part with these proportions; ``squeeze``, ``rotation``,
        ``sideways``, ``flip`` and ``frames`` are used too.
    size : tuple of int
        ``(width, height)`` in pixels.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``.
    """
    if rng.random() < augmentation.sideways:
        picture = np.rot90(picture, int(rng.integers(1, 4)))
    if rng.random() < augmentation.flip:
        picture = picture[:, ::-1]
    height, width = picture.shape[:2]
    squeeze = augmentation.squeeze ** rng.uniform(-0.5, 0.5)
    wide, high = size[0] * squeeze, size[1] / squeeze
    step = rng.uniform(*augmentation.scale) * min(width / wide, height / high)
    room = np.array([width - step * wide, height - step * high])
    center = np.array([width, height]) / 2 + (rng.random(2) - 0.5) * room
    angle = np.deg2rad(rng.uniform(-1, 1) * augmentation.rotation)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = step * turn * [squeeze, 1 / squeeze]
    offset = center - 0.5 - turn @ (np.array(size) / 2 - 0.5)
    seen = _sampled(np.ascontiguousarray(picture), turn, offset, size, cv2.BORDER_REFLECT)
    return framed(seen, rng) if rng.random() < augmentation.frames else seen


def framed(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a picture with a mount around it, straight or oval, of white, gray or black paper.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB of the same size. A straight mount shrinks the picture, an oval one covers its corners.
    """
    height, width = picture.shape[:2]
    paper = int(rng.choice([255, int(rng.integers(160, 256)), int(rng.integers(0, 60))]))
    mount = np.full_like(picture, paper)
    edge = rng.uniform(0.02, 0.2)
    if rng.random() < 0.5:
        inside = np.zeros((height, width), np.uint8)
        axes = round(width * (0.5 - edge)), round(height * (0.5 - edge))
        cv2.ellipse(inside, (width // 2, height // 2), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
        share = inside[..., None] / np.float32(255)
        return np.round(picture * share + mount * (1 - share)).astype(np.uint8)
    y, x = round(height * edge), round(width * edge)
    mount[y : height - y, x : width - x] = resizing.resized(picture, (width - 2 * x, height - 2 * y))
    return mount
