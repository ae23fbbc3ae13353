"""Find damage in photographs of any size, and fill it."""

import argparse
import math
from pathlib import Path

import cv2
import numpy as np

from experiments.cli.console import progress
from experiments.cli.files import each_picture
from experiments.cli.options import extension_of
from experiments.commands.restore import TRANSFORMATION
from experiments.core import registry
from experiments.core.pixels import blended, share_of, to_unit
from experiments.inference.restoration import load_generator, mean_with_mirror
from experiments.inference.tiles import PATIENCE, tiled
from filters import gray, measures, resizing
from filters.faces import detection
from filters.io import pictures
from filters.io.pictures import PathLike, Picture, PictureError
from filters.strips import strips
from transformers.backend import keras

LONGEST = 1400  # pixels of the longer side at which damage is looked for: scratches were this wide in training
TILE, REACH = 768, 128  # pixels of that
PAINTED = (245, 20)  # gray values that mark what a mask names as damage, as bare paper or a hole would
CAUTION = 0.34  # factor on `strength` in eyes, noses and mouths: a light in an eye looks as a speck of dust does
FEATURES = 0.35  # radius of each of these, in distances between the eyes
PROPORTIONS = 0.02  # by which those of a mask may differ from the photograph's


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``restore``."""
    transformation = registry.find(TRANSFORMATION)
    mask = pictures.read(arguments.mask) if arguments.mask else None

    def work(path: PathLike, picture: Picture, target: Path, generator: keras.Model) -> None:
        fill, share = repairs(picture, generator, arguments.strength, mask)
        pictures.write(target, joined(picture, fill, share), quality=arguments.quality, source=path)
        if arguments.save_masks:
            found = np.round(255 * share).astype(np.uint8)[..., None].repeat(3, axis=2)
            pictures.write(target.with_name(f"{target.stem} mask.png"), found)

    def wanted(path: PathLike, picture: Picture) -> bool:
        if mask is not None:
            refuse_other_proportions(mask, picture)
        return True

    return each_picture(
        arguments.photos,
        arguments.out,
        work,
        "repairing",
        [arguments.mask] if arguments.mask else [],
        lambda: load_generator(transformation, arguments),
        wanted,
        overwrite=arguments.overwrite,
        extension=extension_of(arguments),
    )


def repair(picture: Picture, generator: keras.Model, strength: float = 1.0, mask: Picture | None = None) -> Picture:
    """Return a photograph without its damage.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, of any size.
    generator : keras.Model
        Of the transformation ``worn_to_clean``, see `experiments.inference.restoration.load_generator`.
    strength : float
        See `experiments.core.pixels.share_of`.
    mask : numpy.ndarray, optional
        ``uint8`` RGB of the same proportions: only what is white in it is repaired.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``; a gray picture stays gray. What is sound is not changed.

    Raises
    ------
    PictureError
        When the mask has other proportions.
    """
    if mask is not None:
        refuse_other_proportions(mask, picture)
    return joined(picture, *repairs(picture, generator, strength, mask))


def refuse_other_proportions(mask: Picture, picture: Picture) -> None:
    """Raise a PictureError when a mask cannot belong to a picture."""
    (height, width), (high, wide) = picture.shape[:2], mask.shape[:2]
    if abs(np.log(wide * height / (high * width))) > PROPORTIONS:
        raise PictureError(f"the mask is {wide}x{high}; it must have the proportions of {width}x{height}")


def repairs(
    picture: Picture, generator: keras.Model, strength: float = 1.0, mask: Picture | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return what damage is filled with, and where; parameters as for `repair`.

    Returns
    -------
    fill : numpy.ndarray
        ``float32`` RGB ``(h, w, 3)``, -1–1, with the longer side at most `LONGEST`.
    share : numpy.ndarray
        How much of each place is replaced: ``float32`` ``(h, w)``, 0–1.
    """
    seen = resizing.smaller(picture, LONGEST)
    if mask is not None:
        share = gray(resizing.resized(mask, seen.shape[1::-1]))[..., 0] / np.float32(255)
        seen = _painted_over(seen, share > 0)
    places, result = list(tiled(seen.shape[:2], TILE, REACH, generator.stride)), to_unit(seen)
    result = np.pad(result, ((0, 0), (0, 0), (0, 1)), constant_values=-1)  # sound, until it is known

    def so_far() -> Picture:
        return blended(seen, result[..., :3], share_of(result[..., 3], strength))

    with progress("finding damage", "tile", PATIENCE) as bar:
        for done, (place, kept, inside) in enumerate(places, 1):
            result[kept] = mean_with_mirror(generator, to_unit(seen[place]))[inside]
            bar(done, len(places), so_far=so_far)
    fill = result[..., :3]
    if measures.is_gray(picture, toned=False):
        fill = fill.mean(axis=2, keepdims=True).repeat(3, axis=2)
    return fill, share_of(result[..., 3], strength * _caution(seen)) if mask is None else share


def _caution(picture: Picture) -> np.ndarray:
    """Return a factor on the strength for each place, ``float32`` ``(h, w)``: lower in eyes, noses and mouths."""
    factor = np.ones(picture.shape[:2], np.float32)
    for face in detection.detect(picture):
        for x, y in face.landmarks:
            radius = FEATURES * math.dist(*face.landmarks[:2])
            cv2.circle(factor, (round(x), round(y)), math.ceil(radius), CAUTION, -1)
    return factor


def _painted_over(picture: Picture, damaged: np.ndarray) -> Picture:
    """Return a picture in which damage that a mask names is seen by whoever knows no mask."""
    dark = cv2.blur(gray(picture), (31, 31)) < (PAINTED[0] + PAINTED[1]) / 2
    paint = np.where(dark, np.uint8(PAINTED[0]), np.uint8(PAINTED[1]))
    return np.where(damaged[..., None], paint[..., None], picture)


def joined(picture: Picture, fill: np.ndarray, share: np.ndarray) -> Picture:
    """Return a photograph with its repairs, which may be smaller; see `repairs`."""
    result, size = np.empty_like(picture), picture.shape[1::-1]
    with progress("filling it", "row", PATIENCE) as bar:
        for rows in strips(picture.shape):
            filled, how_much = (resizing.enlarged_rows(values, size, rows) for values in (fill, share))
            result[rows] = blended(picture[rows], filled, how_much)
            bar(rows.stop, len(picture))
    return result
