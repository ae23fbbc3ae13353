"""The encoder that knows ImageNet, and the U-Net on it; on whichever backend runs."""

import numpy as np
import pytest

from transformers import inference
from transformers.backend import keras
from transformers.networks import efficient_unet, efficientnet, efficientnet_original, generators

ORIGINAL = efficientnet_original.installed("lite0")


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


class TestEncoder:
    def test_maps_are_where_strides_are(self):
        maps = efficientnet.encoder()(np.zeros((1, 64, 96, 3), np.float32))
        sides = [(64 // s, 96 // s) for s in efficientnet.STRIDES]
        assert [m.shape[1:] for m in maps] == [
            (*side, channels) for side, channels in zip(sides, (96, 144, 240, 672, 320), strict=True)
        ]

    @pytest.mark.skipif(not ORIGINAL, reason="the original weights or PyTorch are not installed")
    def test_features_are_those_of_the_original(self):
        """The original, step by step and with its batch normalisation, in PyTorch."""
        import torch
        from torch.nn import functional

        originals = efficientnet_original.original_weights("lite0")
        weights = {name: torch.tensor(values) for name, values in originals.items()}

        def convolve(x, name, stride=1, groups=1):
            kernel = weights[f"{name}.weight"]
            size, side = kernel.shape[-1], x.shape[-1]
            missing = max((-(-side // stride) - 1) * stride + size - side, 0)
            x = functional.pad(x, (missing // 2, missing - missing // 2) * 2)
            return functional.conv2d(x, kernel, stride=stride, groups=groups)

        def normalise(x, name):
            values = [weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
            return functional.batch_norm(x, *values, eps=1e-3)

        pixels = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3)).astype(np.float32)
        x = torch.tensor((pixels - 127) / 128).permute(0, 3, 1, 2)
        x = functional.relu6(normalise(convolve(x, "_conv_stem", 2), "_bn0"))
        expected, number = [], 0
        for _, first_stride, expansion, _, blocks in efficientnet.STAGES:
            for block in range(blocks):
                name, stride, y = f"_blocks.{number}.", first_stride if block == 0 else 1, x
                if expansion > 1:
                    y = functional.relu6(normalise(convolve(y, f"{name}_expand_conv"), f"{name}_bn0"))
                expected += [y] if stride > 1 else []
                y = convolve(y, f"{name}_depthwise_conv", stride, y.shape[1])
                y = functional.relu6(normalise(y, f"{name}_bn1"))
                y = normalise(convolve(y, f"{name}_project_conv"), f"{name}_bn2")
                x, number = (x + y if y.shape == x.shape else y), number + 1
        head = functional.relu6(normalise(convolve(x, "_conv_head"), "_bn1")).mean((2, 3))
        logits = functional.linear(head, weights["_fc.weight"], weights["_fc.bias"])
        found = [
            *efficientnet.features()(pixels / 127.5 - 1),
            efficientnet.network(logits=True)(pixels / 127.5 - 1),
        ]
        for ours, theirs in zip(found, [*expected, x, logits], strict=True):
            theirs = (theirs.permute(0, 2, 3, 1) if theirs.ndim == 4 else theirs).numpy()
            # The shipped weights are rounded to float16.
            assert np.abs(array(ours) - theirs).mean() < 0.02 * np.abs(theirs).mean()

    def test_photographs_are_named(self):
        from skimage import data

        from filters import resizing
        from transformers.imagenet import class_names

        found = {}
        for name in ("chelsea", "coffee", "rocket"):
            photo = resizing.smaller(getattr(data, name)(), 320)
            middle = photo[:, (photo.shape[1] - 213) // 2 :][:, :213]
            logits = array(efficientnet.network(logits=True)(middle[None] / np.float32(127.5) - 1))[0]
            found[name] = [class_names()[i] for i in np.argsort(-logits)[:3]]
        assert {"tabby", "tiger cat", "Egyptian cat"} & set(found["chelsea"][:1])
        assert found["coffee"][0] == "espresso" and "missile" in found["rocket"]

    @pytest.mark.parametrize(("stride", "first"), [(None, None), (1, "stem"), (16, "stage4_block1_project")])
    def test_what_is_trained(self, stride, first):
        network = efficientnet.encoder(1 / 8)
        efficientnet.train_from(network, stride)
        names = [layer.name for layer in network.layers if layer.trainable_variables]
        assert (names[0] if names else None) == first

    def test_batch_normalisation_is_folded_by_hand(self):
        EPSILON, folded = efficientnet_original.EPSILON, efficientnet_original.folded
        norm = {"weight": 2.0, "bias": 1.0, "running_mean": 3.0, "running_var": 4.0 - EPSILON}
        weights = {f"n.{k}": np.array([v]) for k, v in norm.items()} | {"c.weight": np.full((1, 1, 1, 1), 5.0)}
        kernel, bias = folded(weights, "c", "n")
        # (5 x - 3) / 2 * 2 + 1
        assert np.allclose(kernel, 5) and np.allclose(bias, -2)


class TestHints:
    def test_a_pyramid_gives_the_mean_of_each_cell_s_hints(self):
        given = np.zeros((1, 32, 32, 3), np.float32)
        given[0, 1, 2] = 0.5, -0.25, 1  # two in the first cell of 4x4
        given[0, 3, 0] = 0.1, -0.75, 1
        given[0, 9, 31] = 1, 1, 1
        given[0, 30, 30, :2] = 9  # no mask: no hint
        fine, *_, coarse = (array(m) for m in efficient_unet.HintPyramid()(given))
        assert np.allclose(fine[0, 0, 0], (0.3, -0.5, 1), atol=1e-4)
        assert np.allclose(fine[0, 2, 7], (1, 1, 1), atol=1e-4)
        assert np.count_nonzero(fine[..., 2]) == 2 and not fine[0, 7, 7].any()
        assert coarse.shape == (1, 1, 1, 3)
        assert np.allclose(coarse[0, 0, 0], (1.6 / 3, 0, 1), atol=1e-3)

    def test_attention_brings_nothing_where_there_is_no_hint(self):
        attention = efficient_unet.HintAttention(4, 6)
        features = np.random.default_rng(0).standard_normal((2, 3, 5, 8)).astype(np.float32)
        hints = np.zeros((2, 3, 5, 3), np.float32)
        assert not array(attention([features, hints])).any()
        hints[0, 1, 2] = 1, 1, 1
        found = array(attention([features, hints]))
        assert found.shape == (2, 3, 5, 6)
        assert np.abs(found[0]).sum(axis=-1).min() > 0 and not found[1].any()

    def test_attention_falls_with_distance(self):
        attention = efficient_unet.HintAttention(4, 1)
        hints = np.zeros((1, 1, 6, 3), np.float32)
        hints[0, 0, 0] = 1, 1, 1
        found = np.abs(array(attention([np.ones((1, 1, 6, 8), np.float32), hints]))[0, 0, :, 0])
        assert (np.diff(found) < 0).all()


class TestUNet:
    @pytest.mark.parametrize(("channels", "hints"), [(1, False), (3, False), (5, False), (4, True)])
    def test_any_channels_and_any_size(self, channels, hints):
        model = generators.efficient_unet(channels, 2, "tiny", 2, hints=hints)
        batch = np.zeros((2, 37, 50, channels), np.float32)
        result = inference.generate(model, batch)
        assert result.shape == (2, 19, 25, 2) and np.abs(result).max() <= 1

    def test_logits_are_at_a_quarter(self):
        model = generators.efficient_unet(1, 7, "tiny", 4, logits=True)
        assert inference.generate(model, np.zeros((1, 64, 40, 1), np.float32)).shape == (1, 16, 10, 7)

    def test_a_result_depends_neither_on_the_batch_nor_on_training(self):
        model = generators.efficient_unet(4, 2, "tiny", 2, hints=True)
        rng = np.random.default_rng(1)
        model.set_weights([w + 0.02 * rng.standard_normal(w.shape) for w in model.get_weights()])
        batch = rng.uniform(-1, 1, (3, 32, 64, 4)).astype(np.float32)
        batch[..., 3] = batch[..., 3] > 0.9
        result = inference.generate(model, batch)[1]
        assert np.allclose(result, inference.generate(model, batch[1:2])[0], atol=1e-5)
        assert np.allclose(result, array(model(batch, training=True))[1], atol=1e-5)
