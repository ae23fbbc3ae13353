"""The filter `worn` and its mask; repairs and their measures."""

import json

import numpy as np
import pytest

import filters
from experiments.core.pixels import Repaired, blended, share_of
from experiments.core.registry import find
from experiments.datasets.augmentation import Augmentation
from experiments.datasets.pairs import pair
from experiments.evaluation import repair_accuracy
from experiments.inference import repairing
from filters import damage, wear
from filters.faces import detection
from filters.io.pictures import PictureError
from transformers import pretrained
from transformers.backend import keras

PLAIN = np.full((60, 80, 3), 90, np.uint8)


class TestWear:
    def test_the_mask_is_where_something_changed_visibly(self, astronaut):
        picture = astronaut[:200, 150:350]
        for seed in range(12):
            worn, sound, mask = wear.wear(picture, seed=seed)
            apart = np.abs(worn.astype(int) - sound).max(axis=2)
            assert np.array_equal(sound, picture)
            assert np.array_equal(mask, apart > wear.VISIBLE) and apart[~mask].max() == 0

    def test_the_seed_decides_and_without_one_the_picture(self, noise):
        one, other = noise(40, 50), noise(40, 50, seed=1)
        assert np.array_equal(wear.worn(one, seed=3), wear.worn(one, seed=3))
        assert not np.array_equal(wear.worn(PLAIN, seed=3), wear.worn(PLAIN, seed=4))
        assert np.array_equal(wear.worn(one), wear.worn(one.copy()))
        masks = [wear.wear(picture)[2] for picture in (one, other)]
        assert not np.array_equal(*masks)

    def test_no_amount_is_no_damage(self, noise):
        picture = noise(30, 40)
        worn, sound, mask = wear.wear(picture, amount=0, seed=1)
        assert np.array_equal(worn, picture) and np.array_equal(sound, picture) and not mask.any()

    def test_more_is_more(self):
        shares = [np.mean([wear.wear(PLAIN, amount=a, seed=s)[2].mean() for s in range(40)]) for a in (0.3, 1, 2)]
        assert shares[0] < shares[1] < shares[2]

    def test_coarse_damage_is_wider(self):
        def width(coarseness):
            layer = damage.Layer(PLAIN[..., :1].astype(np.float32), np.random.default_rng(0), 1.0, coarseness)
            damage._hairs(layer)
            return (layer.values != 90).mean()

        assert width(4) > 2 * width(1)

    def test_fading_lifts_black_and_leaves_the_order_of_grays(self):
        ramp = np.arange(256, dtype=np.uint8)[None, :, None].repeat(40, 0).repeat(3, 2)
        _, sound, _ = wear.wear(ramp, fading=1.0, amount=0, seed=2)
        means = sound.mean(axis=(0, 2))
        assert means[0] > 20 and means[-1] <= 255 and np.all(np.diff(means[::16]) > 0)

    def test_two_of_three_gray_pictures_stay_gray(self):
        stay = [not np.ptp(wear.worn(PLAIN, amount=2, seed=s).astype(int), axis=2).any() for s in range(60)]
        assert 0.5 < np.mean(stay) < 0.95

    @pytest.mark.parametrize("kind", damage.KINDS, ids=lambda kind: kind.__name__.strip("_"))
    def test_each_kind_leaves_something_and_not_nothing_else(self, kind):
        layer = damage.Layer(np.full((120, 160, 3), 128, np.float32), np.random.default_rng(5))
        kind(layer)
        share = (np.abs(layer.values - 128).max(axis=2) > wear.VISIBLE).mean()
        assert 0 < share < 0.7 and np.isfinite(layer.values).all()

    @pytest.mark.parametrize("shape", [(1, 1), (1, 50), (37, 2), (500, 3)])
    def test_any_size(self, shape):
        picture = np.full((*shape, 3), 100, np.uint8)
        assert wear.worn(picture, fading=0.5, amount=3).shape == picture.shape


