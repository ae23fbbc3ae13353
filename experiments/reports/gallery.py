"""A gallery: one static page with pictures, before/after sliders, sheets, plots and tables."""

import html
import json
import re
from pathlib import Path

import cv2
import pandas as pd

from experiments.cli.console import OK, SOME_FAILED, UsageError, progress, say
from experiments.core.codecs import SIZE
from experiments.core.registry import discover
from experiments.datasets.crops import load_crops
from experiments.evaluation import rankings
from experiments.evaluation.metrics import COLUMNS, DESCRIPTIONS
from filters.io import pictures
from transformers import backend, pretrained

MAX_SIDE = 1400  # of pictures in the gallery
SHEETS_SHOWN = 4
NOTABLE = "notable.html"


def run(arguments):
    return build(arguments.sources, arguments.out, arguments.before, arguments.title, arguments.notable)


def build(sources, out, before=(), title="Faces and filters", notable=None):
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
    page = _Page(out.parent / "files")
    originals = {p.stem: p for folder in before for p in pictures.find_pictures([folder])}
    for source in map(Path, sources):
        if not source.is_dir():
            raise UsageError(f"{source} is no folder; name run folders or folders of pictures")
        if (source / "config.json").is_file():
            page.run(source)
        else:
            page.pictures(source, originals)
    if notable:
        second = _Page(page.files)
        second.notable(notable, [s for s in map(Path, sources) if _restores(s)])
        page.problems += second.problems
        pictures.write_bytes(out.with_name(NOTABLE), second.render("Notable faces", out.name, title).encode())
    pictures.write_bytes(out, page.render(title, NOTABLE if notable else None, "Notable faces").encode())
    for problem in page.problems:
        say(f"error: {problem}")
    say(f"gallery: {out.resolve()}")
    return SOME_FAILED if page.problems else OK


class _Page:
    """Collects the sections of the page and copies what they show."""

    def __init__(self, files):
        self.files = files
        self.sections = []
        self.problems = []

    def run(self, folder):
        config = _config(folder)
        parts = []
        if (folder / "metrics.json").is_file():
            parts += ["<h3>On pictures kept out of training</h3>", _metrics(folder / "metrics.json")]
        sheets = sorted((folder / "samples").glob("*.png"))
        parts.append("<h3>From the first epochs to the last</h3>")
        if "transformation" in config:
            rows = "Rows: the original, what the filter leaves, what the generator makes of it."
            parts.append(f'<p class="note">{rows}</p>')
        if (folder / "steps.png").is_file():
            parts.append(self._figure(folder / "steps.png", "step by step", "Results while one drawing is fitted"))
        for sheet in _spread(sheets, SHEETS_SHOWN):
            epoch = int(re.sub(r"\D", "", sheet.stem) or 0)
            parts.append(self._figure(sheet, f"after epoch {epoch}", f"Sample sheet after epoch {epoch}"))
        if (folder / "history.png").is_file():
            parts.append("<h3>History</h3>")
            parts.append(self._figure(folder / "history.png", "", "Losses over the epochs"))
        settings = "".join(
            f"<tr><th scope='row'>{html.escape(k)}</th><td>{html.escape(str(v))}</td></tr>"
            for k, v in config.items()
            if v is not None
        )
        parts.append(f"<details><summary>Settings</summary><table>{settings}</table></details>")
        name = next(config[key] for key in ("transformation", "name", "kind") if key in config)
        self._section(f"Training: {name}", parts)

    def pictures(self, folder, originals):
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

    def notable(self, folder, runs):
        """Best and worst of every shipped generator, and of those of the runs."""
        crops, _, _, problems = load_crops(folder, size=SIZE)
        self.problems += problems
        backend.set_precision("auto")
        known = discover()
        jobs = [(known[name], None) for name in pretrained.available() if name in known]
        jobs += [(known[_config(run)["transformation"]], run) for run in runs]
        with progress("notable faces", unit="generator") as bar:
            for done, (transformation, run) in enumerate(jobs, 1):
                if run:
                    title = f"{transformation.name}, run {run.name}"
                    pair = rankings.networks_of_run(run, transformation, _config(run)["preset"])
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
        """A copy small enough for a page; its address and size."""
        return self._saved(pictures.read(path), path.stem)

    def _saved(self, picture, name):
        scale = MAX_SIDE / max(picture.shape[:2])
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        safe = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "picture"
        target = self.files / f"{safe}-{len(list(self.files.glob('*'))):03d}.jpg"
        pictures.write(target, picture)
        return f"{self.files.name}/{target.name}", picture.shape[1], picture.shape[0]

    def _figure(self, path, caption, alt):
        try:
            address, width, height = self._copy(path)
        except pictures.PictureError as error:
            self.problems.append(str(error))
            return ""
        return self._image(address, width, height, caption, alt)

    def _drawn(self, picture, caption, alt):
        """A figure of a picture that is in no file."""
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

    def render(self, title, other=None, other_title=""):
        """The page, with a link to another one."""
        links = f'<li><a href="{other}">{html.escape(other_title)}</a></li>' if other else ""
        links += "".join(f'<li><a href="#{k}">{html.escape(t)}</a></li>' for k, t, _ in self.sections)
        body = "".join(
            f'<section id="{k}" aria-labelledby="{k}-title">'
            f'<h2 id="{k}-title">{html.escape(t)}</h2>{content}</section>'
            for k, t, content in self.sections
        )
        return PAGE.replace("{title}", html.escape(title)).replace("{links}", links).replace("{body}", body)


