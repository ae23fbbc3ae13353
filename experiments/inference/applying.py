"""Filter pictures and let a generator find the way back, or translate them: one PNG a picture, same name."""

import argparse

from experiments.cli.files import each_picture
from experiments.core import registry, translation
from experiments.core.codecs import filter_of
from experiments.inference import translating
from experiments.inference.images import at_training_size
from experiments.inference.restoration import load_generator, restore
from filters.io import pictures
from filters.io.pictures import PathLike, Picture


def run(arguments: argparse.Namespace) -> int:
    name = arguments.transformation
    if name in translation.discover() or translation.is_run(name):
        translator, gray = translating.load_generator(name, arguments)

        def result(picture: Picture):
            return translating.translate(translator, picture, gray)

    else:
        transformation = registry.find(name)
        generator = load_generator(transformation, arguments)

        def result(picture: Picture):
            filtered = filter_of(transformation)(at_training_size(picture))
            return restore(generator, transformation, filtered)

    def work(path: PathLike, picture: Picture, target) -> None:
        pictures.write(target, result(picture))

    return each_picture(arguments.photos, arguments.out, work, name)
