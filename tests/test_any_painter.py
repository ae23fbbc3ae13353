"""The painter of any painting: adapted features, its network, its losses and its training; on either backend."""

import numpy as np
import pytest

from transformers import generate, pretrained
from transformers.backend import keras
from transformers.inference import Compiled, weights_of
from transformers.networks import any_painter as networks
from transformers.networks import features
from transformers.networks.any_painter import LEAST_VARIANCE, PainterLike, adapted, any_painter, encoded, moments
from transformers.training.any_painter import AnyPainterTraining, AnyPaintWeights, distance


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def pictures(height, width, count=1, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, height, width, 3)).astype(np.float32)


class TestAdaptedFeatures:
    # Two places and two channels: (1, 0) and (5, 4). Means 3 and 2, deviations 2 and 2.
    maps = np.float32([[[[1, 0], [5, 4]]]])

    def test_moments_by_hand(self):
        mean, deviation = moments(self.maps)
        assert np.allclose(array(mean), [[[[3, 2]]]])
        assert np.allclose(array(deviation), 2, atol=1e-3)

    def test_adapted_by_hand(self):
        mean, deviation = np.float32([[[[10, -1]]]]), np.float32([[[[1, 3]]]])
        # Each place is one deviation below or above the mean.
        assert np.allclose(array(adapted(self.maps, mean, deviation)), [[[[9, -4], [11, 2]]]], atol=2e-3)
        half = array(adapted(self.maps, mean, deviation, 0.5))  # means 6.5 and 0.5, deviations 1.5 and 2.5
        assert np.allclose(half, [[[[5, -2], [8, 3]]]], atol=2e-3)
        assert np.allclose(array(adapted(self.maps, mean, deviation, 0.0)), self.maps, atol=1e-5)

    def test_features_get_the_moments_of_others_where_sizes_differ(self):
        maps, others = np.abs(pictures(6, 5, count=2)), 3 * pictures(4, 9, count=2, seed=1) + 2
        found = array(adapted(maps, *moments(others)))
        assert np.allclose(found.mean((1, 2)), others.mean((1, 2)), atol=1e-4)
        assert np.allclose(found.std((1, 2)), others.std((1, 2)), rtol=0.02)

    def test_what_is_plain_gets_no_contrast(self):
        plain = np.full((1, 4, 4, 2), 0.3, np.float32)
        found = array(adapted(plain + 0.001 * pictures(4, 4)[..., :2], *moments(pictures(4, 4)[..., :2])))
        assert found.std() < 0.001 / LEAST_VARIANCE**0.5

    def test_features_of_a_photograph_have_a_mean_square_of_about_1(self, astronaut):
        photograph = np.float32(astronaut[None, :128, 160:288]) / 127.5 - 1
        for maps, (channels, _) in zip(encoded(photograph), networks.LAYERS.values(), strict=True):
            assert maps.shape[-1] == channels and 0.3 < np.sqrt(np.mean(array(maps) ** 2)) < 3


@pytest.fixture(scope="module")
def decoder():
    keras.utils.set_random_seed(2)
    return any_painter("tiny")


class TestNetwork:
    def test_any_size_gives_the_same_size(self, decoder):
        painter = PainterLike(decoder, pictures(30, 41, seed=1)[0])
        for height, width in ((1, 1), (16, 8), (37, 50)):
            result = generate(painter, pictures(height, width))
            assert result.shape == (1, height, width, 3) and np.abs(result).max() <= 1

    def test_compiled_it_paints_the_same(self, decoder):
        painter = PainterLike(decoder, pictures(32, 40, seed=1)[0])
        for height, width in ((16, 24), (24, 16)):
            picture = pictures(height, width)
            assert np.allclose(generate(Compiled(painter), picture), generate(painter, picture), atol=1e-3)

    def test_strength_goes_from_the_photograph_s_colours_to_the_painting_s(self, decoder):
        red = (0.1 * pictures(32, 32, seed=1) + np.float32([0.7, -0.7, -0.7]))[0]
        gray = 0.3 * pictures(32, 32)
        none, half, whole = (generate(PainterLike(decoder, red, s), gray)[..., 0].mean() for s in (0.0, 0.5, 1.0))
        assert none < half - 0.1 < whole - 0.2

    def test_results_depend_on_painting_and_strength_and_the_weights_tell(self, decoder):
        one, other = (pictures(32, 32, seed=seed)[0] * 0.5 + 0.1 * seed for seed in (1, 2))
        made_of = [weights_of(PainterLike(decoder, *how)) for how in ((one,), (other,), (one, 0.5))]
        assert all(any(not np.array_equal(a, b) for a, b in zip(made_of[0], w, strict=True)) for w in made_of[1:])

    def test_a_plain_picture_has_no_frame(self, decoder):
        painted = generate(
            PainterLike(decoder, pictures(32, 32, seed=1)[0]), np.full((1, 48, 48, 3), 0.2, np.float32)
        )
        assert abs(painted[:, :2].mean() - painted[:, 20:28].mean()) < 0.02

    def test_the_shipped_size_stays_small(self):
        assert 2 * any_painter("base").count_params() < 6e6  # bytes, in float16

    def test_weights_go_to_disk_and_back_in_half_precision(self, decoder, tmp_path):
        pretrained.save_weights(decoder, tmp_path / "p.weights.h5")
        again = pretrained.build("any_painter", preset="tiny")
        pretrained.load_weights(again, tmp_path / "p.weights.h5")
        one, other = (generate(PainterLike(n, pictures(32, 32)[0]), pictures(16, 16)) for n in (decoder, again))
        assert np.allclose(one, other, atol=0.02)

    def test_unknown_preset(self):
        with pytest.raises(ValueError, match=r"preset 'huge' is unknown; choose from tiny, base, large"):
            any_painter("huge")


