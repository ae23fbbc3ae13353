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


class TestDetection:
    def test_of_faces_that_overlap_the_surest_is_kept(self):
        def kept(*faces):
            return [face.box for face in detection.without_repeats([Face(box, score, 2) for box, score in faces])]

        one = (0, 0, 10, 10)
        assert kept((one, 0.8), ((6.1, 0, 10, 10), 0.9)) == [(6.1, 0, 10, 10), one]  # 39 % is shared
        assert kept((one, 0.8), ((6, 0, 10, 10), 0.9)) == [(6, 0, 10, 10)]  # 40 %
        assert kept((one, 0.9), ((6, 0, 10, 10), 0.8)) == [one]
        assert kept((one, 0.9), ((-20, -20, 60, 60), 0.8)) == [one]  # all of the smaller one
        assert kept((one, np.nan), ((1, 1, 12, 12), np.nan)) == [
            (1, 1, 12, 12)
        ]  # the taller of those without score
        assert kept((one, np.nan), ((1, 1, 8, 12), 0.1)) == [(1, 1, 8, 12)]
        assert kept((one, 0.7), ((20, 0, 10, 10), 0.8), ((14, 0, 10, 10), 0.6)) == [(20, 0, 10, 10), one]

    def test_the_largest_has_the_largest_area(self):
        boxes = ((0, 0, 10, 40), (50, 0, 30, 20), (90, 0, 5, 50))
        assert detection.largest(Face(box, 0.9, 2) for box in boxes).box == boxes[1]
        assert detection.largest([]) is None

    def test_shared_areas_by_hand(self):
        a = (10, 20, 30, 40)
        for b, area in (
            ((10, 20, 30, 40), 1200),
            ((15, 25, 5, 6), 30),
            ((0, 0, 20, 30), 100),
            ((35, 50, 99, 99), 50),
            ((40, 20, 5, 40), 0),
            ((0, 60, 99, 5), 0),
            ((50, 70, 5, 5), 0),
        ):
            assert detection.shared_area(a, b) == detection.shared_area(b, a) == area

    def test_in_a_large_picture_all_is_where_it_is(self, astronaut):
        (face,), (large,) = (detection.detect(cv2.resize(astronaut, None, fx=f, fy=f)) for f in (1, 5))
        assert np.allclose(np.array(large.box) / 5, face.box, atol=6)
        assert np.allclose(np.array(large.landmarks) / 5, face.landmarks, atol=6)

    def test_eyes_outside_are_not_counted(self, astronaut):
        for part, eyes in ((np.s_[:, 207:], 2), (np.s_[:, 212:], 1), (np.s_[:, :243], 2)):
            (face,) = detection.detect(np.ascontiguousarray(astronaut[part]))
            assert face.eyes == eyes

    def test_where_one_is_sure_others_that_are_not_do_not_count(self, astronaut):
        small = cv2.resize(astronaut[:320], None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA)
        strip = np.full((320, 120, 3), 128, np.uint8)
        strip[100 : 100 + len(small), 20 : 20 + small.shape[1]] = small
        both = np.ascontiguousarray(np.hstack([strip, astronaut[:320]]))
        scores = sorted(float(row[14]) for row in detection.rows_of(both))
        assert scores[0] < detection.SURE_SCORE < scores[1]
        (face,) = detection.detect(both)
        assert face.score == pytest.approx(scores[1])
        (face,) = detection.detect(strip)  # alone it is the best there is
        assert face.score < detection.SURE_SCORE and 20 <= face.box[0] <= 100

    def test_where_none_is_sure_the_best_is_taken(self, astronaut):
        blurred = cv2.GaussianBlur(astronaut[:320], (0, 0), 9)
        small = cv2.resize(blurred, None, fx=0.17, fy=0.17, interpolation=cv2.INTER_AREA)
        ground = np.full((120, 360, 3), 128, np.uint8)
        for top, left in ((30, 5), (40, 180)):
            ground[top : top + len(small), left : left + small.shape[1]] = small
        scores = [float(row[14]) for row in detection.rows_of(ground)]
        assert len(scores) == 2 and max(scores) < detection.SURE_SCORE
        assert [face.score for face in detection.detect(ground)] == [pytest.approx(max(scores))]

    def test_the_smallest_face_has_16_pixels(self, astronaut):
        for scale, count in ((0.15, 1), (0.145, 0), (0.12, 0)):
            small = cv2.resize(astronaut[:320], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            heights = [float(row[3]) for row in detection.rows_of(small)]
            assert len(heights) == 1 and (heights[0] >= 16) == bool(count)
            assert len(detection.detect(small)) == count

    def test_haar_s_square_is_trimmed(self, astronaut):
        gray = cv2.equalizeHist(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY))
        cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
        ((x, y, width, height),) = cascade.detectMultiScale(gray, 1.1, 5, minSize=(24, 24))
        (face,) = detection.detect(astronaut, "haar")
        expected = (x + 0.14 * width, y + 0.12 * height, 0.72 * width, 0.92 * height)
        assert face.box == pytest.approx(expected) and np.isnan(face.score)
        (yunet,) = detection.detect(astronaut)
        assert detection.shared_area(face.box, yunet.box) > 0.9 * face.box[2] * face.box[3]

    @pytest.mark.parametrize("detector", ["yunet", "haar"])
    def test_a_small_face_on_the_left_comes_before_a_large_one(self, astronaut, detector):
        small = cv2.resize(astronaut[:300], None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
        row = np.full((320, 205 + 512, 3), 128, np.uint8)
        row[100:220, :205], row[:, 205:] = small, astronaut[:320]
        for found in (detection.detect(row, detector), directions.detect(row, detector)):
            assert len(found) == 2 and found[0].box[0] < 100 < found[1].box[0]

    def test_of_a_large_face_the_middle_counts(self, astronaut):
        """Its left side, less half of its width, would come before the small one."""
        row = np.full((1100, 1010, 3), 128, np.uint8)
        row[100:180, 190:254] = cv2.resize(astronaut[20:220, 140:300], (64, 80), interpolation=cv2.INTER_AREA)
        row[:, 260:] = cv2.resize(astronaut[20:240, 150:300], (750, 1100))
        for found in (detection.detect(row), directions.detect(row)):
            small, large = (face.box for face in found)
            assert small[2] < 50 and large[2] > 300 and small[0] - small[2] / 2 > large[0] - large[2] / 2

    def test_roll_of_half_a_right_angle_by_hand(self):
        for degrees in (-170, -90, -45, 10, 45, 135):
            turn = np.radians(degrees)
            x, y = np.array([(-1, 0), (1, 0), (0, 1), (-1, 2), (1, 2)]).T
            # Counter-clockwise, where y goes down; and somewhere else than in the corner.
            points = np.transpose(
                [x * np.cos(turn) + y * np.sin(turn) + 30, y * np.cos(turn) - x * np.sin(turn) + 7]
            )
            landmarks = tuple(map(tuple, points))
            assert Face((0, 0, 9, 9), 0.9, 2, landmarks=landmarks).roll == pytest.approx(degrees)


class TestFacesThatNobodySees:
    """Small ones that lie, in a picture that is larger than what is looked at."""

    @pytest.fixture
    def ground(self, astronaut):
        ground = np.full((700, 1000, 3), 128, np.uint8)
        ground[300:460, 600:856] = cv2.resize(astronaut[:320], (256, 160), interpolation=cv2.INTER_AREA)
        return ground

    @pytest.mark.parametrize("quarters", [1, 2, 3])
    def test_are_found_where_they_are(self, ground, quarters):
        (standing,) = detection.detect(ground)
        (face,) = directions.detect(np.ascontiguousarray(np.rot90(ground, quarters)))
        x, y, width, height = standing.box
        points = np.array([(x + width / 2, y + height / 2), *standing.landmarks])
        for side in (1000, 700, 1000)[:quarters]:  # counter-clockwise: what was right is up
            points = np.column_stack([points[:, 1], side - points[:, 0]])
        middle = face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2
        assert np.abs(np.subtract(middle, points[0])).max() < 4
        assert np.abs(np.subtract(face.landmarks, points[1:])).max() < 5
        assert face.box[2:] == pytest.approx((width, height), abs=6)
        assert face.eyes == 2 and abs((face.roll - 90 * quarters + 180) % 360 - 180) < 8

    @pytest.mark.parametrize(
        ("size", "face", "place", "quarters"),
        [
            ((256, 160), (256, 160), (0, 0), 2),
            ((256, 160), (256, 160), (0, 0), 3),
            ((1000, 700), (307, 192), (100, 60), 3),  # looked at at 640 pixels
            ((1000, 700), (307, 192), (300, 400), 2),
        ],
    )
    def test_one_that_is_sure_is_exactly_where_it_was_seen(self, astronaut, size, face, place, quarters):
        ground, (top, left) = np.full((size[1], size[0], 3), 128, np.uint8), place
        ground[top : top + face[1], left : left + face[0]] = cv2.resize(
            astronaut[:320], face, interpolation=cv2.INTER_AREA
        )
        scale = max(1, size[0] / 640)
        seen = cv2.resize(ground, (round(size[0] / scale), round(size[1] / scale)), interpolation=cv2.INTER_AREA)
        (standing,) = detection.detect(seen)
        assert standing.score > directions.STANDING_SCORE
        lying = np.ascontiguousarray(np.rot90(ground, quarters))
        assert detection.detect(lying) == []
        (found,) = directions.detect(lying)
        x, y, width, height = (scale * value for value in standing.box)
        points = np.array([(x + width / 2, y + height / 2), *(scale * np.array(standing.landmarks))])
        for side in (size[0], size[1], size[0])[:quarters]:  # counter-clockwise
            points = np.column_stack([points[:, 1], side - points[:, 0]])
        assert found.box == pytest.approx((*(points[0] - (width / 2, height / 2)), width, height), abs=0.5)
        assert np.abs(points[1:] - found.landmarks).max() < 0.5

    def test_of_two_directions_that_with_more_faces_counts(self, ground):
        two = ground.copy()
        two[40:200, 100:356] = ground[300:460, 600:856]
        lying = np.ascontiguousarray(np.rot90(two, 2))
        assert detection.detect(lying) == []
        found = directions.detect(lying)
        assert len(found) == 2 and found[0].box[0] < found[1].box[0]

    def test_eyes_outside_are_not_counted(self, astronaut):
        for part, eyes in ((np.s_[:320, 207:], 2), (np.s_[:320, 212:], 1), (np.s_[:320, :228], 1)):
            lying = np.ascontiguousarray(np.rot90(astronaut[part], 2))
            (face,) = directions.detect(lying)
            assert abs(face.roll) > 150 and face.eyes == eyes

    def test_what_is_not_sure_when_it_lies_is_no_face(self, astronaut):
        blurred = cv2.GaussianBlur(astronaut[:320], (0, 0), 1)
        small = cv2.resize(blurred, None, fx=0.12, fy=0.12, interpolation=cv2.INTER_AREA)
        ground = np.full((60, 80, 3), 128, np.uint8)
        ground[10 : 10 + len(small), 10 : 10 + small.shape[1]] = small
        for quarters in (1, 2, 3):
            assert all(f.score >= 0.86 for f in directions.detect(np.ascontiguousarray(np.rot90(ground, quarters))))


def with_roll(degrees, box=(60.0, 50.0, 40.0, 50.0)):
    """A face of some roll, as its landmarks tell."""
    turn = np.radians(degrees)
    middle = box[0] + box[2] / 2, box[1] + box[3] / 2
    points = np.array([(-9, -9), (9, -9), (0, 2), (-7, 12), (7, 12)], float)
    turned_ = points @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) + middle
    return Face(box, 0.9, 2, landmarks=tuple(map(tuple, turned_)))


