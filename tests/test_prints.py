"""Photographs as people have them: which way up, and whether in colour."""

import cv2
import numpy as np
import pytest

from filters import color, prints
from filters.faces import detection


@pytest.fixture(scope="module")
def gray(astronaut):
    """The astronaut without her colours, as ``float64`` 0 to 1 ``(512, 512, 1)``."""
    return cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)[..., None] / 255


def toned(gray, dark, bright):
    """A print whose black and white are two colours, 0 to 1."""
    dark, bright = np.float64(dark), np.float64(bright)
    return np.uint8(np.round(255 * (dark + (bright - dark) * gray)))


def as_jpeg(picture, quality):
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]


class TestQuarterTurns:
    @pytest.mark.parametrize("turned", [0, 1, 2, 3])
    def test_a_turned_photograph_is_turned_back(self, astronaut, turned):
        lying = np.ascontiguousarray(np.rot90(astronaut, turned))
        turns = prints.quarter_turns(lying)
        assert type(turns) is int and np.array_equal(np.rot90(lying, turns), astronaut)

    @pytest.mark.parametrize("turned", [0, 1, 2, 3])
    def test_a_group_in_gray_that_is_larger_than_it_is_looked_at(self, gray, turned):
        row = np.uint8(255 * np.hstack([gray[:300], gray[:300, ::-1], gray[:300]])).repeat(3, axis=2)
        assert prints.quarter_turns(np.ascontiguousarray(np.rot90(row, turned))) == (4 - turned) % 4

    @pytest.mark.parametrize("size", [(1, 1), (1, 3000), (300, 200)])
    def test_without_a_face_nothing_is_turned(self, noise, size):
        assert prints.quarter_turns(noise(*size)) == 0

    def test_a_face_that_stands_upright_outweighs_one_that_does_not(self, astronaut):
        both = np.hstack([astronaut[:300, :300], np.rot90(astronaut[:300, :300])])
        assert prints.quarter_turns(np.ascontiguousarray(both)) == 0

    def test_one_direction_has_to_be_clearly_better(self, astronaut):
        small = cv2.resize(astronaut[:300, :300], (90, 90), interpolation=cv2.INTER_AREA)
        both = np.ascontiguousarray(np.hstack([small, np.rot90(small, 3)]))
        scores = [sum(f.score for f in detection.detect(np.ascontiguousarray(np.rot90(both, k)))) for k in (0, 1)]
        assert prints.COUNTED < scores[0] < scores[1] < prints.UPRIGHT  # the one that lies is seen a bit better
        assert prints.quarter_turns(both) == 0
        assert prints.quarter_turns(np.ascontiguousarray(np.hstack([np.rot90(small, 3)] * 2))) == 1
        two = np.hstack([small, np.full_like(small, 128), np.rot90(small, 3), np.rot90(small, 3)])
        assert prints.quarter_turns(np.ascontiguousarray(two)) == 1  # all faces count

    def test_faces_that_are_not_sure_turn_nothing(self, astronaut):
        for scale, turns in ((0.15, 0), (0.2, 0), (0.3, 1)):
            small = cv2.resize(astronaut[:320], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            (face,) = detection.detect(small)
            assert (face.score >= prints.TURNED) == bool(turns)
            assert prints.quarter_turns(np.ascontiguousarray(np.rot90(small, 3))) == turns


def of_lab(*channels):
    """A picture of 24x32 cells by its L, a and b."""
    return color.lab_to_rgb(np.dstack([np.broadcast_to(np.float32(c), (32, 24)) for c in channels]))


CHECKED = np.where(np.indices((32, 24)).sum(axis=0) % 2, 1, -1)
LIGHT = np.random.default_rng(0).uniform(40, 70, (32, 24))  # of which colours that are checked are no function


class TestMonochrome:
    def test_how_deep_a_tone_may_be(self):
        for chroma, expected in ((41.3, True), (42.7, False)):
            for a, b in ((0.6 * chroma, 0.8 * chroma), (0, chroma), (-0.6 * chroma, 0.8 * chroma)):
                assert prints.is_monochrome(of_lab(60, a, b)) == expected

    def test_how_far_colours_may_be_from_the_tone(self):
        for far, expected in ((2.0, True), (2.6, False)):
            for a, b in ((far, 0), (0, far), (0.6 * far, 0.8 * far)):
                assert prints.is_monochrome(of_lab(LIGHT, a * CHECKED, b * CHECKED)) == expected

    def test_where_the_border_ends(self):
        """Of 32 by 24 cells, 5 above and below and 4 at each side."""
        for place, expected in (
            *((np.s_[:5], True), (np.s_[-5:], True), (np.s_[:, :4], True), (np.s_[:, -4:], True)),
            *((np.s_[5:7], False), (np.s_[-7:-5], False), (np.s_[:, 4:6], False), (np.s_[:, -6:-4], False)),
        ):
            chroma = np.zeros((32, 24))
            chroma[place] = 25 * CHECKED[place]
            assert prints.is_monochrome(of_lab(LIGHT, chroma, 0)) == expected

    def test_a_photograph_in_colour_is_not_also_a_pale_one(self, astronaut, gray):
        pale = np.uint8(np.round(0.3 * astronaut + 0.7 * 255 * gray))
        assert not prints.is_monochrome(astronaut) and not prints.is_monochrome(pale)

    @pytest.mark.parametrize(
        ("dark", "bright"),
        [
            ((0, 0, 0), (1, 1, 1)),
            ((0.25, 0.16, 0.08), (1, 0.93, 0.78)),
            ((0.42, 0.33, 0.24), (0.93, 0.85, 0.68)),
            ((0.02, 0.1, 0.28), (0.93, 0.97, 1)),
        ],
        ids=["gray", "sepia", "faded", "cyanotype"],
    )
    @pytest.mark.parametrize("quality", [100, 30])
    def test_gray_and_toned_prints_are_as_much_as_jpeg_leaves_of_them(self, gray, dark, bright, quality):
        assert prints.is_monochrome(as_jpeg(toned(gray, dark, bright), quality))

    def test_stains_at_the_border_are_no_colours(self, gray):
        stained = toned(gray, (0, 0, 0), (1, 1, 1))
        cv2.circle(stained, (0, 100), 60, (150, 120, 60), -1)
        cv2.circle(stained, (400, 512), 50, (140, 80, 90), -1)
        assert prints.is_monochrome(stained)

    def test_a_coloured_thing_in_the_middle_is(self, gray):
        coloured = toned(gray, (0, 0, 0), (1, 1, 1))
        cv2.circle(coloured, (256, 256), 50, (150, 60, 60), -1)
        assert not prints.is_monochrome(coloured)

    def test_no_print_is_as_deeply_toned_as_a_lawn(self, gray):
        assert not prints.is_monochrome(toned(gray, (0.1, 0.4, 0), (0.3, 0.9, 0)))

    @pytest.mark.parametrize("size", [(1, 1), (1, 500), (333, 7)])
    def test_any_size(self, size):
        assert prints.is_monochrome(np.full((*size, 3), 90, np.uint8))
