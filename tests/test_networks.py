"""Generators, discriminators and features: shapes, sizes, round trips; on whichever backend runs."""

import numpy as np
import pytest

from filters import color
from transformers import inference, pretrained
from transformers.backend import keras
from transformers.networks import blocks, discriminators, efficientnet, features, generators, projected, published


def pictures(height, width, channels=1, count=2, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, height, width, channels)).astype(np.float32)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("name", ["unet", "autoencoder"])
@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("output_stride", [1, 2])
def test_generators_take_any_channels_and_any_size(name, channels, output_stride):
    model = generators.GENERATORS[name](channels, 3, "tiny", output_stride)
    for height, width in ((16, 16), (1, 1), (37, 50)):
        result = inference.generate(model, pictures(height, width, channels))
        expected = (2, -(-height // output_stride), -(-width // output_stride), 3)
        assert result.shape == expected
        assert result.dtype == np.float32 and np.abs(result).max() <= 1


def test_a_resnet_takes_any_size_and_shows_what_it_finds_on_its_way():
    model = generators.resnet(3, 3, "tiny")
    assert inference.generate(model, pictures(37, 50, 3)).shape == (2, 37, 50, 3)
    found = keras.Model(model.input, model.taps)(pictures(32, 48, 3))
    assert [array(f).shape[1:3] for f in found] == [(16, 24), (8, 12), (8, 12)]
    with pytest.raises(ValueError, match="output_stride is 1"):
        generators.resnet(1, 2, "tiny", 2)


def test_a_discriminator_of_pictures_alone():
    verdict = array(discriminators.patch(0, 3, "tiny")(pictures(32, 32, 3)))
    assert verdict.shape == (2, 8, 8, 1)


def test_published_cyclegan_has_11_million_parameters():
    assert generators.count_parameters(published.cyclegan_generator()) == pytest.approx(11.4e6, rel=0.01)
    assert generators.count_parameters(published.cyclegan_discriminator()) == pytest.approx(2.76e6, rel=0.01)


@pytest.mark.parametrize("name", ["unet", "autoencoder"])
def test_a_result_depends_neither_on_the_batch_it_is_in_nor_on_training(name):
    model = generators.GENERATORS[name](1, 3, "tiny")
    model.set_weights([w + 0.02 * np.random.default_rng(1).standard_normal(w.shape) for w in model.get_weights()])
    batch = pictures(16, 16, count=8)
    result = inference.generate(model, batch)[3]
    assert np.allclose(result, inference.generate(model, batch[3:4])[0], atol=1e-5)
    assert np.allclose(result, array(model(batch, training=True))[3], atol=1e-5)


def test_the_unet_uses_its_skips_and_the_autoencoder_has_none():
    def joins(model):
        return sum(isinstance(layer, keras.layers.Concatenate) for layer in model.layers)

    assert joins(generators.unet(1, 3, "tiny")) == 2
    assert joins(generators.autoencoder(1, 3, "tiny")) == 0


def test_a_repairer_is_a_unet_with_more_blocks_at_its_two_finest_sizes():
    unet, repairer = (generators.GENERATORS[name](3, 4, "tiny") for name in ("unet", "repairer"))
    convolutions = (
        [at for at in model.layers if isinstance(at, keras.layers.Conv2D)] for model in (unet, repairer)
    )
    old, new = (sorted(layers, key=lambda layer: (len(layer.name), layer.name)) for layers in convolutions)
    # Each finer part of the decoder: 1x1, 3x3, the unet's block of two convolutions, and then one block more.
    added = [new[-9], new[-8], new[-3], new[-2]]
    assert [layer.filters for layer in added] == [16, 16, 8, 8]
    rng = np.random.default_rng(1)
    for layer, layer_of_unet in zip([layer for layer in new if layer not in added], old, strict=True):
        layer.set_weights([w + 0.02 * rng.standard_normal(w.shape) for w in layer_of_unet.get_weights()])
        layer_of_unet.set_weights(layer.get_weights())
    given = pictures(32, 32, 3)
    # What is added starts as the identity, and is no identity once it has learned.
    assert np.array_equal(array(unet(given)), array(repairer(given)))
    added[-1].bias.assign(np.ones(8))
    assert not np.allclose(array(unet(given)), array(repairer(given)))


def test_no_generator_has_a_bare_transposed_convolution():
    for build in generators.GENERATORS.values():
        kinds = {type(layer) for layer in build(3, 3, "tiny", 1 / 2 if build is generators.upscaler else 1).layers}
        assert keras.layers.Conv2DTranspose not in kinds


@pytest.mark.parametrize(("period", "share"), [(10_000, 1), (4, 7 / 8), (3, 37 / 64), (2, 0)])
def test_the_notch_takes_off_what_alternates_and_little_else(period, share):
    wave = np.cos(2 * np.pi / period * np.arange(24, dtype=np.float32))
    notch = blocks.NyquistNotch()
    for values in (wave[None, :, None, None], wave[None, None, :, None]):
        values = np.broadcast_to(values, (1, 24, 24, 2))
        result = keras.ops.convert_to_numpy(notch(values))
        inner = (slice(None), slice(3, -3), slice(3, -3))
        # of what alternates nothing is left at the border either
        where = inner if period in (3, 4) else ...
        assert np.allclose(result[where], share * values[where], atol=1e-5)


def test_training_starts_without_a_checkerboard():
    model = generators.unet(1, 3, "tiny")
    (rearranged,) = [layer for layer in model.layers if isinstance(layer, generators.DepthToSpace)]
    bare = keras.Model(model.input, rearranged.output)  # before the notch, which would hide one
    result = keras.ops.convert_to_numpy(bare(np.ones((1, 32, 32, 1), np.float32)))[0, 8:24, 8:24]
    within = np.abs(result[0::2, 0::2] - result[1::2, 1::2]).max()
    assert within <= 1e-6


@pytest.mark.parametrize("name", ["unet", "repairer", "resnet", "autoencoder"])
def test_no_weights_can_leave_a_grid(name):
    model = generators.GENERATORS[name](3, 3, "tiny")
    *_, head = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    *_, rearranged = [layer for layer in model.layers if isinstance(layer, generators.DepthToSpace)]
    # Everything else is zero, so all that comes is a checkerboard of 0.5 and -0.5 in each channel.
    model.set_weights([np.zeros(w.shape) for w in model.get_weights()])
    head.bias.assign(np.repeat([0.5, -0.5, -0.5, 0.5], 3))
    picture = np.zeros((1, 32, 32, 3), np.float32)
    assert (np.abs(array(keras.Model(model.input, rearranged.output)(picture))) == 0.5).all()
    assert np.abs(array(model(picture))).max() < 1e-6


def test_published_pix2pix_has_54_million_parameters():
    assert generators.count_parameters(published.pix2pix_generator()) == pytest.approx(54.4e6, rel=0.01)


def test_unknown_names_are_explained():
    with pytest.raises(ValueError, match=r"preset 'huge' is unknown; choose from tiny, base, large"):
        generators.unet(1, preset="huge")
    with pytest.raises(ValueError, match=r"normalization 'batch' is unknown"):
        discriminators.patch(1, 3, "tiny", normalization="batch")


@pytest.mark.parametrize("normalization", discriminators.NORMALIZATIONS)
@pytest.mark.parametrize("shrink", [1, 2])
def test_patch_discriminator(normalization, shrink):
    model = discriminators.patch(1, 2, "tiny", normalization, shrink)
    small = 32 // shrink
    verdict = array(model([pictures(32, 32, 1), pictures(small, small, 2)]))
    assert verdict.shape == (2, small // 4, small // 4, 1)


def test_classifier_gives_log_odds_and_probabilities():
    model = discriminators.classifier(1, 3, "tiny")
    odds = model([pictures(32, 32, 1), pictures(32, 32, 3)])
    probabilities = array(discriminators.class_probabilities(odds))
    assert probabilities.shape == (2, 2)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert (np.sign(array(odds)[:, 0]) == np.sign(probabilities[:, 1] - probabilities[:, 0])).all()


def test_projected_discriminator_looks_through_frozen_features():
    model = projected.projected(1, 3, "tiny")
    condition, real = pictures(64, 96, 1), pictures(64, 96, 3)
    assert model([condition, real]).shape == (2, 2, 3, len(projected.LEVELS))
    assert projected.projected(0, 3, "tiny")(real).shape == (2, 2, 3, len(projected.LEVELS))
    assert model([pictures(40, 72, 1), pictures(40, 72, 3)]).shape == (2, 2, 3, len(projected.LEVELS))
    learns = {id(v) for v in model.trainable_variables}
    encoder = {id(v) for v in efficientnet.features().variables}
    assert not encoder & {id(v) for v in model.variables}  # a file of weights holds the heads alone
    fixed = [layer for layer in model.layers if layer.name.startswith("across_")]
    assert len(fixed) == 8 and not any(id(v) in learns for layer in fixed for v in layer.variables)
    again = projected.projected(1, 3, "tiny")
    for layer in fixed:  # what is never learned is the same for every seed
        assert np.array_equal(layer.get_weights()[0], again.get_layer(layer.name).get_weights()[0])
    with pytest.raises(ValueError, match=r"not 1 channels"):
        projected.projected(1, 1, "tiny")


def test_projected_discriminator_sees_chroma_in_colour():
    rgb = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), np.uint8)
    lab = color.rgb_to_lab(rgb[0])[None]
    seen = array(projected.LabToRGB()(np.concatenate([lab[..., :1] / 50 - 1, lab[..., 1:] / 100], axis=-1)))
    assert np.abs((seen + 1) * 127.5 - rgb).max() < 0.7  # levels of 255
    model = projected.projected(4, 2, "tiny", shrink=2)
    light, chroma = pictures(64, 64, 4), np.zeros((2, 32, 32, 2), np.float32)
    verdicts = [array(model([light, chroma + tint])) for tint in (0.0, 0.3)]
    assert verdicts[0].shape == (2, 1, 1, 4) and not np.allclose(*verdicts)


def test_padding_reflects_and_is_cut_off_again():
    batch = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
    padded = inference.pad(batch, 4)[0, :, :, 0]
    assert padded.tolist() == [[0, 1, 2, 1], [3, 4, 5, 4], [0, 1, 2, 1], [0, 1, 2, 1]]


def test_vgg_features_have_the_shapes_of_vgg_and_find_edges():
    network = features.vgg16()
    maps = [array(m) for m in network(pictures(32, 48, 3))]
    assert [m.shape[1:] for m in maps] == [(32, 48, 64), (16, 24, 128), (8, 12, 256), (4, 6, 512)]
    even = array(network(np.zeros((1, 32, 32, 3), np.float32))[0])[0, 8:24, 8:24]
    assert np.allclose(even, even[0, 0], atol=1e-3)
    with pytest.raises(ValueError, match=r"no layer conv9_9"):
        features.vgg16(("conv9_9",))


class TestWeights:
    def test_round_trip_in_half_precision(self, tmp_path):
        model, other = (generators.unet(1, 3, "tiny") for _ in range(2))
        path = tmp_path / "w.weights.h5"
        pretrained.save_weights(model, path)
        pretrained.load_weights(other, path)
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            assert np.allclose(a, b, rtol=1e-3, atol=1e-6)
        assert path.stat().st_size < 4 * generators.count_parameters(model) + 200_000
        assert [p.name for p in tmp_path.iterdir()] == ["w.weights.h5"]

    def test_those_of_another_network_are_refused(self, tmp_path):
        path = tmp_path / "w.weights.h5"
        pretrained.save_weights(generators.unet(3, 3, "tiny"), path)
        with pytest.raises(pretrained.WeightsError, match=r"w.weights.h5 does not fit this generator"):
            pretrained.load_weights(generators.unet(1, 3, "tiny"), path)
        path.write_bytes(b"nonsense")
        with pytest.raises(pretrained.WeightsError, match=r"is damaged"):
            pretrained.load_weights(generators.unet(1, 3, "tiny"), path)
        with pytest.raises(pretrained.WeightsError, match=r"does not exist"):
            pretrained.load_weights(generators.unet(1, 3, "tiny"), tmp_path / "none.weights.h5")

    def test_fewer_bits_round_to_the_nearest(self, tmp_path):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(5, use_bias=False)])
        exact = [1.0, 1 + 3 / 1024, 1 - 1 / 2048, -3.0 - 5 / 512, 65504.0 / 2]
        model.set_weights([np.array([exact], np.float32)])
        pretrained.save_weights(model, tmp_path / "w.weights.h5", bits=8)
        pretrained.load_weights(model, tmp_path / "w.weights.h5")
        # Steps are 1/256 above 1, 1/512 below it, 1/128 above 2; a carry leads to the next power of two.
        assert model.get_weights()[0][0].tolist() == [1.0, 1 + 1 / 256, 1.0, -3 - 1 / 128, 32768.0]

    def test_the_shipped_ones_load(self):
        assert "gray_to_color" in pretrained.available()
        for name in pretrained.available():
            model = pretrained.load(name)
            assert (pretrained.FOLDER / f"{name.partition('.')[0]}.md").is_file(), f"{name} has no model card"
            assert (pretrained.FOLDER / f"{name}.weights.h5").stat().st_size < pretrained.LARGEST
            takes_pictures = "." not in name and name not in ("noise", "efficientnet_lite0", "any_painter")
            assert not takes_pictures or (model.stride and model.output_stride)
        with pytest.raises(pretrained.WeightsError, match=r"no weights are shipped for 'nothing'"):
            pretrained.load("nothing")

    def test_all_shipped_ones_are_quick_to_clone(self):
        assert sum(path.stat().st_size for path in pretrained.FOLDER.glob("*.weights.h5")) < 130e6

    def test_what_is_withdrawn_is_gone(self, tmp_path, monkeypatch):
        monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
        model = generators.unet(1, 3, "tiny")
        pretrained.save_weights(model, tmp_path / "run.weights.h5")
        options = {"input_channels": 1, "output_channels": 3, "preset": "tiny"}
        pretrained.ship("mine", tmp_path / "run.weights.h5", "unet", options)
        assert pretrained.available() == ["mine"]
        for _ in range(2):
            pretrained.withdraw("mine")
            assert pretrained.available() == [] and not (tmp_path / "mine.weights.h5").exists()

    def test_a_changed_file_is_refused(self, tmp_path, monkeypatch):
        import shutil

        for file in pretrained.FOLDER.iterdir():
            shutil.copy(file, tmp_path)
        monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
        with (tmp_path / "gray_to_color.weights.h5").open("ab") as file:
            file.write(b"x")
        with pytest.raises(pretrained.WeightsError, match=r"is damaged"):
            pretrained.load("gray_to_color")


def test_networks_that_are_about_to_be_loaded_are_built_without_drawing():
    def kernel():
        layer = keras.layers.Conv2D(4, 3, kernel_initializer="he_normal")
        layer.build((None, 8, 8, 3))
        return layer.get_weights()[0]

    with pretrained.without_initial_values():
        assert not kernel().any()
    assert kernel().all()


@pytest.mark.parametrize("load", [lambda: pretrained.load("starry_night"), lambda: features._network.__wrapped__(
    "vgg16", ("conv1_1",), "max", None, "float32")])  # fmt: skip
def test_a_network_that_is_loaded_changes_nothing_of_what_is_drawn_next(load):
    def kernel():
        layer = keras.layers.Conv2D(4, 3)
        layer.build((None, 8, 8, 3))
        return layer.get_weights()[0]

    keras.utils.set_random_seed(0)
    first = kernel()
    keras.utils.set_random_seed(0)
    load()
    assert (kernel() == first).all()
