"""Runs: the folder holds everything, and a run that was stopped goes on as if it never had been."""

import importlib.util
import json
import shutil

import numpy as np
import pandas as pd
import pytest

import filters
from experiments.commands import train
from experiments.core import registry
from experiments.core.runs import Run
from experiments.datasets import scenes
from experiments.datasets.augmentation import Augmentation
from experiments.datasets.pairs import Pairs
from experiments.training import paired
from filters.faces import cropping, detection
from transformers import pretrained
from transformers.training.callbacks import Guard


@pytest.fixture(scope="module")
def crops(tmp_path_factory, astronaut):
    """Six different crops of one face."""
    folder = tmp_path_factory.mktemp("crops")
    (face,) = detection.detect(astronaut)
    crop = cropping.cut(astronaut, face)
    for index in range(6):
        filters.write(folder / f"{index}.png", np.roll(crop, 20 * index, axis=1))
    return folder


def settings(crops, epochs, **changes):
    values = {"validation": str(crops), "preset": "tiny", "size": (32, 64), "batch_size": 2}
    values |= {"adversarial_from": 1, "precision": "float32", **changes}
    return train.Settings("binary_to_color", str(crops), epochs=epochs, **values)


@pytest.fixture(scope="module")
def whole(crops, tmp_path_factory):
    """A run of four epochs without a stop."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    paired.train(settings(crops, 4), folder)
    return folder


def test_sheets_and_metrics(whole):
    history = pd.read_csv(whole / "history.csv")
    assert history["discriminator"].notna().tolist() == [False, True, True, True]
    sheets = sorted(p.name for p in (whole / "samples").iterdir())
    assert sheets[0] == "epoch_0000.png" and sheets[-1] == "epoch_0004.png"
    assert "mean picture" in json.loads((whole / "metrics.json").read_text())


def test_pictures_of_the_training_are_never_measured(crops, tmp_path):
    (tmp_path / "one").mkdir()
    shutil.copy(crops / "0.png", tmp_path / "one")
    paired.train(settings(tmp_path / "one", 1, validation=None, batch_size=1), tmp_path / "run")
    assert not (tmp_path / "run" / "metrics.json").exists()


def test_whole_photographs_of_weighted_sources(crops, tmp_path):
    texts = f"{crops}/[0-2].png:1", f"{crops}/[3-5].png:3"
    options = {"validation": str(crops), "preset": "tiny", "size": (32, 64), "batch_size": 2}
    options |= {"precision": "float32"}
    paired.train(train.Settings("gray_to_color", texts, epochs=1, **options), tmp_path / "run")
    assert json.loads((tmp_path / "run" / "config.json").read_text())["data"] == list(texts)
    assert len(pd.read_csv(tmp_path / "run" / "history.csv")) == 1
    # What is drawn depends on epoch and place alone, so a run that goes on sees what one without a stop would.
    photographs, shares, _, _ = scenes.load(texts)
    arguments = registry.find("gray_to_color"), photographs, 2, Augmentation(), 0, (32, 64), shares
    one, other = Pairs(*arguments), Pairs(*arguments)
    whole, second = one.stream(), other.stream(1)
    for _ in range(one.steps):
        next(whole)
    for _ in range(3):
        assert all(np.array_equal(*pair) for pair in zip(next(whole), next(second), strict=True))


def test_a_cosine_schedule_warms_up_and_ends_at_zero():
    from transformers.backend import keras

    chosen = train.Settings("binary_to_color", "", preset="tiny", epochs=10, learning_rate=0.01, schedule="cosine")
    gan = paired.build(registry.find("binary_to_color"), chosen, steps=20)
    schedule = gan.optimizers["generator"]._learning_rate
    rates = [float(keras.ops.convert_to_numpy(schedule(step))) for step in (0, 20, 110, 200)]
    assert rates == pytest.approx([0.0001, 0.01, 0.005, 0.0], abs=1e-6)


def test_the_minutes_of_a_training_are_kept(command, crops, tmp_path):
    paired.train(settings(crops, 9, minutes=0.0001), tmp_path / "run")
    assert len(pd.read_csv(tmp_path / "run" / "history.csv")) == 1
    code, _, said = command("train", "--resume", tmp_path / "run")
    assert code == 0 and "has its 1 epochs; give --epochs or --minutes" in said


@pytest.mark.slow
def test_resume_needs_no_other_flag(command, crops, tmp_path):
    folder = tmp_path / "run"
    paired.train(settings(crops, 1), folder)
    code, _, said = command("train", "--resume", folder, "--epochs", 2)
    assert code == 0
    assert len(pd.read_csv(folder / "history.csv")) == 2
    code, _, said = command("train", "--resume", folder)
    assert code == 0 and "has its 2 epochs" in said


def stopped(crops, folder, monkeypatch, before_epoch):
    """A run that Ctrl-C ends before an epoch, counted from 0."""

    class Stop(Guard):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == before_epoch:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(paired, "Guard", Stop)
        with pytest.raises(KeyboardInterrupt):
            paired.train(settings(crops, 4), folder)


def test_a_stopped_run_keeps_what_it_has(crops, whole, tmp_path, monkeypatch):
    stopped(crops, tmp_path / "run", monkeypatch, 2)
    with np.load(tmp_path / "run" / "state.npz") as saved:
        assert saved["epoch"] == 2
    paired.train(settings(crops, 4), tmp_path / "run", resume=True)
    with np.load(whole / "state.npz") as one, np.load(tmp_path / "run" / "state.npz") as two:
        for key in set(one) - {"record"}:
            assert np.allclose(one[key], two[key], atol=1e-5), key


def test_a_run_that_was_stopped_at_once_starts_over(command, crops, tmp_path, monkeypatch):
    stopped(crops, tmp_path / "run", monkeypatch, 0)
    code, _, said = command("train", "--resume", tmp_path / "run")
    assert code == 2 and "start it again without --resume" in said
    paired.train(settings(crops, 1), tmp_path / "run")
    assert len(pd.read_csv(tmp_path / "run" / "history.csv")) == 1


def test_each_kind_of_run_is_resumed_by_its_own_command(command, whole):
    for name in ("unpaired", "train-noise", "train-painter"):
        arguments = ("--name", "x") if name == "unpaired" else ()
        code, _, said = command(name, "--resume", whole, *arguments)
        assert code == 2 and "is of another kind, transformation; resume it with: train --resume" in said


def test_runs_of_earlier_versions_are_known_by_their_settings(tmp_path):
    kinds = {"transformation": "x", "method": "cut", "painting": "a.jpg"}
    for (key, value), kind in zip(kinds.items(), ("transformation", "translation", "painter"), strict=True):
        (tmp_path / "config.json").write_text(json.dumps({key: value}))
        assert Run.open(tmp_path).kind == kind
    (tmp_path / "config.json").write_text(json.dumps({"data": "survey"}))
    assert Run.find(tmp_path) is None


def test_a_limit_is_spread_over_all_pictures(crops, tmp_path):
    def loaded(some):
        driver = paired.PairedDriver(some)
        driver.load()
        return driver.crops

    every = loaded(settings(crops, 1))
    run = Run.create(tmp_path, "transformation", settings(crops, 1, limit=2))
    assert np.array_equal(loaded(Run.open(tmp_path).settings(train.Settings)), every[[1, 4]])
    # A run of an earlier version, which took the first pictures, goes on with these.
    earlier = {key: value for key, value in run.config.items() if key != "spread"}
    (tmp_path / "config.json").write_text(json.dumps(earlier))
    assert np.array_equal(loaded(Run.open(tmp_path).settings(train.Settings)), every[:2])


def test_wrong_calls(command, crops, tmp_path):
    code, _, said = command("train", "--resume", tmp_path)
    assert code == 2 and f"{tmp_path} is no run" in said
    for option in ("--epochs", "--batch-size", "--limit", "--learning-rate"):
        assert command("train", "binary_to_color", "--data", crops, option, 0)[0] == 2
    if importlib.util.find_spec("tensorboard") is None:
        code, _, said = command("train", "binary_to_color", "--data", crops, "--tensorboard")
        assert code == 2 and "TensorBoard is not installed" in said
    for size in ("33x64", "big"):
        out = tmp_path / "run"
        code, _, said = command("train", "binary_to_color", "--data", crops, "--size", size, "--out", out)
        assert code == 2 and "256x320" in said
        assert not out.exists()


def test_weights_of_a_run_can_be_used_and_trained_on(command, crops, whole, tmp_path):
    weights = whole / "best.weights.h5"
    code, *_ = command(
        *("apply", "binary_to_color", crops, "--weights", weights, "--preset", "tiny", "--out", tmp_path / "out")
    )
    assert code == 0 and len(list((tmp_path / "out").glob("*.png"))) == 6
    # The run itself does as well, as weights or as the name of what it has learned; it knows its preset.
    for named in (("binary_to_color", crops, "--weights", whole), (whole, crops)):
        code, *_ = command("apply", *named, "--out", tmp_path / "again")
        assert code == 0
        for path in (tmp_path / "out").glob("*.png"):
            assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()
    paired.train(settings(crops, 1, init=str(weights), learning_rate=1e-9), tmp_path / "run")
    first = pd.read_csv(tmp_path / "run" / "history.csv")["val_l1"][0]
    best = pd.read_csv(whole / "history.csv")["val_l1"].min()
    assert first == pytest.approx(best, rel=0.02)


def test_the_discriminator_beside_the_weights_is_taken_too(crops, whole, tmp_path):
    """Earlier versions called its file ``critic.weights.h5``."""
    (tmp_path / "old").mkdir()
    shutil.copy(whole / "best.weights.h5", tmp_path / "old")
    shutil.copy(whole / "discriminator.weights.h5", tmp_path / "old" / "critic.weights.h5")
    driver = paired.PairedDriver(settings(crops, 1), tmp_path)
    driver.load()
    begun, fresh = driver.build(), driver.build().discriminator
    driver.initialize(begun, str(tmp_path / "old" / "best.weights.h5"))
    pretrained.load_weights(fresh, whole / "discriminator.weights.h5")
    for one, other in zip(begun.discriminator.get_weights(), fresh.get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_a_broken_init_leaves_no_run(command, crops, tmp_path):
    (tmp_path / "w.weights.h5").write_bytes(b"no")
    code, _, said = command(
        *("train", "binary_to_color", "--data", crops, "--size", "64x64", "--preset", "tiny"),
        *("--init", tmp_path / "w.weights.h5", "--out", tmp_path / "run"),
    )
    assert code == 1 and "does not fit" in said and not (tmp_path / "run").exists()
