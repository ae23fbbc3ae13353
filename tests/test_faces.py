"""Faces: found where they are, cut with hair and chin inside, never with a mirrored second head."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.faces import cropping, detection, directions
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


def turned(picture, degrees):
    """Turn a picture counter-clockwise, whole, on gray ground."""
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(picture, degrees // 90))
    height, width = picture.shape[:2]
    side = int(np.hypot(height, width))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    return cv2.warpAffine(picture, matrix, (side, side), borderValue=(128, 128, 128))


class TestFacesThatLie:
    @pytest.mark.parametrize("degrees", [60, 90, 135, 180, 270, 300])
    def test_are_cut_upright(self, astronaut, degrees):
        photograph = astronaut[:320]
        (standing,) = detection.detect(photograph)
        (face,) = directions.detect(turned(photograph, degrees))
        assert abs((face.roll - degrees - standing.roll + 180) % 360 - 180) < 12
        (again,) = directions.detect(cropping.cut(turned(photograph, degrees), face))
        assert abs(again.roll) < 15 and again.score > 0.85
        assert again.box[3] == pytest.approx(480 / cropping.CROP_HEIGHT, rel=0.15)

    def test_a_quarter_turn_costs_no_sharpness(self, astronaut):
        (face,) = directions.detect(turned(astronaut, 90))
        (standing,) = directions.detect(astronaut)
        same = standing.box[2:]
        middle = standing.box[0] + same[0] / 2, standing.box[1] + same[1] / 2
        # The middle of the upright face, in the picture that was turned counter-clockwise.
        x, y = middle[1], 512 - middle[0]
        exact = Face((x - same[0] / 2, y - same[1] / 2, *same), 0.9, 2, landmarks=face.landmarks)
        assert (cropping.cut(turned(astronaut, 90), exact) == cropping.cut(astronaut, standing)).all()

    def test_one_that_lies_among_others_that_stand(self, astronaut):
        head = astronaut[20:260, 100:340]
        row = np.hstack([head, np.rot90(head, 2), head])
        rolls = [abs(face.roll) for face in directions.detect(np.ascontiguousarray(row))]
        assert len(rolls) == 3
        assert rolls[0] < 20 and rolls[1] > 160 and rolls[2] < 20

    def test_those_that_stand_are_as_they_were(self, astronaut):
        row = np.hstack([astronaut[:300], astronaut[:300, ::-1]])
        assert directions.detect(row) == detection.detect(row)
        assert repr(directions.detect(astronaut, "haar")) == repr(detection.detect(astronaut, "haar"))

    def test_no_face_is_invented(self, noise):
        assert directions.detect(noise(300, 300)) == []
        assert directions.detect(np.zeros((1, 1, 3), np.uint8)) == []

    def test_a_crop_on_its_head_is_no_crop(self, astronaut):
        (face,) = detection.detect(astronaut)
        crop = cropping.cut(astronaut, face)
        assert cropping.is_crop(crop)
        assert not cropping.is_crop(turned(crop, 180))

    def test_roll_by_hand(self):
        upright = ((0.0, 0.0), (2.0, 0.0), (1.0, 1.0), (0.5, 2.0), (1.5, 2.0))
        assert Face((0, 0, 2, 2), 0.9, 2, landmarks=upright).roll == 0
        left = tuple((y, -x) for x, y in upright)  # counter-clockwise, y down
        assert Face((0, 0, 2, 2), 0.9, 2, landmarks=left).roll == 90
        assert Face((0, 0, 2, 2), 0.9, 2).roll == 0
