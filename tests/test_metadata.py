"""Measures of crops: by hand on tiny pictures."""

import numpy as np
import pytest

from filters import measures


def test_colourfulness_by_hand():
    picture = np.zeros((1, 2, 3), np.uint8)
    picture[0, 0] = (200, 100, 50)  # rg 100, yb 100
    # means 50 and 50, deviations 50 and 50: sqrt(5000) + 0.3 sqrt(5000)
    assert measures.colourfulness(picture) == pytest.approx(1.3 * 5000**0.5, rel=1e-5)
    assert measures.colourfulness(np.full((4, 4, 3), 77, np.uint8)) == 0


def test_gray_and_sepia_are_gray_and_colours_are_not(astronaut):
    light = astronaut.mean(axis=2)
    gray = np.repeat(light[..., None], 3, 2).astype(np.uint8)
    sepia = np.clip(light[..., None] * [1.0, 0.85, 0.65] + [20, 10, 0], 0, 255).astype(np.uint8)
    assert measures.is_gray(gray) and measures.is_gray(sepia)
    assert not measures.is_gray(astronaut)


def test_measures_by_hand():
    picture = np.zeros((3, 4, 3), np.uint8)
    picture[:, 2:] = (100, 100, 100)
    values = measures.measure(picture)
    assert values["red"] == values["green"] == values["blue"] == 50
    assert values["brightness"] == 50 and values["contrast"] == 50
    assert values["sharpness"] == 5000  # the Laplacian is 0, 100, -100, 0 in every row
    assert values["gray"]


def test_the_split_is_decided_by_the_source_and_keeps_a_tenth():
    digests = [measures.sha256(str(i).encode()) for i in range(2000)]
    splits = [measures.split_of(d) for d in digests]
    assert splits == [measures.split_of(d) for d in digests]
    assert 150 < splits.count("validation") < 250
    assert set(splits) == {"train", "validation"}
