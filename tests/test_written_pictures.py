"""Written well: in the format that is wanted, as sRGB, with what the photograph's file told; and on the disk."""

import argparse
import io
import os
import struct
import zlib

import cv2
import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image, ImageCms

import filters
from experiments.cli import console, files, options
from filters import PictureError, measures
from filters.io import metadata, pictures

TAKEN, OFFSET, DESCRIPTION, COPYRIGHT = 0x9003, 0x9011, 0x010E, 0x8298

TEXT = "Grandmother, Lübeck".encode()


@pytest.fixture
def photograph(tmp_path, astronaut):
    """A small photograph that lies on its side, with EXIF, 300 dpi and a preview's leftovers."""
    exif = Image.Exif()
    exif.update({0x0112: 6, DESCRIPTION: TEXT, COPYRIGHT: "© M. Muster".encode(), 0x0131: "a program"})
    exif.get_ifd(0x8769).update({TAKEN: "1999:12:31 23:59:00", OFFSET: "+01:00", 0xA002: 4000})
    path = tmp_path / "photograph.jpg"
    Image.fromarray(np.rot90(astronaut[:96:2, :128:2])).save(path, exif=exif, dpi=(300, 300), quality=95)
    return path


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tif"])
def test_what_a_photograph_s_file_told_is_kept(tmp_path, photograph, extension):
    picture = filters.read(photograph)
    assert picture.shape == (48, 64, 3)
    target = tmp_path / f"result{extension}"
    pictures.write(target, picture, source=photograph)
    assert np.abs(filters.read(target).astype(int) - picture).max() <= (60 if extension == ".jpg" else 0)
    with Image.open(target) as image:
        exif = image.getexif()
        assert (
            exif[DESCRIPTION].encode("latin-1") == TEXT
            and exif[COPYRIGHT].encode("latin-1").decode() == "© M. Muster"
        )
        assert exif.get(0x0112, 1) == 1 and 0x0131 not in exif
        assert dict(exif.get_ifd(0x8769)) == {TAKEN: "1999:12:31 23:59:00", OFFSET: "+01:00"}
        assert exif[0x011A] == pytest.approx(300, abs=1)
        if extension != ".webp":
            assert image.info["dpi"] == pytest.approx((300, 300), abs=1)


def test_an_enlarged_print_is_as_large_on_paper(tmp_path, photograph):
    large = np.zeros((192, 256, 3), np.uint8)
    pictures.write(tmp_path / "large.png", large, source=photograph)
    with Image.open(tmp_path / "large.png") as image:
        assert image.info["dpi"] == pytest.approx((1200, 1200), abs=1)


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tif"])
def test_files_say_that_they_are_srgb(tmp_path, extension, noise):
    pictures.write(tmp_path / f"a{extension}", noise(8, 8))
    pictures.write(tmp_path / f"again{extension}", noise(8, 8))
    assert (tmp_path / f"a{extension}").read_bytes() == (tmp_path / f"again{extension}").read_bytes()
    with Image.open(tmp_path / f"a{extension}") as image:
        if extension == ".png":
            assert image.info["srgb"] == 0
        else:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
            assert "sRGB" in ImageCms.getProfileDescription(profile)
            assert len(image.info["icc_profile"]) < 700


@pytest.mark.parametrize("extension", [".png", ".webp", ".tif", ".jpg"])
def test_transparency_is_kept_where_the_result_can_have_it(tmp_path, extension, noise):
    alpha = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (16, 1))
    source = np.dstack([noise(16, 32), alpha])
    pictures.write(tmp_path / "source.png", source)
    assert (pictures.read_with_alpha(tmp_path / "source.png") == source).all()
    result = np.full((16, 32, 3), 100, np.uint8)
    pictures.write(tmp_path / f"r{extension}", result, source=tmp_path / "source.png")
    seen = pictures.read_with_alpha(tmp_path / f"r{extension}")
    if extension == ".jpg":
        assert (seen[..., 3] == 255).all() and np.abs(seen[..., :3].astype(int) - 100).max() <= 2
    else:
        assert (seen[..., 3] == alpha).all() and (seen[:, 1:, :3] == 100).all()
    pictures.write(tmp_path / f"small{extension}", result[:8], source=tmp_path / "source.png")
    assert (pictures.read_with_alpha(tmp_path / f"small{extension}")[..., 3] == 255).all()


