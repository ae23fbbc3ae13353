"""The fast painter at work: its training's runs, photographs, folders and films."""

import json

import numpy as np
import pandas as pd
import pytest

import filters
from experiments.cli.console import UsageError
from experiments.commands import train_painter
from experiments.datasets import squares
from experiments.inference import fast_style_transfer
from experiments.inference.fast_style_transfer import load_painter, paint, paint_all, paint_photograph, steadily
from experiments.training import painter
from filters import resizing
from filters.flow import motion
from filters.io import film_parts, films
from transformers import pretrained


@pytest.fixture(scope="module")
def photos(tmp_path_factory, astronaut):
    """Six parts of a photograph, and a file that is none."""
    folder = tmp_path_factory.mktemp("photos")
    for index in range(6):
        filters.write(folder / f"{index}.png", astronaut[40 * index :, 30 * index :][:120, :160])
    (folder / "broken.png").write_bytes(b"no")
    return folder


@pytest.fixture(scope="module")
def painting(tmp_path_factory, astronaut):
    path = tmp_path_factory.mktemp("painting") / "the_painting.png"
    filters.write(path, astronaut[:200, :300, ::-1])
    return path


def settings(painting, photos, epochs, **changes):
    values = {"size": 64, "painting_size": 96, "batch_size": 2, "preset": "tiny", "precision": "float32"}
    return train_painter.Settings(str(painting), str(photos), epochs=epochs, **values | changes)


