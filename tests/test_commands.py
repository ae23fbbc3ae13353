"""Commands as a person calls them: results, messages, exit codes."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pandas as pd
import pytest

import filters
from experiments.cli import dispatch
from experiments.datasets.crops import load_crops
from filters.color import luminance
from filters.faces import cropping, detection


@pytest.fixture
def photos(tmp_path, astronaut):
    """A folder with one good photograph among bad files."""
    folder = tmp_path / "my photos"
    filters.write(folder / "eileen.jpg", astronaut)
    (folder / "text.jpg").write_text("not a picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "short.jpg").write_bytes((folder / "eileen.jpg").read_bytes()[:5000])
    filters.write(folder / "wall.png", np.full((200, 200, 3), 120, np.uint8))
    filters.write(folder / "one.png", np.zeros((1, 1, 3), np.uint8))
    filters.write(folder / "line.png", np.zeros((1, 20000, 3), np.uint8))
    return folder


BROKEN = ("text.jpg", "empty.png", "short.jpg")


def assert_one_line_each(said, names):
    lines = [text for text in said.splitlines() if text.startswith("error:")]
    assert len(lines) == len(names), said
    for name in names:
        assert sum(name in text for text in lines) == 1, said
    assert "Traceback" not in said


class TestCut:
    def test_good_ones_are_cut_and_bad_ones_named(self, command, photos, tmp_path):
        out = tmp_path / "faces"
        code, _, said = command("cut", photos, "--out", out)
        assert code == 1
        assert_one_line_each(said, [*BROKEN, "wall.png", "one.png", "line.png"])
        assert sorted(p.name for p in out.iterdir()) == ["eileen_1.png", "faces.csv", "results.csv"]
        assert filters.read(out / "eileen_1.png").shape == (480, 360, 3)
        table = pd.read_csv(out / "faces.csv").set_index("source")
        assert len(table) == 7 and table["crop"].notna().sum() == 1
        assert table["rejected"].notna().sum() == 6
        row = table.loc[str(photos / "eileen.jpg")]
        assert row["eyes"] == 2 and row["score"] > 0.8 and not row["gray"] and row["face_height"] > 60

    def test_a_second_run_goes_on_and_changes_nothing(self, command, photos, tmp_path):
        out = tmp_path / "faces"
        command("cut", photos, "--out", out)
        table = (out / "faces.csv").read_bytes()
        crop = (out / "eileen_1.png").stat().st_mtime_ns
        command("cut", photos, "--out", out)
        assert (out / "faces.csv").read_bytes() == table
        assert (out / "eileen_1.png").stat().st_mtime_ns == crop
        (out / "eileen_1.png").unlink()  # a crop that went missing is cut again
        command("cut", photos, "--out", out)
        assert (out / "eileen_1.png").is_file()

    def test_sources_of_one_name_do_not_overwrite_each_other(self, command, tmp_path, astronaut):
        for folder in "ab":
            filters.write(tmp_path / folder / "x.png", astronaut)
        code, *_ = command("cut", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "out", "--jobs", 1)
        assert code == 0
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
            *("faces.csv", "results.csv", "x-2_1.png", "x_1.png")
        ]

    def test_two_calls_into_one_folder_keep_people_apart(self, command, tmp_path, astronaut, monkeypatch):
        for year, picture in ("1931", astronaut), ("1932", astronaut[:, ::-1]):
            filters.write(tmp_path / year / "img001.jpg", picture)
        monkeypatch.chdir(tmp_path)
        assert command("cut", "1931/img001.jpg", "--out", "out")[0] == 0
        assert command("cut", tmp_path / "1932" / "img001.jpg", "--out", "out")[0] == 0
        assert command("cut", tmp_path / "1931" / "img001.jpg", "--out", "out")[0] == 0  # known by another path
        table = pd.read_csv("out/faces.csv")
        assert list(table["crop"]) == ["img001_1.png", "img001-2_1.png"] and table["sha256"].nunique() == 2
        first, second = (filters.read(tmp_path / "out" / crop).astype(int) for crop in table["crop"])
        assert abs(first - second[:, ::-1]).mean() < 0.6 * abs(first - second).mean()
        (tmp_path / "1931").rename("1933")
        assert command("cut", "1933", "--out", "out")[0] == 0
        table = pd.read_csv("out/faces.csv")
        assert (
            set(table["source"]) == {"1933/img001.jpg", str(tmp_path / "1932" / "img001.jpg")} and len(table) == 2
        )
        # All again from the folder above, which holds the crops too: they are no photographs.
        code, _, said = command("cut", ".", "--out", "out")
        assert code == 0 and "2 faces from 2 pictures" in said

    def test_a_table_of_ones_own_stays(self, command, photos, tmp_path):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "faces.csv").write_text("name,born\nEileen,1956\n")
        code, _, said = command("cut", photos, "--out", tmp_path / "out")
        assert code == 2 and "faces.csv was not written by this program" in said
        assert "Eileen" in (tmp_path / "out" / "faces.csv").read_text()
        code, *_ = command("cut", photos / "eileen.jpg", "--out", tmp_path / "out", "--overwrite")
        assert code == 0 and "eileen_1.png" in (tmp_path / "out" / "faces.csv").read_text()

    def test_several_processes_give_the_same(self, command, tmp_path, astronaut):
        for index in range(8):
            filters.write(tmp_path / "in" / f"{index}.png", np.roll(astronaut, 5 * index, axis=1))
        command("cut", tmp_path / "in", "--out", tmp_path / "one", "--jobs", 1)
        command("cut", tmp_path / "in", "--out", tmp_path / "two", "--jobs", 2)
        one, two = (pd.read_csv(tmp_path / n / "faces.csv").sort_values("source") for n in ("one", "two"))
        assert one.equals(two.set_index(one.index))


class TestFilters:
    def test_writes_each_and_a_sheet(self, command, photos, tmp_path):
        code, _, said = command("filters", photos, "--out", tmp_path / "out")
        assert code == 1
        assert_one_line_each(said, BROKEN)
        written = {p.name for p in (tmp_path / "out").iterdir()}
        assert {"eileen.png", *(f"eileen_{name}.png" for name in filters.FILTERS)} <= written
        assert filters.read(tmp_path / "out" / "line_canny.png").shape == (1, 20000, 3)


class TestColorize:
    def test_whole_photographs_keep_size_and_luminance(self, command, photos, tmp_path, astronaut):
        code, _, said = command("colorize", photos, "--out", tmp_path / "out", "--recolor")
        assert code == 1
        assert_one_line_each(said, BROKEN)
        light = filters.read(photos / "eileen.jpg")
        result = filters.read(tmp_path / "out" / "eileen.png")
        assert result.shape == light.shape
        assert np.abs(luminance(result) - luminance(light)).mean() < 1
        assert filters.read(tmp_path / "out" / "line.png").shape == (1, 20000, 3)

    def test_saturation_and_side_by_side(self, command, tmp_path, astronaut):
        gray = filters.gray(astronaut[:200, 100:301])
        filters.write(tmp_path / "old.png", gray)
        command("colorize", tmp_path / "old.png", "--out", tmp_path / "none", "--saturation", 0)
        assert (filters.read(tmp_path / "none" / "old.png").std(axis=2) < 2).all()
        command("colorize", tmp_path / "old.png", "--out", tmp_path / "both", "--side-by-side")
        assert filters.read(tmp_path / "both" / "old.png").shape == (200, 402, 3)
        code, _, said = command("colorize", tmp_path / "old.png", "--out", tmp_path, "--saturation", -1)
        assert code == 2 and "--saturation: '-1' is no number from 0 to 4" in said

    def test_skin_gets_the_colour_of_skin(self, command, tmp_path, astronaut):
        filters.write(tmp_path / "old.png", filters.gray(astronaut))
        command("colorize", tmp_path / "old.png", "--out", tmp_path / "out")
        red, green, blue = filters.read(tmp_path / "out" / "old.png")[90:140, 200:245].mean(axis=(0, 1))
        assert red > green + 8 > blue + 8


class TestApply:
    def test_crops_come_out_at_training_size_under_their_names(self, command, tmp_path, astronaut):
        (face,) = detection.detect(astronaut)
        filters.write(tmp_path / "crop.jpg", cropping.cut(astronaut, face))
        filters.write(tmp_path / "wide.jpg", astronaut[:101, :203])
        both = tmp_path / "crop.jpg", tmp_path / "wide.jpg"
        code, *_ = command("apply", "gray_to_color", *both, "--out", tmp_path / "o")
        assert code == 0
        assert filters.read(tmp_path / "o" / "crop.png").shape == (320, 256, 3)
        assert filters.read(tmp_path / "o" / "wide.png").shape == (101, 203, 3)

    def test_unknown_transformation(self, command, photos, tmp_path):
        code, _, said = command("apply", "blue_to_green", photos, "--out", tmp_path)
        assert code == 2 and "no transformation is named 'blue_to_green'; known: " in said

    def test_weights_that_do_not_match(self, command, photos, tmp_path):
        (tmp_path / "w.weights.h5").write_bytes(b"nothing")
        code, _, said = command(
            "apply", "gray_to_color", photos, "--out", tmp_path, "--weights", tmp_path / "w.weights.h5"
        )
        assert code == 1 and "w.weights.h5 is damaged" in said and said.count("\n") == 1


class TestEvaluate:
    def test_json_has_the_result_and_its_baselines(self, command, photos):
        code, out, said = command("evaluate", "gray_to_color", "--data", photos, "--json", "--no-features")
        assert code == 1  # some files were left out
        results = json.loads(out)["results"]
        assert list(results) == ["gray_to_color", "filter", "mean colour", "mean picture"]
        assert results["filter"]["colourfulness_ratio"] < 0.01
        assert results["gray_to_color"]["ciede2000"] < results["filter"]["ciede2000"]
        assert "wall.png shows no face" in said


@pytest.mark.parametrize("call", [("cut",), ("filters",), ("colorize", "--recolor"), ("apply", "gray_to_color")])
def test_an_output_that_cannot_be_written(command, call, tmp_path, astronaut):
    filters.write(tmp_path / "a.png", astronaut)
    (tmp_path / "file").write_text("")
    code, _, said = command(*call, tmp_path / "a.png", "--out", tmp_path / "file" / "out")
    assert code == 1 and "cannot be written" in said and "Traceback" not in said


@pytest.mark.parametrize(
    "call",
    [
        ("cut", "{in}", "--out", "{in}"),
        ("filters", "{in}", "--out", "{in}"),
        ("colorize", "{in}", "--out", "{in}/../in"),
        ("apply", "gray_to_color", "{in}", "--out", "{link}"),
        ("colorize", "{in}/a.png", "--out", "{out}", "--like", "{out}/a.png"),
        ("upscale", "{in}/a.png", "--out", "{in}"),
        ("ways-back", "{in}", "--out", "{in}"),
        ("average", "{in}", "--out", "{in}"),
        ("morph", "{in}/a.png", "{in}/frame_000.png", "--out", "{in}"),
        ("morph", "{in}/a.png", "{in}/a_strip.png", "--out", "{in}/a.gif"),
        ("paint", "{in}/a.png", "--style", "{in}/mean.png", "--out", "{in}/a.png"),
        ("paint", "{in}/a.png", "--style", "{in}/mean.png", "--out", "{in}/mean.png"),
        ("paint", "{in}", "--fast", "starry_night", "--out", "{in}"),
        ("dream", "{in}/a.png", "--out", "{in}/a.png"),
        ("overfit-painting", "{in}/a.png", "--style", "{in}/sheet.png", "--out", "{in}"),
        ("demo", "{in}", "--out", "{in}"),
    ],
    ids=lambda call: call[0],
)
def test_an_input_is_never_an_output(command, call, tmp_path, astronaut):
    for name in ("a", "a_1", "a_strip", "frame_000", "mean", "sheet"):
        filters.write(tmp_path / "in" / f"{name}.png", astronaut)
    filters.write(tmp_path / "out" / "a.png", astronaut)
    (tmp_path / "link").symlink_to(tmp_path / "in")
    before = {path: path.read_bytes() for path in tmp_path.glob("*/*")}
    places = {name: tmp_path / name for name in ("in", "out", "link")}
    code, _, said = command(*(text.format(**places) for text in call))
    assert code == 2 and "choose another" in said
    assert {path: path.read_bytes() for path in tmp_path.glob("*/*")} == before


@pytest.mark.parametrize("call", [("cut",), ("filters",), ("colorize",), ("apply", "gray_to_color")])
def test_a_folder_without_pictures(command, call, tmp_path):
    (tmp_path / "none").mkdir()
    code, _, said = command(*call, tmp_path / "none", "--out", tmp_path / "out")
    assert code == 1 and f"{tmp_path / 'none'} holds no pictures" in said


def test_training_on_a_folder_without_pictures(command, tmp_path):
    (tmp_path / "none").mkdir()
    code, _, said = command("train", "gray_to_color", "--data", tmp_path / "none", "--out", tmp_path / "run")
    assert code == 1 and "holds no pictures" in said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("call", [("cut",), ("filters",), ("colorize",), ("apply", "gray_to_color"), ("upscale",)])
def test_inputs_are_looked_at_before_anything_is_loaded(call, tmp_path):
    code = (
        f"import sys; sys.argv = ['x', *{call!r}, {str(tmp_path)!r}, '--out', {str(tmp_path / 'out')!r}]\n"
        "from experiments.cli.dispatch import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert stop.code == 1\n"
        "assert not {'tensorflow', 'keras', 'pandas'} & set(sys.modules), 'heavy import'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"error: {tmp_path} holds no pictures" in done.stderr


def test_a_result_that_is_there_already_is_not_counted_for_a_broken_picture(command, photos, tmp_path):
    out = ("--out", tmp_path / "out", "--overwrite")
    filters.write(tmp_path / "out" / "text.png", np.zeros((8, 8, 3), np.uint8))
    _, _, said = command("filters", photos / "text.jpg", photos / "wall.png", *out)
    assert f"1 of 2 pictures written to {tmp_path / 'out'}" in said


def test_a_file_where_a_folder_is_wanted(command, photos, tmp_path):
    for call in (("colorize",), ("filters",), ("paint", "--fast", "starry_night")):
        code, _, said = command(*call, photos / "wall.png", "--out", tmp_path / "x.png")
        assert code == 2 and "name a folder" in said and not (tmp_path / "x.png").exists()


def test_options_that_the_fast_painter_does_not_know_are_refused(command, photos, tmp_path):
    how = ("--fast", "starry_night", "--out", tmp_path / "out")
    code, _, said = command("paint", photos / "wall.png", *how, "--keep-colours", "luminance", "--steps", 5)
    assert code == 2 and "leave out --keep-colours, --steps" in said
    code, *_ = command("paint", photos / "wall.png", *how, "--size", 64)
    assert code == 0 and filters.read(tmp_path / "out" / "wall.png").shape == (64, 64, 3)


def test_a_portrait_of_3_to_4_is_no_crop(command, tmp_path, astronaut):
    """A whole photograph is cut, and coloured at its size, whatever its proportions."""
    portrait = cv2.copyMakeBorder(astronaut, 88, 600, 194, 194, cv2.BORDER_REPLICATE)
    assert portrait.shape == (1200, 900, 3)
    filters.write(tmp_path / "in" / "portrait.png", portrait)
    command("apply", "gray_to_color", tmp_path / "in", "--out", tmp_path / "out")
    assert filters.read(tmp_path / "out" / "portrait.png").shape == portrait.shape
    (crop,), *_ = load_crops(tmp_path / "in")
    (face,) = detection.detect(crop)
    assert face.box[3] > 0.4 * len(crop)


def test_a_translation_is_measured_by_another_command(command, photos):
    code, _, said = command("evaluate", "photo_to_drawing", "--data", photos)
    assert code == 2 and "measure it with: evaluate-translation" in said


def test_a_bare_call_is_help(command):
    code, out, _ = command()
    assert code == 0 and out == command("--help")[1]
    assert "Old photographs:\n  colorize" in out


def test_wrong_usage(command):
    code, _, said = command("colourize")
    assert code == 2 and "no command is named 'colourize'; did you mean 'colorize'? known: cut" in said
    assert "did you mean" not in command("xyz")[2]
    assert command("cut")[0] == 2
    code, _, said = command("train", "gray_to_color")
    assert code == 2 and "give --data DIR" in said


@pytest.mark.parametrize("name", dispatch.COMMANDS)
def test_help_answers_without_loading_a_framework(name):
    code = (
        f"import sys; sys.argv = ['x', '{name}', '--help']\n"
        "from experiments.cli.dispatch import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code\n"
        "assert not {'tensorflow', 'keras', 'cv2', 'pandas'} & set(sys.modules), 'heavy import'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "usage: python -m experiments" in done.stdout


def test_start_up_says_nothing():
    code = "from transformers import backend; import tensorflow"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "" and done.stderr == ""


def test_a_program_leaves_with_its_exit_code_and_all_it_has_said(tmp_path):
    def call(*arguments):
        done = subprocess.run([sys.executable, "-m", "experiments", *arguments], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    code, out, said = call("--help")
    assert code == 0 and out.endswith("tells more.\n") and said == ""
    code, out, said = call("nonsense")
    assert code == 2 and "no command is named 'nonsense'" in said
    code, out, said = call("filters", str(tmp_path / "nowhere"), "--out", str(tmp_path))
    assert code == 1 and "nowhere does not exist" in said
