"""Filter pictures and let a generator find the way back, or translate them: one PNG a picture, same name."""

import argparse

from experiments.cli.files import each_picture
from experiments.cli.options import extension_of
from experiments.core import registry
from experiments.core.codecs import filter_of
from experiments.core.models import find_generator
from experiments.inference import translating
from experiments.inference.images import at_training_size
from experiments.inference.restoration import load_generator, restore
from filters.io import pictures
from filters.io.pictures import PathLike, Picture


def run(arguments: argparse.Namespace) -> int:
    name, weights = find_generator(arguments.transformation, arguments.weights)
    arguments = argparse.Namespace(**vars(arguments) | {"weights": weights})
    transformation = registry.TRANSFORMATIONS.get(name)

    def load():
        if transformation:
            return load_generator(transformation, arguments)
        return translating.load_generator(name, arguments)

    def work(path: PathLike, picture: Picture, target, loaded) -> None:
        if transformation:
            filtered = filter_of(transformation)(at_training_size(picture))
            result = restore(loaded, transformation, filtered)
        else:
            translator, gray = loaded
            result = translating.translate(translator, picture, gray)
        pictures.write(target, result, quality=arguments.quality, source=path)

    return each_picture(arguments.photos, arguments.out, work, name, load=load, extension=extension_of(arguments))
