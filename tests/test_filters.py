"""Filters: values computed by hand on tiny pictures, and properties that hold for all."""

import math
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import filters

PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)))


@pytest.mark.parametrize("name", list(filters.FILTERS))
class TestEveryFilter:
    @settings(max_examples=25)
    @given(picture=PICTURES)
    def test_shape_type_and_purity(self, name, picture):
        entry = filters.FILTERS[name]
        before = picture.copy()
        result = entry(picture)
        assert result.dtype == np.uint8
        assert result.shape == (*picture.shape[:2], entry.channels)
        assert (picture == before).all()
        assert (entry(picture) == result).all()

    def test_rejects_what_is_no_picture(self, name):
        for wrong in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8)):
            with pytest.raises(ValueError, match="uint8 RGB"):
                filters.FILTERS[name](wrong)

    def test_has_a_summary(self, name):
        assert filters.FILTERS[name].summary.endswith(".")


def test_gray_by_hand():
    picture = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]]], np.uint8)
    # 0.299 * 255 = 76.2, 0.587 * 255 = 149.7, 0.114 * 255 = 29.1, 2.99 + 11.74 + 3.42 = 18.15
    assert filters.gray(picture)[0, :, 0].tolist() == [76, 150, 29, 18]


def test_binary_has_its_own_threshold_in_each_channel():
    picture = np.array([[[127, 128, 200], [128, 0, 201]]], np.uint8)
    assert filters.binary(picture).tolist() == [[[0, 255, 255], [255, 0, 255]]]
    assert filters.binary(picture, thresholds=(100, 150, 200)).tolist() == [[[255, 0, 0], [255, 0, 255]]]


def test_contours_of_a_square_lie_on_its_border_and_are_as_bright_as_their_level():
    picture = np.zeros((20, 20, 3), np.uint8)
    picture[5:15, 5:15, 0] = 120  # above 50 and 100, in red only
    result = filters.contours(picture)
    ring = np.zeros((20, 20), np.uint8)
    ring[5:15, 5:15] = 1
    ring[6:14, 6:14] = 0
    near = cv2.dilate(ring, np.ones((3, 3)))
    line = result[..., 0]
    # The level 100 is drawn over the level 50: the line is brighter than 50 and never above 100.
    assert line[ring > 0].min() > 75 and line.max() <= 100
    assert line[(near > 0) & (ring == 0)].max() < 60
    assert not line[near == 0].any() and not result[..., 1:].any()


def test_contours_of_an_even_picture_are_empty():
    assert not filters.contours(np.full((9, 9, 3), 30, np.uint8)).any()