@pytest.fixture(scope="module")
def whole(painting, photos, tmp_path_factory):
    """A run of four epochs without a stop."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    painter.train(settings(painting, photos, 4), folder)
    return folder


class TestRuns:
    @pytest.mark.slow
    def test_the_time_is_kept_and_weights_taken_over(self, painting, photos, whole, command, tmp_path):
        code, _, said = command(
            *("train_painter", painting, "--data", photos, "--out", tmp_path / "run", "--minutes", 0.0001),
            *("--init", whole / "best.weights.h5", "--learning-rate", 1e-9, "--seed", 5),
            *("--preset", "tiny", "--size", 64, "--painting-size", 96, "--precision", "float32"),
        )
        history = pd.read_csv(tmp_path / "run" / "history.csv")
        assert code == 0 and len(history) == 1 and said.count("broken.png is not a picture") <= 1
        assert filters.read(tmp_path / "run" / "painting.png").shape == (64, 96, 3)
        best = pd.read_csv(whole / "history.csv")["score"].min()
        assert history["score"][0] == pytest.approx(best, rel=0.02)

    def test_weights_of_another_painting_get_the_colours_of_this_one(self, photos, whole, astronaut, tmp_path):
        red = astronaut[:200, :300] // 4 + np.uint8([150, 0, 0])
        filters.write(tmp_path / "red.png", red)
        driver = painter.PainterDriver(settings(tmp_path / "red.png", photos, 1), "")
        driver.load()
        model = driver.build()
        driver.initialize(model, str(whole / "best.weights.h5"))
        painted = paint(astronaut[:64, :64], model.painter)
        assert painted[..., 0].mean() > painted[..., 1:].mean() + 60

    def test_wrong_calls(self, command, painting, photos, tmp_path):
        data = ("--data", photos, "--out", tmp_path / "r")
        for arguments, code, remedy in (
            ((), 2, "give a PAINTING and --data"),
            ((painting,), 2, "give a PAINTING and --data"),
            (("--resume", tmp_path), 2, "is no run; name the folder"),
            ((painting, *data, "--size", 100), 2, "multiple of 8"),
            ((painting, *data, "--size", 32), 2, "from 64"),
            ((tmp_path / "none.png", *data), 1, "none.png cannot be read"),
            ((painting, "--data", tmp_path, "--out", tmp_path / "r"), 1, "holds no pictures"),
            ((painting, *data, "--preset", "tiny", "--init", painting), 1, "is no weights file of this program"),
        ):
            got, _, said = command("train-painter", *arguments)
            assert got == code and remedy in said, (arguments, said)
        assert not (tmp_path / "r").exists()


class TestPhotographs:
    def test_a_batch_depends_on_seed_and_step_alone(self, photos):
        def stream(seed=0):
            return squares.Photographs(sorted(photos.glob("?.png")), 64, 2, seed)

        one, same, other = stream().batch(7), stream().batch(7), stream(1).batch(7)
        assert all(np.array_equal(one[k], same[k]) for k in one)
        assert not np.allclose(one["picture"], other["picture"])

    def test_two_views_show_the_same_but_for_shift_and_grain(self, photos):
        from transformers.training.painter import steadiness

        stream = squares.Photographs(sorted(photos.glob("?.png")), 64, 2, 0)
        for step in range(4):
            batch = stream.batch(step)
            assert batch["picture"].shape == batch["other"].shape == (2, 64, 64, 3)
            assert float(steadiness(batch["picture"], batch["other"], batch["shift"])) < squares.GRAIN**2

    def test_a_file_that_cannot_be_used_is_told_once(self, photos, capsys):
        stream = squares.Photographs([photos / "broken.png", photos / "0.png"], 64, 4, 0)
        for step in range(3):
            stream.batch(step)
        assert capsys.readouterr().err.count("broken.png is not a picture") == 1
        with pytest.raises(filters.PictureError, match="none of the photographs"):
            squares.Photographs([photos / "broken.png"], 64, 1, 0).batch(0)

    def test_squares_lie_within_the_photograph(self):
        picture = np.arange(20 * 30 * 3, dtype=np.uint16).reshape(20, 30, 3).astype(np.uint8)
        assert np.array_equal(squares.square(picture, 20, (0, 0), 1.0), picture[:, :20])
        assert np.array_equal(squares.square(picture, 20, (1, 1), 1.0), picture[:, 10:])
        assert np.array_equal(squares.square(picture, 10, (1, 0), 0.5), picture[10:, :10])

    def test_judged_photographs_are_not_practised_on(self):
        training, judged = squares.apart(list(range(10)))
        assert len(judged) == 4 and not set(training) & set(judged) and len(training) == 6
        assert squares.apart([1, 2]) == ([1, 2], [1, 2])


@pytest.fixture(scope="module")
def pan(astronaut):
    return [astronaut[i : 96 + i, 100 + 2 * i : 228 + 2 * i] for i in range(12)]


@pytest.fixture
def film(pan, tmp_path):
    import cv2

    path = tmp_path / "in" / "pan.avi"
    path.parent.mkdir()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 8, (128, 96))
    for frame in pan:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


class TestPainting:
    def test_photographs_and_films_of_a_folder_a_broken_file_among_them(self, whole, pan, film, tmp_path, capsys):
        filters.write(film.with_name("photo.jpg"), pan[0])
        film.with_name("no.jpg").write_bytes(b"no")
        film.with_name("no.mp4").write_bytes(b"no")
        out = tmp_path / "out"
        code = paint_all([film.parent, tmp_path / "none.jpg"], out, str(whole), size=64)
        said = capsys.readouterr().err
        assert code == 1 and said.count("error:") == 3
        for told in ("no.jpg is not a picture", "no.mp4 is no film", "none.jpg does not exist", "12 frames"):
            assert told in said
        assert sorted(p.name for p in out.iterdir()) == ["pan.mp4", "photo.png", "results.csv"]
        assert filters.read(out / "photo.png").shape == (48, 64, 3)
        painted = list(films.read(out / "pan.mp4").frames())
        assert len(painted) == 12 and painted[0].shape == (48, 64, 3)

    def test_faces_of_small_photographs_survive(self, astronaut):
        small = resizing.smaller(astronaut, 160)
        network = load_painter("great_wave")

        def likeness(painted):
            assert painted.shape == small.shape
            face, original = (picture[5:50, 50:95].mean(axis=2).ravel() for picture in (painted, small))
            return np.corrcoef(face, original)[0, 1]

        assert likeness(paint_photograph(small, network)) > likeness(paint(small, network)) + 0.05
        assert paint_photograph(small, network, longest=40).shape == (40, 40, 3)

    def test_a_film_that_breaks_half_way_keeps_what_was_done(self, whole, film, tmp_path, capsys):
        film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
        code = paint_all([film], tmp_path / "out", str(whole))
        said = capsys.readouterr().err
        assert code == 1 and "of its 12 frames can be read" in said and "frames written" in said
        assert 3 < len(list(films.read(tmp_path / "out" / "pan.mp4").frames())) < 9
        assert len(list((tmp_path / "out").glob("*.mp4"))) == 1

    def test_a_film_that_was_stopped_is_painted_on(self, command, whole, film, tmp_path, monkeypatch):
        monkeypatch.setattr(film_parts, "LENGTH", 3)
        out, real, painted = tmp_path / "out", fast_style_transfer.paint, []

        def stopping(frame, painter):
            if len(painted) == 8:
                raise KeyboardInterrupt
            painted.append(1)
            return real(frame, painter)

        def call(folder):
            return command("paint", film, "--fast", whole, "--out", folder, "--precision", "float32")

        assert call(tmp_path / "whole")[0] == 0
        monkeypatch.setattr(fast_style_transfer, "paint", stopping)
        code, _, said = call(out)
        assert code == 130 and "pan.mp4 is not finished; the same command goes on after 6 frames" in said
        assert not list(out.glob("*.mp4"))
        del painted[:]
        code, _, said = call(out)
        assert code == 0 and len(painted) == 6  # the other six were kept
        assert "goes on after 6 frames" in said and "12 frames written" in said
        one, other = (films.read(folder / "pan.mp4").frames() for folder in (tmp_path / "whole", out))
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
        assert sorted(p.name for p in out.iterdir()) == ["pan.mp4", "results.csv"]

    def test_a_film_is_not_written_over_itself(self, whole, film):
        path = film.rename(film.with_suffix(".mp4"))
        before = path.read_bytes()
        with pytest.raises(UsageError, match="is an input, and would be overwritten"):
            paint_all([path], path.parent, str(whole))
        assert path.read_bytes() == before

    def test_frames_held_flicker_less_than_frames_painted_alone(self, pan):
        rng = np.random.default_rng(0)

        def flickering(frame):
            return np.uint8(np.clip(255 - frame + rng.normal(0, 25, frame.shape), 0, 255))

        alone = motion.temporal_error(pan, [flickering(frame) for frame in pan])
        held = motion.temporal_error(pan, list(steadily(pan, flickering)))
        assert held < 0.5 * alone

    def test_what_comes_into_view_is_not_held(self, pan):
        values = iter((0, 200))
        _, second = steadily([pan[0], 255 - pan[5]], lambda frame: np.full_like(frame, next(values)))
        assert (second == 200).mean() > 0.9

    def test_unknown_painters_are_told(self):
        from experiments.cli.console import UsageError

        with pytest.raises(UsageError, match="no painter is named 'nobody'"):
            load_painter("nobody")


def test_a_run_is_shipped_and_found_by_its_painting_s_name(command, whole, pan, tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "index.json").write_text("{}")
    monkeypatch.setattr(pretrained, "FOLDER", tmp_path / "weights")
    code, *_ = command("ship", whole)
    assert code == 0 and pretrained.available("painter") == ["the_painting"] and not pretrained.available("unet")
    assert json.loads((tmp_path / "weights" / "index.json").read_text())["the_painting"]["network"] == "painter"
    one, other = (load_painter(name, "float32") for name in ("the_painting", str(whole)))
    assert np.array_equal(paint(pan[0], one), paint(pan[0], other))


class TestMeasured:
    def test_a_painter_is_compared_with_the_slow_way(self, command, painting, whole, tmp_path, astronaut):
        filters.write(tmp_path / "in" / "a.png", astronaut[:64, :80])
        (tmp_path / "in" / "b.png").write_bytes(b"no")
        how = (tmp_path / "in", "--painting", painting, "--longer-side", 64, "--steps", 4, "--json")
        code, out, said = command("evaluate-painter", whole, *how)
        results = json.loads(out)["results"]
        assert code == 1 and "b.png is not a picture" in said and json.loads(out)["pictures"] == 1
        painter, slow, recolored = results.values()
        for row in results.values():
            parts = row["content"] + row["style"] + row["total variation"]
            assert row["loss"] == pytest.approx(parts, rel=1e-5) and row["style"] > 0
        assert json.loads(out)["as_low"] == float(painter["loss"] <= slow["loss"])
        # The photograph's own light and shade are its content, and its colours are the painting's.
        assert recolored["content"] < 1 and recolored["total variation"] < slow["total variation"]

    def test_more_steps_cost_less(self, command, painting, whole, tmp_path, astronaut):
        filters.write(tmp_path / "a.png", astronaut[:64, :64])
        losses = []
        for steps in (2, 12):
            how = (tmp_path / "a.png", "--painting", painting, "--longer-side", 64, "--steps", steps, "--json")
            losses.append(json.loads(command("evaluate-painter", whole, *how)[1])["results"]["L-BFGS"]["loss"])
        assert losses[1] < losses[0]