class TestCrops:
    @pytest.mark.parametrize(
        ("box", "size", "expected"),
        [
            ((920, 900, 80, 100), (1000, 1000), (858, 810, 1000, 1000)),  # moved to the lower right corner
            # As wide as the picture, which is 110 / 0.75 high; less is lost above and below in proportion.
            ((20, 60, 70, 90), (110, 400), (0, 23, 110, 170)),
            # 1.08 face heights are needed, and a tenth may lie outside: 80 / 0.9 are the most.
            ((0, 0, 40, 100), (60, 110), (-3, 0, 63, 89)),
            # 1.04 face widths are needed.
            ((10, 10, 100, 80), (100, 400), (-2, 0, 102, 139)),
            # 1.08 face heights, in between.
            ((20, 5, 40, 100), (77, 300), (-2, 0, 79, 108)),
            ((300, 5, 40, 100), (800, 103), (280, -2, 360, 106)),
        ],
    )
    def test_boxes_at_borders_by_hand(self, box, size, expected):
        assert crop_box(Face(box, 0.9, 2), size) == expected

    def test_beyond_the_border_a_crop_is_reflected(self, noise):
        for size, border in (((60, 110), ((0, 0), (3, 3), (0, 0))), ((800, 103), ((2, 3), (0, 0), (0, 0)))):
            picture = noise(size[1], size[0])
            face = Face((0, 0, 40, 100) if size[0] == 60 else (300, 5, 40, 100), 0.9, 2)
            left, top, right, bottom = crop_box(face, size)
            inside = picture[max(top, 0) : bottom, max(left, 0) : right]
            expected = np.pad(inside, border, mode="reflect")
            assert (cropping.cut(picture, face, (right - left, bottom - top)) == expected).all()

    def test_a_crop_becomes_smaller_by_means_and_larger_smoothly(self, noise):
        picture, face = noise(400, 400), Face((160, 160, 80, 80), 0.9, 2)
        left, top, right, bottom = crop_box(face, (400, 400))
        assert (right - left, bottom - top) == (114, 152)
        half = picture[top:bottom, left:right].reshape(76, 2, 57, 2, 3).mean(axis=(1, 3))
        assert np.abs(cropping.cut(picture, face, (57, 76)) - half).max() <= 1
        part = np.ascontiguousarray(picture[top:bottom, left:right])
        for size in ((90, 120), (100, 151)):  # as high as wide, or nearly as high
            means = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
            assert (cropping.cut(picture, face, size) == means).all()
        step = np.zeros((400, 400, 3), np.uint8)
        step[:, 200:] = 200
        large = cropping.cut(step, face, (114, 153))[70, :, 0]
        assert large.max() <= 200  # no wider: nothing between two columns
        large = cropping.cut(step, face, (200, 266))[70, :, 0]
        assert large.max() > 205  # bicubic

    def test_faces_are_turned_from_35_degrees_on(self, noise):
        picture = noise(160, 200)
        upright = cropping.cut(picture, with_roll(0))
        for degrees in (35, -35, 20):
            assert (cropping.cut(picture, with_roll(degrees * 0.999)) == upright).all()
        for degrees in (36, -36):
            assert np.abs(cropping.cut(picture, with_roll(degrees)).astype(int) - upright).mean() > 10

    @pytest.mark.parametrize("quarters", [1, 2, -1])
    def test_near_a_quarter_turn_nothing_is_sampled(self, noise, quarters):
        picture = noise(160, 200)
        x, y, width, height = with_roll(0).box
        middle = np.array([x + width / 2, y + height / 2])
        lying = np.ascontiguousarray(np.rot90(picture, -quarters))
        for _ in range(quarters % 4):  # clockwise
            middle = np.array([(160, 200)[_ % 2] - middle[1], middle[0]])
        standing = Face((*(middle - (width / 2, height / 2)), width, height), 0.9, 2)
        expected = cropping.cut(lying, standing)
        for degrees in (90 * quarters, 90 * quarters + 14.9, 90 * quarters - 14.9):
            assert (cropping.cut(picture, with_roll(degrees)) == expected).all()
        for degrees in (90 * quarters + 15.1, 90 * quarters - 15.1):
            assert (cropping.cut(picture, with_roll(degrees)) != expected).any()

    @pytest.mark.parametrize("degrees", [50, -60, 130, -110])
    def test_aslant_it_is_turned_about_the_middle_of_the_face(self, degrees):
        """A line from the middle of the face to above its head goes straight up in the crop."""
        picture = np.zeros((300, 300, 3), np.uint8)
        turn = np.radians(degrees)
        up = np.array([-np.sin(turn), -np.cos(turn)])
        start = np.array([150.0, 140.0])
        cv2.line(picture, tuple(map(round, start)), tuple(map(round, start + 45 * up)), (255, 255, 255), 3)
        crop = cropping.cut(picture, with_roll(degrees, (130.0, 115.0, 40.0, 50.0)), (143, 190))[..., 0]
        rows, columns = np.nonzero(crop > 128)
        # 190 rows are 1.9 face heights of 50: two a pixel; the middle of the box is 0.56 + 0.5 from above.
        assert abs(columns.mean() - 71.5) < 3 and np.ptp(columns) < 14
        assert rows.max() == pytest.approx(2 * 53, abs=5) and rows.min() == pytest.approx(2 * (53 - 45), abs=5)

    @pytest.mark.parametrize("degrees", [50, -60, 130])
    def test_aslant_at_a_border_it_is_reflected(self, degrees):
        picture = np.full((160, 200, 3), 200, np.uint8)
        for corner in ((5.0, 5.0), (150.0, 100.0)):
            assert (cropping.cut(picture, with_roll(degrees, (*corner, 40.0, 50.0))) == 200).all()

    def test_what_is_a_crop_already(self, astronaut):
        (face,) = detection.detect(astronaut)
        x, y, width, height = face.box

        def surroundings(share):
            tall = height / share
            top, left = round(y + height / 2 - tall / 2), round(x + width / 2 - 0.375 * tall)
            return np.ascontiguousarray(astronaut[max(0, top) :, left:][: round(tall), : round(0.75 * tall)])

        assert cropping.is_crop(surroundings(0.5)) and cropping.is_crop(surroundings(0.45))
        assert not cropping.is_crop(surroundings(0.36))
        crop = cropping.cut(astronaut, face)
        for wide, expected in ((356, True), (355, False), (364, True), (365, False)):
            assert cropping.is_crop(cv2.resize(crop, (wide, 480))) == expected
        assert not cropping.is_crop(np.full((480, 360, 3), 128, np.uint8))