def test_quality(tmp_path, astronaut):
    for extension in (".jpg", ".webp"):
        sizes = [
            len(pictures.encode(astronaut[:128, :128], pictures.WRITTEN[extension], q)) for q in (20, 80, None)
        ]
        assert sizes == sorted(sizes) and sizes[0] < 0.5 * sizes[2]


@pytest.mark.parametrize("bad", [b"", b"no picture", b"\xff\xd8\xff\xe1\0\x10Exif\0\0II*\0\xff\xff\xff\xff"])
def test_a_source_that_tells_nothing_is_no_harm(tmp_path, bad, noise):
    (tmp_path / "source").write_bytes(bad)
    for source in (tmp_path / "source", tmp_path / "gone"):
        pictures.write(tmp_path / "r.jpg", noise(8, 8), source=source)
        assert filters.read(tmp_path / "r.jpg").shape == (8, 8, 3)


def test_it_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, type(tmp_path).replace
    monkeypatch.setattr(os, "fsync", lambda number: (done.append(os.fstat(number).st_size), fsync(number)))
    monkeypatch.setattr(type(tmp_path), "replace", lambda a, b: (done.append("renamed"), replace(a, b)))
    pictures.write_bytes(tmp_path / "a.png", b"12345")
    assert done == [5, "renamed"]


@pytest.mark.parametrize("name", ["x" * 251 + ".png", "ä" * 125 + ".png", "顔" * 83 + ".png"])
def test_names_of_255_bytes(tmp_path, name, noise):
    filters.write(tmp_path / name, noise(4, 4))
    assert [p.name for p in tmp_path.iterdir()] == [name]
    with pytest.raises(PictureError, match="cannot be written"):
        filters.write(tmp_path / f"xxxxx{name}", noise(4, 4))


class TestNearlyGray:
    def test_noise_of_a_scanner_is_no_colour(self, astronaut, noise):
        gray = np.repeat(filters.gray(astronaut), 3, axis=2)
        scan = np.clip(gray.astype(int) + noise(512, 512).astype(int) % 3 - 1, 0, 255).astype(np.uint8)
        sepia = np.clip(gray * [1.0, 0.85, 0.65], 0, 255).astype(np.uint8)
        assert measures.is_gray(scan) and measures.is_gray(scan, toned=False)
        assert measures.is_gray(sepia) and not measures.is_gray(sepia, toned=False)
        assert not measures.is_gray(astronaut, toned=False)

    def test_a_small_stamp_is(self, astronaut):
        print_ = np.repeat(filters.gray(astronaut), 3, axis=2)
        print_[500:512, 490:510] = (200, 30, 30)
        assert measures.is_gray(print_) and not measures.is_gray(print_, toned=False)


class TestWhatIsSaid:
    def test_nothing_steers_the_terminal(self, capsys):
        console.say("a\nb \x1b[2Jc \u202ed \x7f\x9b caf\udce9 – ok\xa0顔")
        assert capsys.readouterr().err == "a\\nb \\x1b[2Jc \\u202ed \\x7f\\x9b caf\\udce9 – ok\xa0顔\n"

    def test_strange_names_go_through_a_command(self, command, tmp_path, astronaut):
        folder = tmp_path / "in"
        names = [b"caf\xe9.png", b"two\nlines \x1b[31m.png"]
        for name in names:
            filters.write(folder / os.fsdecode(name), astronaut)
            (folder / os.fsdecode(b"bad " + name)).write_bytes(b"no")
        for _ in range(2):
            code, _, said = command("cut", folder, "--out", tmp_path / "out")
            assert code == 1 and len(said.splitlines()) == 3
            assert "caf\\udce9" in said and "two\\nlines \\x1b[31m" in said and "\x1b" not in said
        found = sorted(os.fsencode(p.name) for p in (tmp_path / "out").glob("*.png"))
        assert found == [b"caf\xe9_1.png", b"two\nlines \x1b[31m_1.png"]
        table = pd.read_csv(tmp_path / "out" / "faces.csv", encoding_errors="surrogateescape")
        assert len(table) == 4

    def test_what_a_folder_holds_besides(self, command, tmp_path, astronaut):
        filters.write(tmp_path / "in" / "a.png", astronaut)
        for name in ("notes.txt", "b.heic", "c.psd", "d.pdf", "e.doc", "f.xls", ".hidden"):
            (tmp_path / "in" / name).write_bytes(b"something")
        code, _, said = command("cut", tmp_path / "in", "--out", tmp_path / "out")
        assert code == 0
        line = "6 files are no pictures and were left out: b.heic, c.psd, d.pdf, e.doc, f.xls, and 1 more"
        assert f"{tmp_path / 'in'}: {line}\n" in said

    def test_of_pages_it_is_said_which_was_taken(self, command, tmp_path, astronaut):
        image = Image.fromarray(astronaut)
        image.save(tmp_path / "two.tif", save_all=True, append_images=[image])
        code, _, said = command("cut", tmp_path / "two.tif", "--out", tmp_path / "out")
        assert code == 0 and "two.tif has 2 pages; the first was taken\n" in said


