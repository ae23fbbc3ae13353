"""Faces: found where they are, cut with hair and chin inside, never with a mirrored second head."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.faces import cropping, detection
from filters.faces.cropping import crop_box
from filters.faces.detection import Face


@pytest.mark.parametrize("detector", ["yunet", "haar"])
def test_finds_the_astronaut(astronaut, detector):
    found = detection.detect(astronaut, detector)
    assert len(found) == 1
    x, y, width, height = found[0].box
    assert x < 224 < x + width and y < 115 < y + height  # the nose
    assert 70 < height < 150
    assert found[0].eyes == 2 and found[0].detector == detector


def test_finds_every_face_from_left_to_right(astronaut):
    row = np.hstack([astronaut[:300], astronaut[:300, ::-1], astronaut[:300]])
    found = detection.detect(row)
    assert len(found) == 3
    assert [f.box[0] for f in found] == sorted(f.box[0] for f in found)


@pytest.mark.parametrize("factor", [0.3, 1, 4])
def test_finds_faces_of_any_size(astronaut, factor):
    import cv2

    picture = cv2.resize(astronaut, None, fx=factor, fy=factor)
    (face,) = detection.detect(picture)
    (same,) = detection.detect(astronaut)
    assert np.allclose(np.array(face.box) / factor, same.box, atol=12)


@pytest.mark.parametrize("size", [(1, 1), (1, 20000), (20000, 1), (300, 300)])
def test_no_face_in_odd_or_empty_pictures(size):
    assert detection.detect(np.full((*size, 3), 90, np.uint8)) == []


def test_unknown_detector():
    with pytest.raises(KeyError, match="known: yunet, haar"):
        detection.detect(np.zeros((50, 50, 3), np.uint8), "eyes")


@st.composite
def faces_in_pictures(draw):
    width, height = draw(st.integers(40, 900)), draw(st.integers(40, 900))
    face_height = draw(st.floats(16, height))
    face_width = min(face_height * draw(st.floats(0.6, 0.95)), width)
    x = draw(st.floats(0, width - face_width))
    y = draw(st.floats(0, height - face_height))
    return Face((x, y, face_width, face_height), 0.9, 2), (width, height)


@given(faces_in_pictures())
def test_crop_is_portrait_and_reflects_a_tenth_at_most(case):
    face, (width, height) = case
    left, top, right, bottom = crop_box(face, (width, height))
    crop_width, crop_height = right - left, bottom - top
    assert abs(crop_width - 0.75 * crop_height) <= 1.5
    outside = max(-left, right - width), max(-top, bottom - height)
    assert outside[0] <= 0.1 * crop_width + 1 and outside[1] <= 0.1 * crop_height + 1


def test_in_the_open_a_crop_has_room_for_hair_and_chin():
    left, top, right, bottom = crop_box(Face((400, 400, 80, 100), 0.9, 2), (1000, 1000))
    assert (right - left, bottom - top) == (142, 190)
    assert top == 400 - 56 and left == 440 - 71


def test_at_a_border_a_crop_is_moved_first():
    left, top, _, bottom = crop_box(Face((0, 0, 80, 100), 0.9, 2), (1000, 1000))
    assert (left, top) == (0, 0)
    assert bottom - top == 190


def test_in_a_narrow_picture_a_crop_gets_smaller_before_anything_is_reflected():
    left, top, right, bottom = crop_box(Face((20, 60, 70, 90), 0.9, 2), (110, 400))
    assert left >= 0 and right <= 110
    assert bottom - top < 1.9 * 90
    assert top < 60 and bottom > 150  # the whole face is inside


def test_cut_has_the_size_asked_for(astronaut):
    (face,) = detection.detect(astronaut)
    assert cropping.cut(astronaut, face).shape == (480, 360, 3)
    assert cropping.cut(astronaut, face, (30, 40)).shape == (40, 30, 3)
    again = detection.detect(cropping.cut(astronaut, face))
    assert len(again) == 1


def test_threads_may_detect_at_once(astronaut):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(detection.detect, [astronaut] * 12))
    assert all(f == found[0] for f in found)
