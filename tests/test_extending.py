"""A new filter and a new transformation are a few lines, and then everything knows them."""

import cv2
import numpy as np

import experiments
import filters
from experiments.core import registry
from experiments.core.registry import Transformation
from filters.faces import cropping, detection


def test_adding_a_filter_and_a_transformation(command, tmp_path, astronaut, monkeypatch):
    monkeypatch.setattr(registry, "TRANSFORMATIONS", dict(registry.discover()))
    try:
        # From here …
        @filters.register(channels=3)
        def blur(picture, *, sigma=4.0):
            """Details below a few pixels are gone."""
            return cv2.GaussianBlur(picture, (0, 0), sigma)

        registry.register(Transformation("blur_to_sharp", "sharpens blurred faces", "blur", learning_rate=1e-3))
        # … to here is all that a new filter and its inverse need.
        filters.write(tmp_path / "in" / "face.png", cropping.cut(astronaut, detection.detect(astronaut)[0]))
        code, *_ = command("filters", tmp_path / "in", "--out", tmp_path / "filtered")
        assert code == 0 and (tmp_path / "filtered" / "face_blur.png").is_file()
        small = ("--size", "64x64", "--preset", "tiny", "--epochs", 1, "--batch-size", 1)
        run = tmp_path / "run"
        code, _, said = command("train", "blur_to_sharp", "--data", tmp_path / "in", "--out", run, *small)
        assert code == 0, said
        weights = ("--weights", run / "best.weights.h5", "--preset", "tiny")
        code, *_ = command("apply", "blur_to_sharp", tmp_path / "in", "--out", tmp_path / "out", *weights)
        assert code == 0 and filters.read(tmp_path / "out" / "face.png").shape == (320, 256, 3)
    finally:
        filters.FILTERS.pop("blur", None)


def test_a_broken_script_breaks_nothing_else(command, tmp_path, monkeypatch):
    (tmp_path / "scratch.py").write_text("import nothing_of_that_name")
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])
    filters.write(tmp_path / "photo.png", np.zeros((8, 8, 3), np.uint8))
    code, _, said = command("apply", "blue_to_green", tmp_path / "photo.png", "--out", tmp_path / "out")
    assert code == 2 and "no transformation is named 'blue_to_green'; known: autoencoder, " in said
    assert "experiments/scratch.py is left out: ModuleNotFoundError" in said
