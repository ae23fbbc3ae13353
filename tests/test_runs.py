"""Runs: the folder holds everything, and a run that was stopped goes on as if it never had been."""

import contextlib
import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

import filters
from experiments.cli.console import Stopped, UsageError
from experiments.cli.locks import locked
from experiments.commands import train
from experiments.core import registry
from experiments.core.runs import Run
from experiments.datasets import scenes
from experiments.datasets.augmentation import Augmentation
from experiments.datasets.pairs import Pairs
from experiments.training import paired, recorder, state
from filters.faces import cropping, detection
from transformers import pretrained
from transformers.training.callbacks import Guard, TrainingFailed

# TensorFlow warns that its data sets stay compiled where all else is run eagerly.
pytestmark = [pytest.mark.usefixtures("eager"), pytest.mark.filterwarnings("ignore:Even though the")]
ROOT = Path(__file__).parents[1]


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


@pytest.mark.slow
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


def test_minutes_count_from_the_start_of_the_command(crops):
    """Reading data and compiling count, and what earlier commands took."""
    driver = paired.PairedDriver(settings(crops, 9, minutes=2))
    driver.began -= 50
    assert 50 <= driver.seconds() < 60 and driver.is_unfinished()
    progress = state.Progress(1, seconds=119.0)
    driver._set_progress(progress)
    assert driver.is_unfinished() and driver.seconds() >= 169
    progress.seconds = 121.0
    driver._set_progress(progress)
    assert not driver.is_unfinished()


@pytest.mark.slow
def test_resume_needs_no_other_flag(command, crops, tmp_path):
    folder = tmp_path / "run"
    paired.train(settings(crops, 1), folder)
    code, _, said = command("train", "--resume", folder, "--epochs", 2)
    assert code == 0
    assert len(pd.read_csv(folder / "history.csv")) == 2
    code, _, said = command("train", "--resume", folder)
    assert code == 0 and "has its 2 epochs" in said


def stopped(crops, folder, monkeypatch, epoch, step, what=signal.SIGINT):
    """A run that a signal stops after a step of an epoch, both counted from 0; return how it ended."""

    class Signals(Guard):
        def on_epoch_begin(self, now, logs=None):
            self.now = now

        def on_train_batch_end(self, batch, logs=None):
            if (self.now, batch) == (epoch, step):
                os.kill(os.getpid(), what)

    with monkeypatch.context() as patch:
        patch.setattr(paired, "Guard", Signals)
        with pytest.raises(Stopped) as stop:
            paired.train(settings(crops, 4), folder)
    return stop.value


def assert_equal_runs(one, other):
    """Bit for bit: all that a training changes, its history but for the time, and its weights."""
    with np.load(one / "state.npz") as first, np.load(other / "state.npz") as second:
        assert set(first) == set(second)
        for key in set(first) - {"record"}:
            assert np.array_equal(first[key], second[key]), key
    rows = [pd.read_csv(folder / "history.csv").drop(columns="seconds") for folder in (one, other)]
    pd.testing.assert_frame_equal(*rows, check_exact=True)
    for path in one.glob("*.weights.h5"):
        with h5py.File(path) as first, h5py.File(other / path.name) as second:
            first.visititems(lambda name, item, second=second: compare(item, second[name]))


def compare(one, other):
    if isinstance(one, h5py.Dataset):
        assert np.array_equal(one[()], other[()]), one.name


