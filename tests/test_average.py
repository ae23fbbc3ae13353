"""The mean of faces: aligned, registered, chosen; and the network that is asked for everyone at once."""

import dataclasses

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