class TestCodec:
    def test_a_pair_is_the_worn_picture_and_the_sound_one_with_its_mask(self, astronaut):
        parameters = {"amount": (1.5,), "seed": (7,), "fading": (0.5,)}
        condition, target = pair(
            find("worn_to_clean"),
            astronaut[:64, :64],
            np.random.default_rng(0),
            Augmentation(parameters=parameters),
        )
        worn, sound, mask = wear.wear(astronaut[:64, :64], amount=1.5, seed=7, fading=0.5)
        assert np.array_equal(np.round((condition + 1) * 127.5), worn)
        assert np.array_equal(np.round((target[..., :3] + 1) * 127.5), sound)
        change = np.abs(worn.astype(int) - sound).max(axis=2)
        assert np.array_equal(change > 0, mask)  # what is 8 gray values away counts half, from 16 on all
        assert np.allclose(target[..., 3], np.minimum(change, 16) / 8 - 1)
        assert (change[mask] < 16).any() and (change[mask] > 16).any()

    def test_what_is_sound_is_not_touched_and_the_rest_is_filled(self, noise):
        picture, result = noise(8, 8), np.zeros((8, 8, 4), np.float32)
        result[..., 3] = -0.5
        result[2:4, 2:4, 3] = 1
        rendered = Repaired().render(result, picture)
        changed = np.zeros((8, 8), bool)
        changed[2:4, 2:4] = True
        assert np.array_equal(rendered[~changed], picture[~changed]) and np.all(rendered[changed] == 128)

    def test_shares_by_hand(self):
        assert share_of(np.float32([-1, -0.4, -0.2, 0, 1])).tolist() == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-6)
        assert share_of(np.float32([1]), strength=0).tolist() == [0]
        fill = np.ones((1, 1, 3), np.float32)
        assert blended(np.zeros((1, 1, 3), np.uint8), fill, np.float32([[0.5]])).ravel().tolist() == [128, 128, 128]


@pytest.fixture
def finder():
    """A generator that takes pure white for damage and fills it with black."""
    inputs = keras.Input((None, None, 3))
    white = keras.ops.min(inputs, axis=-1, keepdims=True)
    outputs = keras.ops.concatenate([-keras.ops.ones_like(inputs), keras.ops.sign(white - 0.99)], axis=-1)
    network = keras.Model(inputs, outputs)
    network.stride, network.output_stride = 1, 1
    return network


class TestRepair:
    def test_what_is_found_is_filled(self, noise, finder):
        picture = noise(20, 30) // 2
        picture[5:8, 9:12] = 255
        repaired = repairing.repair(picture, finder)
        picture[5:8, 9:12] = 0
        assert np.array_equal(repaired, picture)

    def test_a_mask_says_where_and_nothing_else_is_repaired(self, finder):
        picture, mask = np.full((20, 30, 3), 60, np.uint8), np.zeros((20, 30, 3), np.uint8)
        picture[0, 0] = 255
        mask[5:8, 9:12] = 255
        repaired = repairing.repair(picture, finder, mask=mask)
        assert not repaired[5:8, 9:12].any() and repaired[0, 0].tolist() == [255] * 3
        with pytest.raises(PictureError, match="the mask is 30x30; it must have the proportions of 30x20"):
            repairing.repair(picture, finder, mask=np.zeros((30, 30, 3), np.uint8))

    def test_large_pictures_keep_every_sound_pixel(self, noise, finder, monkeypatch):
        monkeypatch.setattr(repairing, "LONGEST", 50)
        picture = noise(100, 200) // 2
        picture[40:60, 40:60] = 255
        repaired = repairing.repair(picture, finder)
        far = np.ones((100, 200), bool)
        far[34:66, 34:66] = False
        assert np.array_equal(repaired[far], picture[far]) and repaired[46:54, 46:54].max() == 0

    def test_eyes_are_left_alone_that_look_as_dust_does(self, astronaut, finder):
        picture = np.minimum(astronaut, 250)
        (left, *_), *_ = (face.landmarks for face in detection.detect(picture))
        x, y = (round(v) for v in left)
        picture[y : y + 2, x : x + 2] = picture[300:302, 20:22] = 255
        repaired = repairing.repair(picture, finder)
        assert not repaired[300:302, 20:22].any() and repaired[y, x].mean() > 150
        mask = np.full_like(picture, 255)
        assert not repairing.repair(picture, finder, mask=mask)[y, x].any()  # whoever paints a mask decides

    def test_a_mirror_image_is_repaired_as_the_picture_is(self, noise):
        network, rng = find("worn_to_clean").build_generator("tiny"), np.random.default_rng(2)
        network.set_weights([w + 0.1 * rng.standard_normal(w.shape) for w in network.get_weights()])
        picture = noise(64, 64)
        shares = [repairing.repairs(shown, network)[1] for shown in (picture, picture[:, ::-1])]
        assert np.ptp(shares[0]) > 0.5 and np.allclose(shares[0], shares[1][:, ::-1], atol=1e-3)

    def test_tiles_give_what_the_whole_gives(self, noise, finder, monkeypatch):
        picture = noise(90, 70)
        whole = repairing.repair(picture, finder)
        monkeypatch.setattr(repairing, "TILE", 32)
        monkeypatch.setattr(repairing, "REACH", 4)
        assert np.array_equal(repairing.repair(picture, finder), whole)


