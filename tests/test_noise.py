"""Noise → face: augmentation, networks, training; on whichever backend runs."""

import numpy as np
import pytest

from transformers import backend, pretrained
from transformers.backend import keras
from transformers.networks.noise import (
    LATENT,
    MinibatchStdDev,
    build_generator,
    noise_generator,
    picture_size,
)
from transformers.training import augmentation
from transformers.training.callbacks import Schedule
from transformers.training.noise import NoiseGAN
from transformers.training.paired import LossWeights

QUIET = {"verbose": 0, "shuffle": False}
WIDTH, HEIGHT = picture_size("tiny")


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def pictures(count=4, height=16, width=8, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, height, width, 3)).astype(np.float32)


def draws(count=4, **values):
    """The middle of every range, but for some columns."""
    made = np.full((count, augmentation.DRAWS), 0.5, np.float32)
    for column, value in values.items():
        made[:, int(column[1:])] = value
    return made


class TestAugmentation:
    def test_the_middle_of_the_range_changes_no_colour_and_no_place(self):
        x = pictures()
        assert np.allclose(array(augmentation.recolor(x, draws()[:, :3])), x, atol=1e-6)
        assert np.allclose(array(augmentation.shift(x, draws()[:, 3:5])), x)

    def test_brightness_saturation_and_contrast_by_hand(self):
        x = np.float32([[[[0.2, 0.4, 0.6]], [[-0.4, 0.0, 0.4]]]])  # gray values 0.4 and 0, mean 0.2
        brighter = augmentation.recolor(x, np.float32([[1.0, 0.5, 0.5]]))
        assert np.allclose(array(brighter), x + 0.5)
        gray = augmentation.recolor(x, np.float32([[0.5, 0.0, 0.5]]))
        assert np.allclose(array(gray), np.float32([[[[0.4] * 3], [[0.0] * 3]]]), atol=1e-6)
        flat = augmentation.recolor(x, np.float32([[0.5, 0.5, 0.0]]))
        assert np.allclose(array(flat), 0.2 + (x - 0.2) / 2, atol=1e-6)

    def test_shifts_are_whole_pixels_and_bring_zeros_in(self):
        x = pictures()
        moved = array(augmentation.shift(x, np.float32([[0.999, 0.0]] * 4)))  # 2 down, 1 to the left
        assert np.array_equal(moved[:, 2:, :-1], x[:, :-2, 1:])
        assert not moved[:, :2].any() and not moved[:, :, -1].any()

    def test_the_hole_has_half_the_sides_and_its_middle_anywhere(self):
        holes = array(augmentation.cut_out(np.ones((1, 16, 8, 3), np.float32), np.float32([[0.5, 0.5]]))) == 0
        assert holes.sum() == 8 * 4 * 3 and holes[0, 4:12, 2:6].all()
        corner = array(augmentation.cut_out(np.ones((1, 16, 8, 3), np.float32), np.float32([[0.0, 0.999]]))) == 0
        assert corner[0, :4, 5:].all() and corner.sum() == 4 * 3 * 3

    def test_every_picture_has_its_own_draws(self):
        rng = np.random.default_rng(1)
        x, chance = pictures(), rng.random((4, augmentation.DRAWS), np.float32)
        together = array(augmentation.augment(x, chance))
        alone = [array(augmentation.augment(x[i : i + 1], chance[i : i + 1]))[0] for i in range(4)]
        assert np.allclose(together, np.stack(alone), atol=1e-6)

    def test_gradients_pass_and_do_not_see_the_hole(self):
        variable = keras.Variable(pictures(1))
        chance = draws(1)

        def loss():
            return keras.ops.sum(augmentation.augment(variable.value, chance)), None

        before = array(variable)
        backend.minimize(loss, _built(keras.optimizers.SGD(1.0), [variable]), [variable])
        gradient = before - array(variable)
        seen = array(augmentation.cut_out(np.ones((1, 16, 8, 3), np.float32), chance[:, 5:])) > 0
        assert np.abs(gradient[seen]).min() > 0.5
        # Contrast and saturation keep the mean, so that each pixel counts for one on average.
        assert gradient.sum() == pytest.approx(seen.sum(), rel=0.01)

    def test_the_discriminator_sees_real_and_generated_pictures_with_the_same_changes(self):
        class Watched(NoiseGAN):
            def _discriminator_loss(self, real, fake):
                self.shown = array(real), array(fake)
                return super()._discriminator_loss(real, fake)

        model = Watched(preset="tiny")
        given = {name: keras.ops.convert_to_tensor(values) for name, values in batch().items()}
        model.compile()
        made = array(model.generator(given["noise"], training=True))
        chance = keras.ops.split(given["draws"], 3, axis=1)
        model.update(given)
        for shown, pictures, draws in zip(model.shown, (given["picture"], made), chance[:2], strict=True):
            assert np.allclose(shown, array(augmentation.augment(pictures, draws)), atol=1e-5)
            assert not np.allclose(shown, pictures, atol=0.1)


def _built(optimizer, variables):
    optimizer.build(variables)
    return optimizer


def build(kind="noise", **options):
    keras.utils.set_random_seed(3)
    model = NoiseGAN(kind, "tiny", **options)
    model.compile()
    return model


