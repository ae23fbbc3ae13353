"""The mean of faces: aligned, registered, chosen; and the network that is asked for everyone at once."""

import dataclasses
import itertools

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import filters
from experiments.cli.console import UsageError
from experiments.commands import train
from experiments.core import registry
from experiments.datasets import crops, subset
from experiments.datasets.augmentation import NO_AUGMENTATION
from experiments.datasets.pairs import Pairs
from experiments.training import output_diversity, paired
from filters import measures
from filters.faces import alignment, averaging, cropping, detection, registration
from filters.flow import warping


@pytest.fixture(scope="module")
def crop(astronaut):
    (face,) = detection.detect(astronaut)
    return cropping.cut(astronaut, face)


def bump(shape, height, sigma):
    """A smooth random flow of about `height` pixels."""
    flow = np.random.default_rng(4).standard_normal((*shape, 2), np.float32)
    flow = cv2.GaussianBlur(flow, (0, 0), sigma)
    return flow * np.float32(height / flow.std())


class TestAlignment:
    @given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-500, 500), st.floats(-500, 500))
    def test_a_turned_scaled_and_shifted_face_is_found_back(self, angle, scale, x, y):
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        moved = alignment.TEMPLATE @ turn.T + (x, y)
        matrix, misfit = alignment.similarity(moved, alignment.TEMPLATE)
        assert np.allclose(moved @ matrix[:, :2].T + matrix[:, 2], alignment.TEMPLATE, atol=1e-3)
        assert misfit < 1e-3

    def test_misfit_by_hand(self):
        # A mirrored triangle cannot be turned into itself.
        triangle = [(0, 0), (2, 0), (0, 1)]
        assert alignment.similarity(triangle, triangle)[1] == pytest.approx(0, abs=1e-12)
        assert alignment.similarity(triangle, [(0, 0), (-2, 0), (0, 1)])[1] > 0.3

    @pytest.mark.parametrize("size", [(360, 480), (90, 120)])
    def test_eyes_come_where_the_template_has_them(self, astronaut, size):
        (face,) = detection.detect(astronaut)
        aligned, inside, misfit = alignment.align(astronaut, face.landmarks, size)
        assert aligned.shape == (size[1], size[0], 3) and inside.shape == (size[1], size[0])
        assert misfit < alignment.MAX_MISFIT
        again = max(detection.detect(cv2.resize(aligned, cropping.CROP_SIZE)), key=lambda f: f.box[3])
        assert np.abs(np.array(again.landmarks) - alignment.TEMPLATE).max() < 20
        assert (inside[size[1] // 2] == 255).all()

    def test_outside_is_marked(self):
        picture = np.full((480, 360, 3), 200, np.uint8)
        landmarks = alignment.TEMPLATE - (90, 0)  # the face is at the left border
        aligned, inside, _ = alignment.align(picture, landmarks)
        assert (inside[:, :85] == 0).all() and (inside[:, 95:] == 255).all()
        assert (aligned == 200).all()

    def test_warping_by_hand(self):
        ramp = np.arange(6, dtype=np.float32)[None].repeat(3, 0)
        flow = np.zeros((3, 6, 2), np.float32)
        flow[..., 0] = 2
        assert warping.warp(ramp, flow)[1].tolist() == [2, 3, 4, 5, 5, 5]
        assert (warping.compose(flow, flow)[..., 0] == 4).all()

    @settings(max_examples=20)
    @given(st.floats(0.1, 2.5))
    def test_the_inverse_leads_back(self, height):
        flow = bump((60, 60), height, 10)
        rest = warping.compose(warping.invert(flow), flow)
        assert np.abs(rest[10:-10, 10:-10]).max() < 0.05 * max(height, 1)

    def test_flow_for_another_size(self):
        flow = np.ones((30, 20, 2), np.float32)
        doubled = warping.resize_flow(flow, (40, 60))
        assert doubled.shape == (60, 40, 2) and np.allclose(doubled, 2)

    def test_flow_finds_a_known_warp_in_spite_of_other_light(self, crop):
        known = bump((480, 360), 3, 40)
        warped = warping.warp(crop, known)  # warped(x) = crop(x + known)
        dark = cv2.convertScaleAbs(warped, alpha=0.6, beta=10)
        found = registration.correspond(dark, crop)
        face = slice(150, 380), slice(100, 260)
        error = np.linalg.norm((found - known)[face], axis=-1)
        assert np.median(error) < 0.25 * np.median(np.linalg.norm(known[face], axis=-1))


def test_the_mean_shape_is_in_the_middle(crop):
    """Of one face shifted left and right by as much, the mean is not shifted."""
    shifts = [np.zeros((480, 360, 2), np.float32) for _ in range(2)]
    shifts[0][..., 0], shifts[1][..., 0] = 6, -6
    pictures = [warping.warp(crop, s) for s in shifts]
    inside = [np.full((480, 360), 255, np.uint8)] * 2
    flows = registration.register(pictures, inside)
    shown = slice(150, 380), slice(100, 260)
    found = [np.median(np.float32(f[shown])[..., 0]) for f in flows]
    assert found == pytest.approx([-6, 6], abs=0.6)
    mean = averaging.average(pictures, inside, flows)
    assert (
        cv2.PSNR(mean[shown], crop[shown])
        > cv2.PSNR(np.mean(pictures, axis=0).astype(np.uint8)[shown], crop[shown]) + 4
    )


class TestPlaces:
    def test_the_template_and_the_places_are_symmetric(self):
        for points, middle in ((alignment.TEMPLATE[[0, 1, 3, 4]], 180), (alignment.PLACES, 0.5)):
            assert points[::2, 0] + points[1::2, 0] == pytest.approx([2 * middle] * 2)
            assert points[::2, 1] == pytest.approx(points[1::2, 1])
            assert points[0, 0] < middle and points[0, 1] < points[2, 1]
        assert alignment.TEMPLATE[2, 0] == 180

    def test_misfit_is_in_distances_between_the_eyes(self, noise):
        landmarks = alignment.TEMPLATE.astype(float)
        landmarks[2] += (10, 25)
        _, misfit = alignment.similarity(landmarks, alignment.TEMPLATE)
        for size in ((360, 480), (90, 120)):
            aligned, _, seen = alignment.align(noise(480, 360), landmarks, size)
            assert seen == pytest.approx(misfit / 98) and aligned.shape == (size[1], size[0], 3)
        turned = [(480 - y, x) for x, y in landmarks]
        assert alignment.align(noise(360, 480), turned)[2] == pytest.approx(misfit / 98)

    def test_a_face_in_its_place_stays_as_it_is(self, noise):
        picture = noise(480, 360)
        aligned, inside, misfit = alignment.align(picture, alignment.TEMPLATE)
        assert (aligned == picture).all() and (inside == 255).all() and misfit == pytest.approx(0, abs=1e-6)

    def test_a_face_is_cut_by_its_eyes_and_its_mouth(self, noise):
        picture, size = noise(120, 96), (96, 120)
        places = [tuple(map(float, place)) for place in alignment.PLACES * size]
        for nose in ((0.0, 0.0), (90.0, 10.0)):
            face = detection.Face((0, 0, 9, 9), 0.9, 2, landmarks=(*places[:2], nose, *places[2:]))
            assert np.abs(alignment.align_face(picture, face, size).astype(int) - picture).max() <= 1
        # Moved to the right: past the left border it is reflected.
        moved = [(x - 10, y) for x, y in places]
        face = detection.Face((0, 0, 9, 9), 0.9, 2, landmarks=(*moved[:2], (0, 0), *moved[2:]))
        seen = alignment.align_face(picture, face, size).astype(int)
        expected = np.pad(picture, ((0, 0), (10, 0), (0, 0)), mode="reflect")[:, :96]
        assert np.abs(seen - expected).max() <= 1
        with pytest.raises(ValueError, match="a face without landmarks cannot be aligned; detect it with YuNet"):
            alignment.align_face(picture, detection.Face((0, 0, 9, 9), 0.9, 2), size)

    @pytest.mark.parametrize(("scale", "alias"), [(4, False), (2, False), (1.5, True)])
    def test_what_becomes_much_smaller_is_made_of_means(self, scale, alias):
        """Thin stripes become gray; enlarged or a bit smaller they stay."""
        size = (96, 120)
        picture = np.zeros((round(120 * scale), round(96 * scale), 3), np.uint8)
        picture[::2] = 255
        places = [tuple(map(float, place)) for place in alignment.PLACES * picture.shape[1::-1]]
        face = detection.Face((0, 0, 9, 9), 0.9, 2, landmarks=(*places[:2], (0, 0), *places[2:]))
        seen = alignment.align_face(picture, face, size)[10:-10, 10:-10].astype(int)
        assert (np.abs(seen - 127).max() > 60) == alias
        smooth = np.zeros_like(picture)
        smooth[...] = np.linspace(0, 255, smooth.shape[1])[None, :, None]
        seen = alignment.align_face(smooth, face, size)[60, 5:-5, 0]
        assert np.abs(seen - np.linspace(0, 255, 96)[5:-5]).max() < 4


class TestRegistration:
    @pytest.mark.parametrize("levels", [registration.LEVELS, registration.PAIR_LEVELS])
    def test_from_coarse_to_fine(self, levels):
        for one, other in itertools.pairwise(levels):
            assert one.scale <= other.scale <= 1 and one.blur >= other.blur >= 0
            assert one.smoothness > other.smoothness > 0
        assert all(level.finest == 0 or level.scale == 1 for level in levels)  # small pictures cost little

    def test_rounded_and_clipped(self):
        assert registration.to_uint8(np.float32([-3, 0.4, 0.6, 254.6, 300])).tolist() == [0, 0, 1, 255, 255]

    def test_the_mean_is_of_those_that_have_something_there(self):
        one, other = np.full((1, 3), 100.0, np.float32), np.full((1, 3), 200.0, np.float32)
        shown = [(one, np.uint8([[255, 255, 0]])), (other, np.uint8([[255, 0, 0]]))]
        assert registration.mean_inside(shown)[0] == pytest.approx([150, 100.1, 150], abs=0.01)
        half = [(one, np.uint8([[255, 255, 0]])), (other, np.uint8([[51, 0, 0]]))]
        assert registration.mean_inside(half)[0, 0] == pytest.approx((100 + 0.2 * 200) / 1.2, abs=0.1)
        colored = [(np.dstack([values] * 3), inside) for values, inside in shown]
        assert registration.mean_inside(colored).shape == (1, 3, 3)

    @pytest.mark.parametrize("factor", [1, 3])
    def test_distance_from_the_face_by_hand(self, factor):
        distance = registration.face_distance((480 * factor + 1, 360 * factor + 1))
        for x, y, expected in ((180, 265, 0), (280, 265, 1), (80, 265, 1), (180, 405, 1), (180, 125, 1)):
            assert distance[y * factor, x * factor] == pytest.approx(expected, abs=0.01)
        assert distance[0, 0] == pytest.approx(np.hypot(1.8, 265 / 140), abs=0.01)

    def test_details_know_no_light(self, crop):
        gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
        above = gray - cv2.GaussianBlur(gray, (0, 0), 14)
        expected = 128 + 50 * above / (np.sqrt(cv2.GaussianBlur(above**2, (0, 0), 14)) + 4)
        assert np.abs(registration.details(crop) - np.clip(expected, 0, 255)).max() <= 1
        assert (registration.details(np.full((40, 30, 3), 77, np.uint8)) == 128).all()

    @pytest.mark.parametrize("scale", [1.0, 0.5])
    def test_a_step_finds_what_is_left_and_only_round_the_face(self, noise, scale):
        shape = (round(480 * scale), round(360 * scale))
        look = cv2.GaussianBlur(noise(shape[0] + 20, shape[1] + 20)[..., 0], (0, 0), 2)
        look = np.uint8(np.clip(128 + 6.0 * (look - look.mean()), 0, 255))
        reference, picture = (np.ascontiguousarray(look[10:-10, s : s + shape[1]]) for s in (10, 7))
        level = registration.Level(scale, 0.0, 6.0, 0)
        begin = np.zeros((*shape, 2), np.float32)
        begin[..., 0] = 1  # three are to be found, of which one is known
        flow = registration.refine(reference, picture, begin, level)
        middle = flow[round(265 * scale), round(180 * scale)]
        assert middle == pytest.approx((3, 0), abs=0.15)
        for corner in (flow[0, 0], flow[0, -1]):  # backgrounds do not correspond: as it was known
            assert corner == pytest.approx((1, 0), abs=0.25)
        assert flow[round(70 * scale), round(180 * scale)] == pytest.approx((3, 0), abs=0.3)  # hair does

    @pytest.mark.parametrize("half", [np.s_[:240], np.s_[:, :180]])
    def test_what_a_step_finds_is_smooth_in_both_directions(self, noise, half):
        look = cv2.GaussianBlur(noise(480, 364)[..., 0], (0, 0), 2)
        look = np.uint8(np.clip(128 + 6.0 * (look - look.mean()), 0, 255))
        reference, picture = np.ascontiguousarray(look[:, :-4]), np.ascontiguousarray(look[:, :-4])
        picture[half] = look[:, 4:][half]  # only there anything has moved, by four
        flow = registration.refine(
            reference, picture, np.zeros((480, 360, 2), np.float32), registration.Level(1.0, 0.0, 24.0, 0)
        )
        inside = flow[120:400, 100:260, 0]
        assert np.ptp(inside) > 3
        # Blurred by 24 and then by 12, from one side to the other it changes by 4 / (sigma sqrt(2 pi)) at most.
        steepest = max(np.abs(np.diff(inside, axis=axis)).max() for axis in (0, 1))
        assert 0.7 < steepest / (4 / (np.hypot(24, 12) * np.sqrt(2 * np.pi))) < 1.3

    @pytest.mark.parametrize("scale", [1.0, 0.5])
    def test_a_step_is_smoothed_by_half_of_its_sigma(self, scale):
        even = np.full((60, 45), 128, np.uint8)  # nothing is to be found
        flow = np.zeros((60, 45, 2), np.float32)
        flow[30, 22] = 100, -50
        found = registration.refine(even, even, flow, registration.Level(scale, 0.0, 6.0, 0))
        y, x = np.mgrid[-30:30, -22:23]
        sigma = 3 * scale
        kernel = np.exp(-(x**2 + y**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)
        assert np.abs(found - kernel[..., None] * [100, -50]).max() < 0.02 * kernel.max() * 100

    def test_every_step_is_told(self, noise):
        told = []
        pictures = [cv2.GaussianBlur(noise(120, 90, seed), (0, 0), 3) for seed in range(2)]
        inside = [np.full((120, 90), 255, np.uint8)] * 2
        flows = registration.register(pictures, inside, lambda done, total: told.append((done, total)))
        assert told == [(i + 1, 2 * len(registration.LEVELS)) for i in range(2 * len(registration.LEVELS))]
        assert flows.shape == (2, 120, 90, 2) and flows.dtype == np.float16

    def test_a_flow_from_one_face_to_another_folds_nothing(self, crop, noise):
        other = cv2.GaussianBlur(noise(480, 360), (0, 0), 4)
        flow = registration.correspond(crop, other)
        assert warping.steepness(flow).max() <= 0.85 and flow.shape == (480, 360, 2)


class TestUnfolding:
    def test_too_steep_a_flow_is_blurred_where_it_is_so(self):
        flow = np.zeros((100, 160, 2), np.float32)
        flow[:, 80:, 0] = 6
        assert warping.steepness(flow).max() == 3  # half of six, from two pixels on
        found = warping.unfolded(flow)
        assert warping.steepness(found).max() <= 0.8 and warping.steepness(found).max() > 0.3
        assert np.allclose(found[:, :30], 0, atol=1e-3) and np.allclose(found[:, -30:, 0], 6, atol=1e-3)
        assert np.allclose(found[50, 79:81, 0].mean(), 3, atol=0.05) and np.allclose(found[..., 1], 0)

    @pytest.mark.parametrize(("slope", "same"), [(0.79, True), (0.81, False)])
    def test_a_flow_that_is_not_too_steep_stays(self, slope, same):
        flow = np.zeros((40, 40, 2), np.float32)
        flow[..., 1] = slope * np.arange(40, dtype=np.float32)[:, None]
        assert (warping.unfolded(flow) is flow) == same

    def test_steepness_counts_both_directions_by_hand(self):
        y, x = np.mgrid[:5, :6].astype(np.float32)
        flow = np.dstack([0.1 * x + 0.2 * y, 0.3 * x - 0.4 * y])
        assert np.allclose(warping.steepness(flow), np.sqrt(0.01 + 0.04 + 0.09 + 0.16))

    def test_a_flow_of_the_same_size_is_the_same(self):
        flow = np.random.default_rng(0).normal(size=(4, 6, 2)).astype(np.float16)
        same = warping.resize_flow(flow, (6, 4))
        assert same.dtype == np.float32 and (same == flow).all()
        assert warping.resize_flow(np.ones((4, 6, 2), np.float32), (4, 6))[0, 0].tolist() == pytest.approx(
            [2 / 3, 1.5]
        )

    def test_composing_goes_along_the_first_and_then_along_the_second(self):
        first, second = np.zeros((2, 1, 8, 2), np.float32)
        first[..., 0] = 2
        second[0, :, 0] = np.arange(8)
        assert warping.compose(first, second)[0, :5, 0].tolist() == [4, 5, 6, 7, 8]


class TestTones:
    @pytest.mark.parametrize("contrasts", [(0.3, 1.0), (0.8, 1.0)])
    def test_faces_are_brought_to_one_light_and_contrast(self, crop, contrasts):
        """A mean by hand of faces that need no moving: each is evened by 1.6 at most, and the mean by 1.2."""
        crop = cv2.resize(crop, (180, 240), interpolation=cv2.INTER_AREA)
        other = crop[:, ::-1]
        pictures = [np.uint8(60 + contrasts[0] * (crop * 0.5)), np.uint8(20 + contrasts[1] * (other * 0.8))]
        inside = [np.full((240, 180), 255, np.uint8), np.full((240, 180), 255, np.uint8)]
        inside[1][:100] = 127  # less than half of it is there
        face = registration.face_distance((240, 180)) < 0.9

        def tones(picture, where):
            smooth = cv2.GaussianBlur(picture, (0, 0), 4)
            return picture[where].mean(axis=0), cv2.cvtColor(smooth, cv2.COLOR_RGB2GRAY)[where].std()

        known = [tones(p, face & (i > 127)) for p, i in zip(pictures, inside, strict=True)]
        light, contrast = np.mean([k[0] for k in known], axis=0), np.mean([k[1] for k in known])
        gains = [np.clip(contrast / own, 1 / 1.6, 1.6) for _, own in known]
        assert (max(gains) == 1.6) == (contrasts[0] == 0.3)
        evened = [
            ((p - k[0]) * gain + light).astype(np.float32)
            for p, k, gain in zip(pictures, known, gains, strict=True)
        ]
        weights = [i[..., None] / 255 + 1e-3 for i in inside]
        mean = ((evened[0] * weights[0] + evened[1] * weights[1]) / sum(weights)).astype(np.float32)
        own_light, own = tones(mean, face)
        expected = (mean - own_light) * np.clip(contrast / own, 1, 1.2) + light
        flows = np.zeros((2, 240, 180, 2), np.float16)
        found = averaging.average(pictures, inside, flows)
        assert np.abs(found - np.clip(expected, 0, 255)).max() <= 1.01

    def test_an_even_picture_is_a_face_without_contrast(self):
        pictures = [np.full((48, 36, 3), level, np.uint8) for level in (90, 110)]
        inside = [np.full((48, 36), 255, np.uint8)] * 2
        assert (averaging.average(pictures, inside, np.zeros((2, 48, 36, 2), np.float16)) == 100).all()


@pytest.fixture(scope="module")
def people(tmp_path_factory, crop):
    """One face, shifted and warped in four ways, and what is no face."""
    folder = tmp_path_factory.mktemp("people")
    rng = np.random.default_rng(0)
    for index in range(4):
        flow = cv2.resize(rng.normal(0, 4, (6, 5, 2)), (360, 480), interpolation=cv2.INTER_CUBIC)
        flow = np.float32(flow + rng.uniform(-14, 14, 2))
        filters.write(folder / f"eileen_{index}.png", warping.warp(crop, flow))
    filters.write(folder / "wall.png", np.full((480, 360, 3), 120, np.uint8))
    (folder / "text.jpg").write_text("not a picture")
    return folder


class TestCommand:
    def test_the_registered_mean_is_sharp_and_who_was_skipped_is_told(self, command, people, tmp_path):
        out = tmp_path / "out"
        code, _, said = command("average", people, "--out", out)
        assert code == 1
        assert said.count("error:") == 1 and "text.jpg is not a picture" in said and "Traceback" not in said
        assert said.count("left out:") == 1 and "wall.png shows no face" in said
        assert {p.name for p in out.iterdir()} == {
            *("mean.png", "aligned.png", "naive.png", "sheet.png", "skipped.csv", "results.csv")
        }
        skipped = pd.read_csv(out / "skipped.csv")
        assert [p.rsplit("/")[-1] for p in skipped["file"]] == ["text.jpg", "wall.png"]
        assert skipped["reason"].str.contains("no face|not a picture").all()
        sharpness = {
            name: measures.measure(filters.read(out / f"{name}.png"))["sharpness"]
            for name in ("mean", "aligned", "naive")
        }
        assert sharpness["mean"] > 3 * sharpness["naive"]
        assert sharpness["mean"] > 1.5 * sharpness["aligned"]
        for name, value in sharpness.items():
            assert f"{name}.png, sharpness {value:.2f}" in said
        assert command("average", *people.glob("*.png"), "--out", tmp_path / "again")[0] == 0

    def test_a_subset_by_name_reads_only_those(self, command, people, tmp_path):
        code, _, said = command("average", people, "--out", tmp_path, "--subset", "*_[01]")
        assert code == 0 and "the mean of 2 faces" in said
        assert "4 files have no face in the subset '*_[01]'" in said

    def test_too_few_faces(self, command, people, tmp_path):
        code, _, said = command("average", people, "--out", tmp_path / "out", "--subset", "brightness > 254")
        assert code == 2 and "a mean takes two faces or more, here are 0" in said
        code, _, said = command("average", tmp_path / "nowhere", "--out", tmp_path / "out")
        assert code == 1 and "nowhere does not exist" in said
        assert not (tmp_path / "out").exists()


class TestSubset:
    ROW = {"brightness": 130.0, "contrast": 50.0, "gray": False, "sharpness": 9.0}

    @pytest.mark.parametrize(
        ("text", "taken"),
        [
            ("brightness > 120", True),
            ("brightness > 120 and is_colour", True),
            ("brightness > 120 and not gray and contrast < 40", False),
            ("100 < brightness < 140", True),
            ("contrast < 10 or (sharpness == 9 and contrast >= 50)", True),
            ("brightness > -1", True),
            ("gray", False),
        ],
    )
    def test_measures(self, text, taken):
        chosen = subset.parse(text)
        assert chosen.takes(self.ROW) is taken and chosen.takes_name("any.png")

    def test_names(self):
        chosen = subset.parse("official_*_0[12]")
        assert chosen.takes_name("x/official_a_01.png") and not chosen.takes_name("official_a_03.png")
        assert subset.parse("*.jpg").takes_name("a.jpg") and not subset.parse("*.jpg").takes_name("a.png")
        assert subset.parse(None) is None

    @pytest.mark.parametrize(
        "text",
        [
            *("brightness >", "height_of_nose > 3", "__import__('os')", "brightness.real > 1", "@x > 1"),
            *("brightness > 1 + 1", "(x for x in gray)", "brightness is gray", "", "-gray", "(" * 300),
        ],
    )
    def test_anything_else_is_refused_and_the_columns_named(self, text):
        with pytest.raises(UsageError, match=r"brightness, contrast, sharpness, colourfulness, gray"):
            subset.parse(text)

    def test_columns_that_are_not_known_here(self):
        with pytest.raises(UsageError, match=r"'score' is known of folders written by 'experiments cut' only"):
            subset.parse("score > 0.5").takes(self.ROW)
        with pytest.raises(UsageError, match="compares a number with a text"):
            subset.parse("brightness > 'a'").takes(self.ROW)

    def test_a_folder_of_cut_faces_is_chosen_from_by_its_table(self, command, tmp_path, astronaut):
        dark = cv2.convertScaleAbs(astronaut, alpha=0.4)
        filters.write(tmp_path / "in" / "light.png", astronaut)
        filters.write(tmp_path / "in" / "dark.png", dark)
        command("cut", tmp_path / "in", "--out", tmp_path / "cut")
        for text, name in (("brightness < 80", "dark_1"), ("score > 0 and brightness > 80", "light_1")):
            _, names, _, problems = crops.load_crops(tmp_path / "cut", subset=subset.parse(text))
            assert names == [name] and problems == []
        _, names, *_ = crops.load_crops(tmp_path / "in", subset=subset.parse("brightness < 80"))
        assert names == ["dark"]
        with pytest.raises(filters.PictureError, match="none is in the subset 'eyes > 2'"):
            crops.load_crops(tmp_path / "cut", subset=subset.parse("eyes > 2"))


class TestNetwork:
    def test_any_face_is_paired_with_another_one_always(self):
        crops = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.full((1, 8, 6, 3), 50, np.uint8)
        pairs = Pairs(registry.find("average"), crops, 5, NO_AUGMENTATION, size=(6, 8))
        drawn = [pairs.batch(epoch, 0) for epoch in range(40)]
        seen = {(float(c.mean()), float(t.mean())) for cs, ts in drawn for c, t in zip(cs, ts, strict=True)}
        assert len(seen) == 20  # all pairs of two different faces, no face with itself
        assert all(condition != target for condition, target in seen)
        assert (pairs.batch(3, 0)[1] == drawn[3][1]).all()

    def test_distance_by_hand(self):
        pictures = [np.full((2, 2, 3), value, np.uint8) for value in (0, 10, 40)]
        assert output_diversity.distance(pictures) == pytest.approx((10 + 40 + 30) / 3)
        assert output_diversity.distance(pictures[:1] * 2) == 0

    @pytest.mark.slow
    def test_results_become_alike_and_a_resumed_run_keeps_its_record(self, tmp_path, astronaut):
        (face,) = detection.detect(astronaut)
        crop = cropping.cut(astronaut, face, (60, 80))
        for index in range(4):
            tone = 0.4 + 0.2 * index
            filters.write(tmp_path / "in" / f"{index}.png", np.uint8(tone * np.roll(crop, index, axis=2)))
        options = {"epochs": 12, "batch_size": 4, "preset": "tiny", "size": (32, 40), "precision": "float32"}
        chosen = train.Settings("average", str(tmp_path / "in"), validation=str(tmp_path / "in"), **options)
        run = tmp_path / "run"
        paired.train(chosen, run)
        table = pd.read_csv(run / "output_diversity" / "output_diversity.csv")
        assert table["step"].tolist()[:3] == [0, 1, 2] and table["step"].iloc[-1] == 12
        assert (table["inputs"] > 20).all() and table["distance"].iloc[-1] < table["inputs"].iloc[-1]
        sheet = filters.read(run / "output_diversity" / "sheet.png")
        assert sheet.shape[0] > 4 * output_diversity.CELL[1]
        assert (run / "output_diversity" / "output_diversity.png").is_file()
        paired.train(dataclasses.replace(chosen, epochs=14), run, resume=True)
        longer = pd.read_csv(run / "output_diversity" / "output_diversity.csv")
        assert longer[: len(table)].equals(table) and longer["step"].iloc[-1] == 14

    def test_one_face_cannot_become_another(self, command, tmp_path, crop):
        filters.write(tmp_path / "in" / "a.png", crop)
        code, _, said = command("train", "average", "--data", tmp_path / "in", "--out", tmp_path / "run")
        assert code == 2 and "must show two faces or more" in said and not (tmp_path / "run").exists()
