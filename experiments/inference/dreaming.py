"""Deep Dream: a photograph becomes more of what a network sees in it, of a class, or of what a guide shows."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from experiments.cli.console import progress
from experiments.cli.files import each_picture
from experiments.cli.options import extension_of, names_file
from experiments.commands.dream import label, layers
from experiments.core.codecs import from_unit, to_unit
from filters import resizing
from filters.io import animations, films, pictures
from filters.io.pictures import PathLike, Picture
from filters.strips import strips
from transformers import backend
from transformers.dream import Dreamer

GUIDE_SIZE = 256  # pixels of the longer side: what counts of a guide is the things in it, not the grain
RATE = 25  # frames per second of a zoom
ZOOM = 1.03  # factor from frame to frame
MOST_DREAMT = 8_000_000  # pixels; of a larger picture a smaller copy is dreamt of, and its changes are enlarged
STEPS_BETWEEN = 3  # steps for each later frame of a zoom, at full size


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``dream``."""
    return dream(arguments, layers(arguments), label(arguments))


def dream(arguments: argparse.Namespace, layers: dict[str, float], label: int | None = None) -> int:
    """Dream of every photograph; one that fails does not stop the others.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of the command, see `experiments.commands.dream`.
    layers : dict
        Name of a layer → weight.
    label : int, optional
        Number of the class to dream of.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed.
    """
    guide = _read(arguments.guide, GUIDE_SIZE) if arguments.guide else None

    def load() -> Dreamer:
        backend.set_precision(arguments.precision)
        return Dreamer(layers, guide, label=label)

    def work(path: PathLike, picture: Picture, target: Path, dreamer: Dreamer) -> None:
        zoom = arguments.zoom and not to_file
        _dream(dreamer, picture, path, target.with_suffix(".mp4") if zoom else target, arguments)

    others, to_file = [arguments.guide] if arguments.guide else [], names_file(arguments.out)
    return each_picture(
        arguments.photos,
        arguments.out,
        work,
        "dreams",
        others,
        load,
        to_file=to_file,
        overwrite=arguments.overwrite,
        extension=extension_of(arguments),
    )


def _read(path: PathLike, size: int) -> np.ndarray:
    return to_unit(resizing.smaller(pictures.read(path), size))


def _dream(
    dreamer: Dreamer, picture: Picture, source: PathLike, target: Path, arguments: argparse.Namespace
) -> None:
    """Write the dream of one photograph, or the zoom that begins with it."""
    options = {"factor": arguments.factor, "rate": arguments.rate}
    picture = resizing.smaller(picture, arguments.size) if arguments.size else picture
    seen = within(picture, MOST_DREAMT)
    current = to_unit(seen)
    with progress("dreaming", unit="step") as bar:
        current = dreamer.dream(
            current, arguments.octaves, steps=arguments.steps, seed=arguments.seed, report=bar, **options
        )
    if not arguments.zoom:
        dreamt = from_unit(current)
        if seen is not picture:
            dreamt = with_changes(picture, seen, dreamt)
        pictures.write(target, dreamt, quality=arguments.quality, source=source)
        return

    def frames(current: np.ndarray) -> Iterator[Picture]:
        with progress("zooming", unit="frame") as bar:
            for number in range(arguments.zoom):
                if number:
                    seed = arguments.seed + number
                    current = dreamer.dream(zoomed(current), 1, steps=STEPS_BETWEEN, seed=seed, **options)
                bar(number + 1, arguments.zoom)
                yield from_unit(current)

    if target.suffix.lower() in pictures.ANIMATIONS:
        shown = list(frames(current))
        animations.write_animation(target, shown, [1 / RATE] * len(shown))
    else:
        with films.writing(target, RATE) as add:
            for frame in frames(current):
                add(frame)


def within(picture: Picture, most: int) -> Picture:
    """Return a picture with at most so many pixels: a smaller one, or itself."""
    height, width = picture.shape[:2]
    return resizing.smaller(picture, int((most / (height * width)) ** 0.5 * max(height, width)))


def with_changes(picture: Picture, seen: Picture, changed: Picture) -> Picture:
    """Return a large picture with what was changed in a smaller copy of it; it keeps its own details.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    seen, changed : numpy.ndarray
        The smaller copy, as it was and as it is: ``uint8`` RGB ``(h, w, 3)``.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    changes = changed.astype(np.float32) - seen
    result = np.empty_like(picture)
    for rows in strips(picture.shape):
        part = resizing.enlarged_rows(changes, picture.shape[1::-1], rows)
        result[rows] = np.clip(np.rint(picture[rows] + part), 0, 255)
    return result


def zoomed(picture: np.ndarray, factor: float = ZOOM) -> np.ndarray:
    """Return the middle of a picture, enlarged to the size of the whole.

    Parameters
    ----------
    picture : numpy.ndarray
        ``float32`` RGB ``(height, width, 3)`` in [-1, 1].
    factor : float
        Of the enlargement.

    Returns
    -------
    numpy.ndarray
        Like `picture`.
    """
    height, width = picture.shape[:2]
    middle = np.array([width - 1, height - 1], np.float32) / 2
    matrix = np.hstack([np.eye(2) * factor, ((1 - factor) * middle)[:, None]])
    return cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    ).clip(-1, 1)
