"""Enlarge photographs of any size by 2 or 4, tile by tile, without seams."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from experiments.cli.console import say
from experiments.cli.files import each_picture
from experiments.cli.options import extension_of
from experiments.commands.upscale import name_of
from experiments.core import registry
from experiments.inference.images import run_on_image
from experiments.inference.restoration import load_generator
from filters import gray, measures
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from transformers.backend import keras

TILE = 512  # pixels of the small picture, in each direction, that are seen at once
MAX_RESULT = 400_000_000  # pixels


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``upscale``."""
    transformation = registry.find(name_of(arguments.scale, arguments.model))
    if arguments.model == "old":
        say("--model old is for small, grainy portraits; clean faces get cracks: compare with --model faithful")

    def work(path: PathLike, picture: Picture, target: Path, generator: keras.Model) -> None:
        pictures.write(target, upscale(picture, generator), quality=arguments.quality, source=path)

    def load() -> keras.Model:
        return load_generator(transformation, arguments)

    return each_picture(
        arguments.photos,
        arguments.out,
        work,
        "enlarging",
        load=load,
        overwrite=arguments.overwrite,
        extension=extension_of(arguments),
    )


def upscale(picture: Picture, generator: keras.Model, tile: int = TILE) -> Picture:
    """Enlarge one photograph.

    Tiles overlap as far as the generator sees, so the result equals that for the whole picture at once, but
    takes memory for the result and one tile alone.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    generator : keras.Model
        For instance from ``transformers.load("super_resolution_x4")``.
    tile : int
        Height and width of a tile with its overlap, in pixels of `picture`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB, both sides 2 or 4 times as long. A gray picture stays gray.

    Raises
    ------
    ValueError
        When the result would have over 400 megapixels.
    """
    scale = round(1 / generator.output_stride)
    height, width = picture.shape[:2]
    if height * width * scale**2 > MAX_RESULT:
        raise ValueError(
            f"{width}x{height} enlarged by {scale} is over {MAX_RESULT // 1_000_000} megapixels; "
            "choose a smaller --scale, or make it smaller"
        )
    is_gray = measures.is_gray(picture, toned=False)
    result = np.empty((scale * height, scale * width, 3), np.uint8)
    for seen_y, kept_y in spans(height, tile, generator.reach, generator.stride):
        for seen_x, kept_x in spans(width, tile, generator.reach, generator.stride):
            large = run_on_image(generator, picture[seen_y, seen_x])
            large = large[_within(kept_y, seen_y, scale), _within(kept_x, seen_x, scale)]
            if is_gray:
                large = gray(large)
            result[_times(kept_y, scale), _times(kept_x, scale)] = large
    return result


def spans(length: int, tile: int, reach: int, stride: int) -> Iterator[tuple[slice, slice]]:
    """Cut a side into overlapping parts.

    Parameters
    ----------
    length : int
        Of the side, in pixels.
    tile : int
        Approximate length of a part, in pixels.
    reach : int
        Pixels by which a part extends beyond what is kept of it, at least, unless the side ends.
    stride : int
        Parts begin at multiples of it, in pixels, as generators that halve sizes need.

    Yields
    ------
    tuple of slice
        What to look at, and what to keep of it; the kept slices follow each other without gaps.
    """
    if length <= tile:
        yield slice(0, length), slice(0, length)
        return
    reach += -reach % stride
    step = max(tile - 2 * reach, stride)
    step -= step % stride
    for start in range(0, length, step):
        end = min(start + step, length)
        yield slice(max(start - reach, 0), min(end + reach, length)), slice(start, end)


def _times(span: slice, scale: int) -> slice:
    return slice(span.start * scale, span.stop * scale)


def _within(kept: slice, seen: slice, scale: int) -> slice:
    return _times(slice(kept.start - seen.start, kept.stop - seen.start), scale)
