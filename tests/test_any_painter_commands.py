"""The painter of any painting at work: its data, its run, and ``paint --fast PAINTING``."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import filters
from experiments.commands import train_any_painter
from experiments.datasets import paintings
from experiments.datasets.squares import by_content
from experiments.training import any_painter
from transformers import pretrained


@pytest.fixture(scope="module")
def data(tmp_path_factory, astronaut):
    """Twelve parts of a photograph, and four paintings: the same in other colours, two of them copies."""
    folder = tmp_path_factory.mktemp("data")
    for index in range(12):
        filters.write(folder / "photos" / f"{index}.png", astronaut[30 * index :, 30 * index :][:100, :120])
    for index, channels in enumerate(((2, 1, 0), (1, 2, 0), (0, 2, 1))):
        filters.write(folder / "paintings" / f"{index}.png", astronaut[:200, :300, channels])
    filters.write(folder / "unseen" / "other_name.png", astronaut[:200, :300, (0, 2, 1)])
    return folder


def settings(data, **changes):
    values = {"size": 64, "batch_size": 2, "preset": "tiny", "precision": "float32", "epochs": 1}
    values |= {"unseen": [f"{data}/unseen"]}
    return train_any_painter.Settings([f"{data}/photos"], [f"{data}/paintings"], **values | changes)


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """A run of two epochs of four steps."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    any_painter.train(settings(data, epochs=2, learning_rate=3e-3), folder)
    return folder


class TestData:
    def test_a_batch_depends_on_seed_and_step_alone(self, data):
        def stream(seed=0):
            names = (sorted((data / name).iterdir()) for name in ("photos", "paintings"))
            return paintings.PhotographsWithPaintings(*names, 64, 2, seed)

        one, same, other = stream().batch(7), stream().batch(7), stream(1).batch(7)
        assert all(np.array_equal(one[k], same[k]) and not np.allclose(one[k], other[k]) for k in one)
        assert all(one[k].shape == (2, 64, 64, 3) and np.abs(one[k]).max() <= 1 for k in ("picture", "painting"))

    def test_other_colours_keep_shapes(self, astronaut):
        picture = astronaut[:64, :64]
        changed = [paintings.in_other_colors(picture, np.random.default_rng(seed)) for seed in range(4)]
        assert all(c.shape == picture.shape and np.abs(c).max() <= 1 for c in changed)
        assert all(np.abs(a - b).mean() > 0.02 for a, b in pairwise(changed))
        gray = picture.mean(2).ravel()
        assert all(np.corrcoef(gray, c.mean(2).ravel())[0, 1] > 0.9 for c in changed)

    @pytest.mark.parametrize(("count", "kept"), [(1, 1), (4, 1), (12, 4), (172, 10)])
    def test_a_third_of_the_paintings_at_most_is_kept_out(self, count, kept):
        assert len(paintings.kept_out([*range(count)])) == kept

    def test_what_is_judged_by_is_not_practised_on_whatever_its_name(self, data):
        driver = any_painter.AnyPainterDriver(settings(data), "")
        driver.load()
        assert sorted(path.name for path in driver.paintings) == ["0.png", "1.png"] and len(driver.unseen) == 1
        driver = any_painter.AnyPainterDriver(settings(data, unseen=None), "")
        driver.load()
        assert len(driver.paintings) == 2 and len(driver.unseen) == 1

    def test_pictures_in_the_order_of_contents(self, data, tmp_path):
        found = by_content([data / "paintings"])
        names = ["c.png", "b.png", "a.png"]
        for path, name in zip(found, names, strict=True):
            (tmp_path / name).write_bytes(path.read_bytes())
        assert [path.name for path in by_content([tmp_path])] == names


@pytest.mark.slow
class TestRuns:
    def test_the_best_weights_are_chosen_by_the_paintings_it_never_saw(self, whole):
        history = pd.read_csv(whole / "history.csv")
        assert history["score"].notna().all() and (whole / "best.weights.h5").is_file()
        # The photographs, and below them the painting and what is painted like it.
        judged = filters.read(whole / "samples" / "epoch_0002.png")
        assert judged.shape[0] == 2 * 68 + 4 and judged.shape[1] == 5 * 68 + 4

    def test_it_paints_photographs_like_a_painting(self, command, whole, data, astronaut, tmp_path):
        filters.write(tmp_path / "in" / "photo.png", astronaut[:70, :90])
        red = astronaut[:100, :100] // 4 + np.uint8([150, 0, 0])
        filters.write(tmp_path / "red.png", red)
        painted = {}
        for name, how in {"whole": (), "none": ("--strength", 0)}.items():
            call = ("--fast", tmp_path / "red.png", "--weights", whole, "--out", tmp_path / name, *how)
            code, _, said = command("paint", tmp_path / "in", *call)
            assert code == 0, said
            painted[name] = filters.read(tmp_path / name / "photo.png")
            assert painted[name].shape == (70, 90, 3)
        redness = {name: (p[..., 0] - p[..., 1:].mean(2)).mean() for name, p in painted.items()}
        assert redness["whole"] > redness["none"] + 25

    def test_without_shipped_weights_the_remedy_is_told(self, command, data, tmp_path, monkeypatch):
        (tmp_path / "index.json").write_text("{}")
        monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
        call = (data / "photos" / "0.png", "--fast", data / "paintings" / "0.png", "--out", tmp_path / "out")
        code, _, said = command("paint", *call)
        assert code == 2 and "train any_painter --photos DIR --paintings DIR" in said and "--weights RUN" in said

    def test_shipped_it_needs_no_weights(self, command, whole, data, tmp_path, monkeypatch):
        (tmp_path / "weights").mkdir()
        (tmp_path / "weights" / "index.json").write_text("{}")
        monkeypatch.setattr(pretrained, "FOLDER", tmp_path / "weights")
        assert command("ship", whole)[0] == 0 and pretrained.available("any_painter") == ["any_painter"]
        call = (data / "photos" / "0.png", "--fast", data / "paintings" / "0.png")
        codes = [command("paint", *call, "--out", tmp_path / "a")[0]]
        codes.append(command("paint", *call, "--out", tmp_path / "b", "--weights", whole)[0])
        assert codes == [0, 0]
        assert np.array_equal(*(filters.read(tmp_path / name / "0.png") for name in "ab"))
