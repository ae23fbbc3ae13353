"""A gallery: one static page with pictures, before/after sliders, sheets, plots and tables."""

import argparse
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from experiments.cli.console import OK, SOME_FAILED, UsageError, progress, say
from experiments.cli.files import refuse_folder
from experiments.core.codecs import SIZE
from experiments.core.registry import discover
from experiments.core.runs import Run
from experiments.datasets.crops import load_crops
from experiments.datasets.subset import evenly
from experiments.evaluation import rankings
from experiments.evaluation.metrics import COLUMNS, DESCRIPTIONS
from filters import resizing
from filters.io import pictures
from filters.io.files import is_below
from filters.io.pictures import PathLike, Picture
from transformers import backend, pretrained

MAX_SIDE = 1400  # pixels of the longer side of pictures in the gallery
SHEETS_SHOWN = 4
MARK = "Faces and filters: gallery"  # marks pages of a gallery, which alone may be overwritten
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``gallery``."""
    return build(arguments.sources, arguments.out, arguments.before, arguments.title, arguments.notable)


def build(
    sources: Sequence[PathLike],
    out: PathLike,
    before: Sequence[PathLike] = (),
    title: str = "Faces and filters",
    notable: PathLike | None = None,
) -> int:
    """Write the page and, beside it, a folder ``files`` with the pictures it shows.

    A page named otherwise than ``index.html`` has a folder of its own: ``NAME-files``.

    Parameters
    ----------
    sources : list of path-like
        Run folders, with their sheets, history and metrics, and folders of pictures.
    out : path-like
        The page, an HTML file.
    before : list of path-like
        Folders of originals, matched to pictures by base name.
    title : str
        Of the page.
    notable : path-like, optional
        Folder of faces for a second page, ``notable.html``: the best and the worst results of the shipped
        generators and of the runs' generators.

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
    prefix = "" if out.stem == "index" else f"{out.stem}-"
    other = out.with_name(f"{prefix}notable.html")
    refuse_other_pages([out, other] if notable else [out])
    files = _Files(out.with_name(f"{prefix}files"))
    page, runs = _Page(files), []
    originals = {p.stem: p for folder in before for p in files.others(folder)}
    for source in map(Path, sources):
        if not source.is_dir():
            raise UsageError(f"{source} is no folder; name run folders or folders of pictures")
        run = Run.find(source)
        if run:
            runs.append(run)
            page.run(run)
        else:
            page.pictures(source, originals)
    if notable:
        second = _Page(files)
        second.notable(notable, [run for run in runs if run.kind == "transformation"])
        page.problems += second.problems
        second.write(other, "Notable faces", {"name": out.name, "title": title})
    elif is_gallery(other):
        other.unlink()  # of an earlier gallery, whose pictures are removed
    page.write(out, title, {"name": other.name, "title": "Notable faces"} if notable else None)
    files.sweep()
    for problem in page.problems:
        say(f"error: {problem}")
    say(f"gallery: {out.resolve()}")
    return SOME_FAILED if page.problems else OK


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


class _Files:
    """The folder of a gallery's pictures: they are numbered, and those of an earlier gallery removed.

    A file is listed before it is written, so that even an interrupted build leaves no file that is not listed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.list = folder, folder / ".files.json"
        self.listed = _read_json(self.list, list)
        self.listed = [name for name in self.listed if isinstance(name, str) and is_below(name)]
        self.written = []

    def add(self, picture: Picture, name: str) -> str:
        """Write a picture, and return its address relative to the page."""
        safe = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "picture"
        for number in itertools.count(len(self.written)):
            file = f"{safe}-{number:03d}.jpg"
            ours = file in self.listed or not (self.folder / file).exists()
            if ours and file not in self.written:
                break
        self.written.append(file)
        if file not in self.listed:
            self.listed.append(file)
            self._list(self.listed)
        pictures.write(self.folder / file, picture)
        return f"{self.folder.name}/{file}"

    def others(self, folder: PathLike) -> list[Path]:
        """Return the pictures below a folder that are not this gallery's own."""
        own = {(self.folder / name).resolve() for name in self.listed}
        return [path for path in pictures.find_pictures([folder]) if path.resolve() not in own]

    def sweep(self) -> None:
        """Remove what an earlier gallery has written and this one has not."""
        for name in set(self.listed) - set(self.written):
            (self.folder / Path(name).name).unlink(missing_ok=True)
        self._list(self.written)

    def _list(self, names: list[str]) -> None:
        pictures.write_bytes(self.list, json.dumps(names).encode())


def _read_json(path: Path, kind: type) -> Any:
    """Return what a file holds; nothing where it is missing, damaged or holds something else."""
    try:
        held = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return kind()
    return held if isinstance(held, kind) else kind()


