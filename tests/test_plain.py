"""Plain areas: where photographs and paintings have them, and how much they are smoothed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.inference.style_transfer import Painting, Settings
from filters import plain


def half_plain(side=64, strokes=60):
    """Plain at the left, strokes at the right."""
    picture = np.full((side, side, 3), 150, np.uint8)
    picture[:, side // 2 :][::4] -= np.uint8(strokes)
    return picture


def test_a_wall_is_plain_and_strokes_are_not():
    found = plain.plainness(half_plain())
    assert found[:, :16].min() > 0.99 and found[:, 48:].max() < 0.01
    assert plain.plainest(half_plain()) > 0.99
    assert plain.plainest(half_plain()[:, 48:]) < 0.01


@given(st.integers(0, 9), st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=20)
def test_it_is_a_share_and_does_not_depend_on_light(seed, height, width):
    picture = np.random.default_rng(seed).integers(60, 120, (height, width, 3), np.uint8)
    found = plain.plainness(picture)
    assert found.shape == (height, width) and found.min() >= 0 and found.max() <= 1
    assert np.allclose(plain.plainness(picture + np.uint8(100)), found, atol=1e-3)


def test_paintings_of_strokes_alone_are_not_smoothed():
    photo, print_, strokes = half_plain(), half_plain(), half_plain()[:, 48:]
    smooth = plain.smoothing(photo, [print_], [1.0])
    assert smooth[:, :16].min() > 80 and smooth[:, 48:].max() < 0.5
    assert plain.smoothing(photo, [strokes], [1.0]).max() < 0.5
    mixed = plain.smoothing(photo, [print_, strokes], [1.0, 3.0])
    assert mixed.max() == pytest.approx(smooth.max() / 4, rel=0.05)


def test_a_plain_wall_stays_without_grain(monkeypatch):
    wall = np.full((64, 64, 3), 150, np.uint8)
    style = {"conv1_1": 1.0, "conv2_1": 1.0}
    quick = Settings(size=64, steps=12, style_layers=style, content_layers={"conv2_2": 1.0}, init="noise")

    def grain():
        made = Painting(wall, [half_plain()], quick)
        while not made.finished:
            made.step()
        return np.abs(np.diff(made.picture().astype(float), axis=0)).mean()

    smoothed = grain()
    monkeypatch.setattr(plain, "MORE", 0.0)
    assert smoothed < 0.5 * grain()
