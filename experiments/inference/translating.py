"""Translate pictures of one kind into pictures of another."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

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
from transformers.backend import keras
from transformers.networks.generators import GENERATORS

FACE_HEIGHT = 320 / 1.9  # pixels of face boxes in training crops, which are 1.9 boxes tall
NO_FACE_SIDE = 512  # pixels of the longer side at which a picture without a face is seen
MAX_SEEN_PIXELS = 4_000_000


def load_generator(name: str, arguments: argparse.Namespace | None = None) -> tuple[keras.Model, bool]:
    """Load the generator of a translation, or of a run of one.

    Parameters
    ----------
    name : str
        A translation, or the folder of a translation's run; ``RUN:back`` is its way back.
    arguments : argparse.Namespace, optional
        Of `experiments.cli.options.add_generator_arguments`; without them the shipped weights are loaded.

    Returns
    -------
    generator : keras.Model
    gray : bool
        Whether its results are to be made gray.

    Raises
    ------
    UsageError
        When the run is not one of a translation, or lacks the weights.
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


def _built(weights: PathLike, network: str, preset: str) -> keras.Model:
    generator = GENERATORS[network](**generator_arguments(preset))
    pretrained.load_weights(generator, weights)
    return generator


def translate(generator: keras.Model, picture: Picture, gray: bool = False) -> Picture:
    """Translate a picture of any size.

    Parameters
    ----------
    generator : keras.Model
        From `load_generator`.
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``. The generator sees it at the size at which its largest face is as
        large as those of the training, and a face crop at 256x320.
    gray : bool
        See `experiments.inference.images.run_on_image`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB: 256x320 for face crops, otherwise as large as the picture.
    """
    seen = at_training_size(picture)
    whole = seen is picture
    if whole:
        seen = _as_seen(picture)
    result = run_on_image(generator, seen, gray)
    if whole and result.shape != picture.shape:
        result = resized(result, picture.shape[1::-1])
    return result


def run_each(generator: keras.Model, shown: Iterable[Picture], gray: bool = False) -> list[Picture]:
    """Translate pictures of training size, one after another."""
    return [run_on_image(generator, picture, gray) for picture in shown]


def there_and_back(photos: Sequence[PathLike], out: PathLike) -> int:
    """Write a sheet for each photograph: the original, the drawing, and the photograph made from that.

    Parameters
    ----------
    photos : sequence of path-like
        Pictures, and folders of pictures.
    out : path-like
        Folder of the sheets: ``NAME.png``.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed.
    """

    def load() -> list[tuple[keras.Model, bool]]:
        return [load_generator(name) for name in ("photo_to_drawing", "drawing_to_photo")]

    def work(path: PathLike, picture: Picture, target: Path, loaded: list[tuple[keras.Model, bool]]) -> None:
        (forward, gray), (backward, _) = loaded
        drawn = translate(forward, picture, gray)
        titles = ["photograph", "drawn", "and back"]
        pictures.write(target, sheet([[picture, drawn, translate(backward, drawn)]], titles))

    return each_picture(photos, out, work, "drawing", load=load)


def _as_seen(picture: Picture) -> Picture:
    """Return a picture at the size at which the generator is to see it."""
    height, width = picture.shape[:2]
    face = detection.largest(detection.detect(picture))
    scale = FACE_HEIGHT / face.box[3] if face else min(1.0, NO_FACE_SIDE / max(height, width))
    scale = min(scale, (MAX_SEEN_PIXELS / (height * width)) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return resized(picture, size)