class TestMeasures:
    def test_by_hand(self, finder):
        sound = np.full((10, 10, 3), 100, np.uint8)
        worn, mask = sound.copy(), np.zeros((10, 10), bool)
        worn[2:4, 2:4], mask[2:4, 2:4] = 255, True
        result = repair_accuracy.compared(worn, sound, mask, lambda picture: (sound, mask.astype(np.float32)))
        assert result["worn"] == pytest.approx(20 * np.log10(255 / 155), abs=1e-4)
        assert result["repaired"] == pytest.approx(60 - result["worn"], abs=0.01)
        assert (result["precision"], result["recall"], result["sound"]) == (1, 1, 0)
        found = np.zeros((10, 10), np.float32)
        found[2:4] = 1
        half = repair_accuracy.compared(worn, sound, mask, lambda picture: (picture + np.uint8(0), found))
        assert (half["precision"], half["recall"], half["repaired"]) == (0.2, 1, 0)

    def test_opencv_fills_a_plain_wall(self):
        sound = np.full((30, 30, 3), 100, np.uint8)
        worn, mask = sound.copy(), np.zeros((30, 30), bool)
        worn[10:12, 10:12], mask[10:12, 10:12] = 255, True
        result = repair_accuracy.compared(worn, sound, mask, lambda picture: (picture, mask * 0.0))
        assert result["median"] > 30 and result["perfect_mask"] > 30


class TestCommands:
    @pytest.fixture
    def weights(self, tmp_path):
        path = tmp_path / "tiny.weights.h5"
        pretrained.save_weights(find("worn_to_clean").build_generator("tiny"), path)
        return ("--weights", path, "--preset", "tiny")

    def test_restore_and_measure(self, command, tmp_path, noise, weights):
        filters.write(tmp_path / "in" / "a.png", noise(40, 50))
        (tmp_path / "in" / "b.png").write_bytes(b"no")
        code, _, said = command("restore", tmp_path / "in", "--out", tmp_path / "out", "--save-masks", *weights)
        assert code == 1 and "b.png is not a picture" in said
        assert filters.read(tmp_path / "out" / "a.png").shape == (40, 50, 3)
        assert filters.read(tmp_path / "out" / "a mask.png").shape == (40, 50, 3)
        code, out, said = command("evaluate-restoration", tmp_path / "in", "--json", *weights)
        results = json.loads(out)["results"]
        assert code == 1 and set(results) >= {"worn", "median", "repaired", "gray", "precision", "recall", "sound"}

    def test_pictures_are_measured_at_sizes_at_which_damage_is_not_looked_for(
        self, command, tmp_path, noise, weights, monkeypatch
    ):
        monkeypatch.setattr(repairing, "LONGEST", 32)
        filters.write(tmp_path / "a.png", noise(60, 80))
        code, out, said = command(
            "evaluate-restoration", tmp_path / "a.png", "--longer-side", 80, "--json", *weights
        )
        assert (code, json.loads(out)["pictures"]) == (0, 1), said

    def test_prints_are_repaired_before_they_are_coloured(self, command, tmp_path, noise, monkeypatch):
        gray = noise(40, 50)[..., :1].repeat(3, axis=2)
        filters.write(tmp_path / "print.png", gray)
        monkeypatch.setattr(repairing, "repair", lambda picture, generator: np.full_like(picture, 200))
        code, *_ = command("colorize", tmp_path / "print.png", "--restore", "--out", tmp_path / "out")
        light = filters.gray(filters.read(tmp_path / "out" / "print.png"))
        assert code == 0 and abs(float(light.mean()) - 200) < 3 and light.std() < 5

    def test_wrong_calls(self, command, tmp_path, noise):
        for name in ("a", "b"):
            filters.write(tmp_path / f"{name}.png", noise(40, 50))
        filters.write(tmp_path / "mask.png", noise(40, 40))
        options = ("--out", tmp_path / "out", "--mask", tmp_path / "mask.png")
        code, _, said = command("restore", tmp_path / "a.png", tmp_path / "b.png", *options)
        assert code == 2 and "--mask belongs to one photograph; name one" in said
        code, _, said = command("restore", tmp_path / "a.png", *options)
        assert code == 1 and "a.png: the mask is 40x40; it must have the proportions of 50x40" in said
