"""Animations: written with the timing that is asked for, and read as films are."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from filters import PictureError
from filters.io import animations, films

COLORS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 0, 0)]


def plain(count, size=(6, 8)):
    return [np.full((*size, 3), COLORS[i], np.uint8) for i in range(count)]


def durations(path):
    """Milliseconds of each frame, as the file tells."""
    with Image.open(path) as image:
        told = []
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            told.append(image.info["duration"])
        return told, image.info.get("loop")


def save(path, frames, milliseconds, **how):
    images = [Image.fromarray(frame) for frame in frames]
    images[0].save(path, save_all=True, append_images=images[1:], duration=milliseconds, **how)
    return path


class TestWriting:
    def test_a_gif_counts_hundredths_and_loses_nothing_on_the_whole(self, tmp_path):
        animations.write_animation(tmp_path / "a.gif", plain(5), [1 / 30] * 5)
        # 3.33, 6.67, 10, 13.33, 16.67 hundredths.
        assert durations(tmp_path / "a.gif") == ([30, 40, 30, 30, 40], 0)
        animations.write_animation(tmp_path / "new" / "b.GIF", plain(3), [0.5, 0.25, 1])
        assert durations(tmp_path / "new" / "b.GIF") == ([500, 250, 1000], 0)

    def test_webp_counts_thousandths_and_loses_no_pixel(self, tmp_path, noise):
        frames = [noise(9, 12, seed) for seed in range(3)]
        animations.write_animation(tmp_path / "a.webp", frames, [0.0334, 0.0334, 0.0334])
        told, loop = durations(tmp_path / "a.webp")
        assert told == [33, 34, 33] and loop == 0
        with animations.Reader(tmp_path / "a.webp") as reader:
            assert all((seen == frame).all() for (_, _, seen), frame in zip(reader.frames(), frames, strict=True))

    def test_other_files_are_refused(self, tmp_path):
        with pytest.raises(PictureError, match=r"a\.png: cannot write '\.png' animations; use \.gif or \.webp"):
            animations.write_animation(tmp_path / "a.png", plain(2), [1, 1])
        assert not list(tmp_path.iterdir())


class TestReading:
    @pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
    def test_frames_have_their_times(self, tmp_path, name):
        path = save(tmp_path / name, plain(3), [200, 50, 400], **({"lossless": True} if name == "a.webp" else {}))
        with animations.Reader(path) as reader:
            assert (reader.told, reader.rate, reader.seconds) == (3, 5, 0) and reader.end() is None
            found = list(reader.frames())
        assert [time for time, _, _ in found] == pytest.approx([0, 0.2, 0.25])
        assert [stays for _, stays, _ in found] == pytest.approx([0.2, 0.05, 0.4])
        assert all((seen == frame).all() for (_, _, seen), frame in zip(found, plain(3), strict=True))

    @pytest.mark.parametrize(("told", "stays"), [(0, 0.1), (10, 0.1), (20, 0.02)])
    def test_frames_without_a_length_stay_as_browsers_show_them(self, tmp_path, told, stays):
        path = save(tmp_path / "a.gif", plain(2), told)
        with animations.Reader(path) as reader:
            assert reader.rate == Fraction(1, 1) / Fraction(stays).limit_denominator(1000)
            assert [seconds for _, seconds, _ in reader.frames()] == [stays, stays]

    def test_a_still_is_one_frame_of_a_tenth_of_a_second(self, tmp_path):
        Image.fromarray(plain(1)[0]).save(tmp_path / "a.png")
        with animations.Reader(tmp_path / "a.png") as reader:
            assert (reader.told, reader.rate) == (1, 10)
            ((time, seconds, picture),) = reader.frames()
            assert (time, seconds) == (0, 0.1) and (picture == plain(1)[0]).all()

    def test_skipped_frames_have_no_picture(self, tmp_path):
        path = save(tmp_path / "a.gif", plain(4), 100)
        with animations.Reader(path) as reader:
            assert [picture is None for _, _, picture in reader.frames(skip=2)] == [True, True, False, False]

    def test_transparency_is_laid_on_white(self, tmp_path):
        rgba = np.zeros((2, 4, 4), np.uint8)
        rgba[:, 1], rgba[:, 2] = (100, 0, 0, 255), (0, 0, 0, 51)
        images = [Image.fromarray(rgba), Image.fromarray(rgba[:, ::-1].copy())]
        images[0].save(tmp_path / "a.webp", save_all=True, append_images=images[1:], lossless=True, exact=True)
        with animations.Reader(tmp_path / "a.webp") as reader:
            _, _, picture = next(reader.frames())
        assert picture[0].tolist() == [[255] * 3, [100, 0, 0], [204] * 3, [255] * 3]

    def test_what_is_none_is_told(self, tmp_path, monkeypatch):
        (tmp_path / "no.gif").write_bytes(b"GIF89a no")
        Image.fromarray(plain(1)[0]).save(tmp_path / "a.jpg")
        for name in ("no.gif", "a.jpg", "missing.gif"):
            with pytest.raises(PictureError, match=rf"{name} is no animation that can be read, or damaged"):
                animations.Reader(tmp_path / name)
        path = save(tmp_path / "large.gif", plain(2, (10, 11)), 100)
        monkeypatch.setattr(animations, "MAX_PIXELS", 110)
        animations.Reader(path).image.close()
        monkeypatch.setattr(animations, "MAX_PIXELS", 109)
        with pytest.raises(PictureError, match=r"large\.gif has 11x10 pixels, which are too many; make it smaller"):
            animations.Reader(path)

    def test_a_damaged_one_gives_the_frames_before(self, tmp_path, noise):
        path = save(tmp_path / "a.webp", [noise(64, 64, seed) for seed in range(4)], 100, lossless=True)
        data = bytearray(path.read_bytes())
        places = [i for i in range(len(data)) if data[i : i + 4] == b"VP8L"]
        data[places[2] + 100 : places[2] + 500] = bytes(400)
        path.write_bytes(data)
        seen = []
        with (
            animations.Reader(path) as reader,
            pytest.raises(PictureError, match=r"a\.webp is damaged: 2 of its 4 frames can be read; export"),
        ):
            seen.extend(reader.frames())
        assert len(seen) == 2


class TestFilms:
    def test_what_is_an_animation(self, tmp_path):
        save(tmp_path / "a.gif", plain(2), 100)
        save(tmp_path / "b.PNG", plain(2), 100)
        save(tmp_path / "c.jpg.webp", plain(2), 100)
        Image.fromarray(plain(1)[0]).save(tmp_path / "still.gif")
        (tmp_path / "a.bin").write_bytes((tmp_path / "a.gif").read_bytes())
        (tmp_path / "bad.gif").write_bytes(b"GIF89a")
        (tmp_path / "folder.gif").mkdir()
        for name in ("a.gif", "b.PNG", "c.jpg.webp"):
            assert films.is_animation(tmp_path / name) is True and films.is_film(tmp_path / name) is True
        for name in ("still.gif", "a.bin", "bad.gif", "folder.gif", "missing.gif"):
            assert films.is_animation(tmp_path / name) is False

    def test_its_film(self, tmp_path):
        film = films.read(save(tmp_path / "a.gif", plain(3), [200, 200, 700]))
        times = []
        assert film.rate == 5 and film.count == 3 and len(list(film.frames(times))) == 3
        assert times == pytest.approx([0, 0.2, 0.4, 1.1])
        assert len(list(film.frames(skip=2))) == 1
