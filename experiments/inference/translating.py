"""A translation at work: pictures of one kind become pictures of another."""

import argparse

import numpy as np

from experiments.cli.files import each_picture
from experiments.core.models import find_translation_weights, find_weights
from experiments.core.registry import TRANSLATIONS
from experiments.core.runs import Run
from experiments.core.translation import BACK, discover, generator_arguments
from experiments.inference.images import at_training_size, run_on_image
from experiments.reports.sheets import sheet
from filters.faces import detection
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from filters.resizing import resized
from transformers import backend, pretrained
from transformers.networks.generators import GENERATORS

FACE_HEIGHT = 320 / 1.9  # of face boxes in training crops, which are 1.9 of them tall
NO_FACE_SIDE = 512  # the longer side that a picture without a face is seen at
MAX_SEEN_PIXELS = 4_000_000


def load_generator(name: str, arguments: argparse.Namespace | None = None):
    """Load the generator of a translation or of a run; tell whether its results are gray.

    Parameters
    ----------
    name : str
        A translation, or the folder of an ``unpaired`` run; ``RUN:back`` is its way back.
    arguments : argparse.Namespace, optional
        As from `experiments.cli.options.add_generator_arguments`.

    Raises
    ------
    transformers.pretrained.WeightsError
        When there are no weights, or they do not fit.
    """
    backend.set_precision(arguments.precision if arguments else "auto")
    if name not in discover():
        run, direction = Run.open(name.removesuffix(BACK)), "backward" if name.endswith(BACK) else "forward"
        weights, config = find_weights(run.folder, "translation", file=f"best.{direction}")
        return _built(weights, config["generator"], config["preset"]), direction in config["gray"]
    if arguments is None or arguments.weights is None:
        return pretrained.load(name), TRANSLATIONS[name].gray
    weights, config = find_translation_weights(name, arguments.weights)
    preset = arguments.preset or config.get("preset", "base")
    return _built(weights, config.get("generator", "unet"), preset), TRANSLATIONS[name].gray


def _built(weights, network, preset):
    generator = GENERATORS[network](**generator_arguments(preset))
    pretrained.load_weights(generator, weights)
    return generator


def translate(generator, picture: np.ndarray, gray: bool = False) -> np.ndarray:
    """Translate a picture of any size.

    Parameters
    ----------
    generator : keras.Model
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``. The generator sees it at the size in which its largest
        face is as large as those of the training; crops of 3:4 at 256x320.
    gray : bool
        See `experiments.inference.images.run_on_image`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB: of crops 256x320, of other pictures as large as the picture.
    """
    seen = at_training_size(picture)
    whole = seen is picture
    if whole:
        seen = _as_seen(picture)
    result = run_on_image(generator, seen, gray)
    if whole and result.shape != picture.shape:
        result = resized(result, picture.shape[1::-1])
    return result


def run_each(generator, shown, gray: bool = False):
    """Translate pictures of training size, one after another."""
    return [run_on_image(generator, picture, gray) for picture in shown]


def there_and_back(photos, out: PathLike):
    """Write a sheet of each picture of a folder: the photograph, the drawing, and a photograph again."""

    def load():
        return [load_generator(name) for name in ("photo_to_drawing", "drawing_to_photo")]

    def work(path: PathLike, picture: Picture, target, loaded) -> None:
        (forward, gray), (backward, _) = loaded
        drawn = translate(forward, picture, gray)
        titles = ["photograph", "drawn", "and back"]
        pictures.write(target, sheet([[picture, drawn, translate(backward, drawn)]], titles))

    return each_picture(photos, out, work, "drawing", load=load)


def _as_seen(picture):
    height, width = picture.shape[:2]
    face = detection.largest(detection.detect(picture))
    scale = FACE_HEIGHT / face.box[3] if face else min(1.0, NO_FACE_SIDE / max(height, width))
    scale = min(scale, (MAX_SEEN_PIXELS / (height * width)) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return resized(picture, size)
