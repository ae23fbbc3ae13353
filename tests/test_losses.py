"""Losses: values computed by hand."""

import numpy as np
import pytest

from transformers import losses
from transformers.backend import keras

REAL, FAKE = np.array([[2.0], [0.0]]), np.array([[-1.0], [1.0]])


def number(value):
    return float(keras.ops.convert_to_numpy(value))


def tensors(*arrays):
    return [keras.ops.convert_to_tensor(a.astype(np.float32)) for a in arrays]


def test_l1():
    assert number(losses.l1(*tensors(REAL, FAKE))) == 2.0


def test_least_squares():
    real, fake = tensors(REAL, FAKE)
    # real: ((2-1)^2 + (0-1)^2) / 2 = 1; fake: (1 + 1) / 2 = 1; halved sum: 1
    assert number(losses.least_squares_discriminator(real, fake)) == pytest.approx(1.0)
    assert number(losses.least_squares_generator(fake)) == pytest.approx((4 + 0) / 2)


def test_cross_entropy():
    real, fake = tensors(REAL, FAKE)
    real_part = (np.log1p(np.exp(-2)) + np.log(2)) / 2
    fake_part = (np.log1p(np.exp(-1)) + np.log1p(np.exp(1))) / 2
    assert number(losses.bce_discriminator(real, fake)) == pytest.approx((real_part + fake_part) / 2, rel=1e-5)
    assert number(losses.bce_generator(fake)) == pytest.approx(fake_part, rel=1e-5)


def test_hinge():
    real, fake = tensors(REAL, FAKE)
    # real: (0 + 1) / 2; fake: (0 + 2) / 2; halved sum
    assert number(losses.hinge_discriminator(real, fake)) == pytest.approx(0.75)
    assert number(losses.hinge_generator(fake)) == pytest.approx(0.0)


def test_feature_distance_is_that_of_directions():
    a = np.zeros((1, 1, 1, 2))
    b = np.zeros((1, 1, 1, 2))
    a[..., 0] = 5
    b[..., 1] = 0.1
    assert number(losses.feature_distance(*[[t] for t in tensors(a, b)])) == pytest.approx(2.0, rel=1e-4)
    assert number(losses.feature_distance(*[[t] for t in tensors(a, 3 * a)])) == pytest.approx(0.0, abs=1e-6)
    one, other = tensors(a, b)  # the mean over layers, not their sum
    assert number(losses.feature_distance([one, one, one], [other, other, one])) == pytest.approx(4 / 3, rel=1e-4)


def test_a_window_covers_the_picture_evenly_over_the_steps():
    places = np.stack([keras.ops.convert_to_numpy(losses.place_of(step)) for step in range(400)])
    counts, *_ = np.histogram2d(*places.T, bins=4, range=[(0, 1), (0, 1)])
    assert counts.min() >= 20 and counts.max() <= 30  # 25 each


def test_a_window_with_focus_is_more_often_in_the_middle_and_still_reaches_every_place():
    places = np.stack([keras.ops.convert_to_numpy(losses.place_of(step, 0.6)) for step in range(400)])
    middle = (np.abs(places - 0.5) < 0.125).all(axis=1)
    assert 70 < middle.sum() < 130  # 25 without, 88 with it
    assert places.min() < 0.02 and places.max() > 0.98
    assert np.abs(places.mean(axis=0) - 0.5).max() < 0.01


def test_a_difference_is_seen_where_the_window_is():
    real = np.zeros((1, 16, 16, 1), np.float32)
    fake = real.copy()
    fake[:, 12:, 12:] = 1.0  # bottom, right
    network = lambda pictures: [keras.ops.concatenate([pictures, 1 - pictures], axis=-1)]  # noqa: E731

    def seen(place):
        return number(losses.windowed_perceptual_loss(network, real, fake, *tensors(np.full(2, place)), (4, 4)))

    # Unit vectors (0, 1) and (1, 0) differ by a square of 2 everywhere.
    assert seen(1.0) == pytest.approx(2) and seen(0.0) == pytest.approx(0)


