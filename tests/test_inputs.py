"""Whatever is wrong with a call is told before a framework is imported, in every command that takes pictures."""

import argparse
import json
import subprocess
import sys

import numpy as np
import pytest

import filters
from experiments.cli import dispatch, options
from experiments.commands import train, train_noise, train_painter, unpaired

# A right call of each command that takes pictures; `{folder}` and `{photo}` are what it reads, `{out}` a folder and
# `{file}` a picture that it would write.
CALLS = {
    "cut": "{folder} --out {out}",
    "average": "{folder} --out {out}",
    "morph": "{folder} --out {animation}",
    "colorize": "{folder} --out {out}",
    "upscale": "{folder} --out {out}",
    "restore": "{folder} --out {out}",
    "filters": "{folder} --out {out}",
    "ways-back": "{folder} --out {out}",
    "apply": "gray_to_color {folder} --out {out}",
    "survey": "--data {folder} --out {out}",
    "paint": "{folder} --style {photo} --out {out}",
    "overfit-painting": "{photo} --style {photo} --out {out}",
    "dream": "{photo} --out {file}",
    "train": "gray_to_color --data {folder} --out {out}",
    "unpaired": "{folder} {folder} --name own --out {out}",
    "train-noise": "--data {folder} --out {out}",
    "train-painter": "{photo} --data {folder} --out {out}",
    "train-any-painter": "--photos {folder} --paintings {folder} --out {out}",
    "demo": "{folder} --out {out}",
    "gallery": "{folder} --out {page}",
    "evaluate": "gray_to_color --data {folder}",
    "evaluate-color": "{folder}",
    "evaluate-restoration": "{folder}",
    "looks": "gray_to_color {folder} --out {file}",
    "evaluate-painter": "starry_night {folder} --painting {photo}",
    "evaluate-noise": "--data {folder} --training {folder} --out {out}",
    "evaluate-translation": "--photos {folder} --drawings {folder} --out {out}",
    "detectors": "{folder}",
    "upscalers": "--data {folder}",
    "benchmark": "--photos {folder} cut",
    "check-data": "{folder}",
}
# What else is refused: the call, its exit code, and what is said.
REFUSED = [
    ("colorize {folder} --out {folder}", 2, "is an input, and would be overwritten"),
    ("colorize {one} --out {out} --hint 4,4", 2, "expected X,Y=COLOUR"),
    ("colorize {one} --out {out} --hint 999,4=red", 1, "outside of the photograph"),
    ("colorize {folder} --out {out} --hint 4,4=red", 2, "belong to one photograph"),
    ("colorize {one} --out {out} --hints {nothing}", 1, "nothing.png cannot be read"),
    ("colorize {one} --out {out} --like {text}", 1, "text.png is not a picture"),
    ("colorize {text} --out {out}", 1, "text.png is not a picture"),
    ("colorize {one} --out {out} --saturation 5", 2, "--saturation: '5' is no number from 0 to 4"),
    ("colorize {one} --out {out} --warmth -2", 2, "--warmth: '-2' is no number from -1 to 1"),
    ("colorize {one} --out {out} --candidates 1", 2, "--candidates: '1' is no whole number from 2 to 16"),
    ("colorize {one} --out {out} --weights {nothing}", 1, "nothing.png does not exist"),
    (
        "colorize {one} --out {out} --weights {run}",
        2,
        "is a run of binary_to_color; wanted is",
    ),
    ("colorize {one} --out {out} --weights {folder}", 2, "is no run"),
    ("apply blue_to_green {one} --out {out}", 2, "no transformation is named 'blue_to_green'"),
    ("apply {run} {one} --out {out}", 2, "holds no best.weights.h5 yet"),
    ("apply photo_to_drawing {one} --out {out} --weights {run}", 2, "is a run of binary_to_color"),
    ("upscale {one} --out {out} --model old --scale 2", 2, "--model old enlarges by 4 only"),
    ("upscale {folder} --out {folder}", 2, "would be overwritten"),
    ("ways-back {folder} --out {folder}", 2, "would be overwritten"),
    ("paint {one} --style {photo} --out {photo}", 2, "would be overwritten"),
    ("paint {one} --style {text} --out {file}", 1, "text.png is not a picture"),
    ("paint {one} --style {photo} --out {file} --style-layers conv9_9", 2, "VGG-16 has no layer conv9_9"),
    (
        "paint {one} --style {photo} --out {file} --longer-side 9",
        2,
        "--longer-side: '9' is no whole number",
    ),
    ("paint {one} --style {photo} --out {file} --size 9", 2, "'9' is no whole number from 16"),
    ("paint {one} --fast nobody --out {out}", 2, "no painter is named 'nobody'"),
    ("paint {one} --fast starry_night --out {file}", 2, "name a folder"),
    ("paint {one} --fast {photo} --out {out} --weights {run}", 2, "is a run of binary_to_color"),
    ("paint {one} --fast {photo} --out {out} --weights {nothing}", 1, "nothing.png does not exist"),
    ("paint {one} --fast {photo} --out {out} --strength 2", 2, "--strength: '2' is no number from 0 to 1"),
    ("paint {one} --fast {photo} --out {out} --steps 9", 2, "paints in one pass; leave out --steps"),
    ("paint {one} --style {photo} --out {file} --strength 0.5", 2, "--strength belongs to --fast PAINTING"),
    ("train any_painter --photos {folder}", 2, "give --photos DIR, folders of photographs, and --paintings DIR"),
    ("dream {photo} --out {file} --layers conv9_9", 2, "has no layer conv9_9"),
    ("dream {text} --out {file}", 1, "text.png is not a picture"),
    ("dream {photo} --out {photo}", 2, "would be overwritten"),
    ("dream {photo} --out {page}", 2, "a picture ends in .jpg"),
    ("dream {photo} --out {file} --longer-side 0", 2, "--longer-side: '0' is no whole number from 1"),
    ("noise --out {out} --truncation -1", 2, "--truncation: '-1' is no number from 0 to 4"),
    ("noise --out {text}", 2, "name a folder"),
    ("noise --out {out} --weights {run}", 2, "is a run of binary_to_color; wanted is one of noise or dcgan"),
    ("survey --data {folder} --filters sepia", 2, "no filter is named 'sepia'"),
    ("survey --data {folder} --size 33x64", 2, "both sides must be multiples of 4"),
    ("evaluate blue_to_green --data {folder}", 2, "no transformation is named 'blue_to_green'"),
    ("train blue_to_green --data {folder}", 2, "no transformation is named 'blue_to_green'"),
    ("train gray_to_color --data {folder} --size 64", 2, "'64' is no size; write it as 256x320"),
    ("train gray_to_color --data {folder} --adversarial-from -1", 2, "'-1' is no whole number from 0"),
    ("train gray_to_color --data {folder} --subset brightness>", 2, "--subset"),
    ("train gray_to_color --data {folder} --init {nothing}", 1, "nothing.png does not exist"),
    ("train gray_to_color --data {folder} --out {run}", 2, "holds a run already"),
    ("train --resume {folder}", 2, "is no run"),
    (
        "train painter {photo} --data {folder} --size 100",
        2,
        "that is a multiple of 8",
    ),
    ("train painter {photo} --data {folder} --size 64x96", 2, "'64x96' is no square"),
    ("train noise --data {folder} --batch-size 0", 2, "'0' is no whole number from 1"),
    ("train photo_to_drawing {folder}", 2, "name two folders"),
    ("train translation {folder} {folder}", 2, "give --name NAME"),
    ("unpaired {folder} {folder} --name own --init shipped", 2, "no weights are shipped for 'own'"),
    ("unpaired {folder} {folder} --name own --init {run}", 2, "is a run of binary_to_color"),
    ("ship {folder}", 2, "is no run"),
    ("benchmark flying", 2, "cannot time 'flying'"),
    (
        "evaluate-translation --photos {folder} --drawings {folder} --weights {run}",
        2,
        "wanted is one of translation",
    ),
    ("upscalers --data {folder} --weights super_resolution_x4={nothing}", 1, "nothing.png does not exist"),
]
SCRIPT = """
import contextlib, io, json, sys
from experiments.cli import dispatch

results = []
for call in json.load(sys.stdin):
    said, sys.argv = io.StringIO(), ["experiments", *call]
    with contextlib.redirect_stderr(said):
        try:
            dispatch.main()
            code = 0
        except SystemExit as stop:
            code = stop.code
    results.append((code, said.getvalue(), sorted({"tensorflow", "keras", "torch"} & set(sys.modules))))
json.dump(results, sys.stdout)
"""


