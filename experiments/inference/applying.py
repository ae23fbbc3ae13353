"""Filter pictures and let a generator find the way back, or translate them: one PNG per picture."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli.files import each_picture
from experiments.cli.options import extension_of
from experiments.core import registry
from experiments.core.codecs import filter_of
from experiments.core.models import find_generator
from experiments.core.registry import Transformation
from experiments.inference import translating
from experiments.inference.images import at_training_size, faces_at_training_size
from experiments.inference.restoration import load_generator, restore
from filters.io import pictures
from filters.io.pictures import PathLike, Picture


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``apply``."""
    name, transformation, load = named(arguments)

    def work(path: PathLike, picture: Picture, target: Path, loaded: Any) -> None:
        if transformation:
            filtered = [filter_of(transformation)(seen) for seen in parts_seen(transformation, picture)]
            result = np.hstack([restore(loaded, transformation, each) for each in filtered])
        else:
            result = translating.translate(loaded, picture)
        pictures.write(target, result, quality=arguments.quality, source=path)

    how = {"overwrite": arguments.overwrite, "extension": extension_of(arguments)}
    return each_picture(arguments.photos, arguments.out, work, name, load=load, **how)


def named(arguments: argparse.Namespace) -> tuple[str, Transformation | None, Callable[[], Any]]:
    """Return the name on the command line, its transformation (None for a translation), and what loads its network.

    Parameters
    ----------
    arguments : argparse.Namespace
        With ``transformation``, ``weights``, ``preset`` and ``precision``.
    """
    name, weights = find_generator(arguments.transformation, arguments.weights)
    arguments = argparse.Namespace(**vars(arguments) | {"weights": weights})
    transformation = registry.TRANSFORMATIONS.get(name)

    def load() -> Any:
        if transformation:
            return load_generator(transformation, arguments)
        return translating.load_translator(name, arguments)

    return name, transformation, load


def parts_seen(transformation: Transformation, picture: Picture) -> list[Picture]:
    """Return what a transformation's filter is given of a picture: its faces, where they are all that it knows."""
    return faces_at_training_size(picture) if transformation.needs_crops else [at_training_size(picture)]
