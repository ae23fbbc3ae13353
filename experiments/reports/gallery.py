"""A gallery: one static page with pictures, before/after sliders, sheets, plots and tables."""

import argparse
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import pandas as pd

from experiments.cli.console import OK, SOME_FAILED, UsageError, progress, say
from experiments.core.codecs import SIZE
from experiments.core.registry import discover
from experiments.core.runs import Run
from experiments.datasets.crops import load_crops
from experiments.datasets.subset import evenly
from experiments.evaluation import rankings
from experiments.evaluation.metrics import COLUMNS, DESCRIPTIONS
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from transformers import backend, pretrained

MAX_SIDE = 1400  # of pictures in the gallery
SHEETS_SHOWN = 4
NOTABLE = "notable.html"
TEMPLATE = Path(__file__).parent / "templates" / "page.html"


def run(arguments: argparse.Namespace) -> int:
    return build(arguments.sources, arguments.out, arguments.before, arguments.title, arguments.notable)


def build(
    sources: Sequence[PathLike],
    out: PathLike,
    before: Sequence[PathLike] = (),
    title: str = "Faces and filters",
    notable: PathLike | None = None,
) -> int:
    """Write the page and, beside it, a folder ``files`` with the pictures it shows.

    Parameters
    ----------
    sources : list of path-like
        Run folders (sheets, history, metrics) and folders of pictures.
    out : path-like
        The page.
    before : list of path-like
        Folders of originals, matched to pictures by base name.
    title : str
    notable : path-like, optional
        Faces for ``notable.html``: best and worst outputs of the shipped generators and of the runs.

    Returns
    -------
    int
        0, or 1 when a picture could not be read.
    """
    out = Path(out)
    page, runs = _Page(_Files(out.parent / "files")), []
    originals = {p.stem: p for folder in before for p in pictures.find_pictures([folder])}
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
        second = _Page(page.files)
        second.notable(notable, [run for run in runs if run.kind == "transformation"])
        page.problems += second.problems
        pictures.write_bytes(out.with_name(NOTABLE), second.render("Notable faces", out.name, title).encode())
    pictures.write_bytes(out, page.render(title, NOTABLE if notable else None, "Notable faces").encode())
    page.files.sweep()
    for problem in page.problems:
        say(f"error: {problem}")
    say(f"gallery: {out.resolve()}")
    return SOME_FAILED if page.problems else OK


class _Files:
    """The folder of a gallery's pictures: they are numbered, and those of an earlier gallery taken away."""

    def __init__(self, folder):
        self.folder, self.list = folder, folder / ".files.json"
        self.earlier = json.loads(self.list.read_text()) if self.list.is_file() else []
        self.written = []

    def add(self, picture: Picture, name: str):
        """Write a picture; return its address, as the page names it."""
        safe = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "picture"
        self.written.append(f"{safe}-{len(self.written):03d}.jpg")
        pictures.write(self.folder / self.written[-1], picture)
        return f"{self.folder.name}/{self.written[-1]}"

    def sweep(self) -> None:
        """Take away what an earlier gallery has written and this one has not."""
        for name in set(self.earlier) - set(self.written):
            (self.folder / Path(name).name).unlink(missing_ok=True)
        pictures.write_bytes(self.list, json.dumps(self.written).encode())