@pytest.fixture(scope="module")
def batch(astronaut):
    """Two parts of a photograph, and stripes of two directions as paintings."""

    def make(seed=0):
        places = np.random.default_rng(seed).integers(0, 480, (2, 2))
        shown = [np.float32(astronaut[y : y + 32, x : x + 32]) / 127.5 - 1 for y, x in places]
        stripes = np.sin(np.arange(32, dtype=np.float32) * 1.3)[None, :, None] * np.float32([0.7, 0.4, -0.2])
        stripes = np.broadcast_to(stripes, (32, 32, 3))
        return {"picture": np.stack(shown), "painting": np.stack([stripes, 0.6 * stripes.transpose(1, 0, 2)])}

    return make


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    model = AnyPainterTraining("tiny", AnyPaintWeights(content=0.5, style=3.0, light=4.0, variation=2.0))
    model.compile(keras.optimizers.Adam(3e-3))
    return model


class TestTraining:
    def test_it_learns_and_the_losses_are_what_they_are_said_to_be(self, model, batch):
        before = model.score(**batch())
        batches = ((batch(i),) for i in range(32))
        history = model.fit(batches, steps_per_epoch=16, epochs=2, verbose=0, shuffle=False).history
        total = sum(w * np.array(history[n]) for n, w in vars(model.loss_weights).items())
        assert np.allclose(history["loss"], total, rtol=1e-3)
        assert history["style"][1] < history["style"][0] and model.score(**batch()) < 0.98 * before

    def test_each_picture_is_judged_by_its_own_painting(self, model, batch):
        both = batch()
        alone = [model.score(**{name: values[i : i + 1] for name, values in both.items()}) for i in range(2)]
        assert model.score(**both) == pytest.approx(np.mean(alone), rel=1e-3)

    def test_distance_by_hand(self):
        found, wanted = np.float32([[[3, 4]], [[1, 0]]]), np.float32([[[3, 3]], [[0, 0]]])
        # 1 of (25 + 18) / 2, and 1 of (1 + 0) / 2.
        assert float(distance(found, wanted)) == pytest.approx((1 / 21.5 + 2) / 2, rel=1e-5)
        assert float(distance(found, found)) == 0 and float(distance(found, -found)) == pytest.approx(4)

    def test_features_that_are_first_needed_in_a_compiled_step_have_their_weights(self):
        features._network.cache_clear()
        other = AnyPainterTraining("tiny")
        other.compile(keras.optimizers.Adam(1e-9))
        one = {"picture": pictures(32, 32), "painting": 0.5 * pictures(32, 32, seed=1)}
        other.fit(((one,) for _ in range(1)), steps_per_epoch=1, epochs=1, verbose=0, shuffle=False)
        network = features.network("vgg16", tuple(networks.LAYERS), pooling="average")
        kernels = features.LOADERS["vgg16"](["conv3_3"], None)
        assert np.array_equal(array(network.get_layer("conv3_3").kernel), kernels["conv3_3"][0])

    def test_the_features_are_not_part_of_the_state(self, model):
        assert not any("conv1_1" in v.path for v in model.variables)
