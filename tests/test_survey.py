"""The survey: every filter gets the same budget, and its table says what was measured."""

import sys

import numpy as np
import pandas as pd
import pytest

import filters
from experiments.evaluation import identity
from experiments.evaluation.intervals import confidence_interval
from filters.faces import cropping, detection

DLIB = identity.available()
NAMES, MEAN = ("identity", "canny_of_mask_gray"), "mean picture"


@pytest.fixture(scope="module")
def crops(tmp_path_factory, astronaut):
    folder = tmp_path_factory.mktemp("people")
    (face,) = detection.detect(astronaut)
    crop = cropping.cut(astronaut, face)
    for person in ("anna", "bert"):
        for index in range(2):
            filters.write(folder / f"{person}_{index}.png", np.roll(crop, 60 * index + len(person), axis=1))
    return folder


def survey(command, crops, out, *more):
    small = ("--minutes", "0.001", "--preset", "tiny", "--size", "48x64", "--person", "(.*)_")
    return command("survey", "--data", crops, "--validation", crops, "--out", out, *small, *more)


def test_a_survey_writes_one_table_and_one_figure(command, crops, tmp_path, monkeypatch):
    out = tmp_path / "survey"
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "dlib", None)  # as where it is not installed
        code, _, said = survey(command, crops, out, "--filters", NAMES[1])
    assert (
        code == 0 and "survey.csv" in said and set(pd.read_csv(out / "survey.csv")["filter"]) == {*NAMES[1:], MEAN}
    )
    assert "rank_1" not in pd.read_csv(out / "survey.csv") and "recognized" not in (out / "survey.md").read_text()

    # It goes on where it stopped: what is measured stays, and other settings are refused.
    code, _, said = survey(command, crops, out, "--filters", *NAMES)
    assert code == 0 and f"{NAMES[1]}: measured already" in said and f"1/2 {NAMES[0]}" in said
    table = pd.read_csv(out / "survey.csv").set_index("filter")
    assert set(table.index) == {*NAMES, MEAN}
    assert (table["pictures"] == 4).all() and (table["people"] == 2).all()
    for measure in ("psnr", "ssim", "ciede2000", "vgg_distance"):
        assert (table[f"{measure}_low"] <= table[measure]).all()
        assert (table[measure] <= table[f"{measure}_high"]).all()
    # Filters that are measured once dlib is installed have a share of faces that it recognizes, the others none.
    assert ("rank_1" in table) == ("recognized" in (out / "survey.md").read_text()) == DLIB
    if DLIB:
        assert 0 <= table.loc[NAMES[0], "rank_1"] <= 1 and np.isnan(table.loc[NAMES[1], "rank_1"])
    assert all((out / name).is_file() for name in ("survey.png", "faces.png", "survey.md", "steps.json"))

    code, _, said = survey(command, crops, out, "--filters", *NAMES, "--seed", 3)
    assert code == 2 and "other settings (seed)" in said


def test_wrong_calls(command, crops, tmp_path):
    code, _, said = survey(command, crops, tmp_path, "--filters", "sepia")
    assert code == 2 and "no filter is named 'sepia'" in said
    code, _, said = survey(command, crops, tmp_path, "--person", "anna")
    assert code == 2 and "needs one group" in said
    code, _, said = survey(command, crops, tmp_path, "--minutes", "0")
    assert code == 2 and "above 0" in said


def test_people_are_drawn_and_not_pictures():
    # One person in a thousand pictures is one observation: nothing else can be drawn.
    assert confidence_interval([1.0, 3.0] * 500, ["one"] * 1000) == (2.0, 2.0)
    # Two people: the mean of a draw is 0, 1 or 2, each end with a quarter of all draws.
    assert confidence_interval([0.0, 0.0, 2.0, 2.0], ["a", "a", "b", "b"]) == (0.0, 2.0)


def test_the_interval_of_many_people_is_that_of_the_normal_distribution():
    values = np.random.default_rng(1).normal(5, 2, 400)
    low, high = confidence_interval(values, range(400))
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.03)
    assert high == pytest.approx(values.mean() + half, abs=0.03)
