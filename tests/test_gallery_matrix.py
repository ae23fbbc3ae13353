"""The matrix of a gallery: what each filter leaves of a face, what comes back, and how close it is."""

import numpy as np
import pytest

import filters
from experiments.core.registry import Transformation
from experiments.evaluation import metrics, rankings
from experiments.reports.exhibits import matrix
from experiments.reports.exhibits.model import Column, Keys
from experiments.reports.exhibits.store import Store

LOOSE = Transformation(name="loose", summary="gives the input back", filter="identity", preset="tiny")


class Echo:
    """A generator that gives back what it is given, darker where the picture is bright."""

    stride, output_stride = 8, 1

    def __call__(self, batch, training=False):
        return batch * 0.5


class Judge:
    """A discriminator that likes bright pictures."""

    def __call__(self, both, training=False):
        return both[1]


class Counting:
    """Loads the networks, and counts how often."""

    def __init__(self):
        self.times = 0

    def __call__(self, name):
        self.times += 1
        return Echo(), Judge()


@pytest.fixture
def networks(monkeypatch):
    """One way back that is known by hand, and one filter that has none."""
    known = filters.get("identity"), filters.get("gray")
    ways = [
        matrix._Way(Column("loose", "Loose", "", True), known[0], "1", LOOSE),
        matrix._Way(Column("gray", "Gray", "", False), known[1], "filter"),
    ]
    counting = Counting()
    monkeypatch.setattr(matrix, "_ways", lambda runs: ways)
    monkeypatch.setattr(rankings, "networks", counting)
    return counting


@pytest.fixture
def faces(tmp_path):
    """Gray crops: half of 127.5 stays what it is, the farther from it the worse Echo does."""
    add(tmp_path / "faces", 128, 170, 255)
    return tmp_path / "faces"


def add(folder, *values):
    """Write crops, and the table that makes them such."""
    rows = ["crop,source,sha256,split,rejected"]
    for value in values:
        filters.write(folder / "studio" / f"face_{value}.png", np.full((40, 30, 3), value, np.uint8))
        rows.append(f"studio/face_{value}.png,a.jpg,{value},train,")
    (folder / "faces.csv").write_text("\n".join(rows) + "\n")


def built(faces, tmp_path):
    store = Store(tmp_path / "files")
    shown, problems = matrix.matrix(faces, [], store, Keys())
    assert problems == []
    store.images([step.path for cell in shown.cells for step in cell.steps])
    store.sweep()
    return shown


def test_pictures_and_measures_of_each_cell(networks, faces, tmp_path):
    shown = built(faces, tmp_path)
    assert [(face.title, face.group) for face in shown.faces] == [
        (f"Face {value}", "Studio") for value in (128, 170, 255)
    ]
    cells = {cell.title: cell for cell in shown.cells}
    assert len(cells) == 6
    original, filtered, result = (filters.read(step.path) for step in cells["Face 255: Loose"].steps)
    assert (original == 255).all() and (filtered == 255).all()
    assert set(np.unique(result)) == {191}  # 1 halved, in [-1, 1]
    measures = cells["Face 255: Loose"].measures
    assert measures["psnr"] == pytest.approx(metrics.psnr(original, result), abs=1e-3)
    # -1 to 1 halved: 255 gives 0.5; the discriminator's mean is just that.
    assert measures["realness"] == pytest.approx(0.5, abs=0.01)
    assert {"ssim", "ciede2000", "vgg_distance"} < set(measures)
    distances = [cells[f"Face {value}: Loose"].measures["vgg_distance"] for value in (128, 170, 255)]
    assert distances == sorted(distances)
    assert [step.title for step in cells["Face 255: Gray"].steps] == ["Original", "Filtered"]
    assert cells["Face 255: Gray"].measures == {}


def test_what_is_there_is_not_computed_again(networks, faces, tmp_path):
    first = built(faces, tmp_path)
    assert networks.times == 1
    assert built(faces, tmp_path) == first and networks.times == 1
    add(faces, 90, 128, 170, 255)
    assert len(built(faces, tmp_path).cells) == 8 and networks.times == 2


def test_a_folder_without_a_face(networks, tmp_path):
    filters.write(tmp_path / "in" / "wall.png", np.full((90, 220, 3), 140, np.uint8))
    with pytest.raises(filters.PictureError, match="no face that could be used"):
        matrix.matrix(tmp_path / "in", [], Store(tmp_path / "files"), Keys())


def test_weights_that_do_not_fit_leave_their_column_out(networks, faces, tmp_path, monkeypatch):
    from transformers.pretrained import WeightsError

    def unfit(name):
        raise WeightsError("they are of an earlier version")

    monkeypatch.setattr(rankings, "networks", unfit)
    shown, problems = matrix.matrix(faces, [], Store(tmp_path / "files"), Keys())
    assert problems == ["they are of an earlier version"]
    assert [column.name for column in shown.columns] == ["gray"] and len(shown.cells) == 3
