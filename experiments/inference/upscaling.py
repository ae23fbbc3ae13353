"""Enlarge photographs of any size by 2 or 4, tile by tile, without seams."""

import argparse
from pathlib import Path

from experiments.cli.console import say
from experiments.cli.files import each_picture
from experiments.cli.options import extension_of
from experiments.commands.upscale import name_of
from experiments.core import registry
from experiments.inference import tiles
from experiments.inference.restoration import load_generator
from filters import gray, measures
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from transformers.backend import keras

MAX_RESULT = 400_000_000  # pixels


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``upscale``."""
    transformation = registry.find(name_of(arguments.scale, arguments.model))
    if arguments.model == "old":
        say("--model old is for small, grainy portraits; for clean ones --model faithful is closer")

    def work(path: PathLike, picture: Picture, target: Path, generator: keras.Model) -> None:
        pictures.write(target, upscale(picture, generator), quality=arguments.quality, source=path)

    def wanted(path: PathLike, picture: Picture) -> bool:
        refuse_huge(picture, arguments.scale)  # before the generator is loaded
        return True

    def load() -> keras.Model:
        return load_generator(transformation, arguments)

    return each_picture(
        arguments.photos,
        arguments.out,
        work,
        "enlarging",
        load=load,
        wanted=wanted,
        overwrite=arguments.overwrite,
        extension=extension_of(arguments),
    )


def upscale(picture: Picture, generator: keras.Model, tile: int | None = None) -> Picture:
    """Enlarge one photograph.

    Tiles overlap as far as the generator sees, so the result equals that for the whole picture at once, but
    takes memory for the result and one tile alone.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    generator : keras.Model
        For instance from ``transformers.load("super_resolution_x4")``.
    tile : int, optional
        See `experiments.inference.tiles.enlarged`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB, both sides 2 or 4 times as long. A gray picture stays gray.

    Raises
    ------
    ValueError
        When the result would have over 400 megapixels.
    """
    refuse_huge(picture, round(1 / generator.output_stride))
    finish = gray if measures.is_gray(picture, toned=False) else None
    return tiles.enlarged(picture, generator, tile, finish)


def refuse_huge(picture: Picture, scale: int) -> None:
    """Refuse a picture whose result would be too large; raises what `upscale` does."""
    height, width = picture.shape[:2]
    if height * width * scale**2 > MAX_RESULT:
        raise ValueError(
            f"{width}x{height} enlarged by {scale} is over {MAX_RESULT // 1_000_000} megapixels; "
            "choose a smaller --scale, or make it smaller"
        )
