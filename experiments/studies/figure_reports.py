"""The pictures of README and docs that commands make: the gallery's page, the survey's plot, sheets to judge by."""

import importlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import transformers
from experiments.cli import options
from experiments.commands import looks as looks_options
from experiments.commands.demo import TRAINING_STEPS
from experiments.commands.noise import TRUNCATION
from experiments.core.codecs import SIZE
from experiments.datasets.aligned import load_faces
from experiments.datasets.domains import ImageDomain, held_out_count
from experiments.datasets.subset import evenly
from experiments.evaluation import noise_realism
from experiments.inference import noise_faces
from experiments.inference.fast_style_transfer import load_painter, paint, paint_photograph
from experiments.inference.upscaling import upscale
from experiments.reports import looks
from experiments.reports.sheets import sheet
from experiments.studies import demo, survey
from experiments.studies.figure_sheets import NEW_DRAWINGS, NEW_PAINTINGS, Sources, find
from filters import resizing
from filters.faces import detection
from filters.io import pictures
from filters.io.pictures import Picture, PictureError

DOCS = Path(__file__).parents[2] / "docs"
PRINTS, PART = 12, (96, 120)  # old prints, and pixels of the parts of them that are enlarged
PAINTED, SEEN = 3, 512  # photographs of each kind, and pixels of their longer sides
WINDOW = {"width": 1280, "height": 900}  # pixels of the browser
PATIENCE = 300_000  # milliseconds: a busy computer draws late
# Resolved once the pictures in the window are drawn; others are not even loaded.
IN_SIGHT = """Promise.all([...document.images].filter((image) => {
    const { left, top } = image.getBoundingClientRect();
    return left < innerWidth && top < innerHeight;
}).map((image) => image.decode()))"""


def gallery(sources: Sources) -> Picture:
    """The gallery of the demo, in the browser."""
    playwright = importlib.import_module("playwright.sync_api")  # only tests and this need it
    with tempfile.TemporaryDirectory() as folder:
        demo.demo([], Path(folder), TRAINING_STEPS)
        shot = Path(folder) / "shot.png"
        with playwright.sync_playwright() as running:
            browser = running.chromium.launch(executable_path=str(sources["chromium"]), args=["--no-sandbox"])
            page = browser.new_page(viewport=WINDOW)
            page.set_default_timeout(PATIENCE)
            page.goto((Path(folder) / "index.html").as_uri())
            page.wait_for_selector(".matrix img")
            page.evaluate(IN_SIGHT)
            page.screenshot(path=str(shot))
            browser.close()
        return pictures.read(shot)


def survey_plot(sources: Sources) -> bytes:
    """The plot of ``docs/survey.csv``, as a PNG."""
    with tempfile.TemporaryDirectory() as folder:
        survey.plot(pd.read_csv(DOCS / "survey.csv"), Path(folder) / "survey.png")
        return (Path(folder) / "survey.png").read_bytes()


def noise_neighbours(sources: Sources) -> Picture:
    """Faces of noise, the first seeds, and the training faces that are nearest to them."""
    generator = transformers.load("noise")
    height, width = generator.output_shape[1:3]
    training, _ = load_faces(sources["training"], (width, height))
    held_out, _ = load_faces(sources["faces"], (width, height))
    noise = noise_faces.noise_for(generator, noise_realism.SHOWN, seed=0)
    made = noise_faces.make(generator, TRUNCATION * noise)
    _, nearest = noise_realism.compare(made, held_out, training)
    return noise_realism.neighbour_sheet(made, training, nearest)


def look(sources: Sources, name: str, of: str, beginnings: Sequence[str] = ("",), *, worn: bool = False) -> Picture:
    """The sheet by which a generator is judged.

    Parameters
    ----------
    sources : mapping
    name : str
        Of the generator.
    of : str
        One of the sources.
    beginnings : sequence of str
        What the names of its pictures begin with.
    worn : bool
        Whether they are what the generator's filter would leave.
    """
    found = map(str, _held_out(sources[of]) if of == "drawings" else _beginning(sources[of], beginnings))
    words = ["--as-they-are"] if worn else []
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "sheet.png"
        looks.run(options.parsed(looks_options, "looks", [name, *found, "--out", str(target), *words]))
        return pictures.read(target)


