"""Generators of faces from noise, by name, and the DCGAN; on whichever backend runs."""

import numpy as np
import pytest

from transformers import pretrained
from transformers.backend import keras
from transformers.networks.noise import KINDS, build_generator, picture_size
from transformers.training.dcgan import DCGAN

QUIET = {"verbose": 0, "shuffle": False}


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def noise_for(generator, count=4):
    return np.random.default_rng(0).standard_normal((count, generator.inputs[0].shape[-1])).astype(np.float32)


class TestGenerators:
    @pytest.mark.parametrize("kind", KINDS)
    def test_pictures_have_the_size_that_is_promised(self, kind):
        generator, (width, height) = build_generator(kind, "tiny"), picture_size(kind, "tiny")
        made = array(generator(noise_for(generator)))
        assert made.shape == (4, height, width, 3) and np.abs(made).max() <= 1

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_face_does_not_depend_on_the_batch_it_is_in(self, kind):
        generator = build_generator(kind, "tiny")
        z = noise_for(generator)
        assert np.allclose(array(generator(z))[3], array(generator(z[3:]))[0], atol=1e-5)

    def test_unknown_kinds_are_told(self):
        with pytest.raises(ValueError, match="known: noise, dcgan"):
            build_generator("stylegan")

    def test_weights_survive_the_round_trip(self, tmp_path):
        one, two = build_generator("noise", "tiny"), build_generator("noise", "tiny")
        one.get_layer("prior").mean.assign(np.linspace(-1, 1, 1280))
        pretrained.save_weights(one, tmp_path / "a.weights.h5")
        pretrained.load_weights(two, tmp_path / "a.weights.h5")
        z = noise_for(one)
        assert np.allclose(array(one(z)), array(two(z)), atol=1e-2)


class TestDCGAN:
    def test_both_learn_in_turn_and_weights_are_not_averaged(self):
        keras.utils.set_random_seed(3)
        model = DCGAN("tiny")
        model.compile()
        width, height = picture_size("dcgan", "tiny")
        picture = np.random.default_rng(1).uniform(-1, 1, (4, height, width, 3)).astype(np.float32)
        given = {"picture": picture, "noise": noise_for(model.generator)}
        parts = (model.generator, model.discriminator)
        before = [[w.copy() for w in part.get_weights()] for part in parts]
        losses = model.fit(((given,) for _ in range(2)), steps_per_epoch=2, **QUIET).history
        assert {"adversarial", "discriminator", "output_std"} == set(losses)
        for old, part in zip(before, parts, strict=True):
            assert any((a != b).any() for a, b in zip(old, part.get_weights(), strict=True))
        for a, b in zip(model.ema_generator.get_weights(), model.generator.get_weights(), strict=True):
            assert np.allclose(a, b, atol=1e-6)
