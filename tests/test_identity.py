"""Is it still the same person? Statistics by hand, and dlib on real faces where it is installed."""

import json
import sys

import cv2
import numpy as np
import pytest

import filters
from experiments.datasets.packaged import packaged_photos
from experiments.evaluation import identity
from filters.faces import cropping, detection


def test_distances_by_hand():
    originals = [[0.0, 0.0], [3.0, 0.0]]
    table = identity.compare(originals, [[0.0, 0.5], [0.0, 4.0]])
    assert table["identity_distance"].tolist() == [0.5, 5.0]
    assert table["same_person"].tolist() == [1, 0]
    assert table["rank_1"].tolist() == [1, 0]  # the second is nearer to the first original: 4 away, not 5


def test_the_threshold_itself_is_another_person():
    table = identity.compare(np.zeros((2, 1)), [[identity.SAME_PERSON], [np.nextafter(identity.SAME_PERSON, 0)]])
    assert table["same_person"].tolist() == [0, 1]


def test_another_picture_of_the_person_is_right_where_people_are_known():
    originals, results = [[0.0], [1.0], [5.0]], [[0.9], [1.1], [5.0]]
    assert identity.compare(originals, results)["rank_1"].tolist() == [0, 1, 1]
    assert identity.compare(originals, results, ["anna", "anna", "bert"])["rank_1"].tolist() == [1, 1, 1]


def test_copies_are_recognized_whichever_comes_first():
    assert identity.compare([[1.0], [1.0], [2.0]], [[1.2], [1.2], [1.2]])["rank_1"].tolist() == [1, 1, 0]


def test_a_summary_has_means_and_intervals_over_people():
    table = identity.compare([[0.0], [10.0]], [[0.0], [12.0]])
    values = identity.summary(table)
    assert [values[f"identity_distance{end}"] for end in ("", "_low", "_high")] == [1.0, 0.0, 2.0]
    assert [values[f"same_person{end}"] for end in ("", "_low", "_high")] == [0.5, 0.0, 1.0]
    assert [values[f"rank_1{end}"] for end in ("", "_low", "_high")] == [1.0, 1.0, 1.0]
    # One person, seen twice: nothing else can be drawn.
    values = identity.summary(table, ["anna", "anna"])
    assert (values["identity_distance_low"], values["identity_distance_high"]) == (1.0, 1.0)


def test_without_dlib_one_line_names_the_remedy(command, faces_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)  # as where it is not installed
    code, out, said = command("evaluate", "autoencoder", "--data", faces_folder, "--identity")
    assert code == 2 and not out
    assert "requirements-identity.txt" in said and said.count("\n") == 1


def test_a_crop_without_a_face_is_measured_where_faces_are():
    ((x, y, width, height),) = identity.face_boxes([np.full((380, 285, 3), 200, np.uint8)])
    assert (y, height) == pytest.approx((112, 200))  # 0.56 face heights of room above, 1.9 in all
    assert x + width / 2 == pytest.approx(285 / 2)


@pytest.fixture(scope="module")
def faces():
    """Two crops of 256x320: Eileen Collins and Grace Hopper."""
    photos = [filters.read(path) for path in packaged_photos() if path.stem != "camera"]
    return [cropping.cut(photo, detection.largest(detection.detect(photo)), (256, 320)) for photo in photos]


@pytest.fixture(scope="module")
def faces_folder(tmp_path_factory, faces):
    folder = tmp_path_factory.mktemp("faces")
    for index, face in enumerate(faces):
        filters.write(folder / f"{index}.png", face)
    return folder


@pytest.fixture(scope="module")
def dlib():
    if not identity.available():
        pytest.skip("dlib and its networks are not installed: requirements-identity.txt")
    return pytest.importorskip("dlib")


@pytest.mark.usefixtures("dlib")
class TestWithDlib:
    def test_a_blurred_face_is_the_same_person_and_another_face_is_not(self, faces):
        boxes = identity.face_boxes(faces)
        known = identity.embeddings(faces, boxes)
        assert known.shape == (2, 128)
        assert np.array_equal(known, identity.embeddings(faces, boxes))
        blurred = identity.embeddings([cv2.GaussianBlur(face, (0, 0), 1.5) for face in faces], boxes)
        table = identity.compare(known, blurred)
        assert (table["identity_distance"] > 0).all() and table["same_person"].all() and table["rank_1"].all()
        assert np.linalg.norm(known[0] - known[1]) > identity.SAME_PERSON

    def test_a_result_in_which_no_face_is_found_is_measured_too(self, faces):
        gone = [np.full_like(face, 128) for face in faces]
        assert not any(detection.detect(picture) for picture in gone)
        boxes = identity.face_boxes(faces)
        table = identity.compare(*(identity.embeddings(each, boxes) for each in (faces, gone)))
        assert not table["same_person"].any()

    def test_evaluate_adds_measures_with_intervals(self, command, faces_folder):
        call = ("evaluate", "autoencoder", "--data", faces_folder, "--no-features", "--identity")
        code, out, _ = command(*call, "--json")
        results = json.loads(out)["results"]
        assert code == 0
        assert results["autoencoder"]["rank_1"] == results["filter"]["rank_1"] == 1
        assert results["filter"]["identity_distance"] == 0  # that of the autoencoder leaves pictures as they are
        ours, mean = results["autoencoder"], results["mean picture"]
        assert 0 < ours["identity_distance_low"] <= ours["identity_distance"] <= ours["identity_distance_high"]
        assert ours["identity_distance"] < mean["identity_distance"] and mean["rank_1"] == 0.5
        code, out, _ = command(*call)
        assert code == 0 and f"{ours['identity_distance']:.3f} ({ours['identity_distance_low']:.3f}–" in out
