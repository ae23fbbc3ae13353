"""What every kind of training does: it fills its folder, resumes, refuses a second run, and is repeatable."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import filters
from experiments.cli.console import UsageError
from experiments.commands import train, train_any_painter, train_noise, train_painter
from experiments.commands import unpaired as train_unpaired
from experiments.core.runs import Run, discriminator_weights
from experiments.datasets.packaged import packaged_photos
from experiments.training import any_painter, noise, painter, paired, recorder, state, unpaired
from filters.faces import cropping, detection
from transformers.backend import keras

# TensorFlow warns that its data sets stay compiled where all else is run eagerly.
pytestmark = [pytest.mark.usefixtures("eager"), pytest.mark.filterwarnings("ignore:Even though the")]
TINY = {"preset": "tiny", "precision": "float32", "batch_size": 2}
TRANSLATION = {"generator": "unet", "size": (32, 40), "steps": 1, "adversarial_from": 1, **TINY}
NOISE = {**TINY, "batch_size": 4}
WEIGHTS = {"best.weights.h5", "last.weights.h5"}


def weights(*directions):
    return {f"{w}.{d}.weights.h5" for w in ("best", "last", "discriminator") for d in directions}


# Driver, settings, and what a folder holds beside `COMMON`.
KINDS = {
    "transformation": (
        paired.PairedDriver,
        lambda data: train.Settings(
            *("binary_to_color", f"{data}/faces", f"{data}/validation"), size=(32, 64), adversarial_from=1, **TINY
        ),
        {*WEIGHTS, "discriminator.weights.h5", "metrics.json"},
    ),
    "cyclegan": (
        unpaired.UnpairedDriver,
        lambda data: train_unpaired.Settings("own", f"{data}/faces", f"{data}/drawings", **TRANSLATION),
        weights("forward", "backward"),
    ),
    "cut": (
        unpaired.UnpairedDriver,
        lambda data: train_unpaired.Settings(
            "own", f"{data}/faces", f"{data}/drawings", method="cut", **TRANSLATION
        ),
        weights("forward"),
    ),
    "back": (
        unpaired.UnpairedDriver,
        lambda data: train_unpaired.Settings(
            "own", f"{data}/faces", f"{data}/drawings", method="back", discriminator="projected", **TRANSLATION
        ),
        weights("backward"),
    ),
    "noise": (
        noise.NoiseDriver,
        lambda data: train_noise.Settings(f"{data}/portraits", f"{data}/portraits", flow_from=1, **NOISE),
        WEIGHTS,
    ),
    "dcgan": (
        noise.NoiseDriver,
        lambda data: train_noise.Settings(f"{data}/portraits", f"{data}/portraits", "dcgan", **NOISE),
        WEIGHTS,
    ),
    "painter": (
        painter.PainterDriver,
        lambda data: train_painter.Settings(
            f"{data}/painting.png", f"{data}/photos", size=64, painting_size=64, **TINY
        ),
        {*WEIGHTS, "painting.png"},
    ),
    "any_painter": (
        any_painter.AnyPainterDriver,
        lambda data: train_any_painter.Settings(f"{data}/photos", f"{data}/portraits", size=64, **TINY),
        WEIGHTS,
    ),
}
COMMON = {"config.json", "history.csv", "history.png", "samples", "state.npz"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A few tiny pictures of each sort."""
    folder = tmp_path_factory.mktemp("data")
    astronaut = filters.read(packaged_photos()[0])
    (face,) = detection.detect(astronaut)
    crop = cropping.cut(astronaut, face, (48, 64))
    for index in range(4):
        picture = np.roll(crop, 7 * index, axis=1)
        filters.write(folder / "faces" / f"{index}.png", picture)
        filters.write(folder / "drawings" / f"{index}.png", 255 - picture)
        portrait = np.uint8(astronaut[:300, 80:380] * (1 - index / 9))
        filters.write(folder / "portraits" / f"{index}.png", portrait)
        filters.write(folder / "photos" / f"{index}.png", astronaut[40 * index :, 30 * index :][:80, :80])
    filters.write(folder / "validation" / "0.png", crop[:, ::-1].copy())
    filters.write(folder / "painting.png", astronaut[:100, :100])
    return folder


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def run(kind, data):
    """Train the kind in a folder."""
    driver, settings, _ = KINDS[kind]

    def run(folder, epochs, driver=driver, **options):
        return driver.train(replace(settings(data), epochs=epochs), folder, **options)

    return run


