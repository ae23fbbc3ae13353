"""Deep Dream: gradients, tiles, octaves; on whichever backend runs."""

import numpy as np
import pytest

from transformers import backend, dream
from transformers.backend import keras
from transformers.networks import efficientnet, features

ops = keras.ops


def pictures(height, width, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (height, width, 3)).astype(np.float32)


def seen(picture, *names):
    return [ops.convert_to_numpy(m)[0] for m in features.maps(features.vgg16(names), picture[None])]


class TestDifferentiation:
    def test_by_hand(self):
        square = backend.value_and_gradient(lambda x, factor: (factor * ops.sum(ops.square(x)), x + 1))
        value, rest, gradient = square(np.float32([1, -3]), ops.convert_to_tensor(2.0))
        assert value == 20 and gradient.tolist() == [4, -12]
        assert ops.convert_to_numpy(rest).tolist() == [2, -2]

    def test_the_value_as_in_numpy_and_the_gradient_as_by_differences(self):
        dreamer = dream.Dreamer({"conv1_2": 2.0, "conv2_1": 1.0})
        picture = pictures(12, 16)
        value, gradient = dreamer.gradient(picture)
        one, other = (np.log(np.mean(m**2)) for m in seen(picture, "conv1_2", "conv2_1"))
        assert value == pytest.approx((2 * one + other) / 3, rel=1e-4)
        assert np.mean(np.abs(gradient)) == pytest.approx(1, rel=1e-4)

        def rise(way):
            more, less = (dreamer.gradient(picture + sign * 1e-2 * way)[0] for sign in (1, -1))
            return more - less

        # The gradient is scaled, so rises are compared with one another.
        one, other = pictures(12, 16, seed=1), pictures(12, 16, seed=2)
        assert np.sum(gradient * one) / np.sum(gradient * other) == pytest.approx(rise(one) / rise(other), rel=0.03)

    def test_blocks_are_linear_and_stages_are_their_last_blocks(self):
        picture = pictures(32, 48)
        stage, block = (
            ops.convert_to_numpy(efficientnet.network((name,))(picture[None]))
            for name in ("stage3", "stage3_block2")
        )
        assert stage.shape == (1, 4, 6, 40) and np.array_equal(stage, block) and stage.min() < 0
        value = dream.Dreamer({"stage3": 5.0}).gradient(picture)[0]
        assert value == pytest.approx(np.log(np.mean(stage**2)), rel=1e-4)


class TestTiles:
    @pytest.mark.parametrize(("length", "tile"), [(1, 4), (8, 4), (9, 4), (100, 33)])
    def test_equal_parts_without_gap(self, length, tile):
        parts = dream._spans(length, tile)
        assert len({p.stop - p.start for p in parts}) == 1 and parts[0].stop - parts[0].start <= tile
        covered = np.zeros(length, int)
        for part in parts:
            covered[part] += 1
        assert covered.min() == 1 and covered.sum() - length < len(parts)

    def test_away_from_seams_tiles_give_what_the_whole_does(self):
        picture = pictures(24, 48)
        whole, tiled = dream.Dreamer({"conv1_2": 1.0}), dream.Dreamer({"conv1_2": 1.0}, tile=24)
        one, two = (d.gradient(picture)[1] for d in (whole, tiled))
        for inside in (slice(5, 19), slice(29, 43)):  # what is 4 pixels away plays a part
            # Each tile counts by its own features, so that plain ones dream, too.
            parts = [g[5:19, inside] / np.abs(g[5:19, inside]).mean() for g in (one, two)]
            assert np.allclose(*parts, atol=1e-3)

    def test_what_is_rolled_is_rolled_back(self):
        dreamer = dream.Dreamer({"conv1_1": 1.0})
        picture = pictures(16, 20)
        one, two = (dreamer.gradient(picture, shift)[1] for shift in ((0, 0), (5, 7)))
        # Away from the border, and from where it is when rolled.
        one, two = (g[3:8, 3:10] / np.abs(g[3:8, 3:10]).mean() for g in (one, two))
        assert np.allclose(one, two, atol=1e-3)