class TestFormats:
    @pytest.mark.parametrize(
        ("kind", "extension"), [("png", ".png"), ("jpeg", ".jpg"), ("webp", ".webp"), ("tiff", ".tif")]
    )
    def test_of_every_picture(self, photograph, tmp_path, kind, extension):
        wanted = argparse.Namespace(format=kind, quality=None)

        def work(path, picture, target):
            pictures.write(target, picture, source=path)

        out = tmp_path / "out"
        assert files.each_picture([photograph], out, work, "copying", extension=options.extension_of(wanted)) == 0
        assert sorted(p.name for p in out.iterdir()) == [f"photograph{extension}", "results.csv"]
        with Image.open(out / f"photograph{extension}") as image:
            assert image.format == kind.upper()

    def test_of_a_command(self, command, photograph, tmp_path):
        call = ("--out", tmp_path / "out", "--recolor", "--format", "jpeg", "--quality", 40)
        code, _, said = command("colorize", photograph, *call)
        assert code == 0, said
        with Image.open(tmp_path / "out" / "photograph.jpg") as image:
            assert image.size == (64, 48) and image.getexif()[DESCRIPTION].encode("latin-1") == TEXT
            assert image.quantization[0][0] > 10  # at 95 it would be 2

    def test_a_quality_of_what_has_none_and_an_input_in_the_way(self, command, photograph):
        folder = photograph.parent
        code, _, said = command("colorize", photograph, "--out", folder / "out", "--quality", 50)
        assert code == 2 and "--quality is of jpeg and webp; add --format jpeg" in said
        code, _, said = command("colorize", photograph, "--out", folder, "--format", "jpeg")
        assert code == 2 and "would be overwritten" in said


def source(size=(60, 40), dpi=None, tags=None, below=None, kind="PNG"):
    """Return a photograph's file with what it tells."""
    exif = Image.Exif()
    exif.update(tags or {})
    exif.get_ifd(0x8769).update(below or {})
    options = {} if dpi is None else {"dpi": dpi}
    Image.new("RGB", size, "gray").save(buffer := io.BytesIO(), kind, exif=exif, **options)
    return buffer.getvalue()