def test_a_run_stopped_within_an_epoch_ends_where_an_undisturbed_one_does(crops, whole, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    stop = stopped(crops, folder, monkeypatch, 1, 1)
    assert stop.code == 130 and f"go on with --resume {folder}" in str(stop)
    progress, _ = state.read(folder)
    assert (progress.epoch, progress.step, len(progress.history)) == (1, 2, 1)
    paired.train(settings(crops, 4), folder, resume=True)
    assert_equal_runs(whole, folder)


def test_a_signal_at_the_end_of_an_epoch_stops_after_its_measures(crops, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    assert stopped(crops, folder, monkeypatch, 0, 2, signal.SIGTERM).code == 143
    progress, _ = state.read(folder)
    assert (progress.epoch, progress.step) == (1, 0) and "val_l1" in progress.history[0]


@pytest.mark.slow
def test_a_run_without_a_step_may_be_started_over_or_resumed(crops, tmp_path):
    """As when its process was killed before the first save."""
    folder = tmp_path / "run"
    Run.create(folder, "transformation", settings(crops, 1))
    shutil.copytree(folder, tmp_path / "other")
    paired.train(settings(crops, 1), folder)
    paired.train(settings(crops, 1), tmp_path / "other", resume=True)
    assert_equal_runs(folder, tmp_path / "other")


def test_files_of_somebody_else_are_no_run_folder(command, crops, tmp_path):
    for name in ("history.csv", "best.weights.h5"):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        (folder / name).write_text("mine")
        code, _, said = command("train", "binary_to_color", "--data", crops, "--out", folder)
        assert code == 2 and f"files of somebody else, for instance {name}" in said
        assert [path.name for path in folder.iterdir()] == [name]


def test_two_trainings_in_one_folder_are_refused(crops, whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    before = {path.name: path.read_bytes() for path in folder.glob("*.*")}
    with locked(folder, ""), pytest.raises(UsageError, match="another command writes to"):
        paired.train(settings(crops, 6), folder, resume=True)
    (tmp_path / "new").mkdir()
    with locked(tmp_path / "new", ""), pytest.raises(UsageError, match="choose another --out"):
        paired.train(settings(crops, 1), tmp_path / "new")
    assert before == {path.name: path.read_bytes() for path in folder.glob("*.*")}


def test_a_full_disk_is_one_line_and_leaves_the_state(crops, whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    state_before = (folder / "state.npz").read_bytes()
    limit = len(state_before) // 2  # bytes that a file may have; a full disk looks the same
    start = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "from experiments.cli import console, dispatch\n"
        f"sys.argv = ['experiments', 'train', '--resume', {str(folder)!r}, '--epochs', '5']\n"
        "console.leave_after(dispatch.main)"
    )
    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error")]
    assert len(errors) == 1 and "cannot be written: File too large" in errors[0]
    assert len(done.stderr.splitlines()) <= 4 and not list(folder.glob(".*"))
    assert (folder / "state.npz").read_bytes() == state_before


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_ends_where_an_undisturbed_one_does(crops, tmp_path):
    """Killed at twenty random moments, without warning or by a signal, and resumed each time."""
    start = (
        "import sys\n"
        "from experiments.training import recorder\n"
        "from experiments.cli import console, dispatch\n"
        "recorder.SAVE_EVERY = 0.2\n"
        "sys.argv = ['experiments', *sys.argv[1:]]\n"
        "console.leave_after(dispatch.main)"
    )
    options = f"train binary_to_color --data {crops} --validation {crops} --preset tiny --size 64x64 --batch-size 2"
    options += " --epochs 150 --adversarial-from 2 --precision float32"

    def begun(*words):
        words = [sys.executable, "-c", start, *map(str, words)]
        return subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL)

    def wait(process, seconds):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)

    whole, folder = tmp_path / "whole", tmp_path / "run"
    assert begun(*options.split(), "--out", whole).wait() == 0
    rng, state = random.Random(0), folder / "state.npz"
    for _ in range(20):
        known = (folder / "config.json").exists()
        process = begun(*(["train", "--resume", folder] if known else [*options.split(), "--out", folder]))
        if rng.random() < 0.25:  # while it starts
            wait(process, rng.uniform(2, 8))
        else:  # soon after it went on: a state is saved every 0.2 s
            before = state.stat().st_mtime_ns if state.exists() else None
            while process.poll() is None and (not state.exists() or state.stat().st_mtime_ns == before):
                time.sleep(0.05)
            wait(process, rng.uniform(0, 1.5))
        assert process.poll() is None, "ended before it was killed: give the run more epochs"
        process.send_signal(rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM]))
        assert process.wait() in (-9, -15, 130, 143)
    assert begun("train", "--resume", folder).wait() == 0
    assert_equal_runs(whole, folder)


@pytest.mark.slow
def test_a_run_says_where_it_comes_from_and_is_reproduced(command, crops, whole, tmp_path):
    said = Run.open(whole).provenance
    assert said["precision"] == "float32" and said["seed"] == 0 and said["cores"] >= 1
    assert said["data"]["pictures"] == 12 and {"python", "keras", "numpy", "opencv"} <= set(said["versions"])
    folder = tmp_path / "short"
    paired.train(settings(crops, 1), folder)
    code, out, _ = command("reproduce", folder, "--out", tmp_path / "again")
    assert code == 0 and "equal, bit for bit, after 1 epochs" in out
    # Another seed is told, and what it changes.
    config = json.loads((folder / "config.json").read_text())
    config["seed"] = 1
    (folder / "config.json").write_text(json.dumps(config))
    code, out, err = command("reproduce", folder, "--out", tmp_path / "other")
    assert code == 1 and "history: " in out and "arrays differ" in out and "seed: 0, now 1" in err
    assert command("reproduce", folder, "--out", tmp_path / "other")[0] == 2


def test_what_resume_does_not_take_is_refused(command, whole):
    code, _, said = command("train", "--resume", whole, "--batch-size", 8, "--seed", 3, "--epochs", 9)
    assert code == 2 and "leave out --batch-size, --seed, or start a new run" in said


@pytest.mark.slow
def test_changed_data_are_told(command, crops, tmp_path):
    data = shutil.copytree(crops, tmp_path / "data")
    paired.train(settings(data, 1), tmp_path / "run")
    (data / "5.png").unlink()
    code, _, said = command("train", "--resume", tmp_path / "run", "--epochs", 2)
    assert code == 0 and "not as when the run began: data: 12 pictures, now 10" in said


