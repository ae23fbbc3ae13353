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


def test_matched_colours_have_the_mean_and_the_covariance_of_the_others(astronaut):
    rng = np.random.default_rng(0)
    mixed = rng.normal(0, 12, (64, 64, 3)) @ np.float64([[1, 0.5, 0], [0, 0.8, 0.3], [0, 0, 0.6]])
    reference = np.clip(mixed + np.float64([150, 110, 90]), 0, 255).astype(np.uint8)
    small = cv2.resize(astronaut, (80, 80), interpolation=cv2.INTER_AREA) // 2 + 40
    matched = color.match_colors(small, reference).reshape(-1, 3).astype(float)
    wanted = reference.reshape(-1, 3).astype(float)
    assert np.allclose(matched.mean(axis=0), wanted.mean(axis=0), atol=1)
    assert np.allclose(np.cov(matched.T), np.cov(wanted.T), rtol=0.05, atol=4)
    assert np.array_equal(color.match_colors(small, small), small)


def test_matching_counts_pixels_by_their_weights():
    picture, reference = np.full((2, 2, 3), 100, np.uint8), np.full((1, 2, 3), 60, np.uint8)
    picture[0], reference[0, 0] = 250, 200
    below = np.float32([[0, 0], [1, 1]])
    matched = color.match_colors(picture, reference, below, np.float32([[1, 0]]))
    assert (matched[1] == 200).all()  # what counts is 100 in one and 200 in the other, and the rest is moved alike
    assert (color.match_colors(picture, reference, below, np.float32([[0, 1]]))[1] == 60).all()
    assert (color.match_colors(picture, reference, below, np.float32([[1, 1]]))[1] == 130).all()


def test_black_ink_on_white_paper_does_not_bleach_an_even_ramp():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    ink = np.zeros((1, 2, 3), np.uint8)
    ink[0, 1] = 255  # a spread of 127.5, the ramp's is 73.9: as wide as that, 43 % of the ramp would be clipped
    levels = color.match_colors(ramp, ink)[0, :, 0].astype(int)
    assert (np.diff(levels) >= 0).all()
    assert ((levels == 0) | (levels == 255)).mean() < 0.06
    half = np.float32(np.arange(256) < 128)[None]  # a region counts by its own pixels
    levels = color.match_colors(ramp, ink, half)[0, :128, 0]
    assert ((levels == 0) | (levels == 255)).mean() < 0.06


def test_matching_a_gray_picture_stays_finite(astronaut):
    gray = np.repeat(astronaut[:64, :64, :1], 3, axis=2)
    for one, other in ((gray, astronaut), (np.zeros_like(gray), astronaut), (astronaut, gray)):
        matched = color.match_colors(one, other)
        assert matched.shape == one.shape
    assert matched.std(axis=2).mean() < 6


def test_light_without_colours_and_colours_without_light(astronaut):
    gray = color.without_colors(astronaut)
    assert (np.ptp(gray.astype(int), axis=2) <= 2).all()
    dim = astronaut // 3 + 20
    matched = color.luminance(color.without_colors(astronaut, dim))
    assert matched.mean() == pytest.approx(color.luminance(dim).mean(), abs=1)
    assert matched.std() == pytest.approx(color.luminance(dim).std(), abs=1)
    joined = color.rgb_to_lab(color.with_colors_of(gray, astronaut))
    assert np.abs(joined - color.rgb_to_lab(astronaut)).mean() < 1.5


def test_off_tone_is_what_a_quadratic_in_l_leaves_of_the_chroma(noise):
    picture = noise(32, 24) // 2 + np.arange(24, dtype=np.uint8)[None, :, None] * 5
    lab = color.rgb_to_lab(picture).reshape(-1, 3).astype(np.float64)
    left = [lab[:, c] - np.polyval(np.polyfit(lab[:, 0], lab[:, c], 2), lab[:, 0]) for c in (1, 2)]
    off = color.off_tone(picture)
    assert off.shape == (32, 24) and np.allclose(off, np.hypot(*left).reshape(32, 24), atol=1e-3)
    large = picture.repeat(8, 0).repeat(10, 1)  # looked at in cells, whatever its size
    assert np.allclose(color.off_tone(large), off, atol=1e-3)


