"""Films in colours: steady where the same is seen, anew at cuts, over each frame's own luminance."""

import itertools
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from experiments.cli.files import each_film, sorted_out
from experiments.inference import color_film
from experiments.inference.reworking import rework
from filters import PictureError, color
from filters.flow import motion
from filters.io import film_parts, films


@pytest.fixture(scope="module")
def pan(astronaut):
    """Ten frames of a camera that moves by 3 pixels to the right and 1 down each."""
    large = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    return [large[40 + i : 136 + i, 30 + 3 * i : 158 + 3 * i] for i in range(10)]


@pytest.fixture
def unsteady():
    """A generator that knows the colours, but for blots of its own in every frame."""
    rng = np.random.default_rng(0)

    def chroma_of(frame):
        small = cv2.resize(color.rgb_to_lab(frame), (64, 48), interpolation=cv2.INTER_AREA)[..., 1:]
        blots = cv2.resize(rng.normal(0, 8, (6, 8, 2)).astype(np.float32), (64, 48), interpolation=cv2.INTER_CUBIC)
        return 0.6 * small + blots

    return chroma_of


def plain(values, size=(24, 32)):
    """A generator that gives each frame one colour all over."""
    values = iter(values)
    return lambda frame: np.full((*size, 2), next(values), np.float32)


def chroma(frames):
    return [color.rgb_to_lab(frame)[..., 1:] for frame in frames]


