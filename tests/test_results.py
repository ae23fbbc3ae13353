"""The folder of a command's results: what is whose, what is nobody else's, and who may write."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import filters
from experiments.cli.console import UsageError
from experiments.cli.locks import locked
from experiments.cli.results import LIST, Results, found_again
from filters.io import files

ROOT = Path(__file__).parent.parent


@pytest.fixture
def photos(tmp_path):
    for index, name in enumerate(("1931/may/img001.jpg", "1932/img001.jpg", "1932/img002.jpg")):
        filters.write(tmp_path / name, np.full((8, 8, 3), 60 * index, np.uint8))
    return tmp_path


def written(folder, *calls, roots=()):
    """Write a result of each source as a command does; return their names."""
    results = Results(folder)
    targets = results.names(calls, roots)
    results.refuse_others(targets)
    with results.writing():
        for source, target in zip(calls, targets, strict=True):
            with results.of(source, target):
                filters.write(target, filters.read(source))
    return [target.relative_to(folder).as_posix() for target in targets]


def test_trees_are_mirrored_and_names_kept(photos):
    out, sources = photos / "out", sorted(photos.rglob("*.jpg"))
    assert written(out, *sources, roots=[photos]) == ["1931/may/img001.png", "1932/img001.png", "1932/img002.png"]
    assert written(out, *sources, roots=[photos / "1931", photos / "1932"])[0] == "1931/may/img001.png"
    # Without a folder that was named there is the base name alone, and the second is numbered.
    other = photos / "other"
    assert written(other, *sources[:2]) == ["img001.png", "img001-2.png"]


def test_a_later_call_neither_takes_nor_forgets_a_name(photos):
    out, (may, first, _) = photos / "out", sorted(photos.rglob("*.jpg"))
    assert written(out, may) == ["img001.png"]
    assert written(out, first) == ["img001-2.png"]
    assert written(out, first, may) == ["img001-2.png", "img001.png"]
    assert (filters.read(out / "img001.png") == filters.read(may)).all()
    moved = may.rename(photos / "img001.jpg")
    assert written(out, moved) == ["img001.png"]  # the same photograph in another place


def test_a_copy_that_was_changed_since_gets_a_name_of_its_own(photos):
    out, (may, first, _) = photos / "out", sorted(photos.rglob("*.jpg"))
    first.write_bytes(may.read_bytes())
    assert written(out, may) == written(out, first) == ["img001.png"]  # one photograph in two places
    filters.write(may, np.full((8, 8, 3), 7, np.uint8))
    assert written(out, may) == ["img001-2.png"]
    assert (filters.read(out / "img001.png") == filters.read(first)).all()


def test_names_as_long_as_names_can_be(photos):
    one, two = (photos / folder / f"{'é' * 125}x.jpg" for folder in ("1931", "1932"))
    for index, path in enumerate((one, two)):
        filters.write(path, np.full((8, 8, 3), index, np.uint8))
    names = written(photos / "out", one, two)
    assert len(set(names)) == 2 and all(len(os.fsencode(name)) <= 255 for name in names)
    (target,) = Results(photos / "other").names([one], room=20)
    assert len(os.fsencode(target.name)) <= 235


def test_the_table_tells_which_result_is_whose(photos):
    source = photos / "1931/may/img001.jpg"
    written(photos / "out", source)
    header, row = (photos / "out" / LIST).read_text().splitlines()
    assert header == "result,source,source_sha256,name,sha256"
    assert row.split(",")[:2] == ["img001.png", str(source.resolve())]


def test_files_of_others_are_refused_before_the_work(photos):
    out, source = photos / "out", photos / "1932/img002.jpg"
    filters.write(out / "img002.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(
        UsageError, match=r"img002\.png was not written by this program, or changed since; .*--overwrite"
    ):
        written(out, source)
    assert filters.read(out / "img002.png").shape == (4, 4, 3) and not (out / LIST).exists()
    Results(out, overwrite=True).refuse_others([out / "img002.png"])


def test_a_result_that_was_retouched_is_somebody_elses(photos):
    out, source = photos / "out", photos / "1932/img002.jpg"
    written(out, source)
    written(out, source)  # again: it is ours
    filters.write(out / "img002.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(UsageError, match="or changed since"):
        written(out, source)


def test_what_appears_while_a_command_works_is_left_alone(photos):
    results = Results(photos / "out")
    with results.writing():
        (photos / "out" / "notes.csv").write_text("mine")
        with pytest.raises(filters.PictureError, match=r"notes\.csv was not written by this program"):
            files.write_bytes(photos / "out" / "notes.csv", b"theirs")
        files.write_bytes(photos / "elsewhere.csv", b"no business of this folder")
    assert (photos / "out" / "notes.csv").read_text() == "mine"


def test_a_table_of_that_name_that_is_the_users_own(photos):
    (photos / "out").mkdir()
    (photos / "out" / LIST).write_text("name,marks\nAnn,1\n")
    with pytest.raises(UsageError, match=r"results\.csv was not written by this program"):
        written(photos / "out", photos / "1932/img002.jpg")


def test_results_are_no_inputs_of_the_next_call(photos):
    out, source = photos / "out", photos / "1932/img002.jpg"
    written(out, source)
    result = out / "img002.png"
    assert found_again(result, photos, None)  # below a folder that was named
    assert not found_again(result, out, photos / "other")  # named itself
    assert found_again(result, out, out)  # named itself, but where this call writes too
    assert not found_again(source, photos, out)


def test_one_command_at_a_time(photos):
    out = photos / "out"
    code = "import sys; from experiments.cli.results import Results\nwith Results(sys.argv[1]).writing(): pass"
    with Results(out).writing():
        done = subprocess.run([sys.executable, "-c", code, out], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 1 and "another command writes to" in done.stderr
    assert not out.exists()  # nothing came of it
    assert subprocess.run([sys.executable, "-c", code, out], cwd=ROOT).returncode == 0
    with locked(photos, "wait"), pytest.raises(UsageError, match="or wait"), locked(photos, "wait"):
        pass


def test_half_written_files_of_killed_commands_are_swept_and_no_others(photos):
    out = photos / "out"
    (out / "deep").mkdir(parents=True)
    for name in (".img001.png.123-0a1b2c.part", "deep/.x.png.9-ffffff.part", ".mine.part", "film.part"):
        (out / name).write_text("x")
    with Results(out).writing():
        pass
    assert sorted(p.name for p in out.rglob("*.part")) == [".mine.part", "film.part"]


def test_a_killed_command_leaves_nothing_unknown(photos):
    out, source = photos / "out", photos / "1932/img002.jpg"
    code = (
        "import os, sys; import filters; from experiments.cli.results import Results\n"
        "results = Results(sys.argv[1])\n"
        "with results.writing(), results.of(sys.argv[2], results.folder / 'img002.png'):\n"
        "    filters.write(results.folder / 'img002.png', filters.read(sys.argv[2]))\n"
        "    os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, out, source], cwd=ROOT).returncode == 9
    assert written(out, source) == ["img002.png"]


@pytest.mark.skipif(sys.platform == "darwin", reason="its file system takes Unicode alone")
def test_names_that_are_no_unicode_or_have_line_breaks(photos):
    for name in (b"caf\xe9.jpg", b'two\nlines, and "quotes".jpg'):
        source = photos / Path(os.fsdecode(name))
        filters.write(source.with_suffix(".jpg"), np.zeros((4, 4, 3), np.uint8))
        first = written(photos / "out", source)
        assert first == written(photos / "out", source) == [source.stem + ".png"]
