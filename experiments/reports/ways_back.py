"""One sheet a picture: every filter that has a way back, and what its shipped generator makes of it."""

import argparse

from experiments.cli.files import each_picture
from experiments.core.codecs import filter_of
from experiments.core.registry import discover
from experiments.inference.images import faces_at_training_size
from experiments.inference.restoration import load_generator, restore
from experiments.reports.sheets import sheet
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from transformers import pretrained


def run(arguments: argparse.Namespace) -> int:
    return ways_back(arguments.photos, arguments.out, arguments.overwrite)


def ways_back(photos, out: PathLike, overwrite: bool = False):
    """Write ``NAME.png`` for each picture: of each of its faces the filters above and the ways back below."""

    def work(path: PathLike, picture: Picture, target, generators) -> None:
        pictures.write(target, sheet_of(faces_at_training_size(picture), generators))

    return each_picture(photos, out, work, "ways back", load=shipped, overwrite=overwrite)


def shipped():
    """Return transformations with shipped weights and their generators, one for each filter: the sharp ones."""
    known = discover()
    # By name, "…_sharp" comes after the faithful one and takes its place.
    chosen = {known[name].filter: known[name] for name in pretrained.available() if name in known}
    return [(transformation, load_generator(transformation)) for transformation in chosen.values()]


def sheet_of(faces: list[Picture], generators, cell=(192, 240)):
    """Return the sheet of some faces, two rows each, ``uint8`` RGB."""
    rows = []
    for face in faces:
        filtered = [filter_of(transformation)(face) for transformation, _ in generators]
        restored = [restore(generator, t, f) for (t, generator), f in zip(generators, filtered, strict=True)]
        rows += [face, *filtered], [face, *restored]
    titles = ["original", *(t.name.replace("_", " ") for t, _ in generators)]
    return sheet(rows, titles, cell)
