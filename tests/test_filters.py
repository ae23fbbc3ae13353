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


@pytest.mark.parametrize(
    "name", ["gray", "binary", "canny", "xdog", "adaptive_threshold", "half_size", "quarter_size"]
)
def test_both_directions_count_alike(name, astronaut):
    picture = np.ascontiguousarray(astronaut[40:160, 160:280])
    turned = filters.get(name)(np.ascontiguousarray(picture.swapaxes(0, 1))).swapaxes(0, 1)
    assert np.abs(turned.astype(int) - filters.get(name)(picture)).mean() < 0.5


def test_canny_of_a_negative_is_the_same(noise):
    picture = np.repeat(np.repeat(noise(8, 8), 8, 0), 8, 1)
    same = filters.canny(picture) == filters.canny(255 - picture)
    assert same.mean() > 0.97


def test_unknown_filter_lists_the_known_ones():
    with pytest.raises(KeyError, match=r"no filter is named 'sepia'.*canny"):
        filters.get("sepia")


def test_what_there_is_not_is_an_attribute_error():
    for name in ("sepia", "_hidden"):
        with pytest.raises(AttributeError, match=f"module 'filters' has no attribute '{name}'"):
            getattr(filters, name)
    assert not hasattr(filters, "tone")


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


# What the text of each filter says that it does without parameters.
DEFAULTS = {
    "binary": {"thresholds": (127, 127, 127)},
    "contours": {"levels": (50, 100, 150, 200)},
    "canny": {"spread": 0.33, "floor": 40},
    "canny_of_mask": {"threshold": 200},
    "canny_of_mask_gray": {"threshold": 200},
    "pencil": {"sigma": 60.0, "contrast": 0.07, "shade": 0.05},
    "xdog": {"sigma": 1.0, "sharpness": 20.0, "threshold": 0.6, "steepness": 10.0},
    "adaptive_threshold": {"block": 15, "offset": 7},
    "engraving": {"period": 4.0, "angle": 20.0, "bend": 3.0, "hardness": 1.5},
    "half_size": {"method": "bicubic"},
    "worn_quarter_size": {
        "method": "bicubic",
        "blur": 0.7,
        "grain": 6.0,
        "coarseness": 1,
        "screen": 0.0,
        "quality": 60,
        "order": "bgsj",
        "seed": 0,
    },
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_without_parameters_each_is_as_with_these(name, astronaut, noise):
    for picture in (astronaut[50:250, 100:300], noise(64, 64)):
        assert (filters.get(name)(picture) == filters.get(name)(picture, **DEFAULTS[name])).all()


@pytest.mark.parametrize("name", ["canny", "canny_gray"])
@pytest.mark.parametrize(
    ("level", "faint", "seen"),
    [
        (
            0,
            13,
            14,
        ),  # the least m is 40, its upper threshold 1.33 * 40 = 53.2, and a step of d has a gradient of 4 d
        (230, 13, 14),  # 25 from white, so 40 again
        (180, 24, 25),  # 75 from white: 99.75
        (100, 33, 34),  # 133
    ],
)
def test_canny_sees_steps_from_a_size_on(name, level, faint, seen):
    for step in (faint, seen):
        picture = np.full((40, 40, 3), level, np.uint8)
        picture[:, 30:] += np.uint8(step)
        assert filters.get(name)(picture)[5:35].any() == (step == seen)


@pytest.mark.parametrize("name", ["canny_of_mask", "canny_of_mask_gray"])
def test_the_mask_begins_above_the_threshold(name):
    picture = np.full((24, 24, 3), 200, np.uint8)
    for left, right, seen in ((200, 201, True), (199, 200, False), (201, 202, False)):
        picture[:, :12], picture[:, 12:] = left, right
        assert filters.get(name)(picture).any() == seen


def test_contours_are_of_what_is_above_a_level():
    picture = np.zeros((20, 20, 3), np.uint8)
    for value, below, above in ((50, 0, 0), (51, 40, 51), (100, 40, 51), (101, 75, 101), (255, 150, 201)):
        picture[5:15, 5:15] = value
        assert below <= filters.contours(picture).max() <= above


def test_identity_is_a_copy(noise):
    picture = noise(5, 6)
    same = filters.identity(picture)
    assert (same == picture).all() and not np.shares_memory(same, picture)


def engraved(light, shape, period, angle, bend, hardness):
    """What the text of `engraving` says of an even area of some light, 0-1: of two screens the darker counts."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    screens = []
    for degrees, tone in ((angle, 1.5 * light - 0.1), (angle + 55, 1.5 * light + 0.35)):
        turn = math.radians(degrees)
        phase = (rows * math.cos(turn) + columns * math.sin(turn)) / period + bend * light
        screens.append(np.clip((tone - (0.5 + 0.5 * np.cos(2 * np.pi * phase))) * hardness + 0.5, 0, 1))
    return 255 * np.minimum(*screens)


@pytest.mark.parametrize(
    ("bands", "level", "light"),
    [
        ((0, 255), 110, 110 / 255),  # light is stretched between the darkest 2 % and the brightest 5 %
        ((0, 255), 40, 40 / 255),
        ((60, 200), 130, (130 - 60) / (200 - 60)),
        ((120, 140), 128, (128 / 255 - 0.3) / 0.4),  # but to 0.4 at the least
        ((230, 250), 240, (240 / 255 - 0.3) / (250 / 255 - 0.3)),
    ],
)
def test_an_engraving_of_an_even_area_by_hand(bands, level, light):
    picture = np.full((240, 60, 3), level, np.uint8)
    picture[:13], picture[-13:] = bands
    for parameters in ((6.0, 30.0, 0.0, 1.2), (5.0, -10.0, 1.7, 2.0)):
        names = dict(zip(("period", "angle", "bend", "hardness"), parameters, strict=True))
        drawn = filters.engraving(picture, **names)[..., 0].astype(float)
        expected = engraved(light, drawn.shape, *parameters)
        assert np.abs(drawn - expected)[100:140].max() <= 3


def test_a_line_of_an_engraving_bends_where_it_gets_lighter():
    """The form is blurred over two periods: from shadow to light the phase moves as an error function does."""
    picture = np.full((200, 160, 3), 102, np.uint8)
    picture[:, 80:] = 153
    picture[:6], picture[-12:] = 0, 255
    drawn = filters.engraving(picture, period=4.0, angle=0.0, bend=5.0, hardness=0.4)[90:110, :, 0] / 255
    rows, columns = np.mgrid[90:110, :160]
    share = 0.5 * (1 + np.vectorize(math.erf)((columns - 79.5) / (8 * 2**0.5)))
    light = np.where(columns < 80, 0.4, 0.6)
    line = 0.5 + 0.5 * np.cos(2 * np.pi * (rows / 4 + 5 * (0.4 + 0.2 * share)))
    # At 0.4 the second screen is never the darker one by more than this.
    expected = np.clip((1.5 * light - 0.1 - line) * 0.4 + 0.5, 0, 1)
    assert np.abs(drawn - expected)[:, 20:140].mean() < 0.03


def test_adaptive_threshold_draws_what_is_darker_by_the_offset():
    for darker, ink in ((6, False), (7, True)):
        picture = np.full((40, 40, 3), 200, np.uint8)
        picture[20, 20] -= np.uint8(darker)
        assert filters.get("adaptive_threshold")(picture).any(axis=2).all() != ink
    wide = np.full((40, 40, 3), 200, np.uint8)
    wide[:, 20:] = 100  # an edge is dark on its dark side alone, as far as half of the surroundings reach
    drawn = filters.get("adaptive_threshold")(wide, block=9)[20, :, 0]
    assert (drawn[:20] == 255).all() and (drawn[20:22] == 0).all() and (drawn[25:] == 255).all()


def test_pencil_is_opencv_s(astronaut):
    picture = np.ascontiguousarray(astronaut[50:150, 150:250])
    for options, (sigma, contrast, shade) in (
        ({}, (60, 0.07, 0.05)),
        ({"sigma": 20, "contrast": 0.3, "shade": 0.02}, (20, 0.3, 0.02)),
    ):
        gray, _ = cv2.pencilSketch(picture[..., ::-1].copy(), sigma_s=sigma, sigma_r=contrast, shade_factor=shade)
        assert (filters.pencil(picture, **options)[..., 0] == gray).all()


class TestResolution:
    def test_shrinking_repeats_the_border_by_hand(self):
        layer = np.uint8([[0, 10, 20, 30, 40], [2, 12, 22, 32, 42], [100, 100, 100, 100, 60]])
        small = filters.shrink(np.dstack([layer] * 3), 2, "area")[..., 0]
        assert small.tolist() == [[6, 26, 41], [100, 100, 60]]
        shown = filters.half_size(np.dstack([layer] * 3), method="area")[..., 1]
        assert shown.tolist() == [[6, 6, 26, 26, 41], [6, 6, 26, 26, 41], [100, 100, 100, 100, 60]]

    def test_ways_of_shrinking(self, noise):
        stripes = np.zeros((12, 12, 3), np.uint8)
        stripes[::2] = 255
        # Of three rows each the one in the middle, black and white by turns; or what all of them are on the mean.
        aliased = filters.shrink(stripes, 3, "aliased")[1:3, 0, 0].astype(int)
        smooth = filters.shrink(stripes, 3, "bicubic")[1:3, 0, 0].astype(int)
        assert np.ptp(aliased) > 200 and np.ptp(smooth) < 60
        picture = noise(9, 9)
        assert (filters.shrink(picture, 3) == filters.shrink(picture, 3, "bicubic")).all()
        assert filters.shrink(picture, 3, "area")[1, 2] == pytest.approx(picture[3:6, 6:9].mean(axis=(0, 1)), abs=1)
        with pytest.raises(ValueError, match=r"no way of shrinking named 'best'; known: bicubic, aliased, area"):
            filters.shrink(picture, 3, "best")

    def test_a_quarter_shows_squares_of_four(self, noise):
        seen = filters.quarter_size(noise(10, 14), method="area")
        assert (seen == filters.shrink(noise(10, 14), 4, "area").repeat(4, 0).repeat(4, 1)[:10, :14]).all()

    def test_grain_by_its_numbers(self):
        flat = np.full((256, 256, 3), 128, np.uint8)

        def worn(**options):
            seen = filters.worn_quarter_size(flat, **{"quality": 100, **options})[::4, ::4].astype(float)
            assert np.ptp(seen, axis=2).max() <= 2  # grain has no colour
            return seen[..., 0]

        assert (worn(grain=0) == 128).all()
        fine, other, coarse = worn(grain=9), worn(grain=9, seed=1), worn(grain=9, coarseness=4)
        assert fine.std() == pytest.approx(9, rel=0.05) and fine.mean() == pytest.approx(128, abs=0.6)
        assert np.abs(fine - other).mean() > 5 and (fine == worn(grain=9)).all()

        def alike(values):
            return np.corrcoef(values[:, :-1].ravel(), values[:, 1:].ravel())[0, 1]

        assert abs(alike(fine)) < 0.1 and alike(coarse) > 0.8

    def test_wear_keeps_colours_and_blurs_by_its_sigma(self):
        picture = np.full((64, 64, 3), (200, 120, 40), np.uint8)
        assert np.abs(filters.worn_quarter_size(picture, grain=0).astype(int) - picture).max() <= 4
        picture[:, :32], picture[:, 32:] = 200, 0  # gray, whose JPEG has nothing at half the size
        for sigma in (0.0, 1.5):
            seen = filters.worn_quarter_size(picture, method="area", grain=0, blur=sigma, quality=100)[32, ::4, 0]
            places = np.arange(16) - 7.5
            step = places < 0 if not sigma else [0.5 * (1 - math.erf(p / (sigma * 2**0.5))) for p in places]
            assert np.abs(seen - 200 * np.float64(step)).max() < 8

    def test_a_screen_has_dots_in_middle_grays_alone_as_deep_as_it_is_told(self):
        def screened(gray, depth, seed=0):
            flat = np.full((256, 256, 3), gray, np.uint8)
            plain = {"blur": 0, "grain": 0, "quality": 100, "screen": depth, "seed": seed}
            return filters.worn_quarter_size(flat, **plain)[::4, ::4, 1].astype(float)

        dots = screened(128, 40)
        assert dots.min() == pytest.approx(88, abs=6) and dots.max() == pytest.approx(168, abs=6)
        assert dots.mean() == pytest.approx(128, abs=1)
        assert np.ptp(screened(255, 40)) <= 2 and np.ptp(screened(0, 40)) <= 2
        assert (screened(128, 40) == dots).all() and np.abs(screened(128, 40, seed=3) - dots).mean() > 5
        # Dots 2 to 4 pixels apart: all but the mean is at high frequencies.
        spectrum = np.abs(np.fft.fft2(dots - dots.mean())) ** 2
        rate = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
        assert spectrum[(rate > 0.22) & (rate < 0.55)].sum() > 0.9 * spectrum.sum()

    def test_what_comes_later_wears_what_came_before(self):
        flat = np.full((256, 256, 3), 128, np.uint8)
        wear = {"blur": 1.2, "grain": 12, "quality": 100}
        fresh, blurred = (filters.worn_quarter_size(flat, order=order, **wear).std() for order in ("bgsj", "gbsj"))
        assert blurred < 0.4 * fresh
        for order in ("bgs", "bbgsj", "bgsx"):
            with pytest.raises(ValueError, match="is no order"):
                filters.worn_quarter_size(flat, order=order)

    def test_quality_is_that_of_the_jpeg(self, noise):
        picture = noise(32, 32).repeat(4, 0).repeat(4, 1)
        far = [
            np.abs(filters.worn_quarter_size(picture, blur=0, grain=0, quality=q).astype(int) - picture).mean()
            for q in (100, 60, 10)
        ]
        assert far == sorted(far) and far[0] < far[2] - 10
