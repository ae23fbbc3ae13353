"""Metrics: by hand on tiny pictures, and against published values."""

import numpy as np
import pytest

from experiments.core import registry
from experiments.evaluation import metrics, reconstruction


def test_psnr_by_hand():
    a = np.zeros((2, 2, 3), np.uint8)
    b = a + np.uint8(5)
    assert metrics.psnr(a, b) == pytest.approx(10 * np.log10(255**2 / 25))
    assert metrics.psnr(a, a) == float("inf")


def test_equal_pictures_are_equal_by_every_metric(astronaut):
    crop = astronaut[:64, :64]
    table = metrics.compare([crop], [crop])
    values = metrics.summary(table)
    assert values["ssim"] == 1 and values["ciede2000"] == 0 and values["colourfulness_ratio"] == 1
    assert values["vgg_distance"] == pytest.approx(0, abs=1e-6)


def test_ciede2000_of_black_and_white():
    black, white = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)
    assert metrics.ciede2000(black, white) == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("network", ["vgg16", "efficientnet_lite0"])
def test_feature_distance_grows_with_damage(astronaut, network):
    import cv2

    crop = astronaut[20:180, 140:300]
    blurred = [cv2.GaussianBlur(crop, (0, 0), sigma) for sigma in (1, 3)]
    near, far = metrics.feature_distances([crop, crop], blurred, network)
    assert 0 < near < far
    assert metrics.feature_distances([crop], [crop], network)[0] == pytest.approx(0, abs=1e-6)
    steps = []
    both = metrics.feature_distances_of_each(
        [crop, crop], {"blurred": blurred, "sharp": [crop, crop]}, network, 1, lambda *done: steps.append(done)
    )
    assert both["blurred"] == pytest.approx([near, far], rel=1e-4) and both["sharp"] == pytest.approx(
        [0, 0], abs=1e-6
    )
    assert steps == [(1, 2), (2, 2)]


def test_baselines_of_colour_keep_the_luminance_and_those_of_pictures_do_not():
    gray_to_color = registry.find("gray_to_color")
    filtered = [np.tile(np.arange(0, 256, 4, dtype=np.uint8)[None, :, None], (80, 1, 1))]
    mean = np.full((320, 256, 3), (200, 150, 120), np.uint8)
    found = reconstruction.baselines(gray_to_color, filtered, mean)
    assert set(found) == {"filter", "mean colour", "mean picture"}
    from filters.color import luminance

    for pictures in found.values():
        assert pictures[0].shape == (80, 64, 3)
        assert np.abs(luminance(pictures[0]) - luminance(found["filter"][0])).mean() < 1.5
    assert found["mean colour"][0][:, 40, 0].mean() > found["mean colour"][0][:, 40, 2].mean() + 20
