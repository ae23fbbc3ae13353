"""Training pairs: drawn anew each epoch, the same for the same seed, condition and target in step."""

from dataclasses import replace

import numpy as np
import pytest

import filters
from experiments.core import registry
from experiments.core.codecs import Chroma, Pixels, from_unit, to_unit
from experiments.datasets.augmentation import NO_AUGMENTATION, Augmentation, augmented
from experiments.datasets.crops import load_crops
from experiments.datasets.old_prints import old_print
from experiments.datasets.pairs import Pairs
from filters import PictureError, resizing
from filters.faces import cropping, detection


@pytest.fixture(scope="module")
def transformation():
    return registry.find("gray_to_color")


@pytest.fixture
def crops():
    return np.random.default_rng(0).integers(0, 256, (5, 426, 320, 3), np.uint8)


def test_margins_show_a_crop_smaller_with_its_border_around():
    crop = np.full((426, 320, 3), (200, 0, 0), np.uint8)
    crop[40:-40, 40:-40] = (0, 0, 200)
    plain = Augmentation(flip=0, scale=(1.0, 1.0), rotation=0)
    without = (augmented([crop], 0, np.random.default_rng(0), plain, (64, 80))[..., 2] > 100).mean()
    shares = []
    for seed in range(20):
        chosen = replace(plain, margins=1.0)
        seen = augmented([crop], 0, np.random.default_rng(seed), chosen, (64, 80))
        shares.append((seen[..., 2] > 100).mean())
        assert (np.abs(seen[[0, 0, -1, -1], [0, -1, 0, -1]].astype(int) - (200, 0, 0)) < 5).all()
    assert max(shares) <= without + 0.03 and min(shares) < 0.3 * without and np.ptp(shares) > 0.2


def test_a_mosaic_has_four_pictures_of_which_the_first_is_its_own():
    crops = [np.full((426, 320, 3), 10 * i, np.uint8) for i in range(20)]
    chosen = Augmentation(flip=0, scale=(1.0, 1.0), rotation=0, mosaic=1.0)
    others = set()
    for seed in range(10):
        seen = augmented(crops, 7, np.random.default_rng(seed), chosen, (64, 80))
        quarters = [seen[y : y + 40, x : x + 32] for y in (0, 40) for x in (0, 32)]
        assert all((quarter == quarter[0, 0, 0]).all() for quarter in quarters)
        assert quarters[0][0, 0, 0] == 70
        others |= {int(quarter[0, 0, 0]) for quarter in quarters[1:]}
    assert len(others) > 8


def test_epochs_differ_and_repeat(transformation, crops):
    pairs = Pairs(transformation, crops, 2, Augmentation(old_print=0.5), seed=1, size=(32, 48))
    first, again, next_epoch = pairs.batch(0, 1), pairs.batch(0, 1), pairs.batch(1, 1)
    assert (first[0] == again[0]).all() and (first[1] == again[1]).all()
    assert (first[0] != next_epoch[0]).any()
    assert pairs.steps == 2 and first[0].shape == (2, 48, 32, 4) and first[1].shape == (2, 24, 16, 2)


def test_the_stream_goes_on_where_a_resumed_run_would(transformation, crops):
    pairs = Pairs(transformation, crops, 2, NO_AUGMENTATION, size=(32, 48))
    whole, resumed = pairs.stream(), pairs.stream(epoch=1)
    for _ in range(pairs.steps):
        next(whole)
    for _ in range(3):
        assert (next(whole)[0] == next(resumed)[0]).all()


def test_an_error_in_the_stream_reaches_the_reader(transformation):
    pairs = Pairs(transformation, np.zeros((2, 4, 4), np.uint8), 2, NO_AUGMENTATION)
    with pytest.raises(ValueError):
        next(pairs.stream())


