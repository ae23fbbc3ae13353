"""Reading and writing: every format comes back as the same kind of array, or as a clear error."""

import io
import itertools
import os
import re
import struct
import threading
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

import filters
from filters import PictureError
from filters.io import containers, files, pictures, turns


@pytest.mark.parametrize("extension", [".png", ".tif", ".tiff", ".bmp", ".webp", ".jpg", ".jpeg"])
def test_round_trip(tmp_path, extension, astronaut):
    path = tmp_path / f"Gesicht – 顔{extension}"
    filters.write(path, astronaut)
    back = filters.read(path)
    assert back.shape == astronaut.shape
    tolerance = 12 if extension in (".jpg", ".jpeg", ".webp") else 0
    assert np.abs(back.astype(int) - astronaut).mean() <= tolerance / 4
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_gray_pictures_become_three_equal_channels(tmp_path):
    values = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    filters.write(tmp_path / "g.png", values)
    back = filters.read(tmp_path / "g.png")
    assert (back == values[..., None]).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, orientation):
    upright = np.zeros((40, 24, 3), np.uint8)
    upright[:8, :8] = (255, 0, 0)  # red in the upper left corner
    # What the camera stored, so that the given orientation turns it upright.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "o.png", exif=exif)
    assert (filters.read(tmp_path / "o.png") == upright).all()


def test_transparency_is_laid_on_white(tmp_path):
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[0, 0] = (255, 0, 0, 255)
    rgba[0, 1] = (0, 0, 0, 128)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    back = filters.read(tmp_path / "a.png")
    assert back[0, 0].tolist() == [255, 0, 0]
    assert back[1, 1].tolist() == [255, 255, 255]
    assert abs(int(back[0, 1, 0]) - 127) <= 1


def test_palette_with_a_transparent_entry(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 255, 10, 20, 30])
    image.putdata([0, 1])
    image.save(tmp_path / "p.png", transparency=1)
    assert filters.read(tmp_path / "p.png").tolist() == [[[0, 0, 255], [255, 255, 255]]]


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_sixteen_bits(tmp_path, extension):
    values = np.array([[0, 257, 32896, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / f"deep.{extension}")
    assert filters.read(tmp_path / f"deep.{extension}")[0, :, 0].tolist() == [0, 1, 128, 255]


def test_float_tiff(tmp_path):
    Image.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)).save(tmp_path / "f.tif")
    assert filters.read(tmp_path / "f.tif")[0, :, 0].tolist() == [0, 128, 255]


def test_cmyk_jpeg(tmp_path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "c.jpg", quality=95)
    red, green, blue = filters.read(tmp_path / "c.jpg")[4, 4]
    assert red > 200 and green < 60 and blue < 60


def test_broken_files_name_themselves(tmp_path, astronaut):
    filters.write(tmp_path / "whole.jpg", astronaut)
    data = (tmp_path / "whole.jpg").read_bytes()
    files = {
        "empty.jpg": (b"", "is empty"),
        "text.jpg": (b"just some words", "is not a picture"),
        "short.jpg": (data[: len(data) // 2], "is damaged"),
        "header.jpg": (data[:100], "is"),
    }
    for name, (content, reason) in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PictureError, match=rf"{name} {reason}"):
            filters.read(tmp_path / name)
    with pytest.raises(PictureError, match=r"missing.jpg cannot be read"):
        filters.read(tmp_path / "missing.jpg")


@pytest.mark.parametrize("kind", ["EPS", "PPM", "ICO", "PCX", "SGI"])
def test_only_formats_that_are_named_are_opened(tmp_path, kind):
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (16, 16), "red").save(path, format=kind)
    with pytest.raises(PictureError, match=r"photo\.jpg is not a picture; expected JPEG, PNG"):
        filters.read(path)


