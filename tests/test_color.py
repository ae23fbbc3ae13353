"""Lab and the joining of chroma to luminance."""

import cv2
import numpy as np
import pytest

from filters import color


def test_lab_of_known_colours():
    picture = np.array([[[255, 255, 255], [0, 0, 0], [255, 0, 0], [119, 119, 119]]], np.uint8)
    expected = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [50.03, 0, 0]]  # CIE formulas, D65
    assert np.allclose(color.rgb_to_lab(picture)[0], expected, atol=0.3)


def test_round_trip(astronaut):
    back = color.lab_to_rgb(color.rgb_to_lab(astronaut))
    assert np.abs(back.astype(int) - astronaut).max() <= 1


def test_joining_keeps_the_luminance(astronaut):
    light = color.luminance(astronaut)
    chroma = np.full((64, 64, 2), (30.0, 40.0), np.float32)
    result = color.join_chroma(light, chroma)
    assert result.shape == astronaut.shape
    assert np.abs(color.luminance(result) - light).mean() < 1


def test_joining_the_own_chroma_gives_the_picture_back(astronaut):
    lab = color.rgb_to_lab(astronaut)
    small = cv2.resize(lab[..., 1:], (256, 256), interpolation=cv2.INTER_AREA)
    result = color.join_chroma(np.ascontiguousarray(lab[..., 0]), small)
    assert cv2.PSNR(result, astronaut) > 30


def test_colours_keep_to_edges():
    light = np.full((64, 64), 30, np.float32)
    light[:, 29:] = 80  # the edge lies inside a pixel of the small chroma
    chroma = np.zeros((16, 16, 2), np.float32)
    chroma[:, 7:, 0] = 40
    result = color.rgb_to_lab(color.join_chroma(light, chroma, radius=2))
    plain = cv2.resize(chroma, (64, 64), interpolation=cv2.INTER_LINEAR)[..., 0]
    bleeding = np.abs(result[:, 24:29, 1]).mean()
    assert bleeding < 0.5 * np.abs(plain[:, 24:29]).mean()


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (333, 7)])
def test_joining_odd_sizes(size):
    light = np.full(size, 50, np.float32)
    assert color.join_chroma(light, np.zeros((2, 3, 2), np.float32)).shape == (*size, 3)
