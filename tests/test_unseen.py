"""Measures on a network that no training has seen, and the interval of a kernel distance."""

import json

import numpy as np
import pytest

import filters
from experiments.datasets.packaged import packaged_photos
from experiments.evaluation import unseen
from experiments.evaluation.intervals import kid_interval
from experiments.evaluation.metrics import kid
from filters import resizing
from filters.faces import cropping, detection
from transformers.networks import efficientnet_original


class TestKidInterval:
    def test_it_lies_about_the_distance_and_narrows_with_more_rows(self):
        rng = np.random.default_rng(0)
        widths = []
        for count in (30, 120):
            one, other = rng.standard_normal((count, 8)), rng.standard_normal((count, 8)) + 0.5
            low, high = kid_interval(one, other)
            assert low < kid(one, other) < high
            widths.append(high - low)
        assert widths[1] < 0.7 * widths[0]

    def test_nineteen_in_twenty_hold_what_sets_of_one_kind_have(self):
        rng = np.random.default_rng(0)
        held = 0
        for _ in range(60):
            low, high = kid_interval(*rng.standard_normal((2, 40, 4)), resamples=200)
            held += low <= 0 <= high
        assert held >= 51

    def test_rows_drawn_twice_are_no_pair(self):
        # Only resamples of both rows have pairs: (-9 + 1)³ in each set.
        # Across, the mean is ((9 + 1)³ + (-9 + 1)³) / 2.
        interval = kid_interval(np.array([[3.0], [-3.0]]), np.array([[3.0], [-3.0]]))
        assert interval == pytest.approx((-512 - 512 - 2 * 244,) * 2)

    def test_same_seed_same_interval(self):
        sets = np.random.default_rng(0).standard_normal((2, 10, 3))
        assert kid_interval(*sets) == kid_interval(*sets) != kid_interval(*sets, seed=1)


def test_without_the_packages_one_line_names_the_remedy(command, tmp_path, astronaut, monkeypatch):
    filters.write(tmp_path / "a.png", astronaut)
    monkeypatch.setattr(efficientnet_original, "installed", lambda size: False)
    for call in (("evaluate", "autoencoder"), ("evaluate-noise",)):
        code, out, said = command(*call, "--data", tmp_path, "--unseen")
        assert code == 2 and not out
        assert "requirements-unseen.txt" in said and said.count("\n") == 1


@pytest.mark.skipif(not efficientnet_original.installed("lite2"), reason="requirements-unseen.txt is not installed")
class TestLite2:
    def test_it_names_photographs(self):
        from skimage import data

        from transformers.imagenet import class_names

        weights = efficientnet_original.original_weights("lite2")
        for name, expected in (("chelsea", {"tabby", "tiger cat", "Egyptian cat"}), ("coffee", {"espresso"})):
            photo = resizing.smaller(getattr(data, name)(), 320)
            middle = photo[:, (photo.shape[1] - 213) // 2 :][:, :213]
            logits = unseen.features([middle]) @ weights["_fc.weight"].T + weights["_fc.bias"]
            assert class_names()[int(logits.argmax())] in expected

    def test_evaluate_adds_measures_with_intervals(self, command, tmp_path):
        for path in packaged_photos():
            picture = filters.read(path)
            face = detection.largest(detection.detect(picture))
            filters.write(tmp_path / f"{path.stem}.png", cropping.cut(picture, face, (256, 320)))
        call = ("evaluate", "autoencoder", "--data", tmp_path, "--no-features", "--unseen")
        code, out, _ = command(*call, "--json")
        results = json.loads(out)["results"]
        ours, mean = results["autoencoder"], results["mean picture"]
        assert code == 0 and results["filter"]["lite2_distance"] == pytest.approx(0, abs=1e-6)
        assert 0 < ours["lite2_distance_low"] <= ours["lite2_distance"] <= ours["lite2_distance_high"]
        assert ours["lite2_distance"] < 0.8 * mean["lite2_distance"]
        assert ours["lite2_kid"] < mean["lite2_kid"]
