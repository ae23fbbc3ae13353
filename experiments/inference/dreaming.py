"""Deep Dream: a photograph becomes more of what a network sees in it, or of what a guide shows."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from experiments.cli.console import UsageError, progress, say
from experiments.cli.files import refuse_folder, refuse_inputs
from experiments.cli.options import weighted
from experiments.core.codecs import from_unit, to_unit
from filters.io import animations, films, pictures
from filters.io.pictures import PathLike, Picture
from transformers import backend
from transformers.dream import Dreamer

GUIDE_SIZE = 256  # pixels, longer side: of a guide, the things count and not the grain
RATE = 25  # frames a second of a zoom
ZOOM = 1.03  # from frame to frame
STEPS_BETWEEN = 3  # of a zoom's later frames, at the full size


def run(arguments: argparse.Namespace) -> int:
    for name, least in (("octaves", 1), ("steps", 1), ("size", 1), ("zoom", 2)):
        value = getattr(arguments, name)
        if value is not None and value < least:
            raise UsageError(f"--{name}: at least {least}")
    if not arguments.factor > 1 or not arguments.rate > 0:
        raise UsageError("--factor takes a number above 1, --rate one above 0")
    if arguments.seed < 0:
        raise UsageError("--seed: 0 or above")
    kinds = (*pictures.ANIMATIONS, ".mp4") if arguments.zoom else pictures.EXTENSIONS
    if Path(arguments.out).suffix.lower() not in kinds:
        what = "a zoom" if arguments.zoom else "a picture"
        raise UsageError(f"--out {arguments.out}: {what} ends in {', '.join(kinds)}")
    refuse_folder(arguments.out)
    refuse_inputs([arguments.out], [path for path in (arguments.photo, arguments.guide) if path])
    layers = dict(weighted(text, "--layers") for text in arguments.layers)
    return dream(arguments, layers)


def dream(arguments: argparse.Namespace, layers):
    """Read, dream, write; returns 0."""

    def read(path: PathLike, size: int | None):
        picture = pictures.read(path)
        return to_unit(pictures.smaller(picture, size) if size else picture)

    picture = read(arguments.photo, arguments.size)
    guide = read(arguments.guide, GUIDE_SIZE) if arguments.guide else None
    backend.set_precision(arguments.precision)
    try:
        dreamer = Dreamer(layers, guide)
    except ValueError as error:
        raise UsageError(f"--layers: {error}") from error
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