def test_joining_is_a_guided_filter():
    """By windows and least squares: chroma as a linear function of L, damped by the smoothness."""
    rng = np.random.default_rng(2)
    light = rng.uniform(40, 60, (14, 17)).astype(np.float32)
    chroma = rng.uniform(-15, 15, (14, 17, 2)).astype(np.float32)

    def mean(values, radius):
        padded = np.pad(values.astype(np.float64), radius, mode="symmetric")
        return np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1,) * 2).mean(axis=(2, 3))

    for radius, smoothness, given in ((2, 7.0, {"radius": 2, "smoothness": 7.0}), (4, 20.0, {})):
        lab = np.dstack([light, chroma])
        for c in (1, 2):
            covariance = mean(light * lab[..., c], radius) - mean(light, radius) * mean(lab[..., c], radius)
            slope = covariance / (
                mean(light.astype(np.float64) ** 2, radius) - mean(light, radius) ** 2 + smoothness
            )
            offset = mean(chroma[..., c - 1], radius) - slope * mean(light, radius)
            lab[..., c] = mean(slope, radius) * light + mean(offset, radius)
        joined = color.join_chroma(light, chroma, **given)
        assert np.abs(joined.astype(int) - color.lab_to_rgb(lab)).max() <= 1


def test_chroma_is_lowered_to_6_and_2_2_for_each_unit_of_l_to_black_or_white():
    grays = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    reference = np.zeros_like(grays)
    reference[0, ::3], reference[0, 1::3], reference[0, 2::3] = (255, 0, 0), (0, 160, 40), (150, 140, 130)
    lab, light = color.rgb_to_lab(reference), color.luminance(grays)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    room = 6 + 2.2 * np.minimum(light, 100 - light)
    expected = np.dstack([light, *(lab[..., c] * np.minimum(1, room / chroma) for c in (1, 2))])
    assert (room < chroma).mean() > 0.2 and (room > chroma).mean() > 0.2
    joined = color.with_colors_of(grays, reference)
    assert np.abs(joined.astype(int) - color.lab_to_rgb(expected)).max() <= 1
    assert (color.with_colors_of(grays, grays) == grays).all()


def test_matched_spread_is_lessened_until_2_percent_are_clipped_on_a_side():
    ramp = np.repeat(np.arange(1000)[None, :, None] // 4, 3, axis=2).astype(np.uint8)
    ink = np.zeros((1, 2, 3), np.uint8)
    ink[0, 1] = 255
    levels = color.match_colors(ramp, ink)[0, :, 0]
    assert (levels == 0).mean() == pytest.approx(0.022, abs=0.003)
    assert (levels == 255).mean() == pytest.approx(0.022, abs=0.003)
    for few, many in ((255, 0), (0, 255)):  # where one side alone has no room
        mostly = np.full((1, 4, 3), many, np.uint8)
        mostly[0, 0] = few
        levels = color.match_colors(ramp, mostly)[0, :, 0]
        assert (levels == many).mean() == pytest.approx(0.022, abs=0.006) and not (levels == few).any()
    red = np.full((1, 2, 3), 128, np.uint8)
    red[..., 0] = 0, 255  # each channel counts for itself
    mixed = np.random.default_rng(0).permuted(ramp, axis=1)
    levels = color.match_colors(mixed, red)[0, :, 0]
    assert (levels == 0).mean() == pytest.approx(0.022, abs=0.006)
    # With weights, of the pixels that have more than half of the largest.
    weights = np.where(np.abs(np.arange(1000) - 500) > 300, 0.9, 0.4)[None].astype(np.float32)
    levels = color.match_colors(ramp, ink, weights)[0, :, 0]
    assert (levels[weights[0] > 0.5] == 0).mean() == pytest.approx(0.026, abs=0.006)


def test_matching_adds_half_a_level_of_noise_to_both_spreads():
    picture, reference = (np.repeat(np.uint8([[[100 - d], [100 + d]]]), 3, axis=2) for d in (1, 10))
    # Along gray: the root of (3 * 100 + 1/4) / (3 * 1 + 1/4) is 9.6.
    assert color.match_colors(picture, reference)[0, :, 0].tolist() == [90, 110]
    even = np.full((1, 2, 3), 100, np.uint8)
    assert color.match_colors(picture, even)[0, :, 0].tolist() == [100, 100]


def test_light_of_another_without_colours_by_hand(astronaut):
    dull = np.full((4, 6, 3), 119, np.uint8)  # L 50
    dull[:, 3:] = 121
    light, other = color.luminance(dull), color.luminance(astronaut)
    expected = np.clip((light - light.mean()) / 0.5 * other.std() + other.mean(), 0, 100)
    assert light.std() < 0.5
    seen = color.luminance(color.without_colors(dull, astronaut))
    assert np.allclose(seen, expected, atol=0.3)  # a spread that is nearly none is not blown up
    dull[:, 3:] = 124
    light = color.luminance(dull)
    assert 0.5 < light.std() < 1.5
    seen = color.luminance(color.without_colors(dull, astronaut // 4))
    assert seen.std() == pytest.approx(color.luminance(astronaut // 4).std(), rel=0.05)
    assert (color.without_colors(np.zeros((2, 2, 3), np.uint8), np.zeros((3, 3, 3), np.uint8)) == 0).all()
