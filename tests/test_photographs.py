"""Whole photographs for training: sources, views, frames and scratches."""

import numpy as np
import pytest

import filters
from experiments.cli.console import UsageError
from experiments.datasets import augmentation, old_prints, scenes
from experiments.datasets.augmentation import NO_AUGMENTATION, Augmentation


@pytest.fixture
def folders(tmp_path, noise):
    """Two sources in one folder, told apart by their names, and one of its own."""
    for index in range(3):
        filters.write(tmp_path / "all" / f"a_{index}.png", noise(40, 60, index))
    filters.write(tmp_path / "all" / "b_0.png", noise(60, 40, 9))
    filters.write(tmp_path / "other" / "c.png", noise(300, 600, 10))
    return tmp_path


class TestLoading:
    def test_sources_are_drawn_as_their_weights_say(self, folders):
        texts = [f"{folders}/all/a_*:3", f"{folders}/all/b_*:1", f"{folders}/other:4"]
        found, shares, splits, problems = scenes.load(texts)
        assert [f.shape[:2] for f in found] == [(40, 60)] * 3 + [(60, 40), (256, 512)]
        assert np.allclose(shares, [1 / 8, 1 / 8, 1 / 8, 1 / 8, 1 / 2])
        assert len(splits) == 5 and problems == []

    def test_without_weights_all_count_alike(self, folders):
        _, shares, *_ = scenes.load([str(folders / "all"), str(folders / "other")])
        assert np.allclose(shares, 1 / 5)

    def test_some_weights_are_refused(self, folders):
        with pytest.raises(UsageError, match="each of the sources"):
            scenes.load([f"{folders}/all:2", f"{folders}/other"])

    def test_a_broken_file_is_told_and_left_out(self, folders):
        (folders / "other" / "d.jpg").write_bytes(b"no picture")
        found, _, _, problems = scenes.load([str(folders / "other")])
        assert len(found) == 1 and "d.jpg" in problems[0]

    def test_nothing_is_an_error(self, folders):
        with pytest.raises(filters.PictureError, match="does not exist"):
            scenes.load([f"{folders}/none_*"])


class TestViews:
    def test_unchanged_a_view_is_the_middle(self, noise):
        picture = noise(40, 90)
        seen = augmentation.view(picture, np.random.default_rng(0), NO_AUGMENTATION, (40, 40))
        # As large as fits, and anywhere along the longer side.
        places = [x for x in range(51) if np.abs(seen.astype(int) - picture[:, x : x + 40]).mean() < 40]
        assert seen.shape == (40, 40, 3) and places
        assert np.array_equal(scenes.middle(picture, (40, 40)), picture[:, 25:65])

    @pytest.mark.parametrize("side", [16, 33, 60])
    def test_a_view_of_a_fine_pattern_from_afar_is_even(self, side):
        y, x = np.mgrid[:256, :256]
        board = np.repeat(np.uint8(255 * ((x + y) % 2))[..., None], 3, axis=2)
        seen = augmentation.view(board, np.random.default_rng(0), NO_AUGMENTATION, (side, side))
        assert np.ptp(seen[2:-2, 2:-2].astype(int)) <= 2 and abs(seen.mean() - 127.5) < 3

    @pytest.mark.parametrize("side", [25, 50, 100])
    def test_a_view_from_afar_is_not_shifted(self, side):
        across = np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 200, axis=0).repeat(3, axis=2)
        seen = augmentation.view(across, np.random.default_rng(0), NO_AUGMENTATION, (side, side))
        assert np.allclose(seen[side // 2, 2:-2, 0], (np.arange(side)[2:-2] + 0.5) * 200 / side - 0.5, atol=1)

    def test_a_squeezed_view_shows_a_circle_as_an_ellipse(self):
        y, x = np.mgrid[:101, :101] - 50
        disc = np.repeat(np.uint8(255 * (x**2 + y**2 < 30**2))[..., None], 3, axis=2)
        ratios = []
        for seed in range(20):
            wild = Augmentation(flip=0, rotation=0, scale=(1.0, 1.0), squeeze=1.25)
            seen = augmentation.view(disc, np.random.default_rng(seed), wild, (80, 80))[..., 0] > 127
            ratios.append(np.ptp(np.nonzero(seen.any(axis=0))) / np.ptp(np.nonzero(seen.any(axis=1))))
        assert 1.05 < max(ratios) < 1.3 and 0.77 < min(ratios) < 0.95

    def test_sideways_views_are_turned(self):
        picture = np.zeros((20, 20, 3), np.uint8)
        picture[:, :5] = 255
        turned = Augmentation(flip=0, rotation=0, scale=(1.0, 1.0), sideways=1.0)
        bright = set()
        for seed in range(12):
            seen = augmentation.view(picture, np.random.default_rng(seed), turned, (20, 20))[..., 0] > 127
            bright.add(tuple(np.round(np.argwhere(seen).mean(axis=0)).astype(int)))
        assert bright == {(2, 10), (10, 17), (17, 10)}

    def test_a_mount_has_no_colour_and_leaves_the_middle(self):
        red = np.zeros((60, 80, 3), np.uint8)
        red[..., 0] = 200
        for seed in range(20):
            framed = augmentation.framed(red, np.random.default_rng(seed))
            assert framed.shape == red.shape and np.ptp(framed[0, 0]) == 0
            assert tuple(framed[30, 40]) == (200, 0, 0)

    def test_scratches_leave_most_of_a_print_and_the_original(self, noise):
        picture = noise(100, 100)
        before = picture.copy()
        damaged = [old_prints.scratched(picture, np.random.default_rng(seed)) for seed in range(10)]
        changed = [np.mean(np.any(d != picture, axis=2)) for d in damaged]
        assert np.array_equal(picture, before) and max(changed) > 0 and np.mean(changed) < 0.2