def _restores(folder):
    """Whether a folder is a run of a transformation, whose results can be measured against originals."""
    return (folder / "config.json").is_file() and "transformation" in _config(folder)


def _config(folder):
    return json.loads((folder / "config.json").read_text())


def _spread(items, count):
    """At most `count` of the items, from the first to the last."""
    if len(items) <= count:
        return items
    return [items[round(i * (len(items) - 1) / (count - 1))] for i in range(count)]


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


PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root { color-scheme: light dark; --ink: #222; --paper: #faf9f7; --faint: #6b6660; --line: #ddd8d0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eae6e0; --paper: #191817; --faint: #a8a29a; --line: #3a3733; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.9rem; margin: 0 0 .5rem; } h2 { margin: 3rem 0 .75rem; border-top: 1px solid var(--line);
  padding-top: 1.25rem; } h3 { margin: 1.5rem 0 .5rem; font-size: 1.05rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
a { color: inherit; } .note, figcaption { color: var(--faint); font-size: .9rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); gap: 1.25rem;
  align-items: start; }
.wide-figure { grid-column: 1 / -1; } figure { margin: 0 0 1rem; max-width: 40rem; }
.wide-figure, section > figure { max-width: none; }
img { max-width: 100%; height: auto; display: block; border-radius: 4px; }
.pair { position: relative; overflow: hidden; border-radius: 4px; --at: 50%; }
.pair img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; border-radius: 0; }
.pair .after { clip-path: inset(0 0 0 var(--at)); }
.line { position: absolute; top: 0; bottom: 0; left: var(--at); width: 2px; margin-left: -1px; background: #fff;
  box-shadow: 0 0 3px #0008; }
input[type=range] { width: 100%; height: 2rem; margin: .25rem 0 0; accent-color: #b5623a; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums;
  font-size: .92rem; } th, td { padding: .35rem .8rem; text-align: right; border-bottom: 1px solid var(--line);
  white-space: nowrap; } th[scope=row], tbody td:first-child { text-align: left; }
details { margin: 1rem 0; } summary { cursor: pointer; padding: .4rem 0; }
</style>
</head>
<body>
<header><h1>{title}</h1><nav aria-label="Sections"><ul>{links}</ul></nav></header>
<main>{body}</main>
<script>
for (const slider of document.querySelectorAll(".slider")) {
  const pair = slider.querySelector(".pair"), range = slider.querySelector("input");
  const show = () => pair.style.setProperty("--at", range.value + "%");
  range.addEventListener("input", show);
  const drag = (event) => {
    const box = pair.getBoundingClientRect();
    range.value = Math.round(100 * (event.clientX - box.left) / box.width); show(); };
  pair.addEventListener("pointerdown", (event) => { pair.setPointerCapture(event.pointerId); drag(event); });
  pair.addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
  pair.style.touchAction = "pan-y"; show();
}
</script>
</body>
</html>
"""
