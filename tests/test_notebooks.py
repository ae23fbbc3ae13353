"""Notebooks read from top to bottom: every code cell runs, in order, in one namespace."""

import json
from pathlib import Path

import matplotlib
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook(path, monkeypatch, capsys):
    matplotlib.use("Agg")
    monkeypatch.chdir(path.parent)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: matplotlib.pyplot.close("all"))
    namespace = {}
    cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    for cell in cells:
        assert not cell["outputs"], "notebooks are committed without outputs"
        exec("".join(cell["source"]), namespace)
    said = capsys.readouterr().out
    assert "1 face" in said and "CIEDE2000" in said and "'l1'" in said
