"""Super resolution: shrinking by hand, an upscaler that starts as interpolation, tiles without seams."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import filters
from experiments.core import registry
from experiments.core.codecs import Enlarged, from_unit, to_unit
from experiments.datasets.augmentation import Augmentation, augmented
from experiments.datasets.pairs import Pairs, pair
from experiments.inference import tiles, upscaling
from experiments.studies import upscalers
from transformers import inference, pretrained
from transformers.backend import keras
from transformers.networks import discriminators, generators
from transformers.training import paired

NAMES = ("super_resolution_x2", "super_resolution_x2_sharp", "super_resolution_x4", "super_resolution_x4_sharp")


def tiny(scale=4, seed=1):
    """An upscaler that does something at every place and sees as far as it can."""
    model = generators.upscaler(3, 3, "tiny", 1 / scale)
    rng = np.random.default_rng(seed)
    model.set_weights([w + 0.15 * rng.standard_normal(w.shape) for w in model.get_weights()])
    return model


@pytest.fixture
def weights(tmp_path):
    """Files of tiny upscalers by 2 and by 4."""
    files = {scale: tmp_path / f"x{scale}.weights.h5" for scale in (2, 4)}
    for scale, file in files.items():
        pretrained.save_weights(tiny(scale), file)
    return files


class TestShrinking:
    def test_means_of_blocks_by_hand(self):
        picture = np.repeat(np.array([[0, 2, 8, 10], [4, 6, 12, 14]], np.uint8)[..., None], 3, axis=2)
        assert filters.shrink(picture, 2, "area")[..., 0].tolist() == [[3, 11]]
        shown = filters.half_size(picture, method="area")[..., 0]
        assert shown.tolist() == [[3, 3, 11, 11], [3, 3, 11, 11]]

    def test_only_antialiasing_sees_every_pixel(self):
        picture = np.zeros((64, 64, 3), np.uint8)
        picture[::4] = 255  # one row in four: 64 on average
        middle = {m: filters.shrink(picture, 4, m)[4:-4, 4:-4] for m in ("bicubic", "aliased", "area")}
        assert np.abs(middle["bicubic"].astype(int) - 64).max() <= 1
        assert np.abs(middle["area"].astype(int) - 64).max() <= 1
        assert np.abs(middle["aliased"].astype(int) - 64).min() > 30

    @settings(max_examples=30)
    @given(height=st.integers(1, 30), width=st.integers(1, 30), scale=st.sampled_from((2, 4)))
    def test_the_generator_sees_the_shrunk_picture(self, height, width, scale):
        picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        filtered = {2: filters.half_size, 4: filters.quarter_size}[scale](picture)
        assert filtered.shape == picture.shape
        seen = from_unit(Enlarged(scale).condition(filtered))
        assert (seen == filters.shrink(picture, scale)).all()

    def test_wear_is_what_it_is_told_to_be(self, astronaut):
        crop = astronaut[:200, :200]
        clean = filters.quarter_size(crop).astype(float)

        def damage(**wear):
            none = {"blur": 0, "grain": 0, "quality": 100}
            return np.abs(filters.worn_quarter_size(crop, **(none | wear)) - clean).mean()

        assert damage() < 2  # JPEG halves the colours' resolution at any quality
        assert damage(blur=1.0) > damage(blur=0.5) > damage()
        assert damage(grain=12) > damage(grain=6) > damage() + 1
        assert damage(quality=20) > damage(quality=70) > damage()
        same, other = (filters.worn_quarter_size(crop, seed=s) for s in (0, 1))
        assert (same == filters.worn_quarter_size(crop)).all() and (same != other).any()

    def test_unknown_method(self):
        with pytest.raises(ValueError, match="no way of shrinking named 'fast'; known: bicubic, aliased, area"):
            filters.half_size(np.zeros((4, 4, 3), np.uint8), method="fast")


class TestUpscaler:
    @pytest.mark.parametrize("scale", [2, 4])
    def test_any_size_comes_out_enlarged(self, scale):
        model = tiny(scale)
        for height, width in ((1, 1), (3, 8), (13, 10)):
            result = inference.generate(model, np.full((2, height, width, 3), 0.3, np.float32))
            assert result.shape == (2, scale * height, scale * width, 3)
            assert result.dtype == np.float32 and np.abs(result).max() <= 1

    @pytest.mark.parametrize("scale", [2, 4])
    def test_training_starts_with_plain_interpolation(self, scale):
        ramp = np.tile(np.linspace(-0.9, 0.9, 16, dtype=np.float32)[None, None, :, None], (1, 8, 1, 3))
        result = inference.generate(generators.upscaler(3, 3, "tiny", 1 / scale), ramp)[0, :, :, 0]
        step = 1.8 / 15 / scale
        assert np.allclose(np.diff(result[0])[scale:-scale], step, atol=1e-5)
        assert np.allclose(result, result[0], atol=1e-6)

    def test_what_it_cannot_be(self):
        with pytest.raises(ValueError, match="as many channels in as out"):
            generators.upscaler(1, 3, "tiny", 1 / 4)
        for stride in (1, 1 / 3):
            with pytest.raises(ValueError, match="output_stride of 1/2, 1/4"):
                generators.upscaler(3, 3, "tiny", stride)
        with pytest.raises(ValueError, match="preset 'huge' is unknown; choose from tiny, base, large"):
            generators.upscaler(3, preset="huge")

    def test_a_place_depends_on_nothing_beyond_its_reach(self):
        model = tiny(2)
        picture = np.zeros((1, 1, 120, 3), np.float32)
        changed = picture.copy()
        changed[0, 0, 60] = 1
        before, after = (inference.generate(model, p) for p in (picture, changed))
        touched = np.flatnonzero((before != after).any(axis=(0, 1, 3))) // 2
        assert 60 - model.reach <= touched.min() and touched.max() <= 60 + model.reach
        assert touched.max() - touched.min() > model.reach  # nor is the reach far too large

    def test_a_discriminator_judges_pictures_larger_than_their_condition(self):
        model = discriminators.patch(3, 3, "tiny", shrink=1 / 4)
        verdict = model([np.zeros((2, 8, 8, 3), np.float32), np.zeros((2, 32, 32, 3), np.float32)])
        assert tuple(verdict.shape) == (2, 8, 8, 1)


class TestTiles:
    @settings(max_examples=60)
    @given(
        length=st.integers(1, 400),
        tile=st.integers(1, 90),
        reach=st.integers(0, 40),
        stride=st.sampled_from((1, 2, 4)),
    )
    def test_spans_cover_a_side_once_and_see_far_enough(self, length, tile, reach, stride):
        expected = 0
        for seen, kept in tiles.spans(length, tile, reach, stride):
            assert kept.start == expected and kept.stop > kept.start
            assert seen.start == 0 or seen.start <= kept.start - reach
            assert seen.stop == length or seen.stop >= kept.stop + reach
            assert seen.start % stride == 0 and (seen.stop % stride == 0 or seen.stop == length)
            expected = kept.stop
        assert expected == length

    @pytest.mark.parametrize("scale", [2, 4])
    @pytest.mark.parametrize("shape", [(70, 131), (1, 150), (97, 3)])
    def test_tiles_give_what_the_whole_gives(self, noise, scale, shape):
        model, picture = tiny(scale), noise(*shape)
        whole = upscaling.upscale(picture, model, tile=1000).astype(int)
        tiled = upscaling.upscale(picture, model, tile=48)
        assert whole.shape == (scale * shape[0], scale * shape[1], 3)
        assert np.abs(whole - tiled).max() <= 1
        assert np.abs(whole - whole.mean()).mean() > 5

    def test_large_results_leave_less_memory_to_a_tile(self, noise, monkeypatch):
        model, seen = tiny(), []
        real = tiles.run_on_image
        monkeypatch.setattr(tiles, "run_on_image", lambda g, p: (seen.append(max(p.shape[:2])), real(g, p))[1])
        picture = noise(12, tiles.TILE)
        whole = upscaling.upscale(picture, model)
        monkeypatch.setattr(tiles, "MOST_PIXELS", whole.size // 3 - 1)
        assert np.abs(whole.astype(int) - upscaling.upscale(picture, model)).max() <= 1
        assert seen[0] == tiles.TILE and max(seen[1:]) <= tiles.SMALL_TILE

    def test_gray_stays_gray(self, noise):
        picture = np.repeat(noise(9, 9)[..., :1], 3, axis=2)
        coloured = from_unit(inference.generate(tiny(), to_unit(picture)[None])[0])
        assert np.ptp(coloured, axis=2).max() > 3
        assert not np.ptp(upscaling.upscale(picture, tiny()), axis=2).any()

    def test_too_large_a_result_is_refused_before_any_work(self):
        picture = np.broadcast_to(np.zeros(3, np.uint8), (10_000, 10_000, 3))
        with pytest.raises(ValueError, match="10000x10000 enlarged by 4 is over 400 megapixels"):
            upscaling.upscale(picture, tiny())


class TestTraining:
    @pytest.mark.parametrize("name", [*NAMES, "super_resolution_x4_old"])
    def test_pairs_are_a_small_picture_and_the_large_one(self, name):
        transformation = registry.find(name)
        scale = transformation.scale
        crops = np.random.default_rng(0).integers(0, 256, (2, 426, 320, 3), np.uint8)
        augmentation = Augmentation(**transformation.augmentation)
        pairs = Pairs(transformation, crops, 2, augmentation, size=(32, 48))
        condition, target = pairs.batch(0, 0)
        assert condition.shape == (2, 48 // scale, 32 // scale, 3) and target.shape == (2, 48, 32, 3)
        assert (condition == pairs.batch(0, 0)[0]).all()

    def test_upright_windows_are_as_sharp_as_crops_made_at_their_size(self, astronaut):
        import cv2

        crop = cv2.resize(astronaut[:340, 90:345], (320, 426), interpolation=cv2.INTER_AREA)
        upright = Augmentation(flip=1, scale=(0.8, 0.8), rotation=0)
        drawn = augmented(crop[None], 0, np.random.default_rng(0), upright, (256, 341))
        places = [(x, y) for x in range(65) for y in range(87)]
        mirrored = drawn[:, ::-1]
        assert any(np.array_equal(mirrored, crop[y : y + 341, x : x + 256]) for x, y in places)

    def test_parameters_of_the_filter_are_drawn(self):
        transformation = registry.find("super_resolution_x2")
        picture = np.zeros((8, 8, 3), np.uint8)
        picture[::2] = 255
        every = Augmentation(parameters={"method": ("aliased", "area")})
        rng = np.random.default_rng(0)
        seen = {pair(transformation, picture, rng, every)[0].tobytes() for _ in range(20)}
        assert len(seen) == 2

    def test_the_first_value_of_every_parameter_leaves_a_small_picture_as_it_is(self, astronaut):
        old = registry.find("super_resolution_x4_old")
        clean = Augmentation(**(old.augmentation | {"first": 1.0}))
        condition, _ = pair(old, astronaut[:320, :256], np.random.default_rng(0), clean)
        small, _ = pair(registry.find("super_resolution_x4"), astronaut[:320, :256])
        assert (condition == small).all()

    def test_black_and_white_film_is_in_condition_and_target(self, noise):
        film = Augmentation(film=1.0)
        picture = augmented(noise(40, 30)[None], 0, np.random.default_rng(0), film, (24, 32))
        assert not np.ptp(picture, axis=2).any() and picture.std() > 5

    def test_an_upscaler_trains_is_applied_and_enlarges(self, command, tmp_path, astronaut):
        from filters.faces import cropping, detection

        (face,) = detection.detect(astronaut)
        filters.write(tmp_path / "in" / "face.png", cropping.cut(astronaut, face))
        run = tmp_path / "run"
        how = ("--data", tmp_path / "in", "--size", "32x48", "--preset", "tiny", "--epochs", 1, "--batch-size", 1)
        code, _, said = command("train", "super_resolution_x4", *how, "--out", run)
        assert code == 0, said
        loaded = ("--weights", run / "best.weights.h5", "--preset", "tiny")
        code, *_ = command("apply", "super_resolution_x4", tmp_path / "in", "--out", tmp_path / "a", *loaded)
        assert code == 0 and filters.read(tmp_path / "a" / "face.png").shape == (320, 256, 3)
        filters.write(tmp_path / "small.png", astronaut[100:121, 200:233])
        code, _, said = command("upscale", tmp_path / "small.png", "--out", tmp_path / "large", *loaded)
        assert code == 0 and filters.read(tmp_path / "large" / "small.png").shape == (84, 132, 3), said

    def test_a_discriminator_joins(self):
        keras.utils.set_random_seed(0)
        networks = [generators.upscaler(3, 3, "tiny", 1 / 2) for _ in range(2)]
        model = paired.GAN(*networks, discriminators.patch(3, 3, "tiny", shrink=1 / 2))
        model.compile(*(keras.optimizers.Adam(3e-3) for _ in range(2)))
        rng = np.random.default_rng(0)
        small = rng.uniform(-1, 1, (4, 8, 8, 3)).astype(np.float32)
        pairs = small, small.repeat(2, axis=1).repeat(2, axis=2)
        history = model.fit(*pairs, epochs=12, batch_size=4, verbose=0).history
        assert history["l1"][-1] < 0.9 * history["l1"][0] and len(history["adversarial"]) == 12

    def test_a_size_that_does_not_divide(self, command, tmp_path, astronaut):
        filters.write(tmp_path / "in" / "face.png", astronaut)
        code, _, said = command(
            *("train", "super_resolution_x4", "--data", tmp_path / "in", "--size", "60x80", "--preset", "tiny"),
            *("--out", tmp_path / "run"),
        )
        assert code == 2 and "both sides must be multiples of 8" in said


class TestUpscaleCommand:
    def test_every_picture_whatever_becomes_of_the_others(self, command, tmp_path, noise, weights):
        filters.write(tmp_path / "in" / "one.png", noise(1, 1))
        filters.write(tmp_path / "in" / "wide.jpg", noise(5, 300))
        (tmp_path / "in" / "broken.png").write_bytes(b"no")
        how = ("--weights", weights[2], "--preset", "tiny", "--scale", 2)
        code, _, said = command("upscale", tmp_path / "in", "--out", tmp_path / "out", *how)
        assert code == 1 and "broken.png is not a picture" in said and "2 of 3 pictures written" in said
        assert filters.read(tmp_path / "out" / "one.png").shape == (2, 2, 3)
        assert filters.read(tmp_path / "out" / "wide.png").shape == (10, 600, 3)

    def test_old_prints_are_enlarged_by_four_only(self, command, tmp_path):
        filters.write(tmp_path / "in" / "a.png", np.zeros((8, 8, 3), np.uint8))
        code, _, said = command("upscale", tmp_path / "in", "--out", tmp_path, "--style", "old", "--scale", 2)
        assert code == 2 and "--model old enlarges by 4 only" in said

    def test_weights_of_another_scale_are_refused(self, command, tmp_path, noise, weights):
        filters.write(tmp_path / "a.png", noise(4, 4))
        how = ("--weights", weights[4], "--preset", "tiny", "--scale", 2)
        code, _, said = command("upscale", tmp_path / "a.png", "--out", tmp_path / "out", *how)
        assert code == 1 and "x4.weights.h5 does not fit this generator" in said


class TestComparison:
    def test_ways_are_measured_against_the_originals(self, astronaut):
        originals = [astronaut[20:84, 200:264], astronaut[100:164, 180:244]]
        truth = {filters.shrink(p, 2).tobytes(): p for p in originals}
        ways = {
            "truth": lambda small: truth[small.tobytes()],
            "bicubic": upscalers.bicubic(2),
            "blocks": lambda small: small.repeat(2, axis=0).repeat(2, axis=1),
        }
        found = upscalers.compare(originals, 2, ways)
        assert found["truth"]["psnr_y"] == float("inf") and found["truth"]["ssim"] == 1
        assert found["truth"]["vgg_distance"] < found["bicubic"]["vgg_distance"]
        assert found["bicubic"]["psnr_y"] > found["blocks"]["psnr_y"] + 1
        assert found["bicubic"]["seconds"] > 0

    def test_a_frozen_graph_enlarges_luminance_and_chroma(self, tmp_path, astronaut):
        """A graph of one 1x1 convolution, which makes Y darker from sub-pixel to sub-pixel."""
        tensorflow = pytest.importorskip("tensorflow")
        old = tensorflow.compat.v1
        with old.Graph().as_default() as graph:
            light = old.placeholder(tensorflow.float32, (None, None, None, 1), name="IteratorGetNext")
            kernel = tensorflow.constant(1 - np.arange(16, dtype=np.float32).reshape(1, 1, 1, 16) / 32)
            copies = tensorflow.nn.conv2d(light, kernel, 1, "SAME", name="copies")
            large = tensorflow.nn.depth_to_space(copies, 4, name="DepthToSpace")
            tensorflow.transpose(large, (0, 3, 1, 2), name="NCHW_output")
        (tmp_path / "ESPCN_x4.pb").write_bytes(graph.as_graph_def().SerializeToString())
        ways = upscalers.anchors(4, tmp_path)
        assert list(ways) == ["ESPCN"] and upscalers.anchors(2, tmp_path) == {}
        small = astronaut[100:110, 200:212]
        result = ways["ESPCN"](small)
        assert result.shape == (40, 48, 3)
        darker = np.tile(1 - np.arange(16).reshape(4, 4, 1) / 32, (10, 12, 1))
        expected = filters.gray(small).repeat(4, axis=0).repeat(4, axis=1) * darker
        assert np.abs(filters.gray(result) - expected).max() <= 4  # chroma was rounded

    def test_a_file_that_is_no_graph(self, tmp_path):
        (tmp_path / "FSRCNN_x2.pb").write_bytes(b"no")
        with pytest.raises(ValueError, match=r"FSRCNN_x2.pb is no TensorFlow graph"):
            upscalers.anchors(2, tmp_path)

    def test_the_command_prints_what_it_measured(self, command, tmp_path, astronaut):
        filters.write(tmp_path / "in" / "face.png", astronaut)
        code, out, said = command("upscalers", "--data", tmp_path / "in", "--scale", 4, "--json")
        results = json.loads(out)
        assert code == 0 and results["pictures"] == 1, said
        assert 20 < results["x4"]["bicubic"]["psnr_y"] < 40 and "x2" not in results
        code, _, said = command("upscalers", "--data", tmp_path / "in", "--weights", "super_resolution_x3=a")
        assert code == 2 and "--weights takes NAME=FILE" in said


def test_depth_to_space_for_opencv_is_tensorflows():
    values = np.random.default_rng(0).standard_normal((2, 12, 3, 5)).astype(np.float32)
    ours = upscalers.DepthToSpace({"block_size": 2}, [])
    expected = keras.ops.convert_to_numpy(keras.ops.depth_to_space(values.transpose(0, 2, 3, 1), 2))
    assert ours.getMemoryShapes([list(values.shape)]) == [[2, 3, 6, 10]]
    assert np.array_equal(ours.forward([values])[0], expected.transpose(0, 3, 1, 2))
