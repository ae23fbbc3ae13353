"""Measures of crops: by hand on tiny pictures."""

import cv2
import numpy as np
import pytest

from filters import color, measures


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


def of_lab(*channels):
    """A picture of 24x32 cells by its L, a and b."""
    return color.lab_to_rgb(np.dstack([np.broadcast_to(np.float32(c), (32, 24)) for c in channels]))


def test_how_much_colour_a_gray_picture_may_have():
    checked = np.where(np.indices((32, 24)).sum(axis=0) % 2, 1, -1)
    for far, expected in ((2.2, True), (2.9, False)):
        assert measures.is_gray(of_lab(50, far * checked, 0)) == expected
    for far, expected in ((4.0, True), (6.0, False)):  # a tone all over, where none may be
        assert measures.is_gray(of_lab(50, 0, far), toned=False) == expected
        assert measures.is_gray(of_lab(50, far, 0), toned=False) == expected
        assert measures.is_gray(of_lab(50, 0, far))
    # Cells are means: of colours that are dots for the eye nothing is left.
    dots = np.where(np.indices((256, 192)).sum(axis=0) % 2, 20, -20)
    fine = color.lab_to_rgb(np.dstack([np.full((256, 192), 50), dots, 0 * dots]).astype(np.float32))
    assert measures.is_gray(fine, toned=False) and not measures.is_gray(fine[:32, :24], toned=False)
    dot = np.zeros((32, 24))
    dot[3, 7] = 8
    assert measures.is_gray(of_lab(50, dot, 0)) and not measures.is_gray(of_lab(50, dot, 0), toned=False)
    assert measures.is_gray(of_lab(50, 4 * checked, 0), tolerance=5.0)


def test_measures_have_two_digits(noise):
    picture = noise(7, 9)
    values, means = measures.measure(picture), picture.reshape(-1, 3).mean(axis=0)
    assert [values[name] for name in ("red", "green", "blue")] == [round(float(mean), 2) for mean in means]
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    assert values["brightness"] == round(float(gray.mean()), 2)
    assert values["contrast"] == round(float(gray.std()), 2)
    padded = np.pad(gray.astype(float), 1, mode="reflect")
    laplacian = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] - 4 * padded[1:-1, 1:-1]
    assert values["sharpness"] == pytest.approx(laplacian.var(), abs=0.006)
    rg, yb = picture[..., 0] - picture[..., 1].astype(float), picture[..., :2].mean(axis=2) - picture[..., 2]
    colourful = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
    assert values["colourfulness"] == pytest.approx(colourful, abs=0.006)
    assert list(values) == list(measures.COLUMNS[measures.COLUMNS.index("red") :][:8])
    assert all(round(value, 2) == value for value in values.values()) and values["gray"] is False
