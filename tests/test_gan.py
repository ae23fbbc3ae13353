"""The shared GAN: what a step changes and what it leaves alone; on whichever backend runs."""

from types import SimpleNamespace

import numpy as np
import pytest

from transformers import backend, losses
from transformers.backend import keras
from transformers.networks import discriminators, generators
from transformers.training import callbacks, paired


def build(adversarial_from=0, loss_weights=None, adversarial="least_squares", rate=1e-3, **options):
    keras.utils.set_random_seed(3)
    model = paired.GAN(
        generators.unet(1, 3, "tiny"),
        generators.unet(1, 3, "tiny"),
        discriminators.patch(1, 3, "tiny"),
        loss_weights=loss_weights or paired.LossWeights(),
        adversarial=adversarial,
        adversarial_from=adversarial_from,
        **options,
    )
    model.compile(keras.optimizers.Adam(rate), keras.optimizers.Adam(rate))
    return model


def pairs(count=4, seed=0):
    rng = np.random.default_rng(seed)
    target = rng.uniform(-1, 1, (count, 2, 2, 3)).repeat(8, 1).repeat(8, 2).astype(np.float32)
    return target.mean(axis=3, keepdims=True), target


def copies(model):
    return [w.copy() for w in model.get_weights()]


def moved(before, model):
    return any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


def test_before_its_epoch_the_discriminator_rests():
    model = build(adversarial_from=1)
    before = copies(model.discriminator), copies(model.generator)
    history = model.fit(*pairs(), epochs=1, batch_size=4, callbacks=[callbacks.Schedule()], verbose=0)
    assert not moved(before[0], model.discriminator) and moved(before[1], model.generator)
    assert "discriminator" not in history.history
    history = model.fit(
        *pairs(), initial_epoch=1, epochs=2, batch_size=4, callbacks=[callbacks.Schedule()], verbose=0
    )
    assert "discriminator" in history.history and "adversarial" in history.history
    # Spectral norms aside: the trained weights themselves have moved.
    assert moved(before[0], model.discriminator)


@pytest.mark.parametrize(
    "adversarial",
    [pytest.param("least_squares", marks=pytest.mark.slow), pytest.param("bce", marks=pytest.mark.slow), "hinge"],
)
def test_reconstruction_is_learned(adversarial):
    model = build(adversarial=adversarial, rate=3e-3)
    history = model.fit(*pairs(), epochs=30, batch_size=4, verbose=0, shuffle=False).history["l1"]
    assert history[-1] < 0.6 * history[0]


def test_an_autoencoder_with_a_classifying_discriminator_trains_too():
    networks = [generators.autoencoder(1, 3, "tiny") for _ in range(2)]
    model = paired.GAN(*networks, discriminators.classifier(1, 3, "tiny"))
    model.compile()
    before = copies(model.ema_generator)
    history = model.fit(*pairs(), epochs=2, batch_size=4, verbose=0).history
    assert np.isfinite(history["l1"]).all() and moved(before, model.ema_generator)


def test_the_average_follows_the_generator():
    model = build()
    condition, target = pairs()
    first = copies(model.ema_generator)
    model.fit(condition, target, epochs=1, batch_size=4, verbose=0)
    # After step 1 the decay is (1 + 1) / (10 + 1).
    for start, now, average in zip(
        first, model.generator.get_weights(), model.ema_generator.get_weights(), strict=True
    ):
        assert np.allclose(average, start * 2 / 11 + now * 9 / 11, atol=1e-6)
    assert not model.ema_generator.trainable_variables


def test_calling_and_evaluating_use_the_average():
    model = build()
    condition, target = pairs()
    model.ema_generator.set_weights([w * 0 for w in model.ema_generator.get_weights()])
    assert not np.abs(keras.ops.convert_to_numpy(model(condition))).any()
    score = model.evaluate(condition, target, verbose=0, return_dict=True)["l1"]
    assert score == pytest.approx(np.abs(target).mean(), rel=1e-5)


def test_a_perceptual_loss_reaches_the_generator():
    model = build(loss_weights=paired.LossWeights(l1=0, adversarial=0, perceptual=1.0))
    before = copies(model.generator)
    history = model.fit(*pairs(), epochs=2, batch_size=4, verbose=0).history
    assert moved(before, model.generator) and history["perceptual"][0] > 0


def test_losses_that_are_no_numbers_stop_the_training():
    model = build()
    condition, target = pairs()
    with pytest.raises(callbacks.TrainingFailed, match=r"became nan in batch 1; lower the learning rate"):
        model.fit(condition, target * np.nan, epochs=1, batch_size=4, callbacks=[callbacks.Guard()], verbose=0)