class _Page:
    """Collects the sections of the page and copies what they show."""

    def __init__(self, files):
        self.files = files
        self.sections = []
        self.problems = []

    def run(self, run) -> None:
        folder, parts = run.folder, []
        if (folder / "metrics.json").is_file():
            parts += ["<h3>On pictures kept out of training</h3>", _metrics(folder / "metrics.json")]
        sheets = sorted((folder / "samples").glob("*.png"))
        parts.append("<h3>From the first epochs to the last</h3>")
        if run.kind == "transformation":
            rows = "Rows: the original, what the filter leaves, what the generator makes of it."
            parts.append(f'<p class="note">{rows}</p>')
        if (folder / "steps.png").is_file():
            parts.append(self._figure(folder / "steps.png", "step by step", "Results while one drawing is fitted"))
        for sheet in evenly(sheets, SHEETS_SHOWN, ends=True):
            epoch = int(re.sub(r"\D", "", sheet.stem) or 0)
            parts.append(self._figure(sheet, f"after epoch {epoch}", f"Sample sheet after epoch {epoch}"))
        if (folder / "history.png").is_file():
            parts.append("<h3>History</h3>")
            parts.append(self._figure(folder / "history.png", "", "Losses over the epochs"))
        settings = "".join(
            f"<tr><th scope='row'>{html.escape(k)}</th><td>{html.escape(str(v))}</td></tr>"
            for k, v in run.config.items()
            if v is not None
        )
        parts.append(f"<details><summary>Settings</summary><table>{settings}</table></details>")
        self._section(f"Training: {run.name}", parts)

    def pictures(self, folder: PathLike, originals) -> None:
        parts = []
        for path in pictures.find_pictures([folder]):
            name = path.stem.replace("_", " ")
            if path.stem in originals and originals[path.stem] != path:
                parts.append(self._slider(originals[path.stem], path, name))
            else:
                parts.append(self._figure(path, name, f"{folder.name}: {name}"))
        table = [_crop_table(folder / "faces.csv")] if (folder / "faces.csv").is_file() else []
        body = f'<div class="grid">{"".join(parts)}</div>'
        self._section(folder.name.replace("_", " ").capitalize(), [body, *table])

    def notable(self, folder: PathLike, runs) -> None:
        """Show the best and the worst of every shipped generator, and of those of the runs."""
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
                parts = []
                for caption, ranking in rankings.rankings(transformation, *pair, list(crops)).items():
                    parts.append(self._drawn(rankings.sheet_of(ranking), caption, f"{title}: best and worst"))
                self._section(title, [f'<p class="note">{transformation.summary}</p>', *parts])
                bar(done, len(jobs))

    def _section(self, title, parts):
        key = f"section-{len(self.sections) + 1}"
        self.sections.append((key, title, "\n".join(p for p in parts if p)))

    def _copy(self, path):
        """Return a copy small enough for a page; its address and size."""
        return self._saved(pictures.read(path), path.stem)

    def _saved(self, picture, name):
        scale = MAX_SIDE / max(picture.shape[:2])
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return self.files.add(picture, name), picture.shape[1], picture.shape[0]

    def _figure(self, path, caption, alt):
        try:
            address, width, height = self._copy(path)
        except pictures.PictureError as error:
            self.problems.append(str(error))
            return ""
        return self._image(address, width, height, caption, alt)

    def _drawn(self, picture, caption, alt):
        """Return a figure of a picture that is in no file."""
        return self._image(*self._saved(picture, alt), caption, alt)

    def _image(self, address, width, height, caption, alt):
        caption = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
        wide = ' class="wide-figure"' if width > 1.8 * height else ""
        return (
            f'<figure{wide}><img src="{address}" width="{width}" height="{height}" '
            f'alt="{html.escape(alt)}" loading="lazy">{caption}</figure>'
        )

    def _slider(self, before, after, name):
        try:
            first, width, height = self._copy(before)
            second, *_ = self._copy(after)
        except pictures.PictureError as error:
            self.problems.append(str(error))
            return ""
        name = html.escape(name)
        return (
            f'<figure class="slider"><div class="pair" style="aspect-ratio:{width}/{height}">'
            f'<img src="{first}" alt="{name}, before" loading="lazy">'
            f'<img class="after" src="{second}" alt="{name}, after" loading="lazy">'
            f'<span class="line" aria-hidden="true"></span></div>'
            f'<input type="range" min="0" max="100" value="50" '
            f'aria-label="{name}: share of the picture that shows the original, in per cent">'
            f"<figcaption>{name}</figcaption></figure>"
        )

    def render(self, title, other=None, other_title: str = ""):
        """Return the page, with a link to another one."""
        links = f'<li><a href="{other}">{html.escape(other_title)}</a></li>' if other else ""
        links += "".join(f'<li><a href="#{k}">{html.escape(t)}</a></li>' for k, t, _ in self.sections)
        body = "".join(
            f'<section id="{k}" aria-labelledby="{k}-title">'
            f'<h2 id="{k}-title">{html.escape(t)}</h2>{content}</section>'
            for k, t, content in self.sections
        )
        page = TEMPLATE.read_text()
        return page.replace("{title}", html.escape(title)).replace("{links}", links).replace("{body}", body)


def _metrics(path):
    results = json.loads(path.read_text())
    columns = [c for c in COLUMNS if c in next(iter(results.values()))]
    head = "".join(
        f'<th scope="col"><abbr title="{html.escape(DESCRIPTIONS[c])}">{c.replace("_", " ")}</abbr></th>'
        for c in columns
    )
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(f"<td>{values[c]:.3f}</td>" for c in columns)
        + "</tr>"
        for name, values in results.items()
    )
    explained = "".join(f"<li>{c.replace('_', ' ')}: {html.escape(DESCRIPTIONS[c])}</li>" for c in columns)
    return (
        f'<div class="wide"><table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<ul class="note">{explained}</ul>'
    )


def _crop_table(path):
    table = pd.read_csv(path).drop(columns=["sha256", "source", "rejected"], errors="ignore").dropna(subset="crop")
    if table.empty:
        return ""
    text = table.to_html(index=False, border=0, float_format="{:.1f}".format)
    return f'<details><summary>Measures of {len(table)} crops</summary><div class="wide">{text}</div></details>'