@dataclass(frozen=True)
class _Figure:
    """A picture as the page shows it; `before` is the address of its original, or None."""

    address: str
    width: int
    height: int
    caption: str
    alt: str
    before: str | None = None


class _Page:
    """Collects what the sections of a page show, and copies their pictures."""

    def __init__(self, files: _Files) -> None:
        self.files = files
        self.sections = []
        self.problems = []

    def run(self, run: Run) -> None:
        """Show a training."""
        folder = run.folder
        metrics = {k: v for k, v in _read_json(folder / "metrics.json", dict).items() if isinstance(v, dict)}
        measured = next(iter(metrics.values()), {})
        figures = self._figures(folder / "steps.png", "step by step", "Results while one drawing is fitted")
        sheets = sorted((folder / "samples").glob("*.png"))
        for sheet in evenly(sheets, SHEETS_SHOWN, ends=True):
            epoch = int(re.sub(r"\D", "", sheet.stem) or 0)
            figures += self._figures(sheet, f"after epoch {epoch}", f"Sample sheet after epoch {epoch}")
        self._section(
            f"Training: {run.name}",
            "run.html",
            metrics=metrics,
            columns=[c for c in COLUMNS if c in measured],
            has_rows=run.kind == "transformation",
            figures=figures,
            history=self._figures(folder / "history.png", "", "Losses over the epochs"),
            settings=run.config,
        )

    def pictures(self, folder: Path, originals: dict[str, Path]) -> None:
        """Show the pictures of a folder, beside the originals of the same name."""
        figures = []
        for path in self.files.others(folder):
            name, original = path.stem.replace("_", " "), originals.get(path.stem)
            if original is not None and original != path:
                figures += self._figures(path, name, name, original)
            else:
                figures += self._figures(path, name, f"{folder.name}: {name}")
        title = folder.name.replace("_", " ").capitalize()
        self._section(title, "pictures.html", figures=figures, crops=_crop_table(folder / "faces.csv"))

    def notable(self, folder: PathLike, runs: Sequence[Run]) -> None:
        """Show the best and the worst results of every shipped generator, and of the runs' generators."""
        crops, _, _, problems = load_crops(folder, size=SIZE)
        self.problems += problems
        backend.set_precision("auto")
        known = discover()
        jobs = [(known[name], None) for name in pretrained.available() if name in known]
        jobs += [(known[run.name], run) for run in runs]
        with progress("notable faces", unit="generator") as bar:
            for done, (transformation, run) in enumerate(jobs, 1):
                if run:
                    title = f"{transformation.name}, run {run.folder.name}"
                    pair = rankings.networks_of_run(run.folder, transformation, run.config["preset"])
                else:
                    title, pair = transformation.name, rankings.networks(transformation.name)
                figures, alt = [], f"{title}: best and worst"
                for caption, ranking in rankings.rankings(transformation, *pair, list(crops)).items():
                    figures.append(_Figure(*self._saved(rankings.sheet_of(ranking), alt), caption, alt))
                self._section(title, "notable.html", summary=transformation.summary, figures=figures)
                bar(done, len(jobs))

    def _section(self, title: str, template: str, **shown: Any) -> None:
        self.sections.append({"title": title, "template": template, **shown})

    def _figures(self, path: Path, caption: str, alt: str, original: Path | None = None) -> list[_Figure]:
        """Return a list with the figure of a file, empty when that is missing or cannot be read."""
        if not path.exists():
            return []
        try:
            before = None if original is None else self._saved(pictures.read(original), original.stem)[0]
            return [_Figure(*self._saved(pictures.read(path), path.stem), caption, alt, before)]
        except pictures.PictureError as error:
            self.problems.append(str(error))
            return []

    def _saved(self, picture: Picture, name: str) -> tuple[str, int, int]:
        """Write a copy small enough for a page, and return its address, width and height."""
        picture = resizing.smaller(picture, MAX_SIDE)
        return self.files.add(picture, name), picture.shape[1], picture.shape[0]

    def write(self, path: Path, title: str, other: dict[str, str] | None = None) -> None:
        """Write the page, with a link to another page, given by its ``name`` and ``title``."""
        template = TEMPLATES.get_template("page.html")
        text = template.render(
            mark=MARK, title=title, other=other, sections=self.sections, descriptions=DESCRIPTIONS
        )
        pictures.write_bytes(path, text.encode(errors="replace"))  # names may not be Unicode


def _crop_table(path: Path) -> dict[str, list] | None:
    """Return the columns and rows of a table of crops, or None where there is none."""
    if not path.is_file():
        return None
    table = (
        pd.read_csv(path, encoding_errors="surrogateescape")
        .drop(columns=["sha256", "source", "rejected"], errors="ignore")
        .dropna(subset="crop")
    )
    rows = list(table.itertuples(index=False, name=None))
    return {"columns": list(table.columns), "rows": rows} if rows else None
