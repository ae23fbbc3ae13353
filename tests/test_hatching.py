"""Lines along the forms: where they run, how far apart they are, and what tones they make."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import filters
from filters import hatching


def edge(angle, side=128):
    """A soft edge between black and white whose direction is that of an angle, in degrees."""
    y, x = np.mgrid[:side, :side] - side / 2
    across = y * np.cos(np.deg2rad(angle)) - x * np.sin(np.deg2rad(angle))
    return (1 / (1 + np.exp(-across / 2))).astype(np.float32)


def difference(one, other):
    """The angle between two directions, of which opposite ones are the same, in degrees."""
    return np.abs((np.rad2deg(one) - other + 90) % 180 - 90)


@pytest.mark.parametrize("angle", [0, 30, 90, 140])
def test_directions_are_those_of_edges(angle):
    found = hatching.directions(edge(angle), 8.0)
    assert difference(found[60:68, 60:68], angle).max() < 3


def test_where_nothing_tells_a_direction_lines_slant():
    found = hatching.directions(np.full((40, 60), 0.4, np.float32), 8.0)
    assert difference(found, np.rad2deg(hatching.SLANT)).max() < 0.01


@pytest.mark.parametrize("period", [4.0, 5.0, 8.0])
def test_lines_are_as_far_apart_as_asked_for(period):
    # Horizontal lines: the strongest frequency down a column is one in each period, and rows are nearly even.
    wave = hatching.waves(np.zeros((240, 240), np.float32), period, 0)
    power = (np.abs(np.fft.rfft(wave, axis=0)) ** 2).mean(axis=1)
    assert 240 / np.argmax(power) == pytest.approx(period, rel=0.06)
    along, across = (np.abs(np.diff(wave, axis=axis)).mean() for axis in (1, 0))
    assert along < 0.25 * across


def test_the_same_seed_gives_the_same_lines_and_another_one_others(noise):
    picture = noise(60, 80)
    first = hatching.layers(picture, seed=4)
    assert np.array_equal(first, hatching.layers(picture, seed=4))
    other = hatching.layers(picture, seed=5)
    assert np.array_equal(first[..., 0], other[..., 0]) and (first[..., 1:] != other[..., 1:]).mean() > 0.5


@given(st.integers(1, 24), st.integers(1, 24), st.integers(0, 255))
def test_any_size_and_any_plain_picture_can_be_drawn(height, width, value):
    parts = hatching.layers(np.full((height, width, 3), value, np.uint8))
    assert parts.shape == (height, width, 3) and parts.dtype == np.uint8
    drawing = hatching.drawn(parts)
    assert drawing.shape == (height, width, 1) and drawing.dtype == np.uint8


def test_tones_keep_their_order_and_black_and_white_stay():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None], 64, axis=0)
    toned = hatching.toned(ramp)[0].astype(int)
    assert (np.diff(toned) >= 0).all() and toned[0] < 10 and toned[-1] > 250


def test_a_dark_photograph_is_drawn_on_paper_too(astronaut):
    # As engravers do: half of the light makes no drawing of half of the paper.
    bright, dark = (hatching.toned(filters.gray(p)[..., 0]).mean() for p in (astronaut, astronaut // 2))
    assert dark == pytest.approx(bright, rel=0.05)


def test_ink_is_as_much_as_the_tone_asks_for(astronaut):
    parts = hatching.layers(astronaut)
    drawing, tone = hatching.drawn(parts)[..., 0].astype(np.float32), parts[..., 0].astype(np.float32)
    soft = [cv2.GaussianBlur(values, (0, 0), 8).ravel() for values in (drawing, tone)]
    assert np.corrcoef(soft)[0, 1] > 0.97
    assert ((drawing < 32) | (drawing > 223)).mean() > 0.6  # ink or paper, seldom gray
