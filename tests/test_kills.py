"""Commands that are killed twenty times at random moments end where undisturbed ones end."""

import contextlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest

import filters

ROOT = Path(__file__).parent.parent
KILLS = 20
# As `python -m experiments`, but films are kept in shorter parts, so that more is done between two kills.
START = (
    "import sys\n"
    "from experiments.cli import console, dispatch\n"
    "from filters.io import film_parts\n"
    "film_parts.LENGTH = 10\n"
    "sys.argv = ['experiments', *sys.argv[1:]]\n"
    "console.leave_after(dispatch.main)"
)


@pytest.fixture(scope="module")
def inputs(astronaut, tmp_path_factory):
    """A tree of photographs, and a film of a pan over one."""
    folder = tmp_path_factory.mktemp("inputs")
    for number in range(24):
        shade = (astronaut * (0.5 + number / 48)).astype(np.uint8)
        filters.write(folder / "photos" / f"{1931 + number % 3}" / f"{number}.png", shade)
        if number < 6:
            gray = np.repeat(shade.mean(2, keepdims=True), 3, 2).astype(np.uint8)
            filters.write(folder / "gray" / f"{number}.png", gray)
    with av.open(str(folder / "film.mp4"), "w") as output:
        video = output.add_stream("libx264", rate=24, width=128, height=96, pix_fmt="yuv420p")
        for number in range(120):
            view = np.ascontiguousarray(astronaut[number : number + 96, number : number + 128])
            output.mux(video.encode(av.VideoFrame.from_ndarray(view)))
        output.mux(video.encode(None))
    return folder


def latest(folder):
    """Return what `results.csv` says last of each result, by its name."""
    table = pd.read_csv(folder / "results.csv", dtype=str).drop_duplicates("result", keep="last")
    return table.sort_values("result").reset_index(drop=True)


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "results.csv"
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["cut photos", "colorize gray", "colorize film.mp4", "paint film.mp4 --fast starry_night"]
)
def test_twenty_kills_change_nothing(inputs, tmp_path, words):
    name, source, *options = words.split()

    def begun(out):
        words = [sys.executable, "-c", START, name, str(inputs / source), *options, "--out", str(out)]
        return subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)

    whole, out = tmp_path / "whole", tmp_path / "out"
    start = time.monotonic()
    _, said = (process := begun(whole)).communicate()
    assert process.returncode == 0, said
    takes = time.monotonic() - start
    rng, kills = random.Random(words), 0
    while kills < KILLS:  # what ended before its kill is made anew
        process = begun(out)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0, 1) * takes)
        ended = process.poll() is not None
        process.send_signal(rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM]))
        _, said = process.communicate()
        assert process.returncode in (0, -9, -2, -15, 130, 143), said
        kills += not ended
        for path in out.rglob("[!.]*.png"):
            filters.read(path)  # none is half written
    process = begun(out)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert contents(out) == contents(whole)
    pd.testing.assert_frame_equal(latest(out), latest(whole))


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "survey --data photos --minutes 5",
        "evaluate canny_to_color --data photos",
        "evaluate-color photos",
        "evaluate-translation --photos photos --drawings gray",
        "ways-back photos",
        "check-data photos",
        "average photos",
        "upscalers --data photos",
        "noise --count 400",
    ],
)
def test_ctrl_c_is_one_line(inputs, tmp_path, words):
    """Ctrl-C at four moments between the start, which a busy computer puts off, and well within the work."""
    name, *options = (str(inputs / word) if word in ("photos", "gray") else word for word in words.split())
    if name not in ("evaluate", "evaluate-color", "upscalers", "check-data"):
        options += ["--out", str(tmp_path / "out")]
    start = time.monotonic()
    subprocess.run([sys.executable, "-m", "experiments", name, "--help"], cwd=ROOT, stdout=subprocess.DEVNULL)
    takes = time.monotonic() - start
    for moment in (2 * takes, 4 * takes, 10 * takes, 30 * takes):
        process = subprocess.Popen(
            [sys.executable, "-m", "experiments", name, *options],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        ended = process.poll() is not None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert ended or (process.returncode == 130 and "Traceback" not in said), said
        assert ended or said.splitlines()[-1].startswith("stopped"), said