def batch(count=4, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "picture": pictures(count, HEIGHT, WIDTH, seed),
        "noise": rng.standard_normal((count, LATENT)).astype(np.float32),
        "draws": rng.random((count, 3 * augmentation.DRAWS)).astype(np.float32),
    }


def copies(model):
    return [w.copy() for w in model.get_weights()]


def moved(before, model):
    return any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


class TestNetworks:
    def test_pictures_have_the_size_that_is_promised(self):
        assert picture_size("base") == (64, 80)
        for kind in ("noise", "dcgan"):
            made = array(build_generator(kind, "tiny")(batch()["noise"]))
            assert made.shape == (4, HEIGHT, WIDTH, 3) and np.abs(made).max() <= 1

    def test_a_face_does_not_depend_on_the_batch_it_is_in(self):
        generator = noise_generator("tiny")
        z = batch(8)["noise"]
        assert np.allclose(array(generator(z))[3], array(generator(z[3:4]))[0], atol=1e-5)

    def test_the_discriminator_sees_how_much_a_group_differs(self):
        x = np.zeros((8, 2, 2, 1), np.float32)
        x[:4] += np.float32([0, 2, 0, 2])[:, None, None, None]
        spread = array(MinibatchStdDev()(x))[..., 1]
        assert np.allclose(spread[:4], 1, atol=1e-3) and np.allclose(spread[4:], 0, atol=1e-3)

    def test_unknown_kinds_are_told(self):
        with pytest.raises(ValueError, match="known: noise, dcgan, flow"):
            build_generator("stylegan")

    def test_weights_survive_the_round_trip(self, tmp_path):
        one, two = noise_generator("tiny"), noise_generator("tiny")
        pretrained.save_weights(one, tmp_path / "a.weights.h5")
        pretrained.load_weights(two, tmp_path / "a.weights.h5")
        z = batch()["noise"]
        assert np.allclose(array(one(z)), array(two(z)), atol=1e-2)


class TestSteps:
    def test_first_an_autoencoder_learns_then_both_play(self):
        model = build(adversarial_from=1)
        parts = ("generator", "encoder", "discriminator")
        data = ((batch(seed=i),) for i in range(9))
        before = {part: copies(getattr(model, part)) for part in parts}
        first = model.fit(data, steps_per_epoch=2, epochs=1, callbacks=[Schedule()], **QUIET).history
        assert [moved(before[p], getattr(model, p)) for p in parts] == [True, True, False]
        assert "l1" in first and "discriminator" not in first
        before = {part: copies(getattr(model, part)) for part in parts}
        second = model.fit(
            data, steps_per_epoch=2, initial_epoch=1, epochs=2, callbacks=[Schedule()], **QUIET
        ).history
        assert [moved(before[p], getattr(model, p)) for p in parts] == [True, False, True]
        assert {"discriminator", "adversarial", "reconstruction", "perceptual"} <= set(second)

    def test_noise_takes_the_place_of_codes_and_every_code_keeps_its_picture(self):
        model = build(adversarial_from=1)
        faces, quiet = pictures(12, HEIGHT, WIDTH), keras.ops.zeros((12, LATENT))
        codes, _ = model._encode(faces, quiet, training=False)
        made = array(model.generator(codes))
        model.fit_latent_prior(faces, batch_size=5)
        noises, _ = model._encode(faces, quiet, training=False)
        assert not np.allclose(array(noises), array(codes), atol=0.1)
        assert np.abs(array(noises).mean(axis=0)).max() < 1e-3
        for generator in (model.generator, model.ema_generator):
            assert np.allclose(array(generator(noises)), made, atol=1e-3)

    @pytest.mark.slow
    def test_the_kernel_distance_pulls_statistics_of_features_towards_those_of_real_faces(self):
        model = build(loss_weights=LossWeights(l1=0.0, adversarial=0.0, perceptual=0.0), kernel=1.0)
        model.compile(generator_rate=2e-3)
        same = batch(8)
        model.match_features(np.full((5, HEIGHT, WIDTH, 3), 0.6, np.float32))
        data = ((same,) for _ in range(60))
        history = model.fit(data, steps_per_epoch=20, epochs=3, **QUIET).history["kernel"]
        assert history[-1] < history[0] - 0.1

    @pytest.mark.slow
    def test_the_autoencoder_learns(self):
        model = build(adversarial_from=99)
        model.compile(autoencoder_rate=5e-3)
        same = batch()
        same["picture"] = same["picture"].mean(axis=(1, 2), keepdims=True) + 0 * same["picture"]
        data = ((same,) for _ in range(60))
        history = model.fit(data, steps_per_epoch=20, epochs=3, **QUIET).history["l1"]
        assert history[-1] < 0.7 * history[0]

    def test_dcgan_has_no_average_and_no_encoder(self):
        model = build("dcgan", adversarial_from=5)
        model.fit(((batch(seed=i),) for i in range(2)), steps_per_epoch=2, **QUIET)
        for a, b in zip(model.ema_generator.get_weights(), model.generator.get_weights(), strict=True):
            assert np.allclose(a, b, atol=1e-6)
        assert model.adversarial_from == 0 and not hasattr(model, "encoder")
