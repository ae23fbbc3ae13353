"""Faces by a flow in an autoencoder's codes: the networks, the integration, and the two stages of the training."""

import numpy as np
import pytest

from transformers.backend import keras
from transformers.networks import flow
from transformers.training import flow as training
from transformers.training.callbacks import Stages
from transformers.training.flow import REPEATS, LatentFlow

WIDTH, HEIGHT = flow.picture_size("tiny")
QUIET = {"verbose": 0, "shuffle": False}


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def batch(count=3, seed=0):
    rng = np.random.default_rng(seed)
    light = rng.uniform(-0.8, 0.8, (count, 1, 1, 3)).astype(np.float32)
    return {
        "picture": np.broadcast_to(light, (count, HEIGHT, WIDTH, 3)).copy(),
        "noise": rng.standard_normal((count, LatentFlow.NOISE)).astype(np.float32),
    }


def build(**options):
    keras.utils.set_random_seed(3)
    model = LatentFlow("tiny", **options)
    model.compile(20, autoencoder_rate=5e-3, flow_rate=2e-2)
    return model


class TestNetworks:
    def test_sizes(self):
        noise = np.zeros((2, flow.LATENT), np.float32)
        assert array(flow.flow_generator("tiny")(noise)).shape == (2, HEIGHT, WIDTH, 3)
        assert flow.picture_size("base") == flow.picture_size("large") == (128, 160)

    def test_codes_are_standardized_at_each_place(self):
        codes = array(flow.encoder("tiny")(np.random.default_rng(0).uniform(-1, 1, (2, HEIGHT, WIDTH, 3))))
        assert codes.shape == (2, *flow.GRID, flow.CHANNELS)
        assert np.allclose(codes.mean(axis=3), 0, atol=1e-4) and np.allclose(codes.std(axis=3), 1, atol=0.05)

    def test_the_same_noise_is_the_same_face_in_any_batch(self):
        generator = flow.flow_generator("tiny")
        noise = np.random.default_rng(1).standard_normal((3, flow.LATENT)).astype(np.float32)
        assert np.allclose(array(generator(noise))[2], array(generator(noise[2:]))[0], atol=1e-5)

    def test_before_any_training_noise_ends_where_it_starts(self):
        noise = np.random.default_rng(1).standard_normal((2, *flow.GRID, flow.CHANNELS)).astype(np.float32)
        layer = flow.Flow(flow.velocity("tiny"))
        assert np.abs(array(layer(noise)) - noise).max() < 0.01

    def test_the_drift_by_hand(self):
        """Away from the mean with a rate of -1 at time 0, 0 in the middle, 1 at time 1."""
        codes, time = np.full((3, 1, 1, 1), 4, np.float32), np.array([[0], [0.5], [1]], np.float32)
        assert array(flow.Drift()([codes, time])).ravel() == pytest.approx([-4, 0, 4])

    def test_a_place_knows_where_it_is_and_what_the_others_hold(self):
        network = flow.velocity("tiny")
        rng = np.random.default_rng(2)
        network.set_weights([rng.normal(0, 0.3, w.shape) for w in network.get_weights()])
        codes = np.zeros((1, *flow.GRID, flow.CHANNELS), np.float32)
        time = np.full((1, 1), 0.5, np.float32)
        plain = array(network([codes, time]))[0]
        assert not np.allclose(plain[5, 3], plain[5, 4], atol=1e-4)
        codes[0, 0, 0] = 3
        assert not np.allclose(array(network([codes, time]))[0][9, 7], plain[9, 7], atol=1e-5)


class TestIntegration:
    def test_heun_by_hand(self):
        """For x' = 2 t x, one step of Heun's rule from 1 gives 1 + (0 + 2) / 2, and many give e."""
        x, t = keras.Input((1, 1, 1)), keras.Input((1,))
        network = keras.Model([x, t], 2 * x * keras.ops.reshape(t, (-1, 1, 1, 1)))
        start = np.ones((1, 1, 1, 1), np.float32)
        assert array(flow.Flow(network, steps=1)(start)).item() == pytest.approx(2)
        assert array(flow.Flow(network, steps=200)(start)).item() == pytest.approx(np.e, abs=1e-3)


