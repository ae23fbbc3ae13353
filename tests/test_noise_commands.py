"""Noise → face: the commands, the kernel distance, alignment, and runs that can be taken up again."""

import cv2
import numpy as np
import pandas as pd
import pytest

import filters
from experiments.commands import train_noise
from experiments.datasets import aligned
from experiments.evaluation import metrics, noise_realism
from experiments.inference.noise_faces import draw, interpolated
from experiments.training.noise import train
from filters.faces import alignment, detection


class TestAlignment:
    def test_a_known_similarity_is_found(self):
        source = np.float64([(0, 0), (4, 0), (0, 2), (3, 5)])
        turned = np.stack([10 - 2 * source[:, 1], 20 + 2 * source[:, 0]], axis=1)  # by 90°, doubled
        matrix, misfit = alignment.similarity(source, turned)
        assert np.allclose(matrix, [[0, -2, 10], [2, 0, 20]]) and misfit == pytest.approx(0)

    def test_eyes_and_mouth_come_to_their_places(self, astronaut):
        for picture in (astronaut, _turned(astronaut, 20)):
            (face,) = detection.detect(picture)
            aligned = alignment.align_face(picture, face, (192, 240))
            (again,) = detection.detect(aligned)
            points = np.array([again.landmarks[i] for i in (0, 1, 3, 4)])
            assert np.abs(points - alignment.PLACES * (192, 240)).max() < 16  # she looks aside

    def test_a_face_without_landmarks_is_told(self, astronaut):
        with pytest.raises(ValueError, match="YuNet"):
            alignment.align_face(astronaut, detection.Face((0, 0, 9, 9), 1.0, 0, "haar"), (64, 80))


def _turned(picture, degrees):
    import cv2

    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 3), degrees, 1)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)


class TestKernelDistance:
    def test_by_hand(self):
        one, other = np.float64([[0, 0], [2, 0]]), np.float64([[0, 2], [0, 4]])
        # k: between the rows of one (0 + 1)³ = 1; of the other (8 / 2 + 1)³ = 125; across 1.
        assert metrics.kid(one, other) == pytest.approx(1 + 125 - 2)

    def test_zero_on_average_for_one_distribution_and_more_for_two(self):
        rng = np.random.default_rng(0)
        same = [metrics.kid(*rng.standard_normal((2, 20, 3))) for _ in range(300)]
        assert abs(np.mean(same)) < 4 * np.std(same) / np.sqrt(300) and min(same) < 0
        other = [metrics.kid(rng.standard_normal((20, 3)), rng.standard_normal((20, 3)) + 1) for _ in range(30)]
        assert np.mean(other) > 5 * np.std(same)

    def test_blurred_pictures_are_further_than_others_of_the_kind(self, astronaut):
        import cv2

        rng = np.random.default_rng(0)
        places = rng.integers(0, 512 - 48, (48, 2))
        cuts = np.stack([astronaut[y : y + 48, x : x + 48] for y, x in places])
        blurred = np.stack([cv2.GaussianBlur(c, (0, 0), 3) for c in cuts[:24]])
        near, far = (metrics.vgg_kernel_distance(a, cuts[24:]) for a in (cuts[:24], blurred))
        assert near < far


class TestNoise:
    def test_a_face_depends_on_seed_and_number_alone(self):
        assert np.array_equal(draw(9, 5, seed=7)[:4], draw(4, 5, seed=7))
        assert not np.allclose(draw(4, 5, seed=7), draw(4, 5, seed=8))

    def test_great_arcs_by_hand(self):
        ways = interpolated(np.float64([[1, 0], [0, 1]]), steps=3)
        assert np.allclose(ways, [[[1, 0], [0.5**0.5, 0.5**0.5], [0, 1]]], atol=1e-6)

    def test_ways_begin_and_end_in_their_ends_and_are_no_shorter_between(self):
        ends = draw(6, 128, seed=1)
        ways = interpolated(ends)
        assert np.allclose(ways[:, 0], ends[0::2], atol=1e-5) and np.allclose(ways[:, -1], ends[1::2], atol=1e-5)
        assert np.linalg.norm(ways, axis=2).min() >= 0.99 * np.linalg.norm(ends, axis=1).min()

    def test_equal_ends_stay_where_they_are(self):
        ends = draw(1, 8, seed=1).repeat(2, axis=0)
        assert np.allclose(interpolated(ends, steps=3)[0], ends[:1], atol=1e-5)


class TestNeighbours:
    def test_distances_by_hand(self):
        # Differences (0, 0), (2, 0), (1, 1) and (3, 1): their squares' means are 0, 2, 1 and 5.
        found = noise_realism.pairwise(np.eye(2), np.float64([[1, 0], [3, 0]]))
        assert np.allclose(found, np.sqrt([[0, 2], [1, 5]]))

    def test_a_copy_is_found_mirrored_or_not(self, astronaut):
        rng = np.random.default_rng(0)
        training = np.stack([astronaut[y : y + 40, x : x + 32] for y, x in rng.integers(0, 400, (12, 2))])
        made = np.stack([training[5], training[7][:, ::-1], 255 - training[2]])
        results, nearest = noise_realism.compare(made, training[:4], training[4:])
        for what in ("features", "pixels"):
            assert nearest[what][:2, 0].tolist() == [1, 3]
            assert results[f"{what}, made to nearest training face, least"] == pytest.approx(0, abs=0.02)
            assert results[f"{what}, held out to nearest training face, least"] > 0.05
        page = noise_realism.neighbour_sheet(made, training[4:], nearest)
        assert page.ndim == 3

    def test_a_detector_is_sure_of_a_face_and_of_none_in_grain(self, astronaut, noise):
        face = cv2.resize(astronaut[:220, 140:316], (64, 80), interpolation=cv2.INTER_AREA)
        assert noise_realism.confidence(np.stack([face])) > 0.8
        assert noise_realism.confidence(np.stack([face, face])) == noise_realism.confidence(np.stack([face]))
        assert noise_realism.confidence(np.stack([noise(80, 64)])) < 0.3