@pytest.mark.parametrize(
    ("logs", "reason"),
    [({"output_std": 0.0}, "all results have been the same"), ({"discriminator": 1e-6}, "told real from fake")],
)
def test_a_collapse_stops_the_training(logs, reason):
    guard = callbacks.Guard(patience=2)
    guard.on_epoch_end(0, logs)
    guard.on_epoch_end(1, {"output_std": 0.5, "discriminator": 0.2})  # recovered
    guard.on_epoch_end(2, logs)
    with pytest.raises(callbacks.TrainingFailed, match=reason):
        guard.on_epoch_end(3, logs)


def followed(values, guard=None, first=0.0, name="l1"):
    """Show a guard a loss of the batches of an epoch, of which a resumed one has a sum of `first` already."""
    guard = guard or callbacks.Guard()
    tracker = keras.metrics.Mean()
    guard.set_model(SimpleNamespace(trackers={name: tracker}))
    guard.on_epoch_begin(0)
    if first:
        tracker.update_state(first)
    for batch, value in enumerate(values):
        tracker.update_state(value)
        guard.on_train_batch_end(batch, {name: tracker.result(), "variation": 0.0})
    return guard


def test_a_training_that_gets_much_worse_is_stopped_and_its_state_not_kept():
    good = [0.1] * (callbacks.RECENT + 5)
    guard = followed(good)
    assert guard.healthy
    followed([0.3] * callbacks.RECENT, guard)  # in the next epoch
    assert not guard.healthy
    with pytest.raises(callbacks.TrainingFailed, match=r"'l1' rose from 0\.1 to 0\.2\d+; lower the learning rate"):
        followed([*good, *[1.5] * 10])
    # As of a painter that has come to paint nothing.
    with pytest.raises(callbacks.TrainingFailed, match="'loss' rose from 18 to 4"):
        followed([*[18.0] * callbacks.RECENT, *[62.0] * 50], name="loss")


def test_single_bad_batches_and_a_hard_beginning_stop_nothing():
    assert followed([5.0] * 20 + [0.1] * 200 + [1.0] + [0.1] * 50).healthy
    assert followed([0.1] * 80, first=70.0).healthy


def test_unknown_adversarial_loss():
    with pytest.raises(ValueError, match="choose from bce, least_squares, hinge"):
        build(adversarial="wasserstein")


def test_precision():
    try:
        assert backend.set_precision("auto") in ("float32", "mixed_bfloat16")
        assert backend.set_precision("mixed_bfloat16") == "mixed_bfloat16"
        model = build()
        history = model.fit(*pairs(), epochs=1, batch_size=4, verbose=0).history
        assert np.isfinite(history["l1"][0])
        assert all(v.dtype == "float32" for v in model.generator.trainable_variables)
        with pytest.raises(ValueError, match="precision 'half' is unknown"):
            backend.set_precision("half")
    finally:
        backend.set_precision("float32")


def test_features_of_another_network_pull_results_towards_their_targets():
    weights = paired.LossWeights(l1=0.0, adversarial=0.0, perceptual=1.0)
    model = build(loss_weights=weights, rate=3e-3, perceptual_network="efficientnet_lite0")
    history = model.fit(*pairs(), epochs=6, batch_size=4, verbose=0).history
    assert history["perceptual"][-1] < 0.97 * history["perceptual"][0]


def test_a_reward_for_colours_makes_results_more_colourful():
    """Also of a distribution over colours, by its annealed mean."""
    centers = np.float32([(0.0, 0.0), (0.5, 0.0), (0.0, -0.5)])
    chroma_of = losses.annealed_mean(centers, 0.4)
    colours = {}
    for weight in (0.0, 5.0):
        keras.utils.set_random_seed(3)
        networks = [generators.unet(1, 3, "tiny") for _ in range(2)]
        model = paired.GAN(
            *networks,
            discriminators.patch(1, 3, "tiny"),
            loss_weights=paired.LossWeights(l1=1.0, adversarial=0.0, colourfulness=weight),
            chroma_of=chroma_of,
        )
        model.compile(keras.optimizers.Adam(3e-3))
        model.fit(*pairs(), epochs=8, batch_size=4, verbose=0)
        logits = model.generator(pairs()[0], training=False)
        colours[weight] = float(keras.ops.convert_to_numpy(losses.colourfulness(chroma_of(logits))))
    assert colours[5.0] > 1.1 * colours[0.0]
