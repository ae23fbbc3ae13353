"""Films: reading, writing, sound; how frames move, and what holds painted ones steady."""

import shutil
import subprocess

import cv2
import numpy as np
import pytest

from filters import PictureError
from filters.flow import motion
from filters.flow.warping import warp
from filters.io import films


@pytest.fixture(scope="module")
def pan(astronaut):
    """Eight frames of a camera that moves by 3 pixels to the right and 1 down each."""
    large = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    return [large[40 + i : 136 + i, 30 + 3 * i : 158 + 3 * i] for i in range(8)]


def write(path, frames, rate=10, **options):
    with films.writing(path, rate, **options) as add:
        for frame in frames:
            add(frame)


class TestFilms:
    def test_what_is_written_is_read_again(self, pan, tmp_path):
        write(tmp_path / "new" / "film.mp4", pan, rate=12.5)
        film = films.read(tmp_path / "new" / "film.mp4")
        frames = list(film.frames())
        assert film.rate == 12.5 and film.count == len(frames) == 8
        assert min(cv2.PSNR(a, b) for a, b in zip(pan, frames, strict=True)) > 28
        assert [p.name for p in (tmp_path / "new").iterdir()] == ["film.mp4"]

    @pytest.mark.parametrize(("name", "codec"), [("a.avi", "MJPG"), ("a.mkv", "mp4v"), ("clip", "mp4v")])
    def test_any_container(self, pan, tmp_path, name, codec):
        real = tmp_path / (name if "." in name else "clip.mov")
        writer = cv2.VideoWriter(str(real), cv2.VideoWriter_fourcc(*codec), 10, (128, 96))
        for frame in pan:
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        writer.release()
        path = real.rename(tmp_path / name)
        assert films.is_film(path) and len(list(films.read(path).frames())) == 8

    def test_what_is_a_film(self, pan, tmp_path):
        (tmp_path / "text").write_text("no")
        cv2.imwrite(str(tmp_path / "a.png"), pan[0])
        assert films.is_film("missing.mp4")  # by its name, so that its error speaks of films
        assert not any(films.is_film(tmp_path / name) for name in ("text", "a.png", "missing"))
        write(tmp_path / "b.mp4", pan[:2])
        write(tmp_path / ".hidden.mp4", pan[:2])
        assert films.find_films(tmp_path) == [tmp_path / "b.mp4"]

    def test_odd_sides_lose_a_pixel(self, pan, tmp_path):
        write(tmp_path / "film.mp4", [frame[:95, :127] for frame in pan])
        assert next(films.read(tmp_path / "film.mp4").frames()).shape == (94, 126, 3)

    def test_a_film_cut_off_gives_what_there_is_and_then_tells(self, pan, tmp_path):
        path = tmp_path / "film.avi"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (128, 96))
        for frame in pan * 5:
            writer.write(frame)
        writer.release()
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        seen = []
        with pytest.raises(PictureError, match=r"of its 40 frames can be read"):
            for frame in films.read(path).frames():
                seen.append(frame)
        assert 10 < len(seen) < 30

    def test_what_cannot_be_read_is_told(self, tmp_path):
        (tmp_path / "no.mp4").write_bytes(b"no film")
        with pytest.raises(PictureError, match=r"no\.mp4 is no film"):
            films.read(tmp_path / "no.mp4")
        with pytest.raises(PictureError, match=r"missing\.mp4 does not exist"):
            films.read(tmp_path / "missing.mp4")

    def test_an_error_keeps_the_frames_before_it(self, pan, tmp_path):
        with pytest.raises(RuntimeError, match="in between"), films.writing(tmp_path / "f.mp4", 10) as add:
            add(pan[0])
            add(pan[1])
            raise RuntimeError("in between")
        assert len(list(films.read(tmp_path / "f.mp4").frames())) == 2

    def test_no_frames_no_file(self, tmp_path):
        write(tmp_path / "f.mp4", [])
        assert not list(tmp_path.iterdir())

    def test_places_that_cannot_be_written_are_told(self, pan, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(PictureError, match="choose another place"):
            write(tmp_path / "file" / "f.mp4", pan)
        with pytest.raises(PictureError, match=r"use \.mp4"):
            write(tmp_path / "f.flv", pan)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
class TestSound:
    @staticmethod
    def described(path):
        return subprocess.run(["ffmpeg", "-i", str(path)], capture_output=True, text=True).stderr

    @pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.avi", "pcm_s16le"), ("a.mkv", "flac")])
    def test_sound_is_kept(self, pan, tmp_path, name, codec):
        write(tmp_path / "silent.mp4", pan * 2)
        subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-i", str(tmp_path / "silent.mp4")),
                *("-f", "lavfi", "-i", "sine=440:d=1.6", "-c:v", "copy", "-c:a", codec, str(tmp_path / name)),
            ],
            check=True,
        )
        write(tmp_path / "out" / "film.mp4", pan * 2, sound_of=tmp_path / name)
        assert "Audio:" in self.described(tmp_path / "out" / "film.mp4")
        assert len(list(films.read(tmp_path / "out" / "film.mp4").frames())) == 16
        assert len(list((tmp_path / "out").iterdir())) == 1

    def test_a_film_without_sound_stays_without(self, pan, tmp_path):
        write(tmp_path / "silent.mp4", pan)
        write(tmp_path / "film.mp4", pan, sound_of=tmp_path / "silent.mp4")
        assert "Audio:" not in self.described(tmp_path / "film.mp4")
        assert len(list(films.read(tmp_path / "film.mp4").frames())) == 8


