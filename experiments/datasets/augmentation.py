"""What is drawn anew for every training picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from experiments.core.codecs import SIZE
from experiments.datasets import scenes
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
        Largest logarithm of the gamma by which the picture is made darker or brighter.
    margins : float
        Probability of a picture shown smaller, with margins that go on like its border: walls and
        clothes far from a face, as in whole photographs.
    mosaic : float
        Probability of four pictures at half size in one: small faces, as in groups.
    old_print : float
        Probability that the condition is made from a faded, blurred, grainy copy of the picture,
        on film of another colour sensitivity.
    film : float
        Probability that the picture itself, condition and target, is black and white as on such film.
    squeeze : float
        Of whole photographs: largest change of proportions, a factor.
    sideways : float
        Of whole photographs: probability of one that lies on its side or stands on its head.
    frames : float
        Of whole photographs: probability of a mount or an oval frame of white, gray or black paper.
    scratches : float
        Probability that the condition has scratches and specks.
    hints : float
        Probability that the condition has hints of the target's colours at some places.
    parameters : dict
        Of the filter: name → sequence of values to draw from.
    """

    flip: float = 0.5
    scale: tuple = (0.72, 1.0)
    rotation: float = 6.0
    exposure: float = 0.0
    margins: float = 0.0
    mosaic: float = 0.0
    old_print: float = 0.0
    film: float = 0.0
    squeeze: float = 1.0
    sideways: float = 0.0
    frames: float = 0.0
    scratches: float = 0.0
    hints: float = 0.0
    parameters: dict = field(default_factory=dict)


NO_AUGMENTATION = Augmentation(flip=0, scale=(1.0, 1.0), rotation=0)


def augmented(
    crops: Sequence[np.ndarray],
    index: int,
    rng: np.random.Generator,
    augmentation,
    size: Size = SIZE,
    whole: bool = False,
) -> np.ndarray:
    """Draw one training picture.

    Parameters
    ----------
    crops : sequence of numpy.ndarray
        ``uint8`` ``(height, width, 3)``.
    index : int
    rng : numpy.random.Generator
    augmentation : Augmentation
    size : tuple of int
        ``(width, height)`` of the result.
    whole : bool
        They are whole photographs, of any proportions, and no crops of faces.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``.
    """
    picture = _drawn(crops, index, rng, augmentation, size, scenes.view if whole else _warped)
    if augmentation.exposure:
        gamma = np.exp(rng.uniform(-1, 1) * augmentation.exposure)
        curve = 255 * (np.arange(256) / 255) ** gamma
        picture = cv2.LUT(picture, np.round(curve).astype(np.uint8))
    if augmentation.film and rng.random() < augmentation.film:
        picture = _as_rgb(_on_film(picture, rng))
    return picture


def _drawn(crops, index, rng, augmentation, size, draw):
    if rng.random() < augmentation.mosaic:
        others = [index, *rng.integers(len(crops), size=3)]
        half = (size[0] // 2, size[1] // 2)
        a, b, c, d = (draw(crops[i], rng, augmentation, half) for i in others)
        return np.vstack([np.hstack([a, b]), np.hstack([c, d])])
    return draw(crops[index], rng, augmentation, size)


def _warped(crop, rng, augmentation, size):
    height, width = crop.shape[:2]
    share, border = rng.uniform(*augmentation.scale), cv2.BORDER_REFLECT_101
    if augmentation.margins and rng.random() < augmentation.margins:
        share, border = rng.uniform(1.0, 2.6), cv2.BORDER_REPLICATE
    angle = np.deg2rad(rng.uniform(-1, 1) * augmentation.rotation)
    mirror = -1 if rng.random() < augmentation.flip else 1
    # Of the room that the smaller window leaves, any place; rotation turns about its middle.
    middle = np.array([width, height]) / 2 + (rng.random(2) - 0.5) * abs(1 - share) * [width, height]
    if angle == 0 and share <= 1:
        return _window(crop, middle, share, size)[:, ::mirror]
    step = share * width / size[0]
    turn = step * np.array([[mirror * np.cos(angle), -np.sin(angle)], [mirror * np.sin(angle), np.cos(angle)]])
    offset = middle - 0.5 - turn @ (np.array(size) / 2 - 0.5)
    if step > 1.6:
        # Sampling every second pixel would alias: make it smaller first.
        crop = cv2.resize(crop, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        turn, offset = turn / 2, (offset - 0.5) / 2
    matrix = np.hstack([turn, offset[:, None]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(crop, matrix, size, flags=flags, borderMode=border)


def _window(crop, middle, share, size):
    """Return an upright part of a crop, made as crops are made of photographs: as sharp as they are."""
    height, width = crop.shape[:2]
    wide, high = round(share * width), round(share * height)
    left, top = round(middle[0] - wide / 2), round(middle[1] - high / 2)
    window = crop[max(top, 0) : top + high, max(left, 0) : left + wide]
    return cv2.resize(window, size, interpolation=cv2.INTER_AREA if wide > size[0] else cv2.INTER_CUBIC)


def old_print(picture: Picture, rng: np.random.Generator):
    """Return a copy as an old black-and-white print would show it; ``uint8`` RGB in and out.

    Film of another sensitivity to red, green and blue (early plates hardly saw red), another tone
    curve and contrast, blur, grain, and traces of JPEG.
    """
    values = _on_film(picture, rng)
    if rng.random() < 0.4:
        values = cv2.GaussianBlur(values, (0, 0), rng.uniform(0.4, 1.8))
    if rng.random() < 0.5:
        size = rng.choice([1, 2])
        noise = rng.standard_normal([-(-side // size) for side in values.shape], np.float32)
        noise = cv2.resize(noise, values.shape[::-1], interpolation=cv2.INTER_LINEAR)
        values = values + noise * np.float32(rng.uniform(0.01, 0.05))
    seen = _as_rgb(values)
    if rng.random() < 0.3:
        _, data = cv2.imencode(".jpg", seen[..., 0], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])
        decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        assert decoded is not None  # it has just been encoded
        seen = cv2.cvtColor(decoded, cv2.COLOR_GRAY2RGB)
    return seen


def _on_film(picture, rng):
    """Return gray ``(h, w)`` in about 0–1: film of some sensitivity to red, green and blue, and tone curve."""
    # One film in four hardly sees red, as all did until the 1920s.
    weights = rng.dirichlet([0.3, 3.0, 3.0] if rng.random() < 0.25 else [1.2, 2.0, 1.2])
    values = picture.astype(np.float32) @ weights.astype(np.float32) * np.float32(1 / 255)
    values = values ** np.float32(np.exp(rng.uniform(-0.5, 0.5)))
    low, high = rng.uniform(-0.1, 0.2), rng.uniform(0.75, 1.1)
    return low + values * (high - low)


def _as_rgb(values):
    return cv2.cvtColor(np.clip(values * 255, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)