class TestTraining:
    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch):
        monkeypatch.setattr(training, "WARM_UP", 1)

    def test_first_the_autoencoder_learns_then_the_flow_alone(self):
        model = build(flow_from=1)
        decoder, network = model.generator.get_layer("decoder"), model.generator.get_layer("flow").network
        parts, data = (model.encoder, decoder, network), ((batch(seed=i),) for i in range(9))
        for epoch, expected in enumerate(([True, True, False], [False, False, True])):
            before = [[w.copy() for w in part.get_weights()] for part in parts]
            stages = [Stages(lambda: [batch()["picture"]])]
            losses = model.fit(
                data, steps_per_epoch=2, initial_epoch=epoch, epochs=epoch + 1, callbacks=stages, **QUIET
            ).history
            moved = [
                any((a != b).any() for a, b in zip(old, part.get_weights(), strict=True))
                for old, part in zip(before, parts, strict=True)
            ]
            assert moved == expected and ("flow" in losses) == (epoch == 1)

    @pytest.mark.slow
    def test_the_autoencoder_learns(self):
        model, same = build(flow_from=9), batch()
        history = model.fit(((same,) for _ in range(20)), steps_per_epoch=10, epochs=2, **QUIET).history["l1"]
        assert history[-1] < 0.9 * history[0]

    def test_noise_flows_to_the_only_code_that_there_is(self):
        """With one face to learn from, all noise, which starts around its code, ends nearer to it."""
        model, face = build(), batch(1)["picture"]
        model.fit_prior([face])
        code = array(model.encoder(face))
        data = (({**batch(1, seed=i), "picture": face},) for i in range(200))
        model.fit(data, steps_per_epoch=200, epochs=1, **QUIET)
        noise = np.random.default_rng(5).standard_normal((4, flow.LATENT)).astype(np.float32)
        starts = array(model.generator.get_layer("prior")(noise))
        ends = array(model.generator.get_layer("flow")(starts))
        assert np.abs(ends - code).mean() < 0.6 * np.abs(starts - code).mean()

    def test_the_start_has_the_mean_and_the_covariance_of_codes(self):
        model = build()
        faces = np.random.default_rng(4).uniform(-1, 1, (40, HEIGHT, WIDTH, 3)).astype(np.float32)
        model.fit_prior([faces[:25], faces[25:]])
        both = np.concatenate([faces, faces[:, :, ::-1]])
        codes = array(model.encoder(both)).reshape(len(both), -1)
        prior = model.ema_generator.get_layer("prior")
        covariance = array(prior.factor).T @ array(prior.factor)
        assert np.allclose(array(prior.mean), codes.mean(axis=0), atol=1e-4)
        assert np.allclose(covariance, np.cov(codes.T, bias=True), atol=1e-3)  # 80 faces have 79 directions
        assert np.allclose(array(prior.rest), flow.ROUGHNESS)
        starts = array(prior(np.random.default_rng(5).standard_normal((4000, flow.LATENT))))
        found = starts.reshape(4000, -1).var(axis=0)
        assert np.allclose(found, np.diag(covariance) + flow.ROUGHNESS**2, rtol=0.2)

    def test_the_loss_by_hand(self):
        """Untrained, at a time of almost 0, the velocity leads from the start to the mean, here 0."""
        model, given = build(), batch(2)
        codes = array(model.encoder(given["picture"])).repeat(REPEATS, axis=0)
        given["noise"][:, REPEATS * flow.LATENT :] = -20  # of which the sigmoid is the time
        noise = given["noise"][:, : REPEATS * flow.LATENT].reshape(-1, flow.LATENT)
        start = noise[:, flow.RANK :].reshape(codes.shape)
        loss, _ = model._flow_loss(given["picture"], given["noise"])
        assert array(loss) == pytest.approx(np.mean((-start - (codes - start)) ** 2), rel=1e-3)
