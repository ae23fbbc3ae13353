"""The pictures of README and docs: each is shown somewhere, and it is known how each is made."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import filters
from experiments.studies import figures

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("transformers/weights/*.md")]
SHOWN = re.compile(r"\]\(([^)#\s]+\.(?:jpg|png))\)")


def pages_by_picture():
    """Picture, below docs → the pages that show it or link to it."""
    found = {}
    for page in PAGES:
        for target in SHOWN.findall(page.read_text()):
            file = (page.parent / target).resolve()
            if file.is_relative_to(DOCS):
                found.setdefault(str(file.relative_to(DOCS)), set()).add(page)
    return found


def test_it_is_known_how_each_picture_is_made():
    files = {str(p.relative_to(DOCS)) for p in DOCS.rglob("*") if p.suffix in (".jpg", ".png")}
    made = [figure.file for figure in figures.FIGURES]
    assert len(made) == len(set(made)) == len(figures.NAMED)
    assert files == {*made, *figures.BY_COMMAND} and not set(made) & set(figures.BY_COMMAND)
    assert set(pages_by_picture()) == files  # none that no page shows, none that is missing


def test_the_page_of_a_picture_tells_the_command_by_which_it_was_made():
    pages = pages_by_picture()
    for file, how in figures.BY_COMMAND.items():
        assert any(how in page.read_text() for page in [*pages[file], DOCS / "README.md"]), file


@pytest.mark.slow
def test_what_is_made_and_what_is_left_as_it_is(tmp_path, monkeypatch, capsys):
    filters.write(tmp_path / "old" / "dog.png", np.zeros((20, 20, 3), np.uint8))
    words = [
        "survey",
        "average",
        "noise_neighbours",
        "worn_to_clean",
        "--faces",
        tmp_path,
        "--old",
        tmp_path / "old",
    ]
    monkeypatch.setattr(sys, "argv", ["figures", *map(str, words), "--out", str(tmp_path / "docs")])
    assert figures.main() == 1
    said = capsys.readouterr().err
    assert "pictures/noise_neighbours.jpg: left as it is; it needs --training" in said
    assert re.search(r"error: looks/worn_to_clean.jpg: .*old holds no picture whose name begins", said)
    assert {path.name for path in (tmp_path / "docs").rglob("*.*")} == {"survey.png"}  # a black square is no face
    plot, shown = (filters.read(folder / "pictures" / "survey.png") for folder in (tmp_path / "docs", DOCS))
    assert plot.shape == shown.shape
    assert np.abs(plot.astype(float) - shown).mean() < 1  # but for the letters of another version


@pytest.mark.parametrize("figure", figures.FIGURES, ids=lambda figure: figure.file)
def test_needs_are_options(figure):
    assert set(figure.needs) <= {*figures.OPTIONS, "chromium"}
    assert (DOCS / figure.file).stat().st_size < 800_000