def test_canny_finds_an_edge_in_dark_and_in_bright_pictures(astronaut):
    dark = (astronaut // 5).astype(np.uint8)
    bright = (200 + astronaut // 5).astype(np.uint8)
    for picture in (astronaut, dark, bright):
        share = (filters.canny(picture) > 0).mean()
        assert 0.02 < share < 0.4


def test_canny_keeps_weak_edges_where_they_go_on_from_strong_ones():
    """The median is 100, so the thresholds are 67 and 133; a step of d has a gradient of 4 d."""

    def rows_with_an_edge(upper, lower):
        picture = np.full((40, 40, 3), 100, np.uint8)
        picture[:20, 30:], picture[20:, 30:] = 100 + upper, 100 + lower
        edges = filters.canny(picture)[..., 0].any(axis=1)
        return edges[5:15].all(), edges[25:35].any()

    assert rows_with_an_edge(40, 20) == (True, True)  # 80 goes on from 160
    assert rows_with_an_edge(40, 15) == (True, False)  # 60 is below the lower threshold
    assert rows_with_an_edge(20, 20) == (False, False)  # 80 alone


def test_xdog_is_the_difference_of_gaussians_of_1_and_1_6():
    picture = np.zeros((9, 60, 3), np.uint8)
    picture[:, 30:] = 255
    seen = filters.xdog(picture, sigma=2.0, sharpness=5.0, threshold=1.0, steepness=0.5)[4, :30, 0]
    for x in range(20, 30):
        place = x - 29.5  # of the pixel's middle, from the edge; Φ is a step blurred by a Gaussian
        narrow, wide = (0.5 * (1 + math.erf(place / (s * 2**0.5))) for s in (2.0, 3.2))
        assert seen[x] == pytest.approx(255 * (1 + math.tanh(0.5 * (6 * narrow - 5 * wide - 1))), abs=2)


def test_canny_of_a_negative_is_the_same(noise):
    picture = np.repeat(np.repeat(noise(8, 8), 8, 0), 8, 1)
    same = filters.canny(picture) == filters.canny(255 - picture)
    assert same.mean() > 0.97


def test_unknown_filter_lists_the_known_ones():
    with pytest.raises(KeyError, match=r"no filter is named 'sepia'.*canny"):
        filters.get("sepia")


def test_a_name_cannot_be_taken_twice():
    with pytest.raises(ValueError, match="registered already"):
        filters.register(channels=1)(filters.gray)


def test_importing_filters_does_not_import_a_framework():
    code = "import sys, filters, filters.faces; assert not {'tensorflow', 'keras', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_canny_of_the_mask_sees_only_the_border_of_the_threshold():
    picture = np.full((24, 24, 3), 90, np.uint8)
    picture[:, 8:] = 160  # an edge of the picture, on one side of the threshold
    picture[:, 16:] = 220
    seen = {name: np.flatnonzero(filters.get(name)(picture)[12, :, 0]) for name in ("canny_gray", "canny_of_mask")}
    assert any(6 <= x <= 9 for x in seen["canny_gray"]) and any(14 <= x <= 17 for x in seen["canny_gray"])
    assert len(seen["canny_of_mask"]) and all(14 <= x <= 17 for x in seen["canny_of_mask"])
    assert (filters.get("canny_of_mask_gray")(picture) == filters.get("canny_of_mask")(picture)[..., :1]).all()


SKETCHES = ("xdog", "adaptive_threshold", "engraving")


@pytest.mark.parametrize("name", SKETCHES)
def test_sketches_leave_an_even_bright_picture_paper(name):
    assert filters.get(name)(np.full((40, 40, 3), 230, np.uint8)).min() > 240


@pytest.mark.parametrize("name", SKETCHES)
def test_sketches_draw_a_dark_line_where_it_is(name):
    picture = np.full((60, 60, 3), 220, np.uint8)
    picture[:, 29:32] = 20
    drawn = filters.get(name)(picture)[20:40, :, 0].mean(axis=0)
    assert drawn[29:32].max() < drawn[:20].min() and drawn[29:32].max() < drawn[41:].min()


def test_an_engraving_has_more_ink_where_it_is_darker():
    picture = np.repeat(np.linspace(0, 255, 200).astype(np.uint8)[None], 60, axis=0)
    drawn = filters.engraving(np.dstack([picture] * 3), bend=0)[..., 0]
    ink = (255 - drawn).reshape(60, 10, 20).mean(axis=(0, 2))
    assert (np.diff(ink) <= 1).all() and ink[0] > 235 and ink[-1] < 5


def test_lines_of_an_engraving_are_a_period_apart():
    picture = np.full((120, 120, 3), 110, np.uint8)
    picture[:20], picture[-20:] = 0, 255  # what its tones are stretched between
    drawn = filters.engraving(picture, period=8.0, angle=0.0, bend=0.0)[30:94, 60, 0].astype(float)
    spectrum = np.abs(np.fft.rfft(drawn - drawn.mean()))
    assert np.argmax(spectrum) == 64 / 8


def test_a_pencil_sketch_has_more_ink_where_edges_are(astronaut):
    drawn = filters.pencil(astronaut)[..., 0]
    edges = cv2.dilate(filters.get("canny_gray")(astronaut), np.ones((3, 3))) > 0
    assert drawn[edges].mean() < drawn[~edges].mean() - 20
