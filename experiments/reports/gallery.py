"""A gallery: one page that opens from disk, with faces by transformations, runs, a survey, pictures and films."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from experiments.cli.console import OK, SOME_FAILED, UsageError, say
from experiments.cli.files import refuse_folder
from experiments.core.runs import Run
from experiments.reports.exhibits import folders
from experiments.reports.exhibits.measuring import measure
from experiments.reports.exhibits.model import Gallery, Keys, as_json
from experiments.reports.exhibits.runs import trainings
from experiments.reports.exhibits.store import Store
from experiments.reports.exhibits.survey import survey
from filters.io import pictures
from filters.io.pictures import PathLike

MARK = "Faces and filters: gallery"  # marks pages of a gallery, which alone may be overwritten
HERE = resources.files("experiments.reports")
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(str(HERE / "templates")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Library:
    """A library that is shipped with the page, in ``reports/vendor/``."""

    name: str
    version: str
    license: str
    holder: str
    address: str
    files: tuple[str, ...]
    license_file: str


LIBRARIES = (
    Library(
        "PhotoSwipe",
        "5.4.4",
        "MIT",
        "Dmitry Semenov",
        "photoswipe.com",
        ("photoswipe.umd.min.js", "photoswipe.css"),
        "PhotoSwipe.LICENSE.txt",
    ),
    Library(
        "img-comparison-slider",
        "8.0.7",
        "MIT",
        "Dmitry Snisarenko",
        "img-comparison-slider.sneas.io",
        ("img-comparison-slider.js", "img-comparison-slider.css"),
        "img-comparison-slider.LICENSE.txt",
    ),
    Library(
        "uPlot",
        "1.6.32",
        "MIT",
        "Leon Sorokin",
        "github.com/leeoniya/uPlot",
        ("uPlot.iife.min.js", "uPlot.min.css"),
        "uPlot.LICENSE.txt",
    ),
)
OWN = ("gallery.css", "base.js", "cards.js", "viewer.js", "matrix.js", "collections.js", "runs.js", "survey.js")
OWN += ("main.js",)


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``gallery``."""
    return build(
        arguments.sources,
        arguments.out,
        arguments.before,
        arguments.title,
        arguments.faces,
        arguments.json,
        arguments.originals,
    )


def build(
    sources: Sequence[PathLike],
    out: PathLike,
    before: Sequence[PathLike] = (),
    title: str = "Faces and filters",
    faces: PathLike | None = None,
    with_json: bool = False,
    originals: Sequence[PathLike] = (),
) -> int:
    """Write the page and, beside it, a folder ``files`` with the pictures and scripts it shows.

    A page named otherwise than ``index.html`` has a folder of its own: ``NAME-files``. What an earlier build has
    made of the same files is kept.

    Parameters
    ----------
    sources : list of path-like
        Run folders, surveys, and folders of pictures and films.
    out : path-like
        The page, an HTML file.
    before : list of path-like
        Folders of what pictures and films were made of, matched by base name.
    title : str
        Of the page.
    faces : path-like, optional
        Folder of faces for the matrix: what each filter leaves of them, and what the shipped generators and
        those of the runs make of that.
    with_json : bool
        Write the page's data beside it too: ``index.json``.
    originals : list of path-like
        Folders of what pictures and films should be, matched by base name: pictures are measured against them.

    Returns
    -------
    int
        Exit code: 0, or 1 when a picture could not be read.

    Raises
    ------
    UsageError
        When a source is not a folder, or a page would overwrite a file that no gallery has written.
    """
    out = Path(out)
    beside = out.with_suffix(".json")
    refuse_other_pages([out])
    if with_json:
        _refuse_other_data(beside)
    prefix = "" if out.stem == "index" else f"{out.stem}-"
    store, keys = Store(out.with_name(f"{prefix}files")), Keys()
    gallery, problems = _collected(sources, before, originals, title, faces, store, keys)
    problems += write(out, gallery, store, beside if with_json else None)
    second = out.with_name(f"{prefix}notable.html")  # a page of earlier versions, whose pictures are removed
    if second != out and is_gallery(second):
        second.unlink()
    for problem in problems:
        say(f"error: {problem}")
    say(f"gallery: {out.resolve()}")
    return SOME_FAILED if problems else OK


def write(out: Path, gallery: Gallery, store: Store, beside: Path | None = None) -> list[str]:
    """Write the page of a gallery and all that it shows.

    Parameters
    ----------
    out : pathlib.Path
        The page.
    gallery : Gallery
    store : Store
        Where its pictures, scripts and styles go: a folder beside the page.
    beside : pathlib.Path, optional
        A file for the data as JSON.

    Returns
    -------
    list of str
        One line for each picture that could not be read; it is left out.
    """
    images, problems = store.images(gallery.paths())
    data = {"made_by": MARK, **gallery.data(images)}
    _write_page(out, data, store)
    if beside:
        pictures.write_bytes(beside, as_json(data).encode())
    store.sweep()
    return problems