class TestMetadata:
    def test_a_result_keeps_these_tags_and_no_others(self):
        kept = {number: f"of {number}".encode() for number in (0x010E, 0x010F, 0x0110, 0x0132, 0x013B, 0x8298)}
        below = {n: f"of {n}" for n in (0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292)}
        others = {0x0112: 6, 0x0131: b"program", 0x013C: b"computer", 0x8299: b"x", 0x010D: b"name", 0x0133: b"y"}
        others_below = {0x9000: b"0230", 0x9005: "x", 0x9013: "y", 0xA002: 60, 0x9293: "z", 0x9204: "v"}
        found = metadata.metadata_of(source(tags=kept | others, below=below | others_below))
        assert found.tags == kept and found.below == below
        exif = Image.Exif()
        exif.load(found.exif((60, 40)))
        assert {n: v.encode() if isinstance(v, str) else v for n, v in exif.items() if n != 0x8769} == {
            **kept,
            0x0112: 1,
        }
        assert dict(exif.get_ifd(0x8769)) == below
        assert found.exif((60, 40)).startswith(b"Exif\0\0") and found.size == (60, 40) and found.dpi is None

    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            ((60, 40), (300, 200)),
            ((40, 60), (300, 200)),  # upright
            ((120, 80), (600, 400)),
            ((30, 20), (150, 100)),
            ((120, 40), (300, 200)),  # cut out of a larger one
            ((60, 10), (75, 50)),
        ],
    )
    def test_pixels_an_inch_of_a_result(self, size, expected):
        found = metadata.metadata_of(source(dpi=(300, 200), kind="JPEG"))
        assert found.dpi_at(size) == pytest.approx(expected)
        exif = Image.Exif()
        exif.load(found.exif(size))
        assert (exif[0x011A], exif[0x011B], exif[0x0128]) == (*map(pytest.approx, expected), 2)

    @pytest.mark.parametrize(
        ("dpi", "known"),
        [((1, 1), False), ((2, 3), True), ((99_999, 3), True), ((300, 1), False), ((100_001, 3), False)],
    )
    def test_resolutions_that_tell_nothing(self, dpi, known):
        image = Image.new("RGB", (60, 40))
        exif = Image.Exif()
        exif.update({0x011A: dpi[0], 0x011B: dpi[1], 0x0128: 2})
        image.save(buffer := io.BytesIO(), "TIFF", dpi=dpi)
        found = metadata.metadata_of(buffer.getvalue())
        assert (found.dpi is not None) == known
        if known:
            assert found.dpi == pytest.approx(dpi, rel=1e-3)

    def test_texts_that_are_too_long_or_empty_are_left_out(self):
        for length, kept in ((20_000, True), (20_001, False), (1, True), (0, False)):
            found = metadata.metadata_of(source(tags={DESCRIPTION: b"x" * length}))
            assert (DESCRIPTION in found.tags) == kept

    def test_texts_of_pngs(self):
        from PIL.PngImagePlugin import PngInfo

        told = PngInfo()
        for name, text in (
            ("Description", "Grandma"),
            ("Author", "M. Muster"),
            ("Copyright", "©"),
            ("Title", "no"),
        ):
            told.add_text(name, text)
        Image.new("RGB", (3, 2)).save(buffer := io.BytesIO(), "PNG", pnginfo=told)
        found = metadata.metadata_of(buffer.getvalue())
        assert found.tags == {DESCRIPTION: b"Grandma", 0x013B: b"M. Muster", COPYRIGHT: "©".encode()}

    def test_what_knows_transparency(self, noise):
        for mode, transparent in (("RGB", False), ("RGBA", True), ("LA", True), ("L", False)):
            Image.new(mode, (3, 2)).save(buffer := io.BytesIO(), "PNG")
            assert metadata.metadata_of(buffer.getvalue()).transparent == transparent
        assert metadata.metadata_of(b"no picture") is None

    @pytest.mark.parametrize("text", [b"a", b"abc", b"abcd", b"abcde", b"x" * 99])
    def test_a_tiff_is_sound_whatever_lengths_its_texts_have(self, tmp_path, text):
        below = {TAKEN: "1999:12:31 23:59:00", 0x9286: b"ASCII\0\0\0" + text}
        data = source(tags={DESCRIPTION: text, COPYRIGHT: b"me"}, below=below, dpi=(300, 150), kind="JPEG")
        (tmp_path / "source.jpg").write_bytes(data)
        picture = np.arange(60 * 40 * 3, dtype=np.uint8).reshape(40, 60, 3)
        pictures.write(tmp_path / "a.tif", picture, source=tmp_path / "source.jpg")
        assert (filters.read(tmp_path / "a.tif") == picture).all()
        with tifffile.TiffFile(tmp_path / "a.tif") as file:
            (page,) = file.pages
            codes = [tag.code for tag in page.tags]
            assert codes == sorted(set(codes)) and {DESCRIPTION, COPYRIGHT, 0x8769} <= set(codes)
            assert all(tag.valueoffset % 2 == 0 for tag in page.tags)
            assert page.tags[DESCRIPTION].value == text.decode() and page.tags[COPYRIGHT].value == "me"
            assert page.tags[DESCRIPTION].count == len(text) + 1  # with its end
            assert page.tags[DESCRIPTION].dtype == 2
        with Image.open(tmp_path / "a.tif") as image:
            found = dict(image.getexif().get_ifd(0x8769))
            assert found[TAKEN] == below[TAKEN] and found[0x9286] == below[0x9286]
            assert image.info["dpi"] == pytest.approx((300, 150))

    def test_a_tiff_of_a_text_that_is_no_latin(self):
        plain = io.BytesIO()
        Image.new("RGB", (3, 2)).save(plain, "TIFF")
        known = metadata.Metadata({DESCRIPTION: "顔 é"}, {}, None, (3, 2), False)
        with Image.open(io.BytesIO(metadata.tiff_with(plain.getvalue(), known))) as image:
            assert image.getexif()[DESCRIPTION] == "? é"
            assert 0x8769 not in image.getexif()

    def test_a_png_s_chunks_are_sound(self):
        known = metadata.metadata_of(source(dpi=(300, 150), tags={DESCRIPTION: b"me"}, kind="JPEG"))
        for data in (
            pictures.encode(np.zeros((40, 60, 3), np.uint8), "PNG", source=source(dpi=(300, 150), kind="JPEG")),
            b"".join(metadata.large_png(np.zeros((40, 60, 3), np.uint8), known)),
        ):
            place, names = 8, []
            while place < len(data):
                length, name = struct.unpack(">I4s", data[place : place + 8])
                content = data[place + 8 : place + 8 + length]
                (told,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
                assert told == zlib.crc32(name + content)
                names.append(name)
                if name == b"pHYs":
                    assert struct.unpack(">IIB", content) == (11811, 5906, 1)  # in a metre
                if name == b"eXIf":
                    assert content[:2] in (b"II", b"MM")
                place += 12 + length
            assert names[:4] == [b"IHDR", b"sRGB", b"pHYs", b"eXIf"] and names[-1] == b"IEND"

    @pytest.mark.parametrize("shape", [(300, 7), (300, 7, 3), (300, 7, 4), (1, 5, 3), (5, 1, 4)])
    def test_a_large_png_has_every_pixel(self, shape):
        picture = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
        with Image.open(io.BytesIO(b"".join(metadata.large_png(picture, None)))) as image:
            assert image.mode == {2: "L", 3: "RGB"}.get(len(shape) + (shape[2:] == (4,)), "RGBA")
            assert (np.array(image) == picture).all()


class TestFormatsOfArrays:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
    def test_gray_of_both_shapes(self, kind, noise):
        gray = cv2.GaussianBlur(noise(16, 24)[..., 0], (0, 0), 3)
        encoded = [bytes(pictures.encode(values, kind)) for values in (gray, gray[..., None])]
        assert encoded[0] == encoded[1]
        seen = pictures.decode(encoded[0], "a")[..., 1].astype(int)
        assert np.abs(seen - gray).max() <= (3 if kind == "JPEG" else 0)

    @pytest.mark.parametrize("kind", ["JPEG", "BMP"])
    def test_transparency_is_laid_on_white_where_there_is_none(self, kind):
        rgba = np.zeros((16, 16, 4), np.uint8)
        rgba[..., 3] = 51
        seen = pictures.decode(pictures.encode(rgba, kind), "a")
        assert np.abs(seen.astype(int) - 204).max() <= 1

    def test_qualities(self, astronaut):
        part = np.ascontiguousarray(astronaut[:64, :64])
        default, *others = (pictures.encode(part, "JPEG", quality) for quality in (None, 95, 96))
        assert default == others[0] != others[1]
        assert (pictures.decode(pictures.encode(part, "WEBP"), "a") == part).all()
        assert (pictures.decode(pictures.encode(part, "WEBP", 90), "a") != part).any()
        with Image.open(io.BytesIO(pictures.encode(part, "TIFF"))) as image:
            assert image.info["compression"] == "tiff_lzw"

    def test_a_gray_result_has_no_profile_of_colours(self, noise):
        for kind in ("JPEG", "WEBP", "TIFF"):
            for values, expected in ((noise(8, 8)[..., 0], False), (noise(8, 8), True)):
                with Image.open(io.BytesIO(pictures.encode(values, kind))) as image:
                    assert ("icc_profile" in image.info) == expected
