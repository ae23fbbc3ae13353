"""The fast painter: its network, its losses and a step of its training; on whichever backend runs."""

import numpy as np
import pytest

from transformers import generate, pretrained
from transformers.backend import keras
from transformers.inference import Compiled
from transformers.networks import features
from transformers.networks.painter import LEAST_VARIANCE, PaintingColors, ReflectPad, painter
from transformers.training.painter import (
    PainterTraining,
    PaintWeights,
    light,
    mean_gram_matrix,
    steadiness,
    style_distance,
    variation,
)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def pictures(height, width, count=1, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, height, width, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(2)
    return painter("tiny")


class TestNetwork:
    def test_any_size_gives_the_same_size(self, network):
        for height, width in ((1, 1), (16, 8), (37, 50)):
            result = generate(network, pictures(height, width))
            assert result.shape == (1, height, width, 3) and result.dtype == np.float32
            assert np.abs(result).max() <= 1

    def test_traced_it_paints_the_same(self, network):
        traced = Compiled(network)
        for height, width in ((16, 24), (37, 50)):
            picture = pictures(height, width)
            assert np.allclose(generate(traced, picture), generate(network, picture), atol=1e-4)

    def test_what_is_plain_is_painted_plain_without_checkerboard_or_frame(self, network):
        plain = np.full((1, 32, 40, 3), 0.3, np.float32)
        assert np.ptp(generate(network, plain), axis=(1, 2)).max() < 1e-3

    def test_a_picture_does_not_depend_on_the_batch_it_is_in(self, network):
        batch = pictures(16, 24, count=3)
        assert np.allclose(generate(network, batch)[1], generate(network, batch[1:2])[0], atol=1e-4)

    def test_light_and_contrast_are_taken_off_by_the_first_normalisation(self, network):
        picture = pictures(32, 32)
        first = keras.Model(network.input, next(x for x in network.layers if "group" in x.name).output)
        one, other = (array(first(p)) for p in (picture, 0.5 * picture + 0.1))
        assert np.allclose(one, other, atol=1e-2) and np.allclose(one.mean((1, 2)), 0, atol=1e-3)

    def test_no_transposed_convolution(self, network):
        assert keras.layers.Conv2DTranspose not in {type(layer) for layer in network.layers}

    def test_padding_by_reflection(self):
        rows = np.arange(3, dtype=np.float32).reshape(1, 3, 1, 1) * np.ones((1, 1, 2, 1), np.float32)
        padded = array(ReflectPad(1)(rows))
        assert padded[0, :, 0, 0].tolist() == [1, 0, 1, 2, 1] and padded.shape == (1, 5, 4, 1)
        again = ReflectPad.from_config(ReflectPad(2).get_config())
        assert again.amount == 2

    def test_weights_go_to_disk_and_back_in_half_precision(self, network, tmp_path):
        pretrained.save_weights(network, tmp_path / "p.weights.h5")
        again = pretrained.build("painter", preset="tiny")
        pretrained.load_weights(again, tmp_path / "p.weights.h5")
        assert np.allclose(generate(again, pictures(16, 16)), generate(network, pictures(16, 16)), atol=0.02)

    def test_the_shipped_size_stays_small(self):
        numbers = sum(np.prod(v.shape) for v in painter("base").weights)
        assert 2 * numbers < 1.5e6  # bytes, in float16

    def test_unknown_preset(self):
        with pytest.raises(ValueError, match=r"preset 'huge' is unknown; choose from tiny, base, large"):
            painter("huge")


def recolored(picture, painting):
    """By the covariances' roots from singular values, another way than the layer's."""

    def moments(values):
        flat = values.reshape(-1, 3).astype(np.float64)
        return flat.mean(0), np.cov(flat, rowvar=False, bias=True) + LEAST_VARIANCE * np.eye(3)

    def root(matrix):
        u, s, v = np.linalg.svd(matrix)
        return u @ np.diag(np.sqrt(s)) @ v

    (mean, spread), (other, wanted) = moments(picture), moments(painting)
    matched = (picture - mean) @ np.linalg.inv(root(spread)) @ root(wanted) + other
    return np.clip(matched, -1, 1).astype(np.float32)


class TestColors:
    def test_a_picture_gets_mean_and_spread_of_the_painting(self):
        layer = PaintingColors()
        picture, painting = 0.5 * pictures(24, 16) + [0.2, 0.1, -0.3], 0.2 * pictures(9, 8, seed=1) + [0.1, 0, 0.3]
        picture, painting = picture.astype(np.float32), painting.astype(np.float32)
        layer.build(picture.shape)
        layer.learn(painting[0])
        assert np.allclose(array(layer(picture)), recolored(picture, painting), atol=1e-4)

    def test_plain_pictures_get_the_mean_colour_and_no_contrast(self):
        layer = PaintingColors()
        layer.build((None, None, None, 3))
        layer.learn(0.3 * pictures(9, 8, seed=1)[0] + np.float32([0.1, 0, 0.3]))
        plain = array(layer(np.full((2, 4, 4, 3), 0.7, np.float32)))
        assert np.allclose(plain, array(layer.mean), atol=1e-5)


class TestLosses:
    def test_gram_by_hand(self):
        # Two places, two channels: (1, 2) and (3, 4).
        maps = np.float32([[[[1, 2], [3, 4]]]])
        assert np.allclose(array(mean_gram_matrix(maps)), [[[5, 7], [7, 10]]])

    def test_gram_as_in_numpy_and_wherever_things_are(self):
        maps = pictures(5, 4, count=2)
        expected = np.einsum("bhwi,bhwj->bij", maps, maps) / 20
        assert np.allclose(array(mean_gram_matrix(maps)), expected, atol=1e-5)
        assert np.allclose(array(mean_gram_matrix(maps[:, ::-1])), expected, atol=1e-5)

    def test_variation_by_hand(self):
        picture = np.float32([[0, 1], [0, 3]]).reshape(1, 2, 2, 1)
        # Down 0 and 2, squares' mean 2; across 1 and 3, squares' mean 5.
        assert float(variation(picture)) == pytest.approx(7)

    def test_style_distance_by_hand(self):
        grams = [keras.ops.convert_to_tensor(np.float32(g)) for g in ([[[1, 0], [0, 1]]], [[[2.0]]])]
        wanted = [np.float32([[[1, 1], [1, 1]]]), np.float32([[[4.0]]])]
        # Squares of the differences 2 of 4, and 4 of 16.
        assert float(style_distance(grams, wanted, [1, 3])) == pytest.approx((0.5 + 3 * 0.25) / 4)

    def test_light_by_hand(self):
        # Two patches: gray 0 and 0.4 painted -0.5 and 0.1, so 0.4 apart becomes 0.6 apart: each is off by 0.1.
        gray, painted = (np.repeat(np.float32(p), 16)[None, None, :, None] for p in ((0, 0.4), (-0.5, 0.1)))
        gray, painted = (np.tile(p, (1, 16, 1, 3)) for p in (gray, painted))
        assert float(light(painted, gray)) == pytest.approx(0.01, rel=1e-4)
        assert float(light(gray - 0.3, gray)) == pytest.approx(0, abs=1e-9)

    @pytest.mark.parametrize("shift", [(0, 0), (3, 8), (8, 1)])
    def test_views_are_compared_where_they_show_the_same(self, shift):
        whole = pictures(32, 40)
        one, other = whole[:, :24, :32], whole[:, shift[0] :, shift[1] :][:, :24, :32]
        assert float(steadiness(one, other, np.int32(shift))) == 0
        assert float(steadiness(one, other + 0.5, np.int32(shift))) == pytest.approx(0.25, rel=1e-5)
        assert float(steadiness(one, one[:, ::-1], np.int32(shift))) > 0.1


def batch(seed=0):
    whole = pictures(40, 40, seed=seed)
    return {"picture": whole[:, :32, :32], "other": whole[:, 2:34, 5:37], "shift": np.int32([2, 5])}


def training(**weights):
    keras.utils.set_random_seed(3)
    painting = pictures(32, 48, seed=9)[0]
    model = PainterTraining(painting, "tiny", PaintWeights(**weights))
    model.compile(keras.optimizers.Adam(3e-3))
    return model


def fit(model, steps):
    batches = ((batch(i),) for i in range(steps))
    return model.fit(batches, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False).history


class TestTraining:
    def test_the_losses_are_what_they_are_said_to_be(self):
        model = training(content=0.5, style=3.0, light=4.0, variation=2.0, steadiness=7.0)
        one = batch()
        painted, other = (array(model.painter(one[k])) for k in ("picture", "other"))
        colored = recolored(one["picture"], pictures(32, 48, seed=9))
        network = features.network("vgg16", ("conv1_1", "conv2_1", "conv3_1", "conv4_1"), pooling="average")
        goal, seen, sought = (
            [array(m)[:, b:-b, b:-b] for m, b in zip(network(v), (8, 4, 2, 1), strict=True)]
            for v in (colored, painted, pictures(32, 48, seed=9))
        )

        def grams(maps):
            return [np.einsum("bhwi,bhwj->bij", m, m) / (m.shape[1] * m.shape[2]) for m in maps]

        content = np.mean((goal[3] - seen[3]) ** 2) / np.mean(sought[3] ** 2)
        shares = [np.sum((g - w) ** 2) / np.sum(w**2) for g, w in zip(grams(seen), grams(sought), strict=True)]
        style = np.average(shares, weights=[1, 1, 1, 4])
        variation = np.mean(np.diff(painted, axis=1) ** 2) + np.mean(np.diff(painted, axis=2) ** 2)
        steady = np.mean((painted[:, 2:26, 5:29] - other[:, :24, :24]) ** 2)
        shade = float(light(painted, colored))
        total = 0.5 * content + 3 * style + 4 * shade + 2 * variation + 7 * steady
        assert model.score(one["picture"]) == pytest.approx(total - 7 * steady, rel=1e-3)
        logs = fit(model, 1)
        for name, value in (("content", content), ("style", style), ("light", shade), ("loss", total)):
            assert logs[name][0] == pytest.approx(value, rel=2e-3), name

    def test_it_learns(self):
        model = training()
        before = model.score(batch()["picture"])
        fit(model, 32)
        assert model.score(batch()["picture"]) < 0.9 * before

    def test_the_average_is_kept_and_the_features_are_not_part_of_the_state(self):
        model = training()
        first = [w.copy() for w in model.ema_painter.get_weights()]
        fit(model, 1)
        for start, now, average in zip(
            first, model.painter.get_weights(), model.ema_painter.get_weights(), strict=True
        ):
            assert np.allclose(average, start * 2 / 11 + now * 9 / 11, atol=1e-6)
        names = {v.path for v in model.variables}
        assert not any("conv1_1" in name for name in names)
        picture = batch()["picture"]
        assert np.allclose(generate(model.ema_painter, picture), array(model(picture)), atol=1e-5)

    def test_steadiness_alone_makes_moved_views_alike(self):
        model = training(content=0.0, style=0.0, variation=0.0, steadiness=1.0)
        first = fit(model, 1)["steadiness"][0]
        fit(model, 7)
        assert fit(model, 1)["steadiness"][0] < 0.8 * first
