"""Reading and writing: every format comes back as the same kind of array, or as a clear error."""

import numpy as np
import pytest
from PIL import Image

import filters
from filters import PictureError
from filters.io import pictures


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