class TestDream:
    def test_sizes_by_hand(self):
        assert dream.octave_sizes((280, 392), 3, 1.4) == [(143, 200), (200, 280), (280, 392)]
        assert dream.octave_sizes((280, 392), 2, 1.4) == [(200, 280), (280, 392)]
        assert dream.octave_sizes((900, 1000), None, 2.0) == [(112, 125), (225, 250), (450, 500), (900, 1000)]
        assert dream.octave_sizes((200, 300), 4, 2.0) == [(200, 300)]  # smaller ones are too small
        assert dream.octave_sizes((9, 9), None, 2.0) == [(9, 9)]

    def test_more_is_seen_and_the_same_seed_gives_the_same(self):
        dreamer = dream.Dreamer({"conv3_1": 1.0}, tile=64)
        picture = pictures(125, 125)
        steps = []
        dreamt = dreamer.dream(picture, 2, 1.1, 3, report=lambda done, total: steps.append((done, total)))
        assert steps == [(i, 6) for i in range(1, 7)]
        assert dreamt.shape == picture.shape and dreamt.dtype == np.float32 and np.abs(dreamt).max() <= 1
        more, before = (np.mean(np.square(seen(p, "conv3_1")[0])) for p in (dreamt, picture))
        assert more > 1.2 * before
        assert np.allclose(dreamt, dreamer.dream(picture, 2, 1.1, 3), atol=1e-3)
        assert not np.allclose(dreamt, dreamer.dream(picture, 2, 1.1, 3, seed=1), atol=1e-2)

    @pytest.mark.parametrize("size", [(1, 1), (5, 33)])
    def test_any_size(self, size):
        dreamt = dream.Dreamer({"conv2_1": 1.0}).dream(pictures(*size), steps=1)
        assert dreamt.shape == (*size, 3) and np.isfinite(dreamt).all()

    def test_a_guide_s_value_as_in_numpy(self):
        guide, picture = pictures(8, 8, seed=1), pictures(12, 10)
        dreamer = dream.Dreamer({"conv1_2": 3.0}, guide)
        sought, there = (seen(p, "conv1_2")[0].reshape(-1, 64) for p in (guide, picture))
        sought = sought / np.sqrt(np.mean(sought**2)) / 64
        expected = np.mean((there @ sought.T).max(axis=1)) / np.sqrt(np.mean(there**2))
        assert dreamer.gradient(picture)[0] == pytest.approx(expected, rel=1e-3)

    def test_guides_lead_to_themselves(self):
        down = np.tile(np.sign(np.sin(np.arange(48) * 0.8)).astype(np.float32)[:, None, None], (1, 48, 3))
        picture = pictures(48, 48) * 0.2
        dreamers = [dream.Dreamer({"conv3_1": 1.0}, guide) for guide in (down, down.transpose(1, 0, 2))]
        results = [d.dream(picture, 1, steps=20, rate=0.03) for d in dreamers]
        values = np.array([[d.gradient(result)[0] for result in results] for d in dreamers])
        assert values[0, 0] > values[0, 1] and values[1, 1] > values[1, 0]

    def test_unknown_layers(self):
        for names, label, problem in (
            (("conv9_1",), None, "VGG-16 has no layer conv9_1; they are conv1_1 … conv5_3, and those of Efficient"),
            (("stage1_block2",), None, "EfficientNet-Lite0 has no layer stage1_block2; they are stage1 … stage7"),
            (("stage5", "conv1_1"), None, "choose layers of one network"),
            (("conv4_3",), 207, "knows no classes; choose from stage1 … stage7"),
        ):
            with pytest.raises(ValueError, match=problem):
                dream.Dreamer(dict.fromkeys(names, 1.0), label=label)


class TestClasses:
    def test_the_value_as_in_numpy(self):
        picture = pictures(40, 48)
        maps, logits = efficientnet.network(("stage4",), logits=True)(picture[None])
        maps, logits = ops.convert_to_numpy(maps), ops.convert_to_numpy(logits)[0].astype(float)
        odds = logits[7] - np.log(np.sum(np.exp(np.delete(logits, 7))))
        value = dream.Dreamer({"stage4": 3.0}, label=7).gradient(picture)[0]
        assert value == pytest.approx(odds + dream.BESIDE_A_CLASS * np.log(np.mean(maps**2)), rel=1e-3)


def test_steps_are_gray_rather_than_colored():
    noise = np.random.default_rng(0).standard_normal((32, 32, 3)).astype(np.float32)
    smooth = dream._smoothed(noise)
    gray = smooth.mean(axis=2, keepdims=True)
    assert np.mean(gray**2) > 20 * np.mean((smooth - gray) ** 2)


def test_gradients_are_blurred_by_a_gaussian():
    import cv2

    picture = pictures(40, 30)
    for sigma in dream.BLURS:
        assert np.allclose(dream._blurred(picture, sigma), cv2.GaussianBlur(picture, (0, 0), sigma), atol=1e-5)
    assert dream._blurred(pictures(3, 50), 2.0).shape == (3, 50, 3)