def _collected(
    sources: Sequence[PathLike],
    before: Sequence[PathLike],
    originals: Sequence[PathLike],
    title: str,
    faces: PathLike | None,
    store: Store,
    keys: Keys,
) -> tuple[Gallery, list[str]]:
    """Return what the page shows, and one line for each file that could not be used."""
    gallery, runs, plain = Gallery(title), [], []
    for source in map(Path, sources):
        if not source.is_dir():
            raise UsageError(f"{source} is no folder; name run folders, surveys or folders of pictures")
        found = Run.find(source)
        surveyed = None if found else survey(source, keys)
        if found:
            runs.append(found)
        elif surveyed:
            gallery.surveys.append(surveyed)
        else:
            plain.append(source)
    gallery.runs = trainings(runs, keys)
    gallery.collections = folders.collections(plain, before, originals, store, keys)
    problems = measure(gallery, store)
    if faces:
        from experiments.reports.exhibits.matrix import matrix  # the networks

        letters = [chr(65 + number % 26) if len(runs) > 1 else "" for number in range(len(runs))]
        own = [pair for pair in zip(runs, letters, strict=True) if pair[0].kind == "transformation"]
        gallery.matrix, told = matrix(faces, own, store, keys)
        problems += told
    return gallery, problems


def _write_page(out: Path, data: dict[str, Any], store: Store) -> None:
    """Write the scripts and styles, the data as a script, and last the page, which needs them all."""
    libraries = [file for library in LIBRARIES for file in (*library.files, library.license_file)]
    for folder, names in (("vendor", libraries), ("templates", OWN)):
        for name in names:
            store.write(f"page/{name}", (HERE / folder / name).read_bytes())
    store.write("page/data.js", f"window.gallery = {as_json(data)};\n".encode())
    files = quote(f"{store.folder.name}/page", errors="surrogateescape")
    shipped = [name for library in LIBRARIES for name in library.files]
    text = TEMPLATES.get_template("page.html").render(
        mark=MARK,
        title=data["title"],
        sections=_sections(data),
        libraries=LIBRARIES,
        files=files,
        styles=[name for name in (*shipped, *OWN) if name.endswith(".css")],
        scripts=[name for name in (*shipped, "data.js", *OWN) if name.endswith(".js")],
    )
    pictures.write_bytes(out, text.encode(errors="replace"))  # names may not be Unicode


def _sections(data: dict[str, Any]) -> list[dict[str, str]]:
    """Return the sections that have something to show, for the page's headings and its menu."""
    found = []

    def add(name: str, title: str, short: str, note: str) -> None:
        found.append({"name": name, "title": title, "short": short, "note": note})

    matrix = data["matrix"]
    if matrix:
        back = sum(column["returns"] for column in matrix["columns"])
        add(
            "matrix",
            "What does each filter leave of a face, and what comes back?",
            "Faces",
            f"{len(matrix['faces'])} faces, {back} ways back. In each cell: left what the filter leaves, right "
            "what a generator makes of that, and below how close it is to the original.",
        )
    for collection in data["collections"]:
        add(collection["kind"], collection["title"], collection["title"], collection["note"])
    if data["runs"]:
        add("runs", "How the generators learned", "Trainings", "Choose trainings to compare them side by side.")
    if data["surveys"]:
        add(
            "survey",
            "How much of a face survives each filter?",
            "Survey",
            "The same generator, trained equally long for every filter, on people that it has not seen.",
        )
    return found


def is_gallery(path: Path) -> bool:
    """Tell whether a file is a page that a gallery has written."""
    return path.is_file() and f'content="{MARK}"' in path.read_text(errors="replace")


def refuse_other_pages(paths: Sequence[Path]) -> None:
    """Refuse to write pages over files that no gallery has written, or over folders.

    Raises
    ------
    UsageError
        When a path is such a file.
    PictureError
        When a path is a folder.
    """
    for path in paths:
        refuse_folder(path)
        if path.exists() and not is_gallery(path):
            raise UsageError(f"{path} is no page of this gallery; move it away, or choose another --out")


def _refuse_other_data(path: Path) -> None:
    """Refuse to write data over a file that no gallery has written."""
    refuse_folder(path)
    if path.exists() and not path.read_bytes().startswith(f'{{"made_by":"{MARK}"'.encode()):
        raise UsageError(f"{path} was written by no gallery; move it away, or choose another --out")
