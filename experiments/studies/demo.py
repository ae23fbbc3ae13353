"""The main job on a few pictures: faces, filters, ways back, colour, a short training, a gallery."""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from experiments.cli.console import SOME_FAILED, UsageError, say
from experiments.cli.files import each_picture
from experiments.commands import train
from experiments.core import registry
from experiments.datasets import cutting
from experiments.datasets.packaged import packaged_photos
from experiments.inference import coloring, morphing, translating
from experiments.inference.restoration import load_generator
from experiments.reports import filter_sheets, gallery
from experiments.training import paired
from filters import find_pictures, gray, measures
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from transformers.backend import keras

BATCH_SIZE = 4
MORPHED = 4  # faces, each of which becomes the next
SHOWN = 24  # pictures shown in the gallery; training uses all faces


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``demo``."""
    return demo(arguments.photos, Path(arguments.out), arguments.steps)


def demo(photos: Sequence[PathLike], out: Path, steps: int) -> int:
    """Run the main job, and write a gallery of its results.

    Parameters
    ----------
    photos : sequence of path-like
        Pictures, and folders of pictures; none for the packaged ones.
    out : pathlib.Path
        Folder of the gallery and of everything that it shows; the latter is made anew.
    steps : int
        Of the short training, about.

    Returns
    -------
    int
        Exit code: 0, or 1 when something failed.

    Raises
    ------
    PictureError
        When a path does not exist.
    UsageError
        When no picture can be used, or the page would overwrite a file that no gallery has written.
    """
    found = find_pictures(photos or packaged_photos())
    shown = found[:SHOWN]
    work, page = out / "work", out / "index.html"
    gallery.refuse_other_pages([page])
    shutil.rmtree(work, ignore_errors=True)
    page.unlink(missing_ok=True)

    say("1/5 cutting the faces")
    codes = [cutting.cut(found, work / "faces")]
    crops = sorted((work / "faces").glob("*.png"))

    if crops:
        say("2/5 drawing the faces, and making photographs of the drawings")
        codes.append(translating.there_and_back(crops[:SHOWN], work / "drawn and back"))
    else:
        say("2/5 running every filter")
        sheets = work / "every filter"
        codes.append(each_picture(shown, sheets, filter_sheets.write_sheet, "filters"))
    if len(crops) > 1:
        codes.append(morphing.morph(crops[:MORPHED], work / "morph" / "one face becomes another.gif", frames=8))

    say("3/5 colouring black-and-white copies")

    def color(path: PathLike, picture: Picture, target: Path, generator: keras.Model) -> None:
        light = gray(picture)
        pictures.write(work / "before" / target.name, light)
        if not measures.is_gray(picture, toned=False):
            pictures.write(work / "originals" / target.name, picture)
        pictures.write(target, coloring.colorize(light.repeat(3, axis=2), generator))

    def load() -> keras.Model:
        return load_generator(registry.find("gray_to_color"))

    codes.append(each_picture(shown, work / "in colour", color, "colouring", load=load))
    made = ("in colour", "every filter", "drawn and back", "morph")
    sources = [work / name for name in made if any(p.suffix in (".png", ".gif") for p in (work / name).rglob("*"))]
    if not sources:
        raise UsageError("none of these pictures can be used; try others")

    if crops:
        say("4/5 training gray to colour for a moment, from the start, on these faces alone")
        has_color = any(not measures.is_gray(pictures.read(crop)) for crop in crops)
        settings = train.Settings(
            transformation="gray_to_color",
            # Gray faces would teach gray; where there are no others, they are at least a training.
            subset="is_colour" if has_color else None,
            data=str(work / "faces"),
            epochs=max(4, steps // max(1, len(crops) // BATCH_SIZE)),
            batch_size=BATCH_SIZE,
            preset="tiny",
            learning_rate=5e-3,
        )
        codes.append(paired.train(settings, work / "run"))
        sources.append(work / "run")
    else:
        say("4/5 no face was found: nothing to train on")
    say("5/5 running every filter and every way back, and writing the gallery")
    title, faces = "Faces, filters and the ways back", work / "faces" if crops else None
    originals = [folder for folder in [work / "originals"] if folder.is_dir()]  # of those in colour
    codes.append(gallery.build(sources, page, [work / "before"], title, faces, originals=originals))
    return SOME_FAILED if any(codes) else 0
