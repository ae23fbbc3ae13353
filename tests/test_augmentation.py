"""Augmentation of real and generated pictures alike, which gradients pass; on whichever backend runs."""

import numpy as np

from transformers import backend
from transformers.backend import keras
from transformers.training import augmentation


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def pictures(count=4, height=16, width=8, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, height, width, 3)).astype(np.float32)


MIDDLE = np.full((4, augmentation.DRAWS), 0.5, np.float32)  # of all ranges


class TestAugmentation:
    def test_the_middle_of_the_range_shifts_nothing(self):
        assert np.allclose(array(augmentation.shift(pictures(), MIDDLE[:, :2])), pictures())

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
        chance = MIDDLE[:1]

        def loss():
            return keras.ops.sum(augmentation.augment(variable.value, chance)), None

        before = array(variable)
        backend.minimize(loss, _built(keras.optimizers.SGD(1.0), [variable]), [variable])
        gradient = before - array(variable)
        seen = array(augmentation.cut_out(np.ones((1, 16, 8, 3), np.float32), chance[:, 2:])) > 0
        assert np.allclose(gradient, seen, atol=1e-5)


def _built(optimizer, variables):
    optimizer.build(variables)
    return optimizer
