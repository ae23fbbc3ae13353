"""Translations: ways from one kind of picture to another that were learned without pairs."""

import json
from dataclasses import dataclass
from pathlib import Path

FACE_HEIGHT = 320 / 1.9  # of face boxes in training crops, which are 1.9 of them tall
BACK = ":back"  # after the folder of a run: its way back
NO_FACE_SIDE = 512  # the longer side that a picture without a face is seen at
MAX_SEEN_PIXELS = 4_000_000


@dataclass(frozen=True)
class Translation:
    """One direction; the registry knows those that have weights of their own.

    Attributes
    ----------
    name : str
    summary : str
        One line for lists and galleries.
    back : str
        Name of the way back.
    stand_ins : tuple of str
        Registered filters by which a training starts, see `experiments.unpaired`: they make of a
        photograph what looks a little like a drawing.
    gray : bool
        Whether results are gray.
    """

    name: str
    summary: str
    back: str
    stand_ins: tuple = ()
    gray: bool = False


TRANSLATIONS = {}


def register(translation):
    """Make a translation known to ``apply``, ``ship`` and the gallery."""
    TRANSLATIONS[translation.name] = translation
    return translation


def discover():
    """All translations by name: those of the files in this folder."""
    from experiments import transformation

    transformation.discover()  # loads every file
    return TRANSLATIONS


def generator_arguments(preset):
    """What the generator's function is called with."""
    return {"input_channels": 3, "output_channels": 3, "preset": preset}


def load_generator(name, arguments=None):
    """The generator of a registered translation, or of a run folder, and whether its results are gray.

    Parameters
    ----------
    name : str
        A translation, or the folder of an ``unpaired`` run; ``RUN:back`` is its way back.
    arguments : argparse.Namespace, optional
        As from `command.add_generator_arguments`.

    Raises
    ------
    transformers.pretrained.WeightsError
        When there are no weights, or they do not fit.
    """
    from transformers import backend, pretrained
    from transformers.generators import GENERATORS

    backend.set_precision(arguments.precision if arguments else "auto")
    if name in discover() and (arguments is None or arguments.weights is None):
        return pretrained.load(name), TRANSLATIONS[name].gray
    if name in TRANSLATIONS:
        generator = GENERATORS["unet"](**generator_arguments(arguments.preset or "base"))
        pretrained.load_weights(generator, arguments.weights)
        return generator, TRANSLATIONS[name].gray
    folder, direction = Path(name.removesuffix(BACK)), "backward" if name.endswith(BACK) else "forward"
    config = json.loads((folder / "config.json").read_text())
    generator = GENERATORS[config["generator"]](**generator_arguments(config["preset"]))
    pretrained.load_weights(generator, folder / f"best.{direction}.weights.h5")
    return generator, direction in config["gray"]


def is_run(name):
    """Whether a name is the folder of an ``unpaired`` run, or of its way back."""
    config = Path(name.removesuffix(BACK)) / "config.json"
    return config.is_file() and "method" in json.loads(config.read_text())


def translate(generator, picture, gray=False):
    """Translate a picture of any size.

    Parameters
    ----------
    generator : keras.Model
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``. The generator sees it at the size in which its largest
        face is as large as those of the training; crops of 3:4 at 256x320.
    gray : bool
        See `experiments.representation.through`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB: of crops 256x320, of other pictures as large as the picture.
    """
    from experiments.apply import at_training_size
    from experiments.representation import through
    from filters.pictures import resized

    seen = at_training_size(picture)
    whole = seen is picture
    if whole:
        seen = _as_seen(picture)
    result = through(generator, seen, gray)
    if whole and result.shape != picture.shape:
        result = resized(result, picture.shape[1::-1])
    return result


def run_each(generator, shown, gray=False):
    """Translations of pictures of training size, one after another."""
    from experiments.representation import through

    return [through(generator, picture, gray) for picture in shown]


def there_and_back(photos, out):
    """Write a sheet of each picture of a folder: the photograph, the drawing, and a photograph again."""
    from experiments.command import each_picture
    from experiments.sheets import sheet
    from filters import pictures

    (forward, gray), (backward, _) = (load_generator(name) for name in ("photo_to_drawing", "drawing_to_photo"))

    def work(path, picture, target):
        drawn = translate(forward, picture, gray)
        titles = ["photograph", "drawn", "and back"]
        pictures.write(target, sheet([[picture, drawn, translate(backward, drawn)]], titles))

    return each_picture(photos, out, work, "drawing")


def _as_seen(picture):
    from filters import faces
    from filters.pictures import resized

    height, width = picture.shape[:2]
    found = faces.detect(picture)
    largest = max((f.box[3] for f in found), default=0)
    scale = FACE_HEIGHT / largest if largest else min(1.0, NO_FACE_SIDE / max(height, width))
    scale = min(scale, (MAX_SEEN_PIXELS / (height * width)) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return resized(picture, size)