def test_postscript_never_reaches_an_interpreter(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{} loop\n")
    with pytest.raises(PictureError, match=r"photo\.jpg is not a picture"):
        filters.read(tmp_path / "photo.jpg")


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(tmp_path):
    Image.new("1", (20001, 10000)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 100_000
    with pytest.raises(PictureError, match=r"bomb.png has 20001x10000 pixels.*200 megapixels"):
        filters.read(tmp_path / "bomb.png")


@pytest.mark.parametrize(("name", "width"), [("a.webp", 16_384), ("a.jpg", 65_501)])
def test_pictures_larger_than_their_format_can_count(tmp_path, name, width):
    with pytest.raises(PictureError, match=rf"{width}x1 pixels are too many for a .*; use \.png"):
        filters.write(tmp_path / name, np.zeros((1, width, 3), np.uint8))
    filters.write(tmp_path / name, np.zeros((1, width - 1, 3), np.uint8))


def test_writing_where_one_cannot(tmp_path, noise):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(PictureError, match=r"cannot be written.*choose another place"):
        filters.write(tmp_path / "file" / "x.png", noise(4, 4))
    with pytest.raises(PictureError, match=r"cannot write '.gif'"):
        filters.write(tmp_path / "x.gif", noise(4, 4))


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch, noise):
    path = tmp_path / "kept.png"
    filters.write(path, noise(4, 4))
    before = path.read_bytes()
    monkeypatch.setattr(type(path), "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "disk full")))
    with pytest.raises(PictureError, match=r"disk full"):
        filters.write(path, noise(4, 4, seed=1))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["kept.png"]


def test_finding_pictures(tmp_path, noise):
    for name in ("b.png", "A.JPG", "notes.txt", ".hidden.png", "sub/c.webp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = pictures.find_pictures([tmp_path, tmp_path / "b.png"])
    assert [p.name for p in found] == ["A.JPG", "b.png", "c.webp"]
    (tmp_path / "none").mkdir()
    with pytest.raises(PictureError, match=r"holds no pictures"):
        pictures.find_pictures([tmp_path / "none"])
    with pytest.raises(PictureError, match=r"does not exist"):
        pictures.find_pictures([tmp_path / "nowhere"])


def png(width, height, depth=8, kind=2, chunks=(), padding=0):
    """A PNG of that many pixels as its header tells, of which it has none."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    every = [(b"IHDR", header), *chunks, (b"IDAT", b""), (b"IEND", b"")]
    data = containers.PNG
    for name, content in every:
        data += struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return data + bytes(padding)


class TestLimits:
    def test_of_all_pixels(self, tmp_path):
        (tmp_path / "a.png").write_bytes(png(20_000, 10_000, padding=20_000))
        pictures.check(tmp_path / "a.png")
        (tmp_path / "b.png").write_bytes(png(20_000, 10_001, padding=30_000))
        with pytest.raises(PictureError, match=r"b\.png has 20000x10001 pixels, over the limit of 200 megapixels;"):
            pictures.check(tmp_path / "b.png")

    def test_of_pixels_for_each_byte(self, tmp_path):
        for width, padding, whole in (
            (4000, 0, True),  # 16 megapixels in 57 bytes
            (4001, 0, False),
            (4001, 1543, False),  # 16.004 megapixels in 1600 bytes
            (4001, 1544, True),  # in 1601
        ):
            (tmp_path / "a.png").write_bytes(png(width, 4000, padding=padding))
            if whole:
                pictures.check(tmp_path / "a.png")
            else:
                with pytest.raises(PictureError, match=rf"4001x4000 pixels in {57 + padding} bytes, as no "):
                    pictures.check(tmp_path / "a.png")

    def test_of_bytes(self, tmp_path):
        with (tmp_path / "a.png").open("wb") as file:
            file.truncate(3_000_000_001)  # of which none is on the disk
        with pytest.raises(PictureError, match=r"a\.png has over 3 gigabytes; make it smaller"):
            filters.read(tmp_path / "a.png")


def test_a_name_that_no_system_takes_is_told():
    with pytest.raises(PictureError, match="cannot be read: embedded null"):
        filters.read("a\0b.png")


class TestContainers:
    TEXT, TIME = (b"tEXt", b"Title\0x"), (b"tIME", bytes(7))
    COLORS = (b"PLTE", bytes(3)), (b"tRNS", b"\0")

    def test_of_a_png_pixels_are_left(self):
        every = png(3, 2, chunks=[self.TEXT, *self.COLORS, self.TIME])
        assert containers.without_metadata(every) == png(3, 2, chunks=self.COLORS)
        assert containers.without_metadata(png(3, 2)) == png(3, 2)

    def test_a_png_is_whole_up_to_its_last_chunk(self):
        data = png(3, 2, chunks=[self.TEXT])
        assert containers.is_whole(data) is True and containers.is_whole(data + b"more") is True
        for cut in (1, 4, 12, 13, len(data) - 8, len(data)):
            assert containers.is_whole(data[:-cut]) is False
        longer = data.replace(struct.pack(">I", 7) + b"tEXt", struct.pack(">I", 8) + b"tEXt")
        assert containers.is_whole(longer) is False

    def test_of_a_jpeg_pixels_and_what_tells_their_colours_are_left(self):
        def segment(kind, content):
            return bytes([0xFF, kind]) + (len(content) + 2).to_bytes(2, "big") + content

        kept = [segment(kind, bytes([kind])) for kind in (0xE0, 0xEE, 0xDB, 0xC0, 0xC4, 0xDD, 0xF0)]
        gone = [segment(kind, b"gone" * 99) for kind in (*range(0xE1, 0xEE), 0xEF, 0xFE)]
        scan = segment(0xDA, b"head") + b"\x12\x34\xff\xe1\0\4ab\xff\xd9"  # what looks like a segment in it is none
        mixed = b"".join(k + g for k, g in itertools.zip_longest(kept, gone, fillvalue=b""))
        found = containers.without_metadata(b"\xff\xd8" + mixed + scan)
        assert found == b"\xff\xd8" + b"".join(kept) + scan
        assert containers.without_metadata(b"\xff\xd8" + kept[0] + b"junk" + gone[0]) == (
            b"\xff\xd8" + kept[0] + b"junk" + gone[0]
        )
        assert containers.without_metadata(b"\xff\xd8\xff\xe1") == b"\xff\xd8\xff\xe1"
        assert containers.without_metadata(b"GIF89a") is None and containers.without_metadata(b"") is None

    def test_a_jpeg_without_metadata_has_the_same_pixels(self, noise):
        exif = Image.Exif()
        exif[0x010E] = "told"
        Image.fromarray(noise(16, 24)).save(buffer := io.BytesIO(), "JPEG", exif=exif, comment=b"more")
        plain = containers.without_metadata(buffer.getvalue())
        assert len(plain) < len(buffer.getvalue()) - 30
        assert (pictures.decode(plain, "a") == pictures.decode(buffer.getvalue(), "a")).all()


class TestFiles:
    @pytest.mark.parametrize(
        ("start", "is_one"),
        [
            (b"\xff\xd8\xff\xe0more", True),
            (b"\xff\xd8more", False),
            (b"\x89PNG\r\n\x1a\nmore", True),
            (b"GIF87a", True),
            (b"II*\0", True),
            (b"MM\0*", True),
            (b"II+\0", True),
            (b"MM\0+", True),
            (b"\0\0\0\x0cjP  \r\n", True),
            (b"RIFF1234WEBPVP8 ", True),
            (b"RIFF1234WAVEfmt ", False),
            (b"WEBP1234RIFF", False),
            (b"\0\0\0\x1cftypavif", True),
            (b"\0\0\0\x1cftypheic", False),
            (b"ftypavif", False),
            (b"BM\x12\x34\0\0\0\0\0\0\x36", True),
            (b"BM\x12\x34\0\0\1\0\0\0\x36", False),
            (b"BM\x12\x34\0\0\0\0\0\1\x36", False),
            (b"AM\x12\x34\0\0\0\0\0\0\x36", False),
            (b"BX\x12\x34\0\0\0\0\0\0\x36", False),
            (b"", False),
        ],
    )
    def test_without_a_name_pictures_are_known_by_how_they_begin(self, tmp_path, start, is_one):
        (tmp_path / "file").write_bytes(start)
        (tmp_path / "other.png").write_bytes(b"")
        skipped = []
        found = pictures.find_pictures([tmp_path], skipped)
        assert [p.name for p in found] == (["file", "other.png"] if is_one else ["other.png"])
        assert [p.name for p in skipped] == ([] if is_one else ["file"])

    def test_each_is_found_once_in_the_order_asked_for(self, tmp_path):
        for name in ("b/z.png", "b/a.png", "a/x.jpg"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(b"")
        found = pictures.find_pictures([tmp_path / "b" / "z.png", tmp_path])
        assert [str(p.relative_to(tmp_path)) for p in found] == ["b/z.png", "a/x.jpg", "b/a.png"]

    @pytest.mark.parametrize(
        ("name", "below"),
        [
            ("a.png", True),
            ("a/b.png", True),
            ("a..b/..c", True),
            ("a/../b.png", False),
            ("..", False),
            ("/a.png", False),
            ("a\0.png", False),
        ],
    )
    def test_names_that_lead_out(self, name, below):
        assert files.is_below(name) is below

    def test_temporary_names_are_hidden_and_short_enough(self, tmp_path):
        for name in ("a.png", "ä" * 125 + ".png", "x" * 255):
            temporary = files.temporary_name(tmp_path / name)
            assert temporary.parent == tmp_path and len(os.fsencode(temporary.name)) <= 255
            begins = os.fsdecode(b"." + os.fsencode(name)[:180])
            assert re.fullmatch(rf"{re.escape(begins)}\.{os.getpid()}-[0-9a-f]{{6}}\.part", temporary.name)
            assert temporary != files.temporary_name(tmp_path / name)

    def test_what_is_swept(self, tmp_path):
        kept = ["a.part", ".a.part", ".a.1-12345.part", ".a.x-123456.part", ".a.1-12345g.part", "b.1-123456.part"]
        for name in (*kept, ".b.png.17-0123ef.part", "deep/.c.1-abcdef.part"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(b"half")
        (tmp_path / ".folder.1-123456.part").mkdir()
        files.sweep(tmp_path)
        left = [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")]
        assert sorted(left) == sorted([*kept, "deep", ".folder.1-123456.part"])

    def test_a_guard_may_object(self, tmp_path, monkeypatch):
        def guard(path, temporary):
            assert temporary.read_bytes() == b"new" and path == tmp_path / "a.png"
            raise PictureError("a.png is not ours")

        (tmp_path / "a.png").write_bytes(b"old")
        monkeypatch.setattr(files, "GUARDS", [guard])
        with pytest.raises(PictureError, match=r"^a\.png is not ours$"):
            files.write_bytes(tmp_path / "a.png", b"new")
        assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


class TestModes:
    @pytest.mark.parametrize("orientation", range(10))
    def test_alpha_is_turned_like_the_colours(self, tmp_path, orientation):
        rgba = np.arange(24, dtype=np.uint8).reshape(2, 3, 4) + 100
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.fromarray(rgba).save(tmp_path / "a.png", exif=exif)
        turned = [
            *(rgba, rgba, rgba[:, ::-1], rgba[::-1, ::-1], rgba[::-1], rgba.swapaxes(0, 1)),
            *(np.rot90(rgba, -1), np.rot90(rgba, 2).swapaxes(0, 1), np.rot90(rgba), rgba),
        ][orientation]
        assert (pictures.read_with_alpha(tmp_path / "a.png") == turned).all()

    def test_gray_with_alpha_and_one_bit(self, tmp_path):
        values = np.uint8([[[10, 0], [200, 255]]])
        Image.fromarray(values, "LA").save(tmp_path / "a.png")
        assert pictures.read_with_alpha(tmp_path / "a.png").tolist() == [[[10, 10, 10, 0], [200, 200, 200, 255]]]
        Image.fromarray(np.array([[True, False]])).save(tmp_path / "b.png")
        assert filters.read(tmp_path / "b.png").tolist() == [[[255] * 3, [0] * 3]]
        Image.fromarray(np.uint8([[7, 9]])).save(tmp_path / "c.png", transparency=9)
        assert pictures.read_with_alpha(tmp_path / "c.png")[0, :, 3].tolist() == [255, 0]

    @pytest.mark.parametrize("channels", [3, 4])
    def test_deep_pngs_are_rounded_not_cut(self, tmp_path, channels):
        values = np.random.default_rng(0).integers(0, 65536, (4, 5, channels), np.uint16)
        order = [2, 1, 0, 3][:channels]
        cv2.imwrite(str(tmp_path / "a.png"), values[..., order])
        seen = pictures.read_with_alpha(tmp_path / "a.png")
        assert (seen[..., :channels] == np.rint(values / 257)).all()

    def test_white_below_transparency_by_hand(self, tmp_path):
        rgba = np.zeros((1, 256, 4), np.uint8)
        rgba[..., :3], rgba[0, :, 3] = (0, 100, 255), np.arange(256)
        filters.write(tmp_path / "a.png", rgba)
        share = np.arange(256)[:, None] / 255
        expected = share * [0, 100, 255] + (1 - share) * 255
        assert np.abs(filters.read(tmp_path / "a.png")[0] - expected).max() <= 0.501

    @pytest.mark.parametrize("name", ["a.tga", "A.TGA", "a"])
    def test_targa_is_known_by_its_name_or_its_end(self, tmp_path, noise, name):
        Image.fromarray(noise(3, 4)).save(buffer := io.BytesIO(), "TGA")
        data = buffer.getvalue()
        assert data.endswith(b"TRUEVISION-XFILE.\0")
        assert (pictures.decode(data, name) == noise(3, 4)).all()
        if name != "a":
            assert (pictures.decode(data[:-26], name) == noise(3, 4)).all()
        else:
            with pytest.raises(PictureError, match="a is not a picture"):
                pictures.decode(data[:-26], name)


class TestTurns:
    """Threads hold few pixels at a time."""

    def test_who_waits_and_who_does_not(self):
        held, entered = turns.Turns(100), threading.Event()

        def wait(amount):
            with held.of(amount):
                entered.set()

        with held.of(60), held.of(40):
            assert held.held == 100
            thread = threading.Thread(target=wait, args=(1,), daemon=True)
            thread.start()
            assert not entered.wait(0.05)
        thread.join(60)
        assert entered.is_set() and held.held == 0
        with held.of(300):  # more than the most, when nothing else is held
            assert held.held == 300
            entered.clear()
            thread = threading.Thread(target=wait, args=(1,), daemon=True)
            thread.start()
            assert not entered.wait(0.05)
        thread.join(60)
        assert entered.is_set() and held.held == 0

    def test_after_an_error_nothing_is_held(self):
        held = turns.Turns(100)
        with pytest.raises(KeyError), held.of(70):
            raise KeyError
        assert held.held == 0

    @pytest.mark.parametrize(("most", "amount"), [(1000, 42), (40, 40)])
    def test_a_file_counts_by_its_pixels(self, tmp_path, monkeypatch, noise, most, amount):
        held = turns.Turns(most)
        monkeypatch.setattr(turns, "_turns", held)
        monkeypatch.setattr(turns, "MOST", most)
        filters.write(tmp_path / "a.png", noise(6, 7))
        (tmp_path / "b.png").write_bytes(b"no")
        for name, pixels in (("a.png", amount), ("b.png", 0), ("gone.png", 0)):
            with turns.turn(tmp_path / name):
                assert held.held == pixels