def wrong_calls():
    """Yield wrong calls of all commands: what they read is missing or empty, what they write cannot be there."""
    for name, call in CALLS.items():
        for part, instead, told in (
            ("{folder}", "{empty}", "holds no pictures"),
            ("{photo}", "{nothing}", "nothing.png"),
        ):
            if part in call:
                yield f"{name} {call.replace(part, instead)}", 1, told
        for part, instead, told in (
            ("--out {out}", "--out {text}", "name a folder"),
            ("--out {file}", "--out {folder_png}", "is a folder; name a file"),
            ("--out {page}", "--out {folder}", "is a folder; name a file"),
        ):
            if part in call and name != "paint":  # which takes a file too
                yield f"{name} {call.replace(part, instead)}", 2, told
    yield from REFUSED


WRONG = list(wrong_calls())


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What all the wrong calls gave, in one process: exit code, what was said, and frameworks loaded by then."""
    base = tmp_path_factory.mktemp("inputs")
    for name in ("a", "b"):
        filters.write(base / "in" / f"{name}.png", np.full((32, 32, 3), 90, np.uint8))
    for name in ("empty", "folder.png"):
        (base / name).mkdir()
    (base / "text.png").write_text("no picture")
    (base / "run").mkdir()
    (base / "run" / "config.json").write_text('{"kind": "transformation", "transformation": "binary_to_color"}')
    np.savez(base / "run" / "state.npz", epoch=1)
    names = {"folder": "in", "photo": "in/a.png", "one": "in/a.png", "nothing": "nothing.png", "text": "text.png"}
    names |= {"folder_png": "folder.png", "page": "out/index.html", "file": "out/new.png"}
    names |= {"animation": "out/new.gif", "empty": "empty", "out": "out", "run": "run"}
    places = {name: str(base / place) for name, place in names.items()}
    calls = [[word.format(**places) for word in call.split()] for call, *_ in WRONG]
    done = subprocess.run([sys.executable, "-c", SCRIPT], input=json.dumps(calls), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not (base / "out").exists()
    return dict(zip((call for call, *_ in WRONG), json.loads(done.stdout), strict=True))


@pytest.mark.parametrize(("call", "code", "told"), WRONG, ids=[call for call, *_ in WRONG])
def test_a_wrong_call_is_refused_before_a_framework_is_loaded(results, call, code, told):
    got, said, loaded = results[call]
    assert told in said and got == code, said
    lines = [line for line in said.splitlines() if "pictures written to" not in line]
    assert len(lines) >= 1 and all(line.startswith("error: ") for line in lines), said
    assert not loaded


def test_every_command_that_takes_pictures_is_among_them():
    roles = (options.Pictures, options.Picture, options.PictureFolder, options.Source, options.Painting)

    def takes_pictures(name):
        parser = argparse.ArgumentParser()
        dispatch.importlib.import_module(f"experiments.commands.{name.replace('-', '_')}").add_arguments(parser)
        kinds = [action.type for action in parser._actions if isinstance(action.type, type)]
        return any(issubclass(kind, roles) for kind in kinds)

    assert {name for name in dispatch.COMMANDS if takes_pictures(name)} == set(CALLS)


@pytest.mark.parametrize("module", [train, train_noise, train_painter, unpaired])
def test_what_is_given_becomes_settings_and_the_rest_are_defaults(module):
    from experiments.cli.settings import settings_from

    parser = options.Parser()
    module.add_arguments(parser)
    words = {
        train: ["gray_to_color", "--data", "faces"],
        train_noise: ["--data", "faces"],
        train_painter: ["p.png", "--data", "photos"],
        unpaired: ["a", "b", "--name", "own"],
    }[module]
    plain = settings_from(module.Settings, parser.parse_args(words))
    named = {"transformation": "gray_to_color", "name": "own", "a": "a", "b": "b", "painting": "p.png"}
    named |= {"data": plain.data if module is not unpaired else None}
    fields = module.Settings.__dataclass_fields__
    assert plain == module.Settings(**{key: value for key, value in named.items() if key in fields})
    changed = settings_from(
        module.Settings, parser.parse_args([*words, "--seed", "3", "--minutes", "0.5", "--epochs", "7"])
    )
    assert (changed.seed, changed.minutes, changed.epochs) == (3, 0.5, 7)
    text = " ".join(parser.format_help().split())
    assert "size of the networks" in text and f"(default: {module.Settings.epochs})" in text


def test_earlier_spellings_go_on_to_work_and_are_not_shown():
    from experiments.commands import evaluate_translation, paint, upscale

    for module, words, name, value, hidden in (
        (paint, ["a", "--out", "o", "--size", "64"], "size", 64, "--size"),
        (paint, ["a", "--out", "o", "--weights", "w.h5"], "weights", "w.h5", "--weights"),
        (upscale, ["a", "--out", "o", "--style", "sharp"], "model", "sharp", "--style"),
        (train_painter, ["p", "--data", "d", "--style", "20", "--light", "3"], "style", 20.0, "--style "),
        (train_painter, ["p", "--data", "d", "--size", "128x128"], "size", 128, None),
        (evaluate_translation, ["--photos", "p", "--drawings", "d", "--run", "r"], "weights", "r", "--run"),
    ):
        parser = options.Parser()
        module.add_arguments(parser)
        assert getattr(parser.parse_args(words), name) == value
        assert hidden is None or f" {hidden}" not in parser.format_help().replace("--weights FILE|RUN", "")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("gray_to_color", "colours black-and-white photographs"),
        ("photo_to_drawing", "--overfit DRAWING"),
        ("translation", "--faces"),
        ("noise", "faces per step"),
        ("dcgan", "runs/dcgan"),
        ("painter", "--painting-size"),
        ("any_painter", "--paintings"),
    ],
)
def test_one_spelling_trains_everything(command, name, shown):
    code, out, _ = command("train", name, "--help")
    assert code == 0 and f"train {name}" in out.replace("train [-h]", "train gray_to_color") and shown in out
    assert name in command("train", "--help")[1]
