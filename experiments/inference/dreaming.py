"""Deep Dream: a photograph becomes more of what a network sees in it, or of what a guide shows."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from experiments.cli.console import progress, say
from experiments.commands.dream import layers as chosen_layers
from experiments.core.codecs import from_unit, to_unit
from filters import resizing
from filters.io import animations, films, pictures
from filters.io.pictures import PathLike, Picture
from transformers import backend
from transformers.dream import Dreamer

GUIDE_SIZE = 256  # pixels, longer side: of a guide, the things count and not the grain
RATE = 25  # frames a second of a zoom
ZOOM = 1.03  # from frame to frame
STEPS_BETWEEN = 3  # of a zoom's later frames, at the full size


def run(arguments: argparse.Namespace) -> int:
    return dream(arguments, chosen_layers(arguments))


def dream(arguments: argparse.Namespace, layers):
    """Read, dream, write; returns 0."""

    def read(path: PathLike, size: int | None):
        picture = pictures.read(path)
        return to_unit(resizing.smaller(picture, size) if size else picture)

    picture = read(arguments.photo, arguments.size)
    guide = read(arguments.guide, GUIDE_SIZE) if arguments.guide else None
    backend.set_precision(arguments.precision)
    dreamer = Dreamer(layers, guide)
    with progress("dreaming", unit="step") as bar:
        options = {"factor": arguments.factor, "rate": arguments.rate}
        picture = dreamer.dream(
            picture, arguments.octaves, steps=arguments.steps, seed=arguments.seed, report=bar, **options
        )
    if not arguments.zoom:
        pictures.write(arguments.out, from_unit(picture))
        say(f"{arguments.out} written")
        return 0

    def frames():
        current = picture
        with progress("zooming", unit="frame") as bar:
            for number in range(arguments.zoom):
                if number:
                    seed = arguments.seed + number
                    current = dreamer.dream(zoomed(current), 1, steps=STEPS_BETWEEN, seed=seed, **options)
                bar(number + 1, arguments.zoom)
                yield from_unit(current)

    if Path(arguments.out).suffix.lower() in pictures.ANIMATIONS:
        shown = list(frames())
        animations.write_animation(arguments.out, shown, [1 / RATE] * len(shown))
    else:
        with films.writing(arguments.out, RATE) as add:
            for frame in frames():
                add(frame)
    say(f"{arguments.out}: {arguments.zoom} frames written")
    return 0


def zoomed(picture: Picture, factor=ZOOM):
    """Return the middle of a picture, enlarged to its size."""
    height, width = picture.shape[:2]
    middle = np.array([width - 1, height - 1], np.float32) / 2
    matrix = np.hstack([np.eye(2) * factor, ((1 - factor) * middle)[:, None]])
    return cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    ).clip(-1, 1)
