"""Style transfer: losses and gradients by hand and by plain NumPy, tiles, optimisers, analogies, VGG-19."""

import itertools
import os

import h5py
import numpy as np
import pytest

from transformers import backend, losses
from transformers.backend import keras
from transformers.networks import features, vgg
from transformers.style import analogy
from transformers.style.frame import Frame
from transformers.style.optimizers import LBFGS, Adam
from transformers.style.transfer import LEAST_MARGIN as MARGIN
from transformers.style.transfer import StyleLayers, StyleTransfer, StyleWeights


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def tensor(values):
    return keras.ops.convert_to_tensor(np.asarray(values, np.float32))


def picture(height, width, seed=0):
    """Coarse noise, as pictures have it, and a little fine one: equal neighbours have no one maximum."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(-0.9, 0.9, (-(-height // 4), -(-width // 4), 3)).repeat(4, 0).repeat(4, 1)
    return (coarse[:height, :width] + rng.uniform(-0.1, 0.1, (height, width, 3))).astype(np.float32)


class TestLosses:
    def test_gram_matrix_by_hand(self):
        maps = tensor([[[1, 2], [3, 0]]])
        assert array(losses.gram_matrix(maps)).tolist() == [[1 + 9, 2], [2, 4]]
        half = losses.gram_matrix(maps, tensor([[1, 0.5]]))
        assert array(half).tolist() == [[1 + 4.5, 2], [2, 4]]

    def test_in_half_precision_rows_even_out_what_is_rounded(self):
        maps = np.random.default_rng(0).random((64, 48, 6))
        half = keras.ops.cast(tensor(maps), "bfloat16")
        exact = np.einsum("hwi,hwj->ij", *2 * (array(keras.ops.cast(half, "float32")).astype(np.float64),))
        gram = losses.gram_matrix(half)
        assert keras.backend.standardize_dtype(gram.dtype) == "float32"
        # One bfloat16 product would be rounded by up to 1 in 512, a root of the mean square of 1 in 900.
        assert np.sqrt(np.mean(np.square(array(gram) / exact - 1))) < 1 / 3000

    def test_total_variation_by_hand(self):
        values = tensor([[[0], [1]], [[2], [5]]])
        assert array(losses.total_variation(values)) == 4 + 16 + 1 + 9  # down: 2² + 4², across: 1² + 3²

    def test_faint_variation_by_hand(self):
        values, weights = tensor([[[0], [1]], [[2], [5]]]), tensor([[3, 4], [1, 2]])
        # Each difference by the smaller weight of its two pixels: down 1 and 2, across 3 and 1.
        assert array(losses.faint_variation(values, weights, 9.0)) == 1 * 4 + 2 * 16 + 3 * 1 + 1 * 9
        # Above 2 a difference d costs 2 (2 d - 2) instead of d²: 12 for 4, 8 for 3.
        assert array(losses.faint_variation(values, weights, 2.0)) == 1 * 4 + 2 * 12 + 3 * 1 + 1 * 8

    def test_batches_are_measured_picture_by_picture(self):
        maps = tensor(np.random.default_rng(0).standard_normal((2, 3, 4, 5)))
        grams, variations = array(losses.gram_matrix(maps)), array(losses.total_variation(maps))
        for i in range(2):
            assert np.allclose(grams[i], array(losses.gram_matrix(maps[i])), rtol=1e-5)
            assert variations[i] == pytest.approx(float(losses.total_variation(maps[i])), rel=1e-5)

    @pytest.mark.parametrize("weighted", [False, True])
    def test_gradient_of_a_style_loss_by_its_formula(self, weighted):
        rng = np.random.default_rng(0)
        maps, target = rng.standard_normal((3, 4, 5)), rng.standard_normal((5, 5))
        target = target + target.T
        region = rng.random((3, 4)) if weighted else np.ones((3, 4))

        def loss(x):
            gram = losses.gram_matrix(x, tensor(region) if weighted else None)
            return keras.ops.sum(keras.ops.square(gram - tensor(target))), ()

        value, _, gradient = backend.value_and_gradient(loss)(maps.astype(np.float32))
        flat = maps.reshape(-1, 5)
        difference = flat.T @ (flat * region.reshape(-1, 1)) - target
        assert value == pytest.approx(np.square(difference).sum(), rel=1e-5)
        # Gatys et al. 2016, equation 6, without its constant
        expected = 4 * region.reshape(-1, 1) * (flat @ difference)
        assert np.allclose(gradient.reshape(-1, 5), expected, rtol=1e-4, atol=1e-4)


LAYERS = StyleLayers({"conv2_2": 1.0}, {"conv1_1": 1.0, "conv2_1": 3.0})
WEIGHTS = StyleWeights(content=2.0, style=5.0, total_variation=0.3)


@pytest.fixture(scope="module")
def transfer():
    backend.set_precision("float32")
    return StyleTransfer(LAYERS, WEIGHTS)


@pytest.fixture(scope="module")
def tiled():
    return StyleTransfer(LAYERS, WEIGHTS, tile=32)


def plain_maps(values):
    """Features of a picture as an article would compute them: reflected borders, network, borders cut off."""
    widths = [(MARGIN, MARGIN + -side % MARGIN) for side in values.shape[:2]]
    padded = np.pad(values, (*widths, (0, 0)), mode="reflect")
    maps = features.network("vgg16", ("conv1_1", "conv2_1", "conv2_2"))(padded[None])
    cuts = [MARGIN, MARGIN // 2, MARGIN // 2]
    return [array(m)[0, c:-c, c:-c] for m, c in zip(maps, cuts, strict=True)]


def plain_gram(maps):
    flat = maps.reshape(-1, maps.shape[-1]).astype(np.float64)
    return flat.T @ flat / len(flat)


def plain_loss(values, photo, painting):
    ours, content, style = plain_maps(values), plain_maps(photo), plain_maps(painting)
    loss = 2.0 * np.square(ours[2] - content[2]).sum() / np.square(content[2]).sum()
    for index, weight in ((0, 0.25), (1, 0.75)):
        wanted = plain_gram(style[index])
        loss += 5.0 * weight * np.square(plain_gram(ours[index]) - wanted).sum() / np.square(wanted).sum()
    variation = np.square(np.diff(values, axis=0)).sum() + np.square(np.diff(values, axis=1)).sum()
    return loss + 0.3 * variation / values.size


def slope(function, at, direction, step=1e-2):
    return (function(at + step * direction) - function(at - step * direction)) / (2 * step)


class TestStyleTransfer:
    def test_the_loss_is_that_of_plain_numpy(self, transfer):
        photo, painting, start = picture(24, 40), picture(33, 20, 1), picture(24, 40, 2)
        aim = transfer.aim(photo, transfer.gram_matrices(painting))
        loss, _ = aim(start)
        assert loss == pytest.approx(plain_loss(start, photo, painting), rel=1e-4)
        assert sum(aim.parts.values()) == pytest.approx(loss)
        assert all(aim.parts[name] > 0 for name in ("content", "style", "total variation"))

    def test_nothing_is_lost_by_a_painting_of_itself(self, transfer):
        photo = picture(32, 32)
        aim = transfer.aim(photo, transfer.gram_matrices(photo))
        aim(photo)
        assert aim.parts["content"] == 0 and aim.parts["style"] == pytest.approx(0, abs=1e-9)

    @pytest.mark.parametrize("name", ["transfer", "tiled"])
    def test_the_gradient_is_that_of_small_differences(self, name, request):
        transfer = request.getfixturevalue(name)
        photo, start = picture(38, 50), 0.8 * picture(38, 50, 2)
        aim = transfer.aim(photo, transfer.gram_matrices(picture(32, 32, 1)))
        _, gradient = aim(start)
        assert gradient.shape == start.shape and gradient.dtype == np.float32
        direction = gradient / np.abs(gradient).max()
        expected = slope(lambda x: aim(x.astype(np.float32))[0], start, direction)
        assert np.vdot(gradient, direction) == pytest.approx(expected, rel=0.02)
        border = np.zeros_like(direction)  # where reflections add up
        border[0], border[:, -1] = direction[0], direction[:, -1]
        border /= np.abs(border).max()
        expected = slope(lambda x: aim(x.astype(np.float32))[0], start, border)
        assert np.vdot(gradient, border) == pytest.approx(expected, rel=0.02)

    @pytest.mark.parametrize(("deepest", "shape"), [("conv4_1", (3, 5)), ("conv5_1", (2, 3))])
    def test_sides_are_rounded_up_to_the_stride_of_the_deepest_layer(self, deepest, shape):
        deep = StyleTransfer(StyleLayers({deepest: 1.0}, {"conv1_1": 1.0}), StyleWeights())
        maps = deep.features(picture(24, 40))
        assert maps[deepest].shape[:2] == shape
        unit = features.stride(deepest)
        assert maps["conv1_1"].shape[:2] == (unit * shape[0], unit * shape[1])

    def test_tiles_make_no_difference(self, transfer, tiled):
        photo, start = picture(64, 48), picture(64, 48, 2)
        grams = transfer.gram_matrices(picture(32, 32, 1))
        for whole, parts in zip(grams, tiled.gram_matrices(picture(32, 32, 1)), strict=True):
            assert np.allclose(whole, parts, rtol=1e-4, atol=1e-4 * np.abs(whole).max())
        one, many = (t.aim(photo, grams) for t in (transfer, tiled))
        assert (len(one.frame), len(many.frame)) == (1, 4)
        (loss, gradient), (other, other_gradient) = one(start), many(start)
        # the margin is wider than these layers see: equal but for rounding
        assert other == pytest.approx(loss, rel=1e-4)
        assert np.abs(gradient - other_gradient).max() < 1e-3 * np.abs(gradient).max()

    @pytest.mark.parametrize("shape", [(1, 1), (3, 40), (17, 33)])
    def test_gradients_are_folded_as_pictures_are_cut(self, shape):
        rng, frame = np.random.default_rng(0), Frame(shape, 16, MARGIN)
        values = rng.standard_normal((*shape, 3)).astype(np.float32)
        tiles = frame.cut(values)
        others = [rng.standard_normal(t.shape).astype(np.float32) for t in tiles]
        forth = sum(np.vdot(a, b) for a, b in zip(tiles, others, strict=True))
        assert forth == pytest.approx(np.vdot(values, frame.fold(others)), rel=1e-3, abs=1e-2)

    def test_regions_have_their_own_gram_matrices(self, transfer, tiled):
        values = picture(32, 64)
        halves = np.zeros((3, 32, 64), np.float32)
        halves[0, :, :32], halves[1, :, 32:] = 1, 1
        maps = plain_maps(values)[0]
        for each in (transfer, tiled):
            left, right, none = each.gram_matrices(values, halves)[0]
            assert np.allclose(left, plain_gram(maps[:, :32]), rtol=1e-3, atol=1e-3)
            assert np.allclose(right, plain_gram(maps[:, 32:]), rtol=1e-3, atol=1e-3)
            assert not none.any()

    def test_a_region_wants_the_style_of_its_region(self, transfer):
        values = picture(32, 64)
        halves = np.zeros((2, 32, 64), np.float32)
        halves[0, :, :32], halves[1, :, 32:] = 1, 1
        aim = transfer.aim(values, transfer.gram_matrices(values, halves), halves)
        aim(values)
        assert aim.parts["style"] == pytest.approx(0, abs=1e-9)
        swapped = transfer.aim(values, transfer.gram_matrices(values, halves[::-1]), halves)
        _, gradient = swapped(values)
        assert swapped.parts["style"] > 0.01 and np.isfinite(gradient).all()

    def test_faint_differences_cost_more_where_it_is_told(self):
        photo, grams = np.zeros((16, 16, 3), np.float32), [np.zeros((1, 64, 64), np.float32)]
        smooth = StyleTransfer(StyleLayers({}, {"conv1_1": 1.0}), StyleWeights(0, 0, total_variation=2.0))
        more = np.zeros((16, 16), np.float32)
        more[:, 8:] = 9
        grain = photo.copy()
        grain[4, 4] = grain[4, 12] = 0.02
        one = 2 * 4 * 0.02**2 * 3 / photo.size  # a pixel unlike its four neighbours, in three channels
        assert smooth.aim(photo, grams)(grain)[0] == pytest.approx(2 * one, rel=1e-4)
        loss, gradient = smooth.aim(photo, grams, smoothing=more)(grain)
        assert loss == pytest.approx((1 + 10) * one, rel=1e-4)
        assert np.allclose(gradient[4, 12], 10 * gradient[4, 4]) and gradient[4, 4, 0] > 0

    def test_a_guide_is_compared_place_by_place(self):
        layers, weights = StyleLayers({}, {"conv1_1": 1.0}, ("conv2_1",)), StyleWeights(0, 0, 0, guide=3.0)
        guided = StyleTransfer(layers, weights)
        one, other = picture(16, 16), picture(16, 16, 1)
        maps, wanted = (guided.features(p)["conv2_1"] for p in (one, other))
        loss, _ = guided.aim(one, guided.gram_matrices(one), guide={"conv2_1": wanted})(one)
        assert loss == pytest.approx(3 * np.square(maps - wanted).sum() / np.square(wanted).sum(), rel=1e-4)


def quadratic(x):
    """Steep in one direction, flat in the other; least at (0.5, -3)."""
    difference = x - np.float32([0.5, -3])
    factors = np.float32([100, 1])
    return float((factors * difference**2).sum()), 2 * factors * difference


class TestDescent:
    def test_lbfgs_finds_the_least_value_in_few_steps(self):
        optimizer = LBFGS(quadratic, np.zeros(2), low=-10, high=10)
        for _ in range(15):
            optimizer.step()
        assert np.allclose(optimizer.x, [0.5, -3], atol=1e-3)

    @pytest.mark.parametrize("kind", [LBFGS, Adam])
    def test_bounds_hold_and_the_rest_is_still_optimised(self, kind):
        optimizer = kind(quadratic, np.zeros(2))
        for _ in range(200):
            optimizer.step()
            assert np.abs(optimizer.x).max() <= 1
        assert np.allclose(optimizer.x, [0.5, -1], atol=1e-2)

    def test_lbfgs_never_goes_up(self):
        def rosenbrock(x):
            a, b = x.astype(float)
            gradient = [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)]
            return (1 - a) ** 2 + 100 * (b - a * a) ** 2, np.float32(gradient)

        optimizer = LBFGS(rosenbrock, np.float32([-1.2, 1]), low=-5, high=5)
        values = [optimizer.step() for _ in range(80)]
        assert all(b <= a for a, b in itertools.pairwise(values))
        assert np.allclose(optimizer.x, 1, atol=1e-2)

    def test_the_first_step_of_adam_by_hand(self):
        optimizer = Adam(quadratic, np.zeros(2), rate=0.1)
        assert optimizer.step() == pytest.approx(100 * 0.25 + 9)
        assert np.allclose(optimizer.x, [0.1, -0.1], atol=1e-6)

    @pytest.mark.parametrize("kind", [LBFGS, Adam])
    @pytest.mark.parametrize("before", [0, 5])
    def test_a_restored_state_goes_on_as_if_never_stopped(self, kind, before):
        first, second = (kind(quadratic, np.zeros(2), low=-10, high=10) for _ in range(2))
        for _ in range(before):
            first.step()
        second.restore({key: np.copy(value) for key, value in first.state().items()})
        for _ in range(5):
            assert first.step() == second.step()
        assert np.array_equal(first.x, second.x)


class TestAnalogy:
    def test_places_that_were_moved_are_found(self):
        maps = np.random.default_rng(0).standard_normal((8, 9, 16)).astype(np.float32)
        rows, columns = np.mgrid[2:6, 3:7]
        field = analogy.correspondences(maps[2:6, 3:7], maps)
        assert np.array_equal(field[1:-1, 1:-1, 0], rows[1:-1, 1:-1])
        assert np.array_equal(field[1:-1, 1:-1, 1], columns[1:-1, 1:-1])

    def test_what_stays_in_place_is_the_same_at_every_size(self):
        maps = np.random.default_rng(0).standard_normal((6, 4, 2)).astype(np.float32)
        field = np.stack(np.mgrid[0:3, 0:2], axis=-1)
        fine = analogy.resized(field, (6, 4), (3, 2), (6, 4))
        assert np.array_equal(fine, np.stack(np.mgrid[0:6, 0:4], axis=-1))
        assert np.allclose(analogy.rearranged(maps, fine)[1:-1, 1:-1], maps[1:-1, 1:-1], atol=1e-6)


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A file as keras.applications has it (legacy HDF5), with generated weights."""
    path, rng = tmp_path_factory.mktemp("weights") / "vgg19.h5", np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        names, depth = [], 3
        for layer in vgg.layer_names("vgg19"):
            width = features.WIDTHS[int(layer[4]) - 1]
            name = f"block{layer[4]}_conv{layer[6]}"
            kernel = rng.standard_normal((3, 3, depth, width), np.float32) * (2 / (9 * depth)) ** 0.5
            group, depth = file.create_group(name), width
            group.attrs["weight_names"] = [f"{name}_W_1:0".encode(), f"{name}_b_1:0".encode()]
            group[f"{name}_W_1:0"], group[f"{name}_b_1:0"] = kernel, rng.standard_normal(width, np.float32)
            names.append(name.encode())
        file.attrs["layer_names"] = names
    return path