@pytest.fixture(scope="module")
def runs(kind, run, tmp_path_factory):
    """A run of two epochs without a stop, and what its folder held after the first."""
    folder = tmp_path_factory.mktemp(kind)
    half, whole = folder / "half", folder / "whole"

    class Copying(KINDS[kind][0]):
        def callbacks(self, model, start):
            def copy(epoch, logs):
                if epoch == 1:
                    shutil.copytree(self.folder, half)

            return [*super().callbacks(model, start), keras.callbacks.LambdaCallback(on_epoch_begin=copy)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "SAVE_EVERY", 0)  # after every epoch
        assert run(whole, 2, Copying) == 0
    return half, whole


def saved(folder):
    with np.load(folder / "state.npz") as values:
        return {name: values[name] for name in values.files if name != "record"}


def assert_same_state(one, other):
    one, other = saved(one), saved(other)
    assert set(one) == set(other)
    for name, value in one.items():
        assert np.allclose(value, other[name], atol=1e-6), name


def contents(folder):
    return {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_run_fills_its_folder(kind, runs):
    _, whole = runs
    assert {p.name for p in whole.iterdir()} == COMMON | KINDS[kind][2]
    history = pd.read_csv(whole / "history.csv")
    assert history["epoch"].tolist() == [1, 2]
    if kind not in (
        "dcgan",
        "painter",
        "any_painter",
    ):  # the discriminator joins in the second epoch, or the flow begins
        assert history["flow" if kind == "noise" else "discriminator"].notna().tolist() == [False, True]
    assert filters.read(whole / "samples" / "epoch_0002.png").ndim == 3
    assert Run.open(whole).config["epochs"] == 2


def test_one_and_one_epochs_are_two(run, runs, tmp_path):
    half, whole = runs
    folder = shutil.copytree(half, tmp_path / "run")
    run(folder, 2, resume=True)
    assert_same_state(folder, whole)
    one, other = (pd.read_csv(f / "history.csv").drop(columns="seconds") for f in (folder, whole))
    pd.testing.assert_frame_equal(one, other, atol=1e-5)


def test_same_seed_same_weights(run, runs, tmp_path):
    run(tmp_path / "run", 1)
    assert_same_state(tmp_path / "run", runs[0])


def test_a_run_that_is_over_is_left_as_it_is(run, runs, capsys):
    _, whole = runs
    before = contents(whole)
    assert run(whole, 2, resume=True) == 0
    assert "has its 2 epochs; give --epochs" in capsys.readouterr().err
    assert contents(whole) == before


def test_a_second_run_is_refused(run, runs):
    _, whole = runs
    before = contents(whole)
    with pytest.raises(UsageError, match="holds a run already; go on with --resume"):
        run(whole, 4)
    assert contents(whole) == before


@pytest.fixture(scope="module")
def model(data):
    """Build the model of a transformation, as a resumed training does."""

    def model():
        driver = paired.PairedDriver(KINDS["transformation"][1](data), "")
        driver.load()
        return driver.build()

    return model


def test_states_that_count_variables_are_read(model, tmp_path):
    """As earlier versions wrote them."""
    one, other = model(), model()
    variables = [*one.variables, *(v for optimizer in one.optimizers.values() for v in optimizer.variables)]
    counted = {f"{i:04d}": variable.numpy() for i, variable in enumerate(variables)}
    np.savez(tmp_path / "state.npz", epoch=3, record='[{"epoch": 3}]', **counted)
    progress, values = state.read(tmp_path)
    state.assign(other, values, tmp_path)
    assert (progress.epoch, progress.history) == (3, [{"epoch": 3}])
    values = other.named_variables()
    for name, variable in one.named_variables().items():
        assert np.array_equal(variable.numpy(), values[name].numpy()), name


def test_states_that_do_not_fit_are_refused(model, tmp_path):
    for values in ({"0000": np.zeros(3)}, {"generator/conv2d_0/kernel": np.zeros(3)}):
        np.savez(tmp_path / "state.npz", epoch=1, record="[]", **values)
        with pytest.raises(UsageError, match=r"state.npz does not fit; an earlier version"):
            state.assign(model(), state.read(tmp_path)[1], tmp_path)


def test_discriminators_of_earlier_versions_are_found(tmp_path):
    assert discriminator_weights(tmp_path) is None
    for name in ("critic", "discriminator"):
        for direction in ("", ".forward"):
            (tmp_path / f"{name}{direction}.weights.h5").touch()
        assert discriminator_weights(tmp_path).name == f"{name}.weights.h5"
        assert discriminator_weights(tmp_path, "forward").name == f"{name}.forward.weights.h5"
