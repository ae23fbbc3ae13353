"""Checking pictures before a training: what is found, what is said, and that nothing else is."""

import shutil

import cv2
import numpy as np
import pandas as pd
import pytest

import filters
from experiments.datasets import checking, twins
from filters import measures


@pytest.fixture
def data(tmp_path, noise, astronaut):
    """Each fault once, among pictures without any."""
    folder = tmp_path / "data"
    face = astronaut[:300, 80:380]
    filters.write(folder / "good.png", face)
    shutil.copy(folder / "good.png", folder / "good_copy.png")
    filters.write(folder / "again.jpg", cv2.resize(face, (280, 280), interpolation=cv2.INTER_AREA))
    (folder / "broken.png").write_bytes(b"no picture")
    filters.write(folder / "gray.png", filters.gray(face[:, ::-1]).repeat(3, axis=2))
    filters.write(folder / "tiny.png", cv2.resize(face[40:, 60:], (120, 130)))
    filters.write(folder / "nobody.png", cv2.resize(noise(20, 20), (300, 300), interpolation=cv2.INTER_CUBIC))
    filters.write(folder / "two.png", np.hstack([face[:, ::-1], face]))
    return folder


def test_every_fault_is_found_and_named(command, data, tmp_path):
    code, out, said = command("check-data", data, "--out", tmp_path / "found.csv")
    assert code == 1 and "8 pictures, " in out
    found = pd.read_csv(tmp_path / "found.csv", keep_default_na=False)
    by_kind = {kind: {row.rpartition("/")[2] for row in rows["file"]} for kind, rows in found.groupby("kind")}
    assert by_kind["unreadable"] == {"broken.png"}
    assert by_kind["gray"] == {"gray.png"}
    assert by_kind["tiny"] == {"tiny.png"}
    assert by_kind["no face"] == {"nobody.png"}
    assert by_kind["several faces"] == {"two.png"}
    # Which of them are for validation depends on their content alone.
    doubles = {k: v for k, v in by_kind.items() if k in ("copy", "alike", "leak")}
    assert set().union(*doubles.values()) == {"good.png", "good_copy.png"} and len(by_kind["copy"]) == 1
    for remedy in ("replace or remove them", "keep one", "is_colour", "take larger ones", "cut them first"):
        assert remedy in out
    assert "2 findings" not in said and "findings written to" in said


def test_pictures_without_a_fault_give_none(command, tmp_path, astronaut):
    filters.write(tmp_path / "in" / "a.png", astronaut[:300, 80:380])
    code, out, _ = command("check-data", tmp_path / "in")
    assert code == 0 and out == "1 pictures, 0 findings\n"


def test_copies_across_training_and_validation_are_told(command, tmp_path, noise):
    for folder in ("train", "validation"):
        filters.write(tmp_path / folder / "a.png", noise(300, 300, 1))
    filters.write(tmp_path / "train" / "b.png", noise(300, 300, 2))
    validation = ("--validation", tmp_path / "validation", "--whole")
    code, out, _ = command("check-data", tmp_path / "train", *validation)
    assert code == 0 and "1 look alike in training and in validation" in out
    assert f"{tmp_path}/validation/a.png (like {tmp_path}/train/a.png)" in out


def test_no_picture_is_overwritten_by_the_table(command, data):
    before = (data / "good.png").read_bytes()
    code, _, said = command("check-data", data, "--out", data / "good.png")
    assert code == 2 and "is an input" in said and (data / "good.png").read_bytes() == before


def test_pictures_of_which_places_become_lighter_are_alike(noise):
    picture = cv2.resize(noise(12, 12), (120, 120), interpolation=cv2.INTER_CUBIC)
    darker = np.uint8(picture * 0.6)
    smaller = cv2.resize(picture, (90, 90), interpolation=cv2.INTER_AREA)
    others = [cv2.resize(noise(12, 12, seed), (120, 120)) for seed in range(1, 5)]
    shown = [others[0], picture, others[1], darker, *others[2:], smaller]
    assert twins.duplicates(shown) == [(1, 3), (1, 6), (3, 6)]
    assert twins.duplicates([]) == []


def test_hashes_are_compared_in_blocks_too(monkeypatch):
    hashes = np.random.default_rng(0).random((9, 256)) < 0.5
    hashes[7] = hashes[2]
    hashes[5, :6] = ~hashes[8, :6]
    hashes[5, 6:] = hashes[8, 6:]  # six bits differ: alike
    hashes[0, :7] = ~hashes[3, :7]
    hashes[0, 7:] = hashes[3, 7:]  # seven: no longer
    monkeypatch.setattr(twins, "BLOCK", 4)
    assert list(twins.twins(hashes)) == [(2, 7), (5, 8)]


def test_a_training_says_in_short_what_is_wrong(noise):
    colored = [cv2.resize(noise(9, 9, seed), (90, 90), interpolation=cv2.INTER_CUBIC) for seed in range(4)]
    assert not any(map(measures.is_gray, colored))
    assert list(checking.in_short(colored[:3], colored[3:])) == []
    gray = filters.gray(colored[0]).repeat(3, axis=2)
    lines = list(checking.in_short([*colored, colored[1]], [gray]))
    assert [line.split(":")[0] for line in lines] == [
        "1 of 6 pictures are gray among colour",
        "1 of 6 pictures look alike in training and in validation",
        "1 of 6 pictures look like others",
    ]