def painters(sources: Sources, beginnings: Sequence[str]) -> Picture:
    """The sheet by which the fast painters are judged: unseen portraits and photographs, by each of them.

    Parameters
    ----------
    sources : mapping
    beginnings : sequence of str
        What the names of the photographs begin with.
    """
    networks = [load_painter(name) for name in transformers.pretrained.available("painter")]
    rows = []
    for seen in _unseen(sources, beginnings, PAINTED):
        picture = resizing.at_size(seen, SEEN)  # a small one, too: strokes have a size of their own
        rows.append([picture, *(paint(picture, network) for network in networks)])
    return sheet(rows, cell=(220, 220))


def any_painter(sources: Sources, beginnings: Sequence[str]) -> Picture:
    """The sheet by which the network that paints like any painting is judged: ten pictures that it never saw.

    Parameters
    ----------
    sources : mapping
    beginnings : sequence of str
        What the names of the photographs begin with.
    """
    shown = _unseen(sources, beginnings, 2)
    styles = [find(sources["paintings"], name) for name in NEW_PAINTINGS]
    styles += [find(sources["drawings"], name) for name in NEW_DRAWINGS]
    rows = [[np.full((SEEN, SEEN, 3), 255, np.uint8), *shown]]
    for style in styles:
        network = load_painter(str(style))
        rows.append([pictures.read(style), *(paint_photograph(picture, network, SEEN) for picture in shown)])
    return sheet(rows, cell=(220, 220))


def prints(sources: Sources, beginnings: Sequence[str]) -> Picture:
    """The sheet by which the upscaler for old prints is judged: parts of faces, enlarged by bicubic and by it.

    Parameters
    ----------
    sources : mapping
    beginnings : sequence of str
        What the names of the prints begin with.
    """
    generator, shown = transformers.load("super_resolution_x4_old"), []
    for path in evenly(_beginning(sources["old"], beginnings), PRINTS):
        picture = pictures.read(path)
        face = detection.largest(detection.detect(picture))
        if face is None:
            raise PictureError(f"{path} shows no face")
        seen = _around(picture, face)
        large = resizing.resized(seen, (4 * PART[0], 4 * PART[1]))
        shown += [large, upscale(seen, generator)]
    across = 8
    return sheet([shown[i : i + across] for i in range(0, len(shown), across)], cell=(192, 240))


def _around(picture: Picture, face: detection.Face) -> Picture:
    """Return the part of `PART` pixels about the middle of a face."""
    x, y, width, height = face.box
    middle = x + width / 2, y + height / 2
    left, top = (
        round(min(max(0, at - side / 2), whole - side))
        for at, side, whole in zip(middle, PART, picture.shape[1::-1], strict=True)
    )
    return np.ascontiguousarray(picture[top : top + PART[1], left : left + PART[0]])


def _held_out(folder: Path) -> list[Path]:
    """Return the drawings that a training on this folder holds out."""
    names = ImageDomain.load(folder, True, SIZE).names
    return [folder / name for name in names[: held_out_count(len(names))]]


def _unseen(sources: Sources, beginnings: Sequence[str], count: int) -> list[Picture]:
    """Return so many unseen portraits, and as many photographs whose names begin with one of some words."""
    groups = pictures.find_pictures([sources["faces"]]), _beginning(sources["scenes"], beginnings)
    return [pictures.read(path) for group in groups for path in evenly(sorted(group), count)]


def _beginning(folder: Path, beginnings: Sequence[str]) -> list[Path]:
    """Return the pictures of a folder whose names begin with one of some words."""
    found = [path for path in pictures.find_pictures([folder]) if path.name.startswith(tuple(beginnings))]
    if not found:
        raise PictureError(f"{folder} holds no picture whose name begins with {' or '.join(beginnings)}")
    return found