class TestCut:
    def test_a_pan_a_zoom_a_flash_and_grain_are_none(self, pan, astronaut):
        assert not any(motion.is_cut(b, a) for a, b in itertools.pairwise(pan))
        nearer = cv2.resize(astronaut[30:482, 30:482], (512, 512))
        rng = np.random.default_rng(0)
        grainy = np.uint8(np.clip(astronaut + rng.normal(0, 12, (512, 512, 1)), 0, 255))
        flash = np.uint8(np.clip(astronaut * 1.6 + 20, 0, 255))
        for frame in (nearer, grainy, flash, astronaut // 2):
            assert not motion.is_cut(frame, astronaut) and not motion.is_cut(astronaut, frame)

    def test_another_scene_is_one(self, pan, astronaut, noise):
        other = cv2.resize(astronaut[320:512, 256:512], (128, 96), interpolation=cv2.INTER_AREA)
        assert motion.is_cut(other, pan[0]) and motion.is_cut(pan[-1], other)
        assert motion.is_cut(noise(96, 128), pan[0])

    @pytest.mark.parametrize("size", [(1, 1), (7, 40), (50, 9)])
    def test_any_size(self, noise, size):
        assert motion.is_cut(noise(*size), noise(*size)) is False


class TestSteadyColors:
    def test_colours_flicker_at_most_half_as_much(self, pan, unsteady):
        alone = motion.temporal_error(pan, chroma(color_film.steady_colors(pan, unsteady, share=0)))
        held = motion.temporal_error(pan, chroma(color_film.steady_colors(pan, unsteady)))
        assert held < 0.5 * alone

    def test_luminance_is_each_frame_s_own(self, pan, unsteady):
        for frame, coloured in zip(pan, color_film.steady_colors(pan, unsteady), strict=True):
            assert coloured.shape == frame.shape and coloured.dtype == np.uint8
            assert np.abs(color.luminance(coloured) - color.luminance(frame)).mean() < 1

    def test_what_stands_still_is_held_by_hand(self):
        frames = [np.full((48, 64, 3), 120, np.uint8)] * 3
        coloured = chroma(color_film.steady_colors(frames, plain([(0, 0), (20, 10), (20, 10)]), share=0.75))
        # A quarter of the new colours, then a quarter of what was missing.
        for found, expected in zip(coloured, ((0, 0), (5, 2.5), (8.75, 4.375)), strict=True):
            assert np.allclose(found, expected, atol=0.8)

    def test_a_cut_carries_no_colour_over(self, pan, noise):
        values = [(30, 0), (-30, 0)]
        coloured = chroma(color_film.steady_colors([pan[0] // 2 + 60, noise(96, 128) // 2 + 60], plain(values)))
        alone = chroma(color_film.steady_colors([noise(96, 128) // 2 + 60], plain(values[1:])))
        assert np.array_equal(coloured[1], alone[0])

    def test_chroma_that_changes_its_size_is_held_all_the_same(self):
        frames, sizes = [np.full((48, 64, 3), 120, np.uint8)] * 3, iter([(24, 32), (12, 16), (31, 47)])
        coloured = color_film.steady_colors(frames, lambda frame: np.full((*next(sizes), 2), 10, np.float32))
        assert all(np.allclose(found, 10, atol=0.8) for found in chroma(coloured))


class TestFilms:
    @pytest.fixture
    def film(self, pan, tmp_path):
        path = tmp_path / "in" / "pan.avi"
        path.parent.mkdir()
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 8, (128, 96))
        for frame in pan:
            writer.write(cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2BGR))
        writer.release()
        return path

    def test_a_film_is_coloured(self, film, pan, tmp_path, capsys):
        color_film.colorize_film(film, tmp_path / "out.mp4", lambda frame: np.full((24, 32, 2), 20, np.float32))
        written = films.read(tmp_path / "out.mp4")
        frames = list(written.frames())
        assert written.rate == 8 and len(frames) == 10 and "10 frames written" in capsys.readouterr().err
        for frame, coloured in zip(pan, frames, strict=True):
            assert chroma([coloured])[0].mean() > 10
            gray = cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            assert np.abs(color.luminance(coloured) - color.luminance(gray)).mean() < 3  # two codecs in between

    def test_a_film_that_was_stopped_is_coloured_on(self, film, pan, unsteady, tmp_path, monkeypatch, capsys):
        """Colours that are held from one frame to the next are held over the stop, too."""
        monkeypatch.setattr(film_parts, "LENGTH", 4)
        colors = [unsteady(frame) for frame in pan]

        def colorize(folder, start=0, stop=99):
            numbers = iter(range(start, 10))

            def chroma_of(frame):
                if (number := next(numbers)) == stop:
                    raise KeyboardInterrupt
                return colors[number]

            color_film.colorize_film(film, folder / "out.mp4", chroma_of)

        colorize(tmp_path / "whole")
        for start, stop in ((0, 6), (4, 9)):
            with pytest.raises(KeyboardInterrupt):
                colorize(tmp_path / "stopped", start, stop)
        colorize(tmp_path / "stopped", 8)
        assert capsys.readouterr().err.splitlines()[-2].endswith("out.mp4: goes on after 8 frames that were kept")
        one, other = (films.read(tmp_path / name / "out.mp4").frames() for name in ("whole", "stopped"))
        assert sum(np.array_equal(a, b) for a, b in zip(one, other, strict=True)) == 10

    @pytest.mark.parametrize("other", ["weights", "size", "film", None])
    def test_what_is_kept_counts_for_the_same_film_and_settings_alone(self, film, tmp_path, monkeypatch, other):
        monkeypatch.setattr(film_parts, "LENGTH", 4)
        done = []

        def invert(size, weights, most):
            def work(frames, state):
                for frame in frames:
                    if len(done) == most:
                        raise KeyboardInterrupt
                    done.append(1)
                    yield 255 - frame

            rework(film, tmp_path / "out.mp4", work, "inverting", size, [np.full(3, weights), 1.0])

        with pytest.raises(KeyboardInterrupt):
            invert(64, 1, most=6)
        if other == "film":
            film.write_bytes(film.read_bytes() + b" ")
        del done[:]
        invert(32 if other == "size" else 64, 2 if other == "weights" else 1, most=99)
        assert len(done) == (10 if other else 6)

    def test_kills_and_a_full_disk_on_the_way_change_nothing(self, pan, tmp_path):
        """Three seconds with sound, each frame mixed with those before; the process is killed, and killed again."""
        work = """
import os, resource, signal, sys
import numpy as np
from experiments.cli.console import run
from experiments.cli.files import each_film
from experiments.inference.reworking import rework
from filters.io import film_parts

film, out, stop, largest = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
film_parts.LENGTH = 10
if largest:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

def work(frames, state):
    for number, frame in enumerate(frames):
        if number == stop:
            os.kill(os.getpid(), signal.SIGKILL)
        state[:] = [frame / 2 + (state[0] if state else frame) / 2]
        yield np.round(state[0]).astype(np.uint8)

run(lambda: each_film([film], out, lambda path, target: rework(path, target, work, "mixing")))
"""

        def call(folder, stop=-1, largest=0):
            command = [sys.executable, "-c", work, str(film), str(folder), str(stop), str(largest)]
            return subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1])

        film = tmp_path / "film.mkv"
        with av.open(str(film), "w") as output:
            video = output.add_stream("libx264", rate=24, width=128, height=96, pix_fmt="yuv420p")
            sound = output.add_stream("aac", rate=48_000, layout="mono")
            for number in range(72):
                output.mux(video.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pan[number % 10]))))
                tone = np.sin(np.arange(2000 * number, 2000 * (number + 1)) / 17).astype(np.float32)
                frame = av.AudioFrame.from_ndarray(tone[None], "fltp", "mono")
                frame.sample_rate, frame.pts, frame.time_base = 48_000, 2000 * number, Fraction(1, 48_000)
                output.mux(sound.encode(frame))
            output.mux([*video.encode(None), *sound.encode(None)])
        done = call(tmp_path / "whole")
        assert done.returncode == 0 and "72 frames written" in done.stderr, done.stderr
        out = tmp_path / "out"
        for stop in (25, 14):  # of those that were left
            assert call(out, stop).returncode == -signal.SIGKILL and not (out / "film.mp4").exists()
        full = call(out, largest=(tmp_path / "whole" / "film.mp4").stat().st_size * 2 // 3)
        told = "film.mp4 cannot be written: File too large; make room or choose another place; "
        assert full.returncode == 1 and not (out / "film.mp4").exists(), full.stderr
        (line,) = [line for line in full.stderr.splitlines() if line.startswith("error:")]
        assert told in line and line.endswith("frames are kept, and the same command goes on")
        last = call(out)
        assert last.returncode == 0 and "goes on after" in last.stderr and "72 frames written" in last.stderr
        assert (out / "film.mp4").read_bytes() == (tmp_path / "whole" / "film.mp4").read_bytes()
        assert sorted(p.name for p in out.iterdir()) == ["film.mp4", "results.csv"]

    def test_it_is_not_written_over_itself(self, film):
        path = film.rename(film.with_suffix(".mp4"))
        with pytest.raises(PictureError, match="take the place of the film itself"):
            color_film.colorize_film(path, path, plain([]))

    @pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.apng"])
    def test_an_animation_becomes_a_film_and_keeps_its_timing(self, pan, tmp_path, capsys, name):
        images = [Image.fromarray(frame) for frame in pan[:5]]
        lengths = [100, 300, 50, 1000, 2000]
        kind = {"format": "PNG"} if name == "a.apng" else {}
        path = tmp_path / name
        images[0].save(path, save_all=True, append_images=images[1:], duration=lengths, lossless=True, **kind)
        assert sorted_out([path]) == ([], [path])
        mixing = {"work": lambda frames, state: (frame for frame in frames), "what": "copying"}
        assert each_film([path], tmp_path / "out", lambda film, target: rework(film, target, **mixing)) == 0
        assert capsys.readouterr().err == f"{tmp_path / 'out' / 'a.mp4'}: 5 frames written\n"
        times = []
        frames = list(films.read(tmp_path / "out" / "a.mp4").frames(times))
        assert times == pytest.approx([0, 0.1, 0.4, 0.45, 1.45, 3.45], abs=1 / 400)
        assert min(cv2.PSNR(a, b) for a, b in zip(pan, frames, strict=False)) > 26

    def test_animations_are_laid_on_white_and_damaged_ones_told(self, pan, tmp_path):
        clear = [Image.new("RGBA", (64, 48), (200, 0, 0, alpha)) for alpha in (0, 255)]
        clear[0].save(tmp_path / "a.webp", save_all=True, append_images=clear[1:], duration=100, lossless=True)
        first, second = films.read(tmp_path / "a.webp").frames()
        assert (first == 255).all() and (second == (200, 0, 0)).all()
        clear[0].save(tmp_path / "still.webp")
        Image.fromarray(pan[0]).save(tmp_path / "still.png")
        assert sorted_out([tmp_path / "still.webp", tmp_path / "still.png"])[1] == []
        images = [Image.fromarray(frame) for frame in pan]
        images[0].save(tmp_path / "b.png", save_all=True, append_images=images[1:], duration=100)
        (tmp_path / "b.png").write_bytes(
            (tmp_path / "b.png").read_bytes()[: (tmp_path / "b.png").stat().st_size // 2]
        )
        seen = []
        with pytest.raises(PictureError, match=r"b\.png is damaged: \d of its 10 frames can be read"):
            seen.extend(frame.shape for frame in films.read(tmp_path / "b.png").frames())

    def test_one_film_that_fails_does_not_stop_the_others(self, film, tmp_path, capsys):
        film.with_name("no.mp4").write_bytes(b"no")
        photographs, found = sorted_out([film.parent, tmp_path / "none.jpg"])
        assert photographs == [tmp_path / "none.jpg"] and [p.name for p in found] == ["no.mp4", "pan.avi"]

        def work(path, target):
            rework(path, target, lambda frames, state: (255 - frame for frame in frames), "inverting", size=64)

        assert each_film(found, tmp_path / "out", work) == 1
        said = capsys.readouterr().err
        assert "no.mp4 is no film" in said and "10 frames written" in said
        assert next(films.read(tmp_path / "out" / "pan.mp4").frames()).shape == (48, 64, 3)
        assert each_film([], tmp_path / "out", work) == 0 and not capsys.readouterr().err
