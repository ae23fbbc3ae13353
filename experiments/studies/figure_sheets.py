"""The pictures of README and docs that are sheets: photographs beside what the shipped networks make of them."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

import transformers
from experiments.commands.noise import TRUNCATION
from experiments.core import registry
from experiments.core.codecs import from_unit, to_unit
from experiments.datasets.packaged import packaged_photos
from experiments.inference import averaging, noise_faces
from experiments.inference.coloring import colorize
from experiments.inference.fast_style_transfer import load_painter, paint, paint_photograph
from experiments.inference.images import faces_at_training_size
from experiments.inference.repairing import repair
from experiments.inference.restoration import load_generator
from experiments.inference.style_transfer import Painting, Settings, transfer_of
from experiments.inference.translating import load_translator, translate
from experiments.inference.upscaling import upscale
from experiments.reports import ways_back
from experiments.reports.sheets import sheet
from filters import gray, margins, shrink
from filters.faces import cropping, detection
from filters.io import pictures
from filters.io.pictures import Picture, PictureError
from filters.resizing import resized
from transformers.dream import Dreamer
from transformers.imagenet import class_number

WIDTH, GAP = 1400, 8  # pixels
OLD = (
    ("portrait_00", "portrait_22", "portrait_31"),
    ("fsa_015", "fsa_019", "fsa_001"),
    ("fsa_013", "fsa_029"),
    ("solvay_1927",),
)
WORN = "portrait_08"
PAINTINGS = ("starry_night", "the_scream", "shipwreck", "great_wave")
# Paintings, and drawings, that the network which paints like any painting was not trained on.
NEW_PAINTINGS = (
    "shipwreck",
    "van_gogh_sower",
    "van_gogh_olive_orchard",
    "van_gogh_artists_mother",
    "van_gogh_green_field_path",
    "van_gogh_eugene_boch",
)
NEW_DRAWINGS = ("engraving_020", "engraving_060", "engraving_100", "engraving_140")
AVERAGED = 100  # faces
CLASS = "golden retriever"
HINTS = ((150, 440, (214, 105, 55)), (150, 440, (40, 70, 150)))  # of the astronaut: her suit as it was, and another


Sources = Mapping[str, Path]  # name of an option → folder of what installed packages do not carry


def enlarged(sources: Sources) -> Picture:
    """Two faces at a quarter of the size, enlarged by three ways, and their originals."""
    rows = []
    models = [transformers.load(f"super_resolution_x4{kind}") for kind in ("", "_sharp")]
    for path in (packaged_photos()[0], packaged_photos()[2]):
        picture = pictures.read(path)
        crop = resized(cropping.cut(picture, detection.detect(picture)[0]), (256, 320))
        small = shrink(crop, 4)
        bicubic = resized(small, (256, 320))
        rows.append([_framed(small), bicubic, *(upscale(small, model) for model in models), crop])
    titles = ("64x80", "bicubic", "faithful", "sharp", "original")
    return sheet(rows, titles, cell=(256, 320))


def hints(sources: Sources) -> Picture:
    """A gray photograph, coloured without a hint and with one, whose place is marked."""
    picture = gray(pictures.read(packaged_photos()[0])).repeat(3, axis=2)
    generator = transformers.load("gray_to_color")
    row = [picture, colorize(picture, generator)]
    for x, y, color in HINTS:
        seen = np.ascontiguousarray(colorize(picture, generator, hints=[(x, y, color)]))
        cv2.circle(seen, (x, y), 13, (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(seen, (x, y), 10, color, -1, cv2.LINE_AA)
        row.append(seen)
    return sheet([row], ("gray", "no hint", "a hint", "another"), cell=(344, 344))


def restored(sources: Sources) -> Picture:
    """An old print, repaired and then coloured."""
    repairing, coloring = load_generator(registry.find("worn_to_clean")), transformers.load("gray_to_color")
    picture = pictures.read(find(sources["old"], WORN))
    clean = repair(picture, repairing)
    row = [picture, clean, colorize(clean, coloring)]
    return sheet([row], cell=(400, round(400 * picture.shape[0] / picture.shape[1])))


def old_photographs(sources: Sources) -> Picture:
    """Old photographs beside their colours."""
    generator, rows = transformers.load("gray_to_color"), []
    for names in OLD:
        pairs = []
        for name in names:
            picture = pictures.read(find(sources["old"], name))
            both = np.hstack([gray(picture).repeat(3, axis=2), colorize(picture, generator)])
            pairs.append(resized(both, (round(400 * both.shape[1] / both.shape[0]), 400)))
        rows.append(_row(pairs))
    return np.vstack([part for row in rows for part in (row, np.full((GAP, WIDTH, 3), 255, np.uint8))][:-1])


def ways(sources: Sources) -> Picture:
    """A person, every filter and every way back."""
    face = faces_at_training_size(pictures.read(packaged_photos()[0]))
    return ways_back.sheet_of(face, ways_back.shipped())


def translations(sources: Sources) -> Picture:
    """Photographs, drawn and turned back."""
    forward, backward = (load_translator(name) for name in ("photo_to_drawing", "drawing_to_photo"))
    row = []
    for path in (packaged_photos()[0], packaged_photos()[2]):
        picture = pictures.read(path)
        face = cropping.cut(picture, detection.detect(picture)[0], forward.size)
        drawn = translate(forward, face)
        row += [face, drawn, resized(translate(backward, drawn), forward.size)]
    return sheet([row], cell=(228, 304))


def dreams(sources: Sources) -> Picture:
    """A photograph, its dream, and one of a class of ImageNet."""
    picture = pictures.read(packaged_photos()[0])
    row = [picture]
    for label in (None, class_number(CLASS)):
        row.append(from_unit(Dreamer({"stage5": 1.0}, label=label).dream(to_unit(picture))))
    return sheet([row], cell=(462, 462))


def painters(sources: Sources) -> Picture:
    """A photograph, painted in one pass by each shipped painter."""
    picture = pictures.read(packaged_photos()[0])
    names = transformers.pretrained.available("painter")
    return sheet([[picture, *(paint(picture, load_painter(name)) for name in names)]], cell=(400, 400))


def paintings(sources: Sources) -> Picture:
    """A photograph, painted slowly like four paintings."""
    picture, settings = pictures.read(packaged_photos()[0]), Settings()
    row, transfer = [picture], transfer_of(settings)
    for name in PAINTINGS:
        painting = pictures.read(find(sources["paintings"], name))
        made = Painting(picture, [margins.part(painting, "auto", name)], settings, transfer=transfer)
        while not made.finished:
            made.step()
        row.append(made.picture())
    return sheet([row], cell=(300, 300), gap=0)


def any_painting(sources: Sources) -> Picture:
    """A photograph, painted in one pass like five paintings that the network never saw, which stand above."""
    picture = pictures.read(packaged_photos()[0])
    found = [find(sources["paintings"], name) for name in NEW_PAINTINGS[:5]]
    above = [np.full_like(picture, 255), *map(pictures.read, found)]
    made = [paint_photograph(picture, load_painter(str(path))) for path in found]
    return sheet([above, [picture, *made]], cell=(240, 240))


def average(sources: Sources) -> Picture:
    """The mean of many faces."""
    found = pictures.find_pictures([sources["faces"]])
    with tempfile.TemporaryDirectory() as folder:
        averaging.average(found[:: max(1, len(found) // AVERAGED)][:AVERAGED], folder)
        return pictures.read(Path(folder) / "sheet.png")


def noise(sources: Sources) -> Picture:
    """Faces of noise: the first seeds, none chosen."""
    generator = transformers.load("noise")
    enlarge = noise_faces.enlarger(generator)
    faces = noise_faces.make(generator, TRUNCATION * noise_faces.noise_for(generator, 36, seed=0))
    return sheet([[enlarge(face) for face in faces[i : i + 6]] for i in range(0, 36, 6)], cell=(144, 180))


def find(folder: Path, name: str) -> Path:
    """Return the picture in a folder whose name, without its ending, is `name`."""
    for path in pictures.find_pictures([folder]):
        if path.stem == name:
            return path
    raise PictureError(f"{folder} holds no picture named {name}")


def _framed(small: Picture) -> Picture:
    """Return a small picture in the middle of a white one of four times its size."""
    height, width = small.shape[:2]
    page = np.full((4 * height, 4 * width, 3), 255, np.uint8)
    page[3 * height // 2 : 5 * height // 2, 3 * width // 2 : 5 * width // 2] = small
    return page


def _row(found: Sequence[Picture]) -> Picture:
    """Return pictures of one height side by side, `WIDTH` pixels wide in all."""
    scale = (WIDTH - GAP * (len(found) - 1)) / sum(picture.shape[1] for picture in found)
    ends = np.cumsum([picture.shape[1] * scale for picture in found])
    page = np.full((round(found[0].shape[0] * scale), WIDTH, 3), 255, np.uint8)
    for number, (picture, end) in enumerate(zip(found, ends, strict=True)):
        left, right = round(end - picture.shape[1] * scale) + GAP * number, round(end) + GAP * number
        page[:, left:right] = resized(picture, (right - left, page.shape[0]))
    return page