class TestNetworks:
    def test_vgg19_is_that_of_keras_applications(self, generated):
        backend.set_precision("float32")
        values = picture(32, 48)
        ours = features.network("vgg19", ("conv1_1", "conv4_2", "conv5_1"), weights=generated)(values[None])
        original = keras.applications.VGG19(include_top=False, weights=str(generated))
        names = ("block1_conv1", "block4_conv2", "block5_conv1")
        original = keras.Model(original.input, [original.get_layer(name).output for name in names])
        seen = keras.applications.vgg19.preprocess_input((values[None] + 1) * 127.5)
        for a, b in zip(ours, original(seen), strict=True):
            assert a.shape == b.shape and array(b).std() > 0
            assert np.allclose(array(a), array(b), rtol=1e-3, atol=1e-3 * np.abs(array(b)).max())

    def test_average_pooling_takes_the_place_of_maxima(self):
        network = features.network("vgg16", ("conv2_1",), "average")
        kinds = [type(layer) for layer in network.layers]
        assert keras.layers.AveragePooling2D in kinds and keras.layers.MaxPooling2D not in kinds

    def test_weights_that_do_not_fit_or_are_not_there(self, tmp_path):
        (tmp_path / "text.h5").write_text("not weights")
        for name, problem in (("text.h5", "does not fit VGG-19"), ("none.h5", "does not exist")):
            with pytest.raises(RuntimeError, match=rf"{name} {problem}; expected vgg19_weights"):
                features.network("vgg19", ("conv1_1",), weights=tmp_path / name)

    @pytest.mark.skipif(
        os.path.exists(os.path.expanduser(f"~/.keras/models/{features.VGG19_FILE}")),  # noqa: PTH110, PTH111
        reason="the weights were downloaded before",
    )
    def test_without_a_network_the_message_tells_the_remedy(self, monkeypatch):
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
        with pytest.raises(RuntimeError, match=r"cannot be downloaded; get vgg19.*--weights FILE"):
            features.network("vgg19", ("conv1_1",))

    def test_layers_that_the_network_has_not(self):
        with pytest.raises(ValueError, match=r"VGG-16 has no layer conv3_4; they are conv1_1 … conv5_3"):
            features.network("vgg16", ("conv3_4",))
