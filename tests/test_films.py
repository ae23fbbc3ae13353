"""Films: reading, writing, sound; how frames move, and what holds painted ones steady."""

import contextlib
import math
import re
import resource
import struct
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from filters import PictureError
from filters.flow import motion
from filters.flow.warping import warp
from filters.io import film_encoding, film_parts, films


@pytest.fixture(scope="module")
def pan(astronaut):
    """Eight frames of a camera that moves by 3 pixels to the right and 1 down each."""
    large = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    return [large[40 + i : 136 + i, 30 + 3 * i : 158 + 3 * i] for i in range(8)]


def write(path, frames, rate=10, **options):
    with films.writing(path, rate, **options) as add:
        for frame in frames:
            add(frame)


def encode(path, frames, codec="libx264", rate=10, sound=None, tracks=1, **settings):
    """Write a film with PyAV alone; `sound` is the codec of a tone of 440 Hz, stereo, as long as the film."""
    with av.open(str(path), "w") as output:
        video = output.add_stream(codec, rate=rate)
        video.height, video.width = frames[0].shape[:2]
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for name, value in settings.items():
            setattr(video.codec_context, name, value)
        heard = [output.add_stream(sound, rate=48_000, layout="stereo") for _ in range(tracks if sound else 0)]
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture))
            frame.pts, frame.time_base = number, Fraction(1, rate)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(48_000 * len(frames) // rate) / 48_000)
        for stream in heard:
            for start in range(0, len(tone), 1000):
                part = np.float32([tone[start : start + 1000]] * 2)
                frame = av.AudioFrame.from_ndarray(part, "fltp", "stereo")
                frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    return path


def heard(path, track=0):
    """What is heard of a film: codec, frequency in Hz, loudness, and when it begins and ends, in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        parts, resampler, begins = [], av.AudioResampler("fltp", "stereo", 48_000), None
        for frame in container.decode(stream):
            begins = frame.time if begins is None else begins
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
        samples = np.concatenate(parts)
        peak = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))).argmax() * 48_000 / len(samples)
        name = stream.codec_context.codec.canonical_name
        return name, peak, samples.std(), begins, begins + len(samples) / 48_000


class TestFilms:
    def test_what_is_written_is_read_again(self, pan, tmp_path):
        write(tmp_path / "new" / "film.mp4", pan, rate=12.5)
        film = films.read(tmp_path / "new" / "film.mp4")
        frames = list(film.frames())
        assert film.rate == 12.5 and film.count == len(frames) == 8
        assert min(cv2.PSNR(a, b) for a, b in zip(pan, frames, strict=True)) > 28
        assert [p.name for p in (tmp_path / "new").iterdir()] == ["film.mp4"]

    def test_browsers_play_it(self, pan, tmp_path):
        write(tmp_path / "film.mp4", pan)
        with av.open(str(tmp_path / "film.mp4")) as container:
            (video,) = container.streams
            assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        data = (tmp_path / "film.mp4").read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")  # what it holds stands first

    @pytest.mark.parametrize("color", [(230, 20, 40), (20, 200, 60), (30, 40, 220), (128, 128, 128)])
    def test_colours_are_kept(self, tmp_path, color):
        write(tmp_path / "film.mp4", [np.full((48, 64, 3), color, np.uint8)] * 3)
        assert np.abs(next(films.read(tmp_path / "film.mp4").frames()).astype(int) - color).max() <= 4

    @pytest.mark.parametrize(
        ("name", "codec"),
        [
            ("a.avi", "mjpeg"),
            ("a.mkv", "mpeg4"),
            ("a.mov", "libx264"),
            ("a.webm", "libvpx"),
            ("a.mpg", "mpeg2video"),
        ],
    )
    def test_any_container(self, pan, tmp_path, name, codec):
        for path in (encode(tmp_path / name, pan, codec), tmp_path / "clip"):  # by its name, or what it is
            film = films.read(path)
            frames = list(film.frames())
            assert films.is_film(path) and film.rate == 10 and len(frames) == 8
            assert min(cv2.PSNR(a, b) for a, b in zip(pan, frames, strict=True)) > 24
            path.rename(tmp_path / "clip")

    def test_frames_keep_their_times(self, pan, tmp_path):
        times, read = [0, 0.1, 0.2, 0.3, 1.3, 1.4, 1.5, 3], []
        with films.writing(tmp_path / "film.mp4", 10) as add:
            for frame, time in zip(pan, times, strict=True):
                add(frame, time)
        film = films.read(tmp_path / "film.mp4")
        assert len(list(film.frames(read))) == 8 and read == pytest.approx([*times, 3.1], abs=1 / 160)
        assert film.rate < 6  # not the finest step, 10

    @pytest.mark.parametrize(
        ("times", "end"),
        [
            ([0, 0.1, 0.4, 0.45, 1.45], 3.45),  # as animations have them
            ([*range(4), *(3 + i / 30 for i in range(1, 90))], 7.0),  # a still, and then much: no frame is put off
            ([*(i / 30 for i in range(30)), 1, 2, 3], 3.02),
            ([0], 2.0),
        ],
    )
    def test_each_frame_stays_as_long_as_it_did(self, tmp_path, times, end):
        read = []
        with films.writing(tmp_path / "film.mp4", len(times) / end) as add:
            for number, time in enumerate(times):
                add(np.full((48, 64, 3), 2 * number, np.uint8), time)
            add(None, end)
        list(films.read(tmp_path / "film.mp4").frames(read))
        assert read == pytest.approx([*times, end], abs=1.3 / 400)
        with av.open(str(tmp_path / "film.mp4")) as container:
            assert container.duration / av.time_base == pytest.approx(end, abs=1.3 / 400)

    def test_frames_that_are_skipped_keep_their_times(self, pan, tmp_path):
        write(tmp_path / "film.mp4", pan)
        every, times = [], []
        frames = list(films.read(tmp_path / "film.mp4").frames(every))
        rest = list(films.read(tmp_path / "film.mp4").frames(times, skip=5))
        assert np.array_equal(rest, frames[5:]) and times == every

    @pytest.mark.parametrize("quarters", [1, 2, 3])
    def test_a_film_that_was_taken_on_its_side_stands_upright(self, pan, tmp_path, quarters):
        path = encode(tmp_path / "film.mp4", pan)
        lying = next(films.read(path).frames())
        data = bytearray(path.read_bytes())
        place = data.index(b"tkhd") + 4 + 4 + 5 * 4 + 2 * 4 + 4 * 2  # of the matrix, after its ISO standard
        turned = {1: (0, 1, -1, 0), 2: (-1, 0, 0, -1), 3: (0, -1, 1, 0)}[quarters]  # clockwise
        a, b, c, d = (65536 * value for value in turned)
        data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
        path.write_bytes(data)
        assert np.array_equal(next(films.read(path).frames()), np.rot90(lying, -quarters))

    @pytest.mark.parametrize(
        ("name", "codec", "aspect", "width"),
        [
            ("a.mp4", "libx264", Fraction(3, 2), 192),
            ("a.mp4", "libx264", Fraction(1, 2), 64),
            ("a.mp4", "libx264", Fraction(4, 1), 512),
            ("a.mp4", "libx264", Fraction(1, 4), 32),
            ("a.mkv", "libx264", Fraction(3, 2), 192),
            ("a.mpg", "mpeg2video", Fraction(5, 3), 212),  # which knows 2.21:1, as broadcast does
        ],
    )
    def test_pixels_that_are_no_squares_become_squares(self, pan, tmp_path, name, codec, aspect, width):
        path = encode(tmp_path / name, pan, codec, rate=25, sample_aspect_ratio=aspect)
        frames = list(films.read(path).frames())
        assert frames[0].shape == (96, width, 3)
        write(tmp_path / "out.mp4", frames)
        with av.open(str(tmp_path / "out.mp4")) as container:
            video = container.streams.video[0]
            assert (video.width, video.height) == (width, 96) and (video.sample_aspect_ratio or 1) == 1

    def test_pixels_of_no_shape_are_taken_as_squares(self, pan, tmp_path):
        for aspect in (Fraction(10_000, 1), Fraction(9, 2), Fraction(2, 9)):
            path = encode(tmp_path / "film.mp4", pan, sample_aspect_ratio=aspect)
            assert next(films.read(path).frames()).shape == (96, 128, 3)

    def test_what_is_a_film(self, pan, tmp_path):
        (tmp_path / "text").write_text("no")
        cv2.imwrite(str(tmp_path / "a.png"), pan[0])
        assert films.is_film("missing.mp4")  # by its name, so that its error speaks of films
        assert not any(films.is_film(tmp_path / name) for name in ("text", "a.png", "missing"))
        write(tmp_path / "b.mp4", pan[:2])
        write(tmp_path / ".hidden.mp4", pan[:2])
        assert films.find_films(tmp_path) == [tmp_path / "b.mp4"]

    def test_neither_pictures_nor_lists_nor_sounds_are_films(self, pan, tmp_path):
        encode(tmp_path / "real.mp4", pan)
        (tmp_path / "list").write_text(f"#EXTM3U\n#EXTINF:1,\n{tmp_path / 'real.mp4'}\n#EXT-X-ENDLIST\n")
        (tmp_path / "concat").write_text("ffconcat version 1.0\nfile real.mp4\n")
        (tmp_path / "jpeg").write_bytes(cv2.imencode(".jpg", pan[0])[1].tobytes())
        with av.open(str(tmp_path / "sound.mkv"), "w") as output:
            stream = output.add_stream("flac", rate=48_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 4000), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = 48_000, 0
            output.mux([*stream.encode(frame), *stream.encode(None)])
        (tmp_path / "sound.mkv").rename(tmp_path / "sound")
        for name in ("list", "concat", "jpeg", "sound"):
            assert not films.is_film(tmp_path / name), name
            with pytest.raises(PictureError, match="is no film"):
                films.read((tmp_path / name).rename(tmp_path / f"{name}.mp4"))

    def test_any_name(self, pan, tmp_path):
        for name in ("a:b.mp4", "%03d.mp4", "ü ß.mp4", "file:x.mp4"):
            write(tmp_path / name, pan)
            assert len(list(films.read(tmp_path / name).frames())) == 8

    def test_odd_sides_lose_a_pixel(self, pan, tmp_path):
        write(tmp_path / "film.mp4", [frame[:95, :127] for frame in pan])
        assert next(films.read(tmp_path / "film.mp4").frames()).shape == (94, 126, 3)
        write(tmp_path / "small.mp4", [frame[:3, :2] for frame in pan])
        assert next(films.read(tmp_path / "small.mp4").frames()).shape == (2, 2, 3)

    def test_frames_of_no_size_or_several_are_told(self, pan, tmp_path):
        for frames in ([pan[0][:1]], [pan[0], pan[1][:90]]):
            with pytest.raises(PictureError, match="at least 2x2 pixels, and all as many"):
                write(tmp_path / "film.mp4", frames)

    @pytest.mark.parametrize(
        ("name", "codec", "told"),
        [
            ("film.avi", "mjpeg", r"of its 40 frames can be read"),
            ("film.mkv", "libx264", r"of its 4\.0 seconds can be read"),
            ("film.webm", "libvpx", r"of its 4\.0 seconds can be read"),
            ("film.flv", "flv", r"only its first [12]\.\d seconds can be read"),
            ("film.mp4", None, r"of its 40 frames can be read"),
        ],
    )
    def test_a_film_cut_off_gives_what_there_is_and_then_tells(self, noise, tmp_path, name, codec, told):
        path = tmp_path / name
        frames = [noise(96, 128, seed) for seed in range(40)]  # all of them large
        if codec:
            encode(path, frames, codec)
        else:
            write(path, frames)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        seen = []
        with pytest.raises(PictureError, match=rf"{name} is damaged: .*{told}; copy or download it again"):
            for frame in films.read(path).frames():
                seen.append(frame)
        assert 5 < len(seen) < 30

    def test_a_film_with_a_hole_gives_the_frames_around_it(self, pan, tmp_path):
        path = encode(tmp_path / "film.avi", pan * 5, "mjpeg")
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 2000] = bytes(2000)
        path.write_bytes(data)
        frames = []
        with contextlib.suppress(PictureError):
            frames.extend(films.read(path).frames())
        assert len(frames) > 15 and cv2.PSNR(frames[-1], pan[-1]) > 24

    def test_a_mp4_without_its_index_is_told(self, pan, tmp_path):
        path = encode(tmp_path / "film.mp4", pan * 5)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(PictureError, match=r"film\.mp4 is no film that FFmpeg can read, or damaged"):
            films.read(path)

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

    def test_a_full_disk_is_told_in_one_line_and_leaves_nothing(self, noise, tmp_path):
        frames, path = [noise(96, 128, seed) for seed in range(80)], tmp_path / "f.mp4"
        write(path, frames[:2])
        before, (soft, hard) = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # no file may be larger
        try:
            for count in (30, 80):  # where the encoder is done only in the end, and before
                with pytest.raises(
                    PictureError,
                    match=r"f\.mp4 cannot be written: File too large; make room or choose another place$",
                ):
                    write(path, frames[:count])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert [p.name for p in tmp_path.iterdir()] == ["f.mp4"] and path.read_bytes() == before

    def test_frames_that_got_lost_on_the_way_are_told(self, pan, tmp_path, monkeypatch):
        """A file is counted before it gets its name: here an encoder loses the last three."""
        write(tmp_path / "f.mp4", pan[:2])
        add = film_encoding.Encoder.add
        kept = iter([True] * 5 + [False] * 3)
        monkeypatch.setattr(film_encoding.Encoder, "add", lambda *given: add(*given) if next(kept) else None)
        with pytest.raises(PictureError, match=r"8 frames were given to it, and 5 are in it; make room"):
            write(tmp_path / "f.mp4", pan)
        assert len(list(films.read(tmp_path / "f.mp4").frames())) == 2 and len(list(tmp_path.iterdir())) == 1

    def test_nothing_is_said_but_by_us(self, pan, tmp_path, capfd):
        lines = []
        write(tmp_path / "f.mp4", pan, tell=lines.append)
        (tmp_path / "no.mp4").write_bytes(b"no film")
        films.is_film(tmp_path / "no.mp4")
        list(films.read(tmp_path / "f.mp4").frames())
        assert lines == [f"{tmp_path / 'f.mp4'}: 8 frames written"] and capfd.readouterr() == ("", "")


class TestTimes:
    @pytest.mark.parametrize(
        ("rate", "parts"),
        [(10, 40), (24, 17), (60, 16), (Fraction(30_000, 1001), 16)],  # 16 of a frame, or 400 of a second
    )
    def test_how_finely_frames_keep_their_times(self, tmp_path, rate, parts):
        times, read = np.cumsum([0, *np.random.default_rng(0).uniform(0.05, 0.3, 12)]), []
        with films.writing(tmp_path / "film.mp4", float(rate)) as add:
            for number, time in enumerate(times):
                add(np.full((16, 16, 3), 20 * number, np.uint8), time)
        list(films.read(tmp_path / "film.mp4").frames(read))
        ticks = np.array(read[:-1]) * float(rate * parts)
        # A player's own clock is finer still; all times are whole parts, the nearest ones.
        assert np.abs(ticks - np.round(ticks)).max() < 0.05
        assert np.abs(ticks - times * float(rate * parts)).max() <= 0.55
        assert read[-1] - read[-2] == pytest.approx(1 / float(rate), abs=1e-3)

    def test_frames_of_one_time_come_one_after_the_other(self, tmp_path):
        read = []
        with films.writing(tmp_path / "film.mp4", 10) as add:
            for number, time in enumerate((0, 0.5, 0.5, 0.2, 0.9)):
                add(np.full((16, 16, 3), 40 * number, np.uint8), time)
        list(films.read(tmp_path / "film.mp4").frames(read))
        assert read[:5] == pytest.approx([0, 0.5, 0.5025, 0.505, 0.9], abs=1e-4)

    def test_a_film_never_ends_before_its_last_frame(self, tmp_path):
        read = []
        with films.writing(tmp_path / "film.mp4", 10) as add:
            for number, time in enumerate((0, 0.5)):
                add(np.full((16, 16, 3), 40 * number, np.uint8), time)
            add(None, 0.1)
        list(films.read(tmp_path / "film.mp4").frames(read))
        assert read == pytest.approx([0, 0.5, 0.5025], abs=1e-4)

    def test_a_frame_without_time_follows_as_the_rate_tells(self, tmp_path):
        read = []
        with films.writing(tmp_path / "film.mp4", 8) as add:
            for number, time in enumerate((None, None, 1, None)):
                add(np.full((16, 16, 3), 40 * number, np.uint8), time)
        list(films.read(tmp_path / "film.mp4").frames(read))
        assert read == pytest.approx([0, 0.125, 1, 1.125, 1.25], abs=1e-4)

    def test_colours_are_told_to_be_those_of_bt_709(self, pan, tmp_path):
        write(tmp_path / "film.mp4", pan[:2])
        with av.open(str(tmp_path / "film.mp4")) as container:
            context = container.streams.video[0].codec_context
            told = context.colorspace, context.color_range, context.color_primaries, context.color_trc
            assert told == (1, 1, 1, 1)  # of ISO/IEC 23091-2, and the range of television

    @pytest.mark.parametrize(("rate", "told"), [(0.001, 0.001), (999, 999), (1000, 1000)])
    def test_strange_rates(self, pan, tmp_path, rate, told):
        write(tmp_path / "film.mp4", pan[:3], rate=rate)
        film = films.read(tmp_path / "film.mp4")
        assert film.rate == pytest.approx(told, rel=0.01) and film.count == 3

    def test_what_a_film_tells_of_how_long_it_is(self, pan, tmp_path):
        """A Matroska tells seconds, of which frames are reckoned by its rate."""
        film = films.read(encode(tmp_path / "a.mkv", pan, rate=4))
        assert (film.rate, film.count) == (4, 8)

    @pytest.mark.parametrize(("lost", "told"), [(2, False), (3, True)])
    def test_two_frames_may_lack(self, noise, tmp_path, lost, told):
        """As many as FFmpeg may be wrong about."""
        path = encode(tmp_path / "a.avi", [noise(48, 64, seed) for seed in range(20)], "mjpeg")
        data = bytearray(path.read_bytes())
        places = [i for i in range(data.index(b"movi"), data.index(b"idx1")) if data[i : i + 4] == b"00dc"]
        assert len(places) == 20
        for place in places[5 : 5 + lost]:
            (length,) = struct.unpack("<I", data[place + 4 : place + 8])
            data[place + 8 : place + 8 + length] = bytes(length)
        path.write_bytes(data)
        seen = []
        if told:
            with pytest.raises(PictureError, match=r"is damaged: 17 of its 20 frames can be read"):
                seen.extend(films.read(path).frames())
        else:
            seen.extend(films.read(path).frames())
            assert len(seen) == 18

    @pytest.mark.parametrize(
        ("rate", "count", "lost", "told"),
        [(10, 40, 5, False), (10, 40, 6, True), (1, 100, 2, False), (1, 100, 3, True)],
    )
    def test_half_a_second_or_a_fiftieth_may_lack(self, noise, tmp_path, rate, count, lost, told):
        """Of what tells how long it is, but not how many frames it has."""
        frames = [noise(16, 16, seed) for seed in range(count)]
        path = encode(tmp_path / "a.mkv", frames, "mpeg4", rate=rate)
        with av.open(str(path)) as container:
            parts = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        data = path.read_bytes()
        path.write_bytes(data[: data.index(parts[-lost])])
        seen = []
        with contextlib.ExitStack() as stack:
            if told:
                seconds = f"{(count - lost) / rate:.1f} of its {count / rate:.1f} seconds"
                stack.enter_context(pytest.raises(PictureError, match=rf"a\.mkv is damaged: {seconds} can be read"))
            seen.extend(films.read(path).frames())
        assert told or len(seen) == count - lost

    def test_an_unknown_file_is_no_film(self, tmp_path):
        (tmp_path / "some").write_bytes(b"nothing")
        for name in ("some", "missing", "a.png", "a.jpg"):
            assert films.is_film(tmp_path / name) is False
        for name in ("a.mp4", "A.MOV"):
            assert films.is_film(tmp_path / name) is True


class TestSound:
    @pytest.mark.parametrize(
        ("layout", "kept", "rate", "played"),
        [
            ("mono", 1, 48_000, 48_000),
            ("stereo", 2, 96_000, 48_000),
            ("5.1", 6, 48_000, 48_000),
            ("4.0", 2, 44_100, 44_100),
            ("mono", 1, 23_000, 22_050),
        ],
    )
    def test_sound_that_is_encoded_anew_has_as_many_channels_as_players_know(
        self, pan, tmp_path, layout, kept, rate, played
    ):
        with av.open(str(tmp_path / "a.mkv"), "w") as output:
            stream = output.add_stream("pcm_s16le", rate=rate, layout=layout)
            stream.metadata["language"] = "ger"
            channels = av.AudioLayout(layout).nb_channels
            tone = np.int16(9000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate))
            frame = av.AudioFrame.from_ndarray(np.repeat(tone, channels)[None], "s16", layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
            output.mux([*stream.encode(frame), *stream.encode(None)])
        write(tmp_path / "film.mp4", pan, sound_of=tmp_path / "a.mkv")
        with av.open(str(tmp_path / "film.mp4")) as container:
            (track,) = container.streams.audio
            assert (track.codec_context.name, track.channels, track.rate) == ("aac", kept, played)
            assert track.metadata["language"] == "ger"
        assert heard(tmp_path / "film.mp4")[1] == pytest.approx(440, abs=2)

    def test_a_gap_in_the_sound_is_kept(self, pan, tmp_path):
        """From 0.3 to 0.6 seconds nothing is told; and a gap of 0.05 seconds later is none."""
        with av.open(str(tmp_path / "a.mkv"), "w") as output:
            stream = output.add_stream("pcm_s16le", rate=48_000, layout="mono")
            for start, length, late in ((0, 14_400, 0), (28_800, 4800, 0), (33_600, 4800, 2400)):
                tone = np.int16(9000 * np.sin(2 * np.pi * 440 * np.arange(start, start + length) / 48_000))
                frame = av.AudioFrame.from_ndarray(tone[None], "s16", "mono")
                frame.sample_rate, frame.pts, frame.time_base = 48_000, start + late, Fraction(1, 48_000)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        write(tmp_path / "film.mp4", pan * 2, sound_of=tmp_path / "a.mkv")
        loud = []
        with av.open(str(tmp_path / "film.mp4")) as container:
            for frame in container.decode(audio=0):
                values = np.abs(frame.to_ndarray()[0])
                loud += [frame.time + i / 48_000 for i in np.flatnonzero(values > 0.1)]
        loud = np.array(loud)
        assert not ((loud > 0.36) & (loud < 0.56)).any()
        assert loud.min() < 0.04 and ((loud > 0.25) & (loud < 0.3)).any() and ((loud > 0.65) & (loud < 0.7)).any()
        assert loud.max() == pytest.approx(0.8, abs=0.03)

    @pytest.mark.parametrize("sound", ["mp2", "ac3", "eac3"])  # encoded anew, and copied
    @pytest.mark.parametrize("where", [slice(0, 2), slice(20, 24), slice(-2, None)])
    def test_damaged_sound_is_told_and_the_rest_is_kept(self, pan, tmp_path, sound, where):
        source = encode(tmp_path / "a.mkv", pan * 4, sound=sound)
        with av.open(str(source)) as container:
            parts = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
        data = source.read_bytes()
        for part in parts[where]:
            data = data.replace(part, b"\xff" * len(part))
        source.write_bytes(data)
        lines = []
        write(tmp_path / "film.mp4", pan * 4, sound_of=source, tell=lines.append)
        assert lines == [
            f"{source}: a part of its sound is damaged and left out",
            f"{tmp_path / 'film.mp4'}: 32 frames written",
        ]
        assert len(list(films.read(tmp_path / "film.mp4").frames())) == 32
        _, pitch, _, _, end = heard(tmp_path / "film.mp4")
        assert pitch == pytest.approx(440, abs=2) and end > 2.4

    @pytest.mark.parametrize(
        ("name", "codec", "sound", "kept"),
        [
            ("a.mp4", "libx264", "aac", "aac"),
            ("a.mkv", "libx264", "flac", "flac"),
            ("a.webm", "libvpx", "libopus", "opus"),
            ("a.avi", "mjpeg", "libmp3lame", "mp3"),
            ("a.avi", "mjpeg", "pcm_s16le", "aac"),  # no browser plays it in MP4
            ("a.mpg", "mpeg2video", "mp2", "aac"),
        ],
    )
    def test_sound_is_kept(self, pan, tmp_path, name, codec, sound, kept):
        source = encode(tmp_path / name, pan * 2, codec, sound=sound)
        write(tmp_path / "out" / "film.mp4", pan * 2, sound_of=source)
        found, pitch, loudness, begins, ends = heard(tmp_path / "out" / "film.mp4")
        assert found == kept and pitch == pytest.approx(440, abs=2)
        assert loudness == pytest.approx(0.3 / np.sqrt(2), rel=0.1)
        assert begins == pytest.approx(0, abs=0.05) and ends == pytest.approx(1.6, abs=0.1)
        assert len(list(films.read(tmp_path / "out" / "film.mp4").frames())) == 16
        assert len(list((tmp_path / "out").iterdir())) == 1

    def test_sound_that_is_copied_is_the_same(self, pan, tmp_path):
        def packets(path):
            with av.open(str(path)) as container:
                return [bytes(packet) for packet in container.demux(audio=0)]

        source = encode(tmp_path / "a.mkv", pan, sound="aac")
        write(tmp_path / "film.mp4", pan * 2, sound_of=source)
        assert packets(tmp_path / "film.mp4") == packets(source)

    def test_all_tracks_are_kept(self, pan, tmp_path):
        source = encode(tmp_path / "a.mkv", pan, sound="pcm_s16le", tracks=2)
        write(tmp_path / "film.mp4", pan, sound_of=source)
        assert [heard(tmp_path / "film.mp4", track)[1] for track in (0, 1)] == pytest.approx([440, 440], abs=2)

    @pytest.mark.parametrize("sound", ["aac", "pcm_s16le"])
    def test_sound_ends_with_the_film(self, pan, tmp_path, sound):
        source = encode(tmp_path / "a.mov", pan * 3, sound=sound)
        write(tmp_path / "film.mp4", pan, sound_of=source)
        assert heard(tmp_path / "film.mp4")[4] == pytest.approx(0.8, abs=0.1)

    def test_sound_that_is_shorter_keeps_all_frames(self, pan, tmp_path):
        source = encode(tmp_path / "a.mp4", pan[:5] * 2, sound="aac")
        write(tmp_path / "film.mp4", pan[:5] * 15, rate=25, sound_of=source)
        assert len(list(films.read(tmp_path / "film.mp4").frames())) == 75
        assert heard(tmp_path / "film.mp4")[4] == pytest.approx(1, abs=0.1)

    @pytest.mark.parametrize(("sound", "later"), [("aac", 0), ("pcm_s16le", 0), ("aac", 0.5), ("aac", -0.2)])
    def test_what_is_seen_and_heard_at_once_stays_so_in_uneven_films(self, tmp_path, sound, later):
        """Frames are white, and a tone is heard, from 1.0 to 1.5 and from 4.0 to 4.5 seconds on."""
        seen = [0, 0.3, 1, 1.1, *np.arange(1.5, 4, 1 / 24), 4, 4.4, 4.5, 5.9]
        audible = np.arange(6 * 48_000) / 48_000

        def loud(time):
            return (time >= 1) & (time < 1.5) | (time >= 4) & (time < 4.5)

        with av.open(str(tmp_path / "a.mkv"), "w") as output:
            video = output.add_stream("libx264", rate=30, width=64, height=48, pix_fmt="yuv420p")
            video.codec_context.time_base = Fraction(1, 1000)
            track = output.add_stream(sound, rate=48_000, layout="mono")
            tone = 0.5 * np.sin(2 * np.pi * 440 * audible) * loud(audible)
            kind, dtype, factor = ("s16", np.int16, 32_767) if sound == "pcm_s16le" else ("fltp", np.float32, 1)
            seen = [time for time in seen if time >= -later]  # one of both may begin later
            for start in range(0, len(tone), 1024):
                while seen and 48_000 * seen[0] < start + 1024:
                    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 255 * loud(seen[0]), np.uint8))
                    frame.pts, frame.time_base = round(1000 * seen.pop(0)), Fraction(1, 1000)
                    output.mux(video.encode(frame))
                if start < 48_000 * later:
                    continue
                samples = (factor * tone[start : start + 1024]).astype(dtype)[None]
                frame = av.AudioFrame.from_ndarray(samples, kind, "mono")
                frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
                output.mux(track.encode(frame))
            output.mux([*video.encode(None), *track.encode(None)])
        film, times = films.read(tmp_path / "a.mkv"), []
        with films.writing(tmp_path / "film.mp4", film.rate, tmp_path / "a.mkv") as add:
            for done, picture in enumerate(film.frames(times)):
                add(picture, times[done])
            add(None, times[-1])
        with av.open(str(tmp_path / "film.mp4")) as container:
            shown = [(f.time, f.to_ndarray(format="gray").mean() > 128) for f in container.decode(video=0)]
        with av.open(str(tmp_path / "film.mp4")) as container:
            parts = [(f.time, f.to_ndarray().astype(np.float32)[0]) for f in container.decode(audio=0)]
        lit = [time for (time, white), (_, before) in zip(shown[1:], shown[:-1], strict=True) if white > before]
        level = np.array([(time, np.sqrt(np.mean(part**2))) for time, part in parts])
        loudest = level[:, 1] > 0.3 * level[:, 1].max()
        sounding = [
            level[i, 0] for i in range(1, len(level)) if loudest[i] and not loudest[max(0, i - 8) : i].any()
        ]
        assert lit == pytest.approx([1, 4], abs=0.01) and sounding == pytest.approx(lit, abs=0.05)

    def test_sound_that_nobody_can_read_is_told_and_left_out(self, pan, tmp_path):
        source = encode(tmp_path / "a.avi", pan, "mjpeg", sound="pcm_s16le")
        data = bytearray(source.read_bytes())
        place = data.index(b"strf", data.index(b"auds")) + 8  # of the codec's number
        data[place : place + 2] = b"\x99\x99"
        source.write_bytes(data)
        lines = []
        write(tmp_path / "film.mp4", pan, sound_of=source, tell=lines.append)
        assert lines[0] == f"{source}: its sound cannot be taken over and is left out"
        with av.open(str(tmp_path / "film.mp4")) as container:
            assert [stream.type for stream in container.streams] == ["video"]
        assert len(list(films.read(tmp_path / "film.mp4").frames())) == 8

    def test_a_film_without_sound_stays_without(self, pan, tmp_path):
        lines = []
        write(tmp_path / "silent.mp4", pan)
        write(tmp_path / "film.mp4", pan, sound_of=tmp_path / "silent.mp4", tell=lines.append)
        with av.open(str(tmp_path / "film.mp4")) as container:
            assert [stream.type for stream in container.streams] == ["video"]
        assert len(list(films.read(tmp_path / "film.mp4").frames())) == 8 and len(lines) == 1


class TestMotion:
    def test_gray_pictures_move_as_coloured_ones(self, pan):
        grays = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in pan[:2]]
        assert np.array_equal(motion.flow(*grays), motion.flow(*pan[:2]))

    @pytest.mark.parametrize(("right", "down"), [(4, 0), (-4, 0), (0, 4), (0, -4)])
    def test_what_was_beyond_each_border_was_not_seen(self, astronaut, right, down):
        large = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
        seen, back = motion.visible_mask_and_flow(
            large[60 + down : 156 + down, 60 + right : 188 + right], large[60:156, 60:188]
        )
        borders = {(-4, 0): seen[:, :4], (4, 0): seen[:, -4:], (0, -4): seen[:4], (0, 4): seen[-4:]}
        for place, part in borders.items():
            assert part.mean() < 0.05 if place == (right, down) else part.mean() > 0.6
        assert seen[8:-8, 8:-8].mean() > 0.97
        assert np.median(back, axis=(0, 1)) == pytest.approx((right, down), abs=0.15)

    def test_seen_is_what_leads_forth_and_back(self, astronaut):
        """Sundaram, Brox and Keutzer 2010, equation 5, in a picture that is squeezed and moved."""
        large = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
        last = large[60:156, 60:188]
        frame = cv2.resize(large[64:140, 50:200], (128, 96))
        seen, back = motion.visible_mask_and_flow(frame, last)
        forth = motion.flow(last, frame)
        assert np.array_equal(back, motion.flow(frame, last))
        y, x = np.mgrid[:96, :128].astype(np.float32)
        places = x + back[..., 0], y + back[..., 1]
        returned = cv2.remap(forth, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        far = ((back + returned) ** 2).sum(axis=2)
        consistent = far < 0.01 * ((back**2).sum(axis=2) + (returned**2).sum(axis=2)) + 0.5
        inside = (places[0] >= 0) & (places[0] <= 127) & (places[1] >= 0) & (places[1] <= 95)
        moved = cv2.remap(last, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        alike = np.abs(moved.astype(float) - frame).mean(axis=2) < 24
        assert all(0.02 < 1 - part.mean() < 0.6 for part in (consistent, alike)) and not inside.all()
        assert np.array_equal(seen, consistent & inside & alike)

    def test_what_has_another_colour_is_another_thing(self):
        frame = np.full((40, 40, 3), 100, np.uint8)
        for differences, same in (
            ((23, 24, 24), True),
            ((24,) * 3, False),
            ((72, 0, 0), False),
            ((71, 0, 0), True),
        ):
            last = frame + np.uint8(differences)
            assert motion.visible_mask_and_flow(frame, last)[0].all() == same

    def test_of_what_is_held_the_rest_is_new_by_hand(self):
        """How soft it is, and that a pixel next to what came into view is not trusted, or is."""
        painted, last = np.zeros((21, 41, 3), np.float32), np.full((21, 41, 3), 100, np.float32)
        still, seen = np.zeros((21, 41, 2), np.float32), np.ones((21, 41), bool)
        seen[:, :20] = False
        for soft, first in ((1.0, 20), (3.0, 21)):
            joined = motion.blend_with_previous(painted, seen, still, last, 0.5, soft)[10, :, 0]
            edge = first - 0.5
            expected = [50 * 0.5 * (1 + math.erf((x - edge) / (soft * 2**0.5))) * (x >= 20) for x in range(41)]
            assert joined == pytest.approx(expected, abs=0.8) and joined.dtype == np.float32
        default = motion.blend_with_previous(painted, seen, still, last)[10, :, 0]
        assert default[-1] == pytest.approx(70, abs=0.1)
        assert default == pytest.approx(motion.blend_with_previous(painted, seen, still, last, 0.7, 2.0)[10, :, 0])
        alone = seen.copy()
        alone[:] = False
        alone[10, 30] = True
        assert (motion.blend_with_previous(painted, alone, still, last) == 0).all()

    def test_one_frame_does_not_flicker(self, pan):
        assert motion.temporal_error(pan[:1], pan[:1]) == 0

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


class TestParts:
    """A film is made in parts, which are kept until it is whole."""

    @pytest.fixture
    def short(self, monkeypatch):
        monkeypatch.setattr(film_parts, "LENGTH", 5)

    def made(self, path, frames, source, until=None, made_of="this"):
        """Write a film, but stop at a frame; return how many frames were kept before."""
        parts = films.parts(path, made_of)
        kept = parts.done
        with contextlib.suppress(KeyboardInterrupt), films.writing(path, 10, source, parts=parts) as add:
            for number in range(kept, len(frames)):
                if number == until:
                    raise KeyboardInterrupt
                parts.state[:] = [np.array(number)]
                add(frames[number], times_of(len(frames))[number])
            add(None, times_of(len(frames))[-1] + 0.5)
        return kept

    @pytest.mark.usefixtures("short")
    @pytest.mark.parametrize("stops", [(13,), (5, 6, 11), (3, 16), (15,), (17, 17)])
    def test_a_film_that_was_stopped_is_the_same(self, pan, tmp_path, stops):
        frames = (pan * 3)[:18]
        source = encode(tmp_path / "a.mkv", pan * 4, sound="aac")
        self.made(tmp_path / "whole.mp4", frames, source)
        done = 0
        for stop in stops:
            assert self.made(tmp_path / "film.mp4", frames, source, stop) == done
            assert not (tmp_path / "film.mp4").exists()
            done = (stop - 1) // 5 * 5  # a part is kept when the frame after it comes
        assert self.made(tmp_path / "film.mp4", frames, source) == done
        assert packets(tmp_path / "film.mp4") == packets(tmp_path / "whole.mp4")
        times = []
        assert len(list(films.read(tmp_path / "film.mp4").frames(times))) == 18
        assert times == pytest.approx([*times_of(18), times_of(18)[-1] + 0.5], abs=1 / 160)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mkv", "film.mp4", "whole.mp4"]

    @pytest.mark.usefixtures("short")
    def test_parts_are_seen_as_frames_of_one_encoding_are(self, pan, tmp_path):
        self.made(tmp_path / "parts.mp4", pan * 2, None)
        frames = list(films.read(tmp_path / "parts.mp4").frames())
        assert min(cv2.PSNR(a, b) for a, b in zip(pan * 2, frames, strict=True)) > 28

    @pytest.mark.usefixtures("short")
    def test_the_state_is_that_after_the_last_frame_that_is_kept(self, pan, tmp_path):
        self.made(tmp_path / "film.mp4", pan * 2, None, until=13)
        parts = films.parts(tmp_path / "film.mp4", "this")
        assert parts.done == 10 and parts.state == [np.array(9)] and parts.shape == pan[0].shape

    @pytest.mark.usefixtures("short")
    def test_what_is_made_of_something_else_begins_anew(self, pan, tmp_path):
        self.made(tmp_path / "film.mp4", pan * 2, None, until=13)
        assert self.made(tmp_path / "film.mp4", pan * 2, None, made_of="that") == 0
        assert len(list(films.read(tmp_path / "film.mp4").frames())) == 16

    @pytest.mark.usefixtures("short")
    def test_a_damaged_part_is_told_and_a_damaged_state_begins_anew(self, pan, tmp_path):
        self.made(tmp_path / "film.mp4", pan * 2, None, until=13)
        folder = tmp_path / ".film.mp4.parts"
        (folder / "000001.npz").write_bytes(b"no")
        with pytest.raises(PictureError, match=r"000001\.npz is damaged; delete .*\.film\.mp4\.parts, and"):
            self.made(tmp_path / "film.mp4", pan * 2, None)
        (folder / "state.npz").write_bytes((folder / "state.npz").read_bytes()[:-9])
        assert self.made(tmp_path / "film.mp4", pan * 2, None) == 0 and not folder.exists()

    @pytest.mark.usefixtures("short")
    def test_a_full_disk_keeps_what_was_done_before(self, noise, tmp_path):
        frames = [noise(96, 128, seed) for seed in range(24)]
        self.made(tmp_path / "whole.mp4", frames, None)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        largest = (tmp_path / "whole.mp4").stat().st_size // 2  # no file may be larger
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
        told = r"film\.mp4 cannot be written: File too large; make room or .*; (\d+) frames are kept, and the same"
        try:
            for _ in range(2):
                with pytest.raises(PictureError, match=told) as error:
                    self.made(tmp_path / "film.mp4", frames, None)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        kept = int(re.search(told, str(error.value))[1])
        assert not list(tmp_path.glob(".film.mp4.parts/*.new"))  # the room is needed
        assert kept >= 5 and not (tmp_path / "film.mp4").exists()
        assert self.made(tmp_path / "film.mp4", frames, None) == kept
        assert packets(tmp_path / "film.mp4") == packets(tmp_path / "whole.mp4")

    @pytest.mark.parametrize(("length", "kept"), [(240, True), (241, False)])
    def test_the_folder_of_parts_has_the_film_s_name_where_there_is_room(self, tmp_path, length, kept):
        name = "x" * (length - 4) + ".mp4"
        folder = films.parts(tmp_path / name, "this").folder
        assert folder.parent == tmp_path and (folder.name == f".{name}.parts") == kept and len(folder.name) < 255

    def test_a_name_of_255_bytes(self, pan, tmp_path):
        path = tmp_path / f"{'ä' * 125}x.mp4"
        assert self.made(path, pan, None) == 0 and [p.name for p in tmp_path.iterdir()] == [path.name]


def times_of(count):
    """Uneven: long at first, and then short, which the order of decoding must bear."""
    return [0.5 * i if i < 8 else 3.5 + (i - 7) / 30 for i in range(count)]


def packets(path):
    with av.open(str(path)) as container:
        every = [(p.stream.index, p.pts, p.dts, p.duration, bytes(p)) for p in container.demux()]
    return sorted(every, key=lambda packet: (packet[0], packet[2] is None, packet[2]))