def test_condition_and_target_show_the_same_place(transformation):
    crop = np.zeros((1, 426, 320, 3), np.uint8)
    crop[0, 100:200, 50:150] = (200, 80, 60)  # lighter and redder than the rest
    still = Augmentation(flip=1, rotation=10)
    condition, target = Pairs(transformation, crop, 1, still, size=(64, 80)).batch(0, 0)
    light = condition[0, ::2, ::2, 0] > -0.9
    red = target[0, ..., 0] > 0.1
    assert red.any() and (light == red).mean() > 0.97


def test_every_augmentation_keeps_shape_and_type(crops):
    rng = np.random.default_rng(0)
    every = Augmentation(exposure=0.5, contrast=0.5, crispness=1, mosaic=0.5, old_print=1)
    for index in range(5):
        picture = augmented(crops, index, rng, every, (64, 80))
        assert picture.shape == (80, 64, 3) and picture.dtype == np.uint8
        old = old_print(picture, rng)
        assert old.shape == picture.shape and (old[..., 0] == old[..., 2]).all()


def test_contrast_leaves_the_middle_gray_and_moves_the_others_alike():
    steps = np.repeat(np.array([[0, 64, 127, 191, 255]], np.uint8)[..., None], 3, axis=2).repeat(8, axis=0)
    seen = set()
    for seed in range(20):
        chosen = Augmentation(flip=0, scale=(1.0, 1.0), rotation=0, contrast=0.7)
        row = augmented([steps], 0, np.random.default_rng(seed), chosen, (5, 8))[0, :, 0].astype(int)
        assert abs(row[2] - 127) <= 1 and np.allclose(row + row[::-1], 255, atol=2)
        seen.add(int(row[1]))
    assert min(seen) < 25 and max(seen) > 85


def test_crispness_overshoots_at_edges_and_leaves_plains():
    edge = np.full((16, 16, 3), 100, np.uint8)
    edge[:, 8:] = 150
    chosen = Augmentation(flip=0, scale=(1.0, 1.0), rotation=0, crispness=1.0)
    seen = augmented([edge], 0, np.random.default_rng(1), chosen, (16, 16))[8, :, 0]
    assert seen[7] < 100 < 150 < seen[8] and seen[0] == 100 and seen[-1] == 150


def test_without_augmentation_the_whole_crop_is_shown(crops):
    import cv2

    picture = augmented(crops, 0, np.random.default_rng(0), NO_AUGMENTATION, (320, 426))
    assert cv2.PSNR(picture, crops[0]) > 60


def test_units_round_trip():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    assert (from_unit(to_unit(values)) == values).all()


def test_rendering_the_target_gives_the_picture_back(astronaut):
    import cv2

    crop = cv2.resize(astronaut[:340, 90:345], (256, 320), interpolation=cv2.INTER_AREA)
    assert (Pixels().render(Pixels().target(crop), crop) == crop).all()
    gray = filters.gray(crop)
    assert cv2.PSNR(Chroma().render(Chroma().target(crop), gray), crop) > 24


class TestLoading:
    def test_photographs_are_cut_and_crops_taken_as_they_are(self, tmp_path, astronaut):
        filters.write(tmp_path / "photo.png", astronaut)
        (face,) = detection.detect(astronaut)
        crop = cropping.cut(astronaut, face, (300, 400))
        filters.write(tmp_path / "crop.png", crop)
        filters.write(tmp_path / "wall.png", np.full((64, 64, 3), 99, np.uint8))
        (tmp_path / "broken.jpg").write_bytes(b"no")
        crops, names, splits, problems = load_crops(tmp_path)
        assert names == ["crop", "photo"] and crops.shape == (2, 426, 320, 3)
        assert np.array_equal(crops[0], resizing.resized(crop, (320, 426)))
        assert set(splits) <= {"train", "validation"}
        assert len(problems) == 2 and "broken.jpg" in problems[0] and "wall.png shows no face" in problems[1]

    def test_a_folder_without_faces_is_an_error(self, tmp_path):
        filters.write(tmp_path / "wall.png", np.full((64, 64, 3), 99, np.uint8))
        with pytest.raises(PictureError, match="holds no face that could be used"):
            load_crops(tmp_path)
