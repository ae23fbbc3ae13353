"""Filters: values computed by hand on tiny pictures, and properties that hold for all."""

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
    @settings(max_examples=25, deadline=None)
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