@pytest.fixture(scope="module")
def portraits(tmp_path_factory, astronaut):
    """Eight photographs of one face, differently lit."""
    folder = tmp_path_factory.mktemp("portraits")
    for index in range(8):
        filters.write(folder / f"{index}.png", (astronaut * (0.5 + index / 16)).astype(np.uint8))
    return folder


def settings(portraits, epochs, **changes):
    values = {"validation": str(portraits), "preset": "tiny", "batch_size": 4, "precision": "float32"}
    return train_noise.Settings(str(portraits), epochs=epochs, flow_from=1, **values | changes)


@pytest.fixture(scope="module")
def whole(portraits, tmp_path_factory):
    """A run of three epochs without a stop."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    train(settings(portraits, 3), folder)
    return folder


class TestRuns:
    @pytest.mark.slow
    def test_the_time_is_kept(self, command, portraits, tmp_path):
        how = ("--preset", "tiny", "--batch-size", 4, "--validation", portraits, "--out", tmp_path / "run")
        code, *_ = command("train-noise", "--data", portraits, "--kind", "dcgan", "--minutes", 0.0001, *how)
        assert code == 0 and len(pd.read_csv(tmp_path / "run" / "history.csv")) == 1
        code, _, said = command("train-noise", "--resume", tmp_path / "run")
        assert code == 0 and "has its 1 epochs" in said
        # A run tells kind and preset of its network, whether it is named itself or a file in it.
        for weights in (tmp_path / "run", tmp_path / "run" / "best.weights.h5"):
            code, *_ = command("noise", "--count", 2, "--out", tmp_path / "out", "--weights", weights)
            assert code == 0

    def test_wrong_calls(self, command, portraits, tmp_path):
        for arguments, remedy in (
            (("--out", tmp_path / "r"), "give --data"),
            (("--resume", tmp_path), "is no run; name the folder"),
            (("--data", portraits, "--batch-size", 0), "no whole number from 1"),
            (("--data", portraits, "--batch-size", 16, "--out", tmp_path / "r"), "faces to train on"),
        ):
            code, _, said = command("train-noise", *arguments)
            assert code == 2 and remedy in said
        assert not (tmp_path / "r").exists()

    def test_only_faces_from_noise_are_shipped_not_the_comparison(self, command, tmp_path):
        (tmp_path / "config.json").write_text('{"kind": "dcgan"}')
        (tmp_path / "best.weights.h5").write_bytes(b"")
        code, _, said = command("ship", tmp_path)
        assert code == 2 and "DCGAN" in said

    def test_files_without_a_face_are_told_and_left_out(self, noise, tmp_path, portraits, capsys):
        import shutil

        folder = shutil.copytree(portraits, tmp_path / "in")
        filters.write(folder / "noise.png", noise(64, 64))
        (folder / "no.png").write_bytes(b"no")
        found, kept_out = aligned.load_faces(folder, (32, 40))
        assert found.shape == (8, 40, 32, 3) and kept_out.shape == (8,)
        said = capsys.readouterr().err
        assert "noise.png shows no face" in said and "no.png is not a picture" in said


class TestCommands:
    def test_same_seed_same_faces(self, command, whole, tmp_path):
        use = ("--weights", whole / "best.weights.h5", "--preset", "tiny")
        for name, count, seed in (("a", 3, 7), ("b", 5, 7), ("c", 3, 8)):
            code, *_ = command("noise", "--count", count, "--seed", seed, "--out", tmp_path / name, *use)
            assert code == 0
        names = {p.name for p in (tmp_path / "a").glob("*.png")}
        assert names == {"000.png", "001.png", "002.png", "grid.png", "interpolation.png"}
        for index in range(3):
            first, same, other = (filters.read(tmp_path / n / f"{index:03d}.png") for n in "abc")
            assert np.array_equal(first, same) and not np.array_equal(first, other)

    @pytest.mark.slow
    def test_truncation_brings_faces_together(self, command, whole, tmp_path):
        use = ("--weights", whole / "best.weights.h5", "--preset", "tiny", "--count", 4)
        spreads = []
        for truncation in (0, 0.3, 1):
            command("noise", "--truncation", truncation, "--out", tmp_path / str(truncation), *use)
            made = [filters.read(tmp_path / str(truncation) / f"{i:03d}.png") for i in range(4)]
            spreads.append(np.std(made, axis=0).mean())
        assert spreads[0] == 0 < spreads[1] < spreads[2]

    def test_wrong_numbers_are_told(self, command, tmp_path):
        assert command("noise", "--count", 0, "--out", tmp_path)[0] == 2
        assert command("noise", "--seed", -1, "--out", tmp_path)[0] == 2

    def test_measuring(self, command, whole, portraits, tmp_path):
        import json

        use = ("--weights", whole / "best.weights.h5", "--preset", "tiny", "--count", 6)
        code, out, _ = command(
            *("evaluate-noise", "--data", portraits, "--training", portraits, "--out", tmp_path, "--json", *use)
        )
        results = json.loads(out)
        assert code == 0 and (tmp_path / "neighbours.png").is_file()
        assert results["kernel distance, made to held-out"] > results["kernel distance, training to held-out"]
        assert results["pixels, held out to nearest training face, median"] == pytest.approx(0, abs=1e-3)
        code, _, said = command("evaluate-noise", "--data", portraits, "--out", tmp_path, *use)
        assert code == 2 and "--training" in said