class TestMotion:
    def test_a_known_move_is_found(self, pan):
        found = motion.flow(pan[1], pan[0])
        assert np.allclose(np.median(found, axis=(0, 1)), (3, 1), atol=0.15)
        assert np.mean(np.abs(warp(pan[0], found).astype(int) - pan[1])[:, :120]) < 3

    @pytest.mark.parametrize("size", [(1, 1), (7, 40), (50, 9)])
    def test_any_size(self, noise, size):
        picture = noise(*size)
        assert motion.flow(picture, picture).shape == (*size, 2)
        seen, back = motion.visible_mask_and_flow(picture, picture)
        assert seen.all() and np.abs(back).max() < 0.1

    def test_what_came_into_view_was_not_seen_before(self, pan):
        seen, _ = motion.visible_mask_and_flow(pan[1], pan[0])
        assert not seen[:, -2:].any()  # the camera moved by 3 to the right
        assert seen[10:-10, 10:-10].mean() > 0.9

    def test_after_a_cut_hardly_anything_was_seen_before(self, pan, noise):
        assert motion.visible_mask_and_flow(pan[0], noise(96, 128))[0].mean() < 0.1

    def test_held_by_hand(self):
        painted, last = np.full((20, 30, 3), 100, np.uint8), np.full((20, 30, 3), 200, np.uint8)
        still = np.zeros((20, 30, 2), np.float32)
        assert (motion.blend_with_previous(painted, np.ones((20, 30), bool), still, last, 0.25) == 125).all()
        assert (motion.blend_with_previous(painted, np.zeros((20, 30), bool), still, last) == painted).all()
        half = np.zeros((20, 30), bool)
        half[:, 15:] = True
        joined = motion.blend_with_previous(painted, half, still, last, 0.25)
        assert (joined[:, :15] == 100).all() and (joined[:, 25:] == 125).all()

    def test_what_was_painted_moves_along(self):
        last = np.zeros((20, 30, 3), np.uint8)
        last[:, 10] = 200
        back = np.full((20, 30, 2), (4.0, 0.0), np.float32)  # each place was 4 pixels further right
        moved = motion.blend_with_previous(np.zeros_like(last), np.ones((20, 30), bool), back, last, 1.0)
        assert (moved[:, 6] == 200).all() and moved[:, 10].max() == 0

    def test_temporal_error_of_a_film_that_moves_with_its_frames_is_small(self, pan):
        still = motion.temporal_error(pan, [255 - frame for frame in pan])
        rng = np.random.default_rng(0)
        flicker = [np.uint8(np.clip(f + rng.normal(0, 20, f.shape), 0, 255)) for f in pan]
        assert still < 6 and motion.temporal_error(pan, flicker) > 20

    def test_temporal_error_by_hand(self):
        frames = [np.full((40, 40, 3), 90, np.uint8)] * 3
        painted = [np.full((40, 40, 3), value, np.uint8) for value in (10, 13, 17)]
        assert motion.temporal_error(frames, painted) == pytest.approx(np.sqrt((9 + 16) / 2))