class TestColourDistribution:
    """Four pictures of 2x2 places: of each another place is looked at."""

    CENTRES = np.array([[0.0, 0.0], [0.3, 0.0], [0.0, 0.4]])

    def test_the_target_is_spread_over_what_is_near(self):
        loss = losses.cross_entropy(self.CENTRES, width=0.1, balance=0.0)
        real = np.tile([0.15, 0.0], (4, 4, 4, 1))  # half way between the first two, far from the third
        logits = np.tile(np.log([0.5, 0.25, 0.25]), (4, 2, 2, 1))
        third = np.exp(-(0.15**2 + 0.4**2) / 0.02) / np.exp(-(0.15**2) / 0.02)
        shares = np.array([1, 1, third]) / (2 + third)
        expected = -(shares @ np.log([0.5, 0.25, 0.25]))
        assert number(loss(*tensors(real, logits))) == pytest.approx(expected, rel=1e-5)

    def test_the_target_is_the_mean_of_four_pixels(self):
        loss = losses.cross_entropy(self.CENTRES, width=0.02, balance=0.0)
        real = np.tile(np.array([[[0.6, 0], [0, 0]], [[0.6, 0], [0, 0]]]), (4, 2, 2, 1))
        logits = np.tile([0.0, 3.0, 0.0], (4, 2, 2, 1))
        assert number(loss(*tensors(real, logits))) == pytest.approx(-np.log(np.exp(3) / (np.exp(3) + 2)), rel=1e-4)

    def test_saturated_places_count_more(self):
        real, logits = np.zeros((4, 4, 4, 2)), np.zeros((4, 2, 2, 3))
        real[:, :, 2:] = 0.3, 0.0  # the places on the right
        logits[:, :, 1, 1] = 5.0  # which are met
        even, balanced = (
            number(losses.cross_entropy(self.CENTRES, 0.02, balance)(*tensors(real, logits))) for balance in (0, 10)
        )
        missed, met = np.log(3), np.log(1 + 2 * np.exp(-5))
        assert even == pytest.approx((missed + met) / 2, rel=1e-3)
        assert balanced == pytest.approx((missed + 4 * met) / 5, rel=1e-3)

    def test_the_annealed_mean_is_judged_too(self):
        real = np.tile([0.3, 0.0], (4, 4, 4, 1))
        logits = np.tile(np.log([0.25, 0.75, 1e-9]), (4, 2, 2, 1))  # at 0.5: 1 to 9, so the mean is 0.27
        with_mean, without = (
            number(losses.cross_entropy(self.CENTRES, 0.02, 0.0, 0.5, weight)(*tensors(real, logits)))
            for weight in (10.0, 0.0)
        )
        assert with_mean - without == pytest.approx(10 * 0.03 / 2, rel=1e-3)

    def test_of_each_picture_another_quarter_is_looked_at(self):
        loss = losses.cross_entropy(self.CENTRES, width=0.02, balance=0.0)
        real, values = np.zeros((4, 4, 4, 2)), []
        for y, x in ((0, 0), (0, 1), (1, 0), (1, 1)):
            logits = np.zeros((4, 2, 2, 3))
            logits[:, y, x, 1] = 9.0  # wrong at one place of all four, which one of them looks at
            values.append(number(loss(*tensors(real, logits))))
        assert np.ptp(values) < 1e-5 and values[0] > np.log(3) + 1


def test_colourfulness():
    chroma = np.array([[3.0, 4.0], [-3.0, -4.0]]).reshape(1, 1, 2, 2)
    # Variances 9 and 16; both places are 5 from gray.
    assert number(losses.colourfulness(*tensors(chroma))) == pytest.approx(5 + 0.37 * 5, rel=1e-5)
    assert number(losses.colourfulness(*tensors(0 * chroma))) == pytest.approx(0, abs=1e-3)


def test_the_annealed_mean_by_hand():
    centers = np.float32([(0, 0), (1, 0), (0, 2)])
    logits = np.log(np.float32([[1, 2, 1]]))
    mean = keras.ops.convert_to_numpy(losses.annealed_mean(centers, 1.0)(logits))
    assert mean == pytest.approx(np.array([[0.5, 0.5]]), rel=1e-5)
    sharper = keras.ops.convert_to_numpy(losses.annealed_mean(centers, 0.5)(logits))  # squares: 1, 4, 1
    assert sharper == pytest.approx(np.array([[4 / 6, 2 / 6]]), rel=1e-5)
