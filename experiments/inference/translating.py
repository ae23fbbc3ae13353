"""Translate pictures of one kind into pictures of another."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import filters
from experiments.cli.files import each_picture
from experiments.core.codecs import SIZE
from experiments.core.models import find_translation_weights, find_weights
from experiments.core.registry import TRANSLATIONS
from experiments.core.runs import Run
from experiments.core.translation import BACK, discover, generator_arguments
from experiments.inference.coloring import colorize
from experiments.inference.images import at_training_size, run_on_image
from experiments.reports.sheets import as_rgb
from filters import hatching
from filters.faces import detection
from filters.faces.cropping import is_crop
from filters.io import pictures
from filters.io.pictures import PathLike, Picture, Size
from filters.resizing import resized
from transformers import backend, pretrained
from transformers.backend import keras
from transformers.networks.generators import GENERATORS

OTHER = {"forward": "backward", "backward": "forward"}
FACE_HEIGHT = 320 / 1.9  # pixels of face boxes in training crops, which are 1.9 boxes tall
NO_FACE_SIDE = 512  # pixels of the longer side at which a picture without a face is seen
HATCHED_SIZE = (384, 512)  # of training crops of a generator that hatches
FINEST = 2.0  # by which a face may be larger than in those, where the photograph is: its lines are finer then
MAX_SEEN_PIXELS = 4_000_000


@dataclass(frozen=True)
class Translator:
    """A generator that turns pictures of one kind into pictures of another.

    Attributes
    ----------
    generator : keras.Model
    takes_gray, gives_gray : bool
        Whether the training saw the one kind, or the other, in gray. A tint of the paper is then no colour of the
        drawing.
    colorist : keras.Model, optional
        The generator of ``gray_to_color``, which then colours what the other generator gives.
    hatched : bool
        Whether the generator is given `filters.hatching.layers` of a picture in place of it.
    """

    generator: keras.Model
    takes_gray: bool = False
    gives_gray: bool = False
    colorist: keras.Model | None = None
    hatched: bool = False

    @property
    def size(self) -> Size:
        """The size of the crops of its training, ``(width, height)`` in pixels."""
        return HATCHED_SIZE if self.hatched else SIZE

    def run(self, picture: Picture) -> Picture:
        """Translate a picture, ``uint8`` RGB ``(height, width, 3)``, at the size it has."""
        seen = as_rgb(filters.gray(picture)) if self.takes_gray else picture
        seen = hatching.layers(seen) if self.hatched else seen
        result = run_on_image(self.generator, seen, self.gives_gray)
        return result if self.colorist is None else colorize(result, self.colorist)

    def draw(self, picture: Picture) -> Picture:
        """Translate a picture whose faces are as large as in crops of 256x320; the result may be larger."""
        height, width = picture.shape[:2]
        return self.run(resized(picture, _rounded(width * self.size[0] / SIZE[0], height * self.size[1] / SIZE[1])))


def load_translator(name: str, arguments: argparse.Namespace | None = None) -> Translator:
    """Load a translation, or that of a run.


    Parameters
    ----------
    name : str
        A translation, or the folder of a translation's run; ``RUN:back`` is its way back.
    arguments : argparse.Namespace, optional
        Of `experiments.cli.options.add_generator_arguments`; without them the shipped weights are loaded.

    Returns
    -------
    Translator

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
        generator, other = _built(weights, config["generator"], config["preset"]), OTHER[direction]
        hatched = config.get("hatched", False) and direction == "forward"
        return Translator(generator, other in config["gray"], direction in config["gray"], hatched=hatched)
    here, back = TRANSLATIONS[name], TRANSLATIONS[TRANSLATIONS[name].back]
    gray = back.gray and not back.colored, here.gray
    colorist = pretrained.load("gray_to_color") if here.colored else None
    if arguments is None or arguments.weights is None:
        return Translator(pretrained.load(name), *gray, colorist=colorist, hatched=here.hatched)
    weights, config = find_translation_weights(name, arguments.weights)
    preset = arguments.preset or config.get("preset", "base")
    generator = _built(weights, config.get("generator", "unet"), preset)
    return Translator(generator, *gray, colorist=colorist, hatched=config.get("hatched", here.hatched))


def _built(weights: PathLike, network: str, preset: str) -> keras.Model:
    generator = GENERATORS[network](**generator_arguments(preset))
    pretrained.load_weights(generator, weights)
    return generator


def translate(translator: Translator, picture: Picture) -> Picture:
    """Translate a picture of any size.

    Parameters
    ----------
    translator : Translator
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``. The generator sees it at the size at which its largest face is as
        large as those of the training, and a face crop at 256x320. To be hatched, faces are at least as large as
        in a crop of 384x512, and, of large photographs, up to twice as large.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB: as it was seen for face crops, otherwise as large as the picture.
    """
    if is_crop(picture):
        return translator.run(resized(picture, translator.size))
    least = translator.size[1] / SIZE[1]
    result = translator.run(_as_seen(picture, least, least * (FINEST if translator.hatched else 1)))
    return resized(result, picture.shape[1::-1])


THERE_AND_BACK = {"photograph": "Photograph", "drawn": "Drawn", "and back": "And back"}  # folder → title


def there_and_back(photos: Sequence[PathLike], out: PathLike) -> int:
    """Write each photograph as it was seen, the drawing, and the photograph made from that, for the gallery.

    Parameters
    ----------
    photos : sequence of path-like
        Pictures, and folders of pictures.
    out : path-like
        Folder of a folder for each of the three, with ``NAME.png`` in each, and of ``steps.json``, which tells
        their order.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed.
    """

    def load() -> list[Translator]:
        return [load_translator(name) for name in ("photo_to_drawing", "drawing_to_photo")]

    def work(path: PathLike, picture: Picture, target: Path, loaded: list[Translator]) -> None:
        forward, backward = loaded
        # All three in one shape: a line between two of them then lies on the same place of both.
        drawn = at_training_size(translate(forward, picture))
        steps = at_training_size(picture), drawn, translate(backward, drawn)
        for folder, step in reversed(list(zip(THERE_AND_BACK, steps, strict=True))):
            pictures.write(Path(out) / folder / target.name, step)

    steps = {"steps": list(THERE_AND_BACK.items())}
    pictures.write_bytes(Path(out) / "steps.json", json.dumps(steps).encode())
    return each_picture(photos, Path(out) / "and back", work, "drawing", load=load)


def _as_seen(picture: Picture, least: float = 1.0, most: float = 1.0) -> Picture:
    """Return a picture as a generator is to see it: with a face of `least` to `most` times `FACE_HEIGHT`."""
    height, width = picture.shape[:2]
    face = detection.largest(detection.detect(picture))
    if face:
        own = face.box[3] / FACE_HEIGHT
        scale = min(max(own, least), most) / own
    else:
        scale = min(1.0, most * NO_FACE_SIDE / max(height, width))
    scale = min(scale, (MAX_SEEN_PIXELS / (height * width)) ** 0.5)
    return resized(picture, _rounded(width * scale, height * scale))


def _rounded(width: float, height: float) -> Size:
    return max(1, round(width)), max(1, round(height))
