"""How pictures become arrays and back: hints in conditions, and distributions of colours."""

import numpy as np
import pytest

from experiments.core.codecs import Chroma, Distribution, filter_of
from experiments.core.registry import find
from experiments.inference.restoration import restore
from filters import color


@pytest.mark.parametrize("name", ["canny_to_color", "gray_to_color"])
def test_a_mirror_image_comes_back_as_the_picture_does(name, noise):
    transformation, rng = find(name), np.random.default_rng(2)
    generator = transformation.build_generator("tiny")
    generator.set_weights([w + 0.1 * rng.standard_normal(w.shape) for w in generator.get_weights()])
    filtered = filter_of(transformation)(noise(64, 64))
    shown = filtered, filtered[:, ::-1]
    back, mirrored = (restore(generator, transformation, each).astype(int) for each in shown)
    assert back.std() > 5 and np.abs(back - mirrored[:, ::-1]).max() <= 1


class TestHints:
    def test_a_condition_has_room_for_hints(self, noise):
        condition = Chroma(hints=True).condition(noise(6, 9))
        assert condition.shape == (6, 9, 4) and not condition[..., 1:].any()

    def test_a_hint_covers_five_pixels_each_way_and_ends_at_the_border(self):
        condition = Chroma(hints=True).with_hints(np.zeros((8, 10, 4), np.float32), [(1.4, 7, (0.2, -0.3))])
        there = np.argwhere(condition[..., 3] == 1)
        assert there.min(axis=0).tolist() == [5, 0] and there.max(axis=0).tolist() == [7, 3]
        assert np.allclose(condition[6, 2, 1:], (0.2, -0.3, 1)) and np.count_nonzero(condition[..., 3]) == 12

    def test_random_hints_are_the_target_s_colours_at_their_places(self):
        target = np.dstack(np.meshgrid(np.arange(20), np.arange(16))).astype(np.float32) / 20
        counts = set()
        for seed in range(30):
            hints = Chroma(hints=True).random_hints(target, np.random.default_rng(seed))
            counts.add(len(hints))
            for x, y, chroma in hints:
                assert 0 <= x < 40 and 0 <= y < 32 and np.abs(chroma - target[y // 2, x // 2]).max() < 0.03
        assert min(counts) < 5 and 30 < max(counts) <= 100


class TestDistribution:
    def test_the_grid_holds_every_colour_of_rgb(self):
        centers = Distribution().centers * 100
        rgb = np.random.default_rng(0).integers(0, 256, (1, 500, 3), np.uint8)
        chroma = color.rgb_to_lab(rgb)[0, :, 1:]
        nearest = np.sqrt(((chroma[:, None] - centers) ** 2).sum(axis=2)).min(axis=1)
        assert Distribution().channels == len(centers) and nearest.max() < 12

    def test_the_annealed_mean_lies_between_mean_and_likeliest(self):
        output = Distribution(temperature=1.0)
        centers = output.centers * 100
        logits = np.full((1, 1, len(centers)), -50.0)
        one, other = (int(np.argmin(np.abs(centers - c).sum(axis=1))) for c in ((0, 0), (40, 0)))
        logits[..., one], logits[..., other] = np.log(0.25), np.log(0.75)
        assert np.allclose(output.chroma_of(logits), (30, 0), atol=1e-3)
        # At 0.5 the odds are squared: 9 to 1.
        assert np.allclose(Distribution(temperature=0.5).chroma_of(logits), (36, 0), atol=1e-3)
        assert np.allclose(Distribution(temperature=0.05, saturation=1.5).chroma_of(logits), (60, 0), atol=1e-3)

    @pytest.mark.parametrize("output", [Chroma(), Distribution()])
    def test_both_take_the_same_targets(self, output, noise):
        assert np.array_equal(output.target(noise(8, 8)), Chroma().target(noise(8, 8)))
