"""CycleGAN, CUT and the way back alone: what a step changes and what it leaves alone; on whichever backend runs."""

import numpy as np
import pytest

from transformers import backend
from transformers.backend import keras
from transformers.training import translation, unpaired
from transformers.training.callbacks import Schedule

SIZE = (32, 24)  # width, height


def build(method="cyclegan", generator="resnet", seed=3, **options):
    keras.utils.set_random_seed(seed)
    model = translation.METHODS[method](generator, "tiny", size=SIZE, **options)
    model.compile(1e-3)
    return model


def batch(count=4, seed=0):
    rng = np.random.default_rng(seed)
    shape = (count, SIZE[1] // 8, SIZE[0] // 8, 3)
    a, b = (rng.uniform(-1, 1, shape).repeat(8, 1).repeat(8, 2).astype(np.float32) for _ in range(2))
    return {"a": a, "seen": a, "b": b, "pair": -a, "draws": rng.random((count, 2 * unpaired.DRAWS), np.float32)}


def fit(model, epochs=1, steps=1, seed=0, callbacks=(), start=0):
    batches = ((batch(seed=seed + i),) for i in range(start * steps, 10**6))
    fitted = model.fit(
        batches, initial_epoch=start, epochs=epochs, steps_per_epoch=steps, shuffle=False, verbose=0,
        callbacks=[Schedule(), *callbacks],
    )  # fmt: skip
    return fitted.history


def copies(model):
    return [w.copy() for w in model.get_weights()]


def moved(before, model):
    return any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize(
    ("method", "generator"), [pytest.param("cyclegan", "unet", marks=pytest.mark.slow), ("cut", "resnet")]
)
def test_before_its_epoch_the_discriminator_rests_and_pairs_are_learned(method, generator):
    model = build(method, generator, adversarial_from=1)
    before = copies(model.discriminators["forward"]), copies(model.generators["forward"])
    history = fit(model)
    assert not moved(before[0], model.discriminators["forward"]) and moved(before[1], model.generators["forward"])
    assert {"pairs", "output_std"} <= set(history) and "adversarial" not in history
    history = fit(model, epochs=2, start=1)
    assert moved(before[0], model.discriminators["forward"])
    assert {"content", "identity", "adversarial", "discriminator"} <= set(history)
    assert np.isfinite([v for values in history.values() for v in values]).all()


def test_pairs_alone_are_learned_in_both_directions():
    model = build(adversarial_from=99)
    shown = batch()
    batches = ((shown,) for _ in iter(int, 1))
    history = model.fit(batches, steps_per_epoch=20, epochs=4, verbose=0, shuffle=False).history["pairs"]
    assert history[-1] < 0.6 * history[0]


def test_the_way_there_learns_pairs_and_then_meets_the_discriminator():
    model = build("there", "unet", adversarial_from=1)
    shown = batch()
    fitted = model.fit(
        ((shown,) for _ in iter(int, 1)),
        steps_per_epoch=40, epochs=2, verbose=0, shuffle=False, callbacks=[Schedule()],
    ).history  # fmt: skip
    assert fitted["pairs"][-1] < 0.6 * np.mean(np.square(shown["a"] - shown["pair"]))
    assert np.isfinite(fitted["adversarial"][-1]) and list(model.generators) == ["forward"]


def test_the_way_there_asks_for_tones_rather_than_for_the_places_of_lines():
    model = build("there", "unet")
    lines = np.where(np.arange(40) % 5 < 2, -1, 1).astype(np.float32)
    rows = lines, np.roll(lines, 2), np.ones_like(lines)
    drawing, moved_lines, paper = (np.broadcast_to(row[None, None, :, None], (1, 40, 40, 3)) for row in rows)
    kept, lost = (model._compared(drawing, made) for made in (0.95 * moved_lines, 0.95 * paper))
    assert float(kept["pairs"]) > float(lost["pairs"])  # by pixels, an empty sheet is nearer
    assert float(kept["content"]) < 0.2 * float(lost["content"])


def test_where_the_generator_is_given_something_else_it_is_not_run_on_results_of_the_way_back():
    model = build(prepared=True)
    history = fit(model)
    assert "identity" not in history and np.isfinite(history["content"][0])
    # The cycle of drawings would need what only a filter can prepare: b counts for the discriminators alone.
    shown = batch()
    draws = dict(zip(model.directions, np.split(shown["draws"], 2, axis=1), strict=True))
    losses = [
        model._generator_loss(shown["a"], -shown["a"], b, shown["pair"], draws)[1][0]["content"]
        for b in (shown["b"], shown["b"][::-1].copy())
    ]
    assert float(losses[0]) == pytest.approx(float(losses[1]), rel=1e-5)


@pytest.mark.slow
def test_a_cycle_is_learned_without_pairs():
    model = build(loss_weights=unpaired.LossWeights(identity=0, adversarial=0))
    shown = batch()
    batches = ((shown,) for _ in iter(int, 1))
    history = model.fit(batches, steps_per_epoch=20, epochs=4, verbose=0, shuffle=False).history["content"]
    assert history[-1] < 0.7 * history[0]


def test_the_perceptual_loss_reaches_the_generators():
    model = build(loss_weights=unpaired.LossWeights(0, 0, 0, pairs=0, perceptual=1))
    before = copies(model.generators["backward"])
    assert fit(model)["perceptual"][0] > 0 and moved(before, model.generators["backward"])


def test_pairs_go_on_to_count_where_they_are_kept():
    model = build(loss_weights=unpaired.LossWeights(content=1, identity=0, adversarial=0, pairs=0, kept=1))
    shown = batch()
    before = copies(model.generators["backward"])
    history = model.fit(((shown,) for _ in iter(int, 1)), steps_per_epoch=1, verbose=0, shuffle=False).history
    assert moved(before, model.generators["backward"]) and history["pairs"][0] > 0


def test_one_direction_can_rest():
    model = build(only="backward")
    before = copies(model.generators["forward"]), copies(model.generators["backward"])
    fit(model)
    assert not moved(before[0], model.generators["forward"]) and moved(before[1], model.generators["backward"])


def test_a_way_back_learns_from_pairs_and_what_has_none_meets_the_discriminator():
    model = build("back", adversarial_from=99, loss_weights=unpaired.LossWeights(kept=1))
    shown = batch()
    history = model.fit(((shown,) for _ in iter(int, 1)), steps_per_epoch=20, epochs=4, verbose=0, shuffle=False)
    assert history.history["pairs"][-1] < 0.6 * history.history["pairs"][0]
    # Then what has no pair moves generator and discriminator, even where pairs do not count.
    model = build("back", loss_weights=unpaired.LossWeights(pairs=0, kept=1))
    before = copies(model.generators["backward"]), copies(model.discriminators["backward"])
    fit(model)
    assert moved(before[0], model.generators["backward"]) and moved(before[1], model.discriminators["backward"])


class TestPool:
    def fakes(self, value, count=4):
        return np.full((count, SIZE[1], SIZE[0], 3), value, np.float32)

    def draws(self, exchange, place, count=4):
        draws = np.zeros((count, unpaired.DRAWS), np.float32)
        draws[:, -2], draws[:, -1] = exchange, place
        return draws

    def shown(self, model, value, exchange, place=0.0):
        with backend.without_gradient():
            result = model._from_pool("forward", self.fakes(value), self.draws(exchange, place))
        model.pooled.assign_add(4)
        return keras.ops.convert_to_numpy(result)[:, 0, 0, 0].tolist()

    def test_it_is_filled_first_and_then_exchanged(self):
        model = build()
        for number in range(13):  # 52 results, the pool holds 50
            assert self.shown(model, number / 51, exchange=0.0) == pytest.approx([number / 51] * 4)
        assert self.shown(model, -1.0, exchange=0.9) == [-1.0] * 4  # kept out of the pool
        # Places 20 to 23 hold what the sixth call showed, to 8 bits; the new ones take their places.
        assert self.shown(model, -1.0, exchange=0.1, place=0.41) == pytest.approx([5 / 51] * 4, abs=0.005)
        assert self.shown(model, 1.0, exchange=0.1, place=0.41) == pytest.approx([-1.0] * 4, abs=0.005)


def test_contrast_is_least_where_every_place_resembles_itself():
    model = build("cut")
    a = batch(seed=1)["a"]
    with backend.without_gradient():
        offsets = np.zeros(4, np.float32)
        same, other = (float(model._patch_nce(a, made, offsets)) for made in (a, a[:, ::-1, ::-1].copy()))
    assert same < other
