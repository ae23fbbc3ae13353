"""Make one sheet per picture: every filter that has a way back, and what its shipped generator makes of it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from experiments.cli.files import each_picture
from experiments.core.codecs import filter_of
from experiments.core.registry import Transformation, discover
from experiments.inference.images import faces_at_training_size
from experiments.inference.restoration import load_generator, restore
from experiments.reports.sheets import sheet
from filters.io import pictures
from filters.io.pictures import PathLike, Picture, Size
from transformers import pretrained
from transformers.backend import keras


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``ways-back``."""
    return ways_back(arguments.photos, arguments.out, arguments.overwrite)


def ways_back(photos: Sequence[PathLike], out: PathLike, overwrite: bool = False) -> int:
    """Write ``NAME.png`` for each picture: of each of its faces the filters above and the ways back below.

    Parameters
    ----------
    photos : sequence of path-like
        Pictures, and folders of pictures.
    out : path-like
        Folder of the sheets.
    overwrite : bool
        As for `experiments.cli.files.each_picture`.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed.
    """

    def work(path: PathLike, picture: Picture, target: Path, generators: list) -> None:
        pictures.write(target, sheet_of(faces_at_training_size(picture), generators))

    return each_picture(photos, out, work, "ways back", load=shipped, overwrite=overwrite)


def shipped() -> list[tuple[Transformation, keras.Model]]:
    """Return a transformation and its shipped generator for each filter; of several, the sharp one."""
    known = discover()
    # In the order of names "…_sharp" follows the faithful one and replaces it.
    chosen = {known[name].filter: known[name] for name in pretrained.available() if name in known}
    return [(transformation, load_generator(transformation)) for transformation in chosen.values()]


def sheet_of(
    faces: Sequence[Picture], generators: Sequence[tuple[Transformation, keras.Model]], cell: Size = (192, 240)
) -> Picture:
    """Return the sheet of some faces, two rows each.

    Parameters
    ----------
    faces : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    generators : sequence of tuple
        From `shipped`.
    cell : tuple of int
        ``(width, height)`` of each picture on the sheet, in pixels.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB.
    """
    rows = []
    for face in faces:
        filtered = [filter_of(transformation)(face) for transformation, _ in generators]
        restored = [restore(generator, t, f) for (t, generator), f in zip(generators, filtered, strict=True)]
        rows += [face, *filtered], [face, *restored]
    titles = ["original", *(t.name.replace("_", " ") for t, _ in generators)]
    return sheet(rows, titles, cell)