def test_the_order_of_crops_does_not_matter(crops, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for index in range(6):
        shutil.copy(crops / f"{index}.png", other / f"{(index + 3) % 6}.png")
    drivers = [paired.PairedDriver(settings(folder, 1)) for folder in (crops, other)]
    for driver in drivers:
        driver.load()
    one, two = drivers
    assert np.array_equal(one.crops, two.crops) and np.array_equal(one.validation, two.validation)


def test_damaged_runs_are_named(command, whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    (folder / "state.npz").write_bytes((folder / "state.npz").read_bytes()[:1000])
    code, _, said = command("train", "--resume", folder, "--epochs", 9)
    assert code == 2 and "state.npz is damaged" in said
    config = json.loads((folder / "config.json").read_text())
    for changed, why in (
        ({"epochs": "ten"}, "epochs is 'ten'"),
        ({"learning_rate": -1.0}, "learning_rate: '-1.0' is no number above 0"),
        ({"size": [33, 64]}, "multiples of 4"),
    ):
        (folder / "config.json").write_text(json.dumps(config | changed))
        code, _, said = command("train", "--resume", folder)
        assert code == 2 and f"{folder / 'config.json'} is damaged" in said and why in said
    for text in ("{", "[1]", "\x00"):
        (folder / "config.json").write_text(text)
        code, _, said = command("train", "--resume", folder)
        assert code == 2 and f"{folder / 'config.json'} is damaged, or no training has written it" in said


def test_sizes_that_no_memory_holds_are_refused_before_the_work(command, crops, tmp_path):
    arguments = ("train", "binary_to_color", "--data", crops, "--out", tmp_path / "run")
    code, _, said = command(*arguments, "--size", "40000x40000")
    assert code == 2 and "of memory" in said and not (tmp_path / "run").exists()


def test_weights_that_are_no_numbers_are_refused(whole, crops, tmp_path):
    driver = paired.PairedDriver(settings(crops, 1))
    driver.load()
    model = driver.build()
    values = model.generator.get_weights()
    values[0][...] = np.nan
    model.generator.set_weights(values)
    pretrained.save_weights(model.generator, tmp_path / "w.weights.h5")
    with pytest.raises(pretrained.WeightsError, match=r"w.weights.h5 holds values that are no numbers"):
        pretrained.load_weights(model.generator, tmp_path / "w.weights.h5")


class Failing(Guard):
    """A guard that lets the second epoch fail as often as it is told to."""

    failures = 1

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1 and type(self).failures:
            type(self).failures -= 1
            raise TrainingFailed("the loss 'l1' became nan in batch 1")


@pytest.mark.slow
def test_a_training_that_fails_goes_back_with_half_the_rate(crops, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paired, "Guard", Failing)
    monkeypatch.setattr(Failing, "failures", 2)
    monkeypatch.setattr(recorder, "SAVE_EVERY", 0)
    folder = tmp_path / "run"
    paired.train(settings(crops, 3, learning_rate=0.001), folder)
    said = capsys.readouterr().err
    assert "became nan in batch 1. Back to epoch 1, step 2, with 0.5 of the learning rate (1 of 3)" in said
    assert "with 0.25 of the learning rate (2 of 3)" in said
    progress, values = state.read(folder)
    assert progress.halvings == 2 and len(progress.history) == 3
    assert values["generator_optimizer/learning_rate"] == pytest.approx(0.00025)


@pytest.mark.slow
def test_a_training_that_fails_for_the_fourth_time_ends(crops, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paired, "Guard", Failing)
    monkeypatch.setattr(Failing, "failures", 4)
    with pytest.raises(TrainingFailed, match="became nan"):
        paired.train(settings(crops, 3, schedule="cosine"), tmp_path / "run")
    assert "(3 of 3)" in capsys.readouterr().err


def test_each_kind_of_run_is_resumed_by_its_own_command(command, whole):
    for name in ("unpaired", "train-noise", "train-painter"):
        arguments = ("--name", "x") if name == "unpaired" else ()
        code, _, said = command(name, "--resume", whole, *arguments)
        assert code == 2 and "is of another kind, transformation; resume it with: train --resume" in said


def test_a_run_with_no_option_but_the_needed_ones_can_be_opened(tmp_path):
    from experiments.commands import train_noise, train_painter, unpaired

    for kind, made in {
        "transformation": train.Settings("binary_to_color", "faces"),
        "translation": unpaired.Settings("day_to_night", "a", "b"),
        "noise": train_noise.Settings("faces"),
        "painter": train_painter.Settings("painting.jpg", "photos"),
    }.items():
        Run.create(tmp_path, kind, made)
        run = Run.open(tmp_path)
        assert run.kind == kind and run.settings(type(made)) == made


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

    def held_out(some):
        driver = paired.PairedDriver(some)
        driver.load()
        return driver.validation

    assert np.array_equal(held_out(settings(crops, 1, limit=2)), np.stack(held_out(settings(crops, 1)))[[1, 4]])
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
    assert code == 1 and "is damaged" in said and not (tmp_path / "run").exists()
