"""Pictures as scanners, cameras and editors leave them: profiles, deep and odd TIFFs, damage beside good pixels."""

import io
import os
import struct

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

import filters
from filters import PictureError
from filters.io import deep, pictures, profiles

RAMP = np.arange(0, 256, dtype=np.uint8).reshape(16, 16)
DEEP = RAMP.astype(np.uint16) * 257
COLORS = np.dstack([RAMP, RAMP[::-1], np.full_like(RAMP, 40)])
DEEP_COLORS = COLORS.astype(np.uint16) * 257


def read_tiff(tmp_path, values, **how):
    tifffile.imwrite(tmp_path / "odd.tif", values, **how)
    return filters.read(tmp_path / "odd.tif")


class TestTiffs:
    @pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32])
    def test_white_is_zero(self, tmp_path, kind):
        values = RAMP.astype(kind) * kind(np.iinfo(kind).max // 255)
        assert (read_tiff(tmp_path, values, photometric="miniswhite")[..., 0] == 255 - RAMP).all()

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("planar", ["contig", "separate"])
    @pytest.mark.parametrize("how", [{}, {"rowsperstrip": 5}, {"tile": (16, 32)}, {"compression": "zlib"}])
    def test_sixteen_bits_of_colour(self, tmp_path, order, planar, how):
        values = np.pad(DEEP_COLORS, ((0, 7), (0, 3), (0, 0)), mode="edge")
        stored = values if planar == "contig" else values.transpose(2, 0, 1)
        how = {"byteorder": order, "photometric": "rgb", "planarconfig": planar, **how}
        assert (read_tiff(tmp_path, stored, **how) == values // 257).all()

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("kind", [np.uint8, np.uint16])
    @pytest.mark.parametrize("compression", [None, "zlib"])
    def test_big_tiffs(self, tmp_path, order, kind, compression):
        how = {"bigtiff": True, "byteorder": order, "photometric": "rgb", "compression": compression}
        stored = COLORS if kind == np.uint8 else DEEP_COLORS
        assert (read_tiff(tmp_path, stored, **how) == COLORS).all()
        pictures.check(tmp_path / "odd.tif")

    def test_lzw_with_a_predictor(self, tmp_path):
        _, data = cv2.imencode(".tiff", DEEP_COLORS[..., ::-1])
        with tifffile.TiffFile(io.BytesIO(data.tobytes())) as file:
            assert (file.pages[0].compression, file.pages[0].predictor) == (5, 2)
        assert (pictures.decode(data.tobytes(), "x.tif") == COLORS).all()

    def test_floats_with_a_predictor(self, tmp_path):
        values = (COLORS / 255).astype(">f4")
        rows = values.view(np.uint8).reshape(16, 48, 4).transpose(0, 2, 1).reshape(16, 64, 3).astype(int)
        differences = np.diff(rows, axis=1, prepend=0).astype(np.uint8)
        tags = tiff_tags(16, 16, 3, 32, 2, differences.tobytes()) | {317: 3, 339: (3, 3, 3)}
        assert (pictures.decode(tiff(tags, differences.tobytes()), "x.tif") == COLORS).all()

    def test_twelve_bits_packed(self):
        values = np.array([[0, 819], [2048, 4095]])
        bits = (values[..., None] >> np.arange(11, -1, -1)) & 1
        data = np.packbits(bits.reshape(2, -1), axis=1).tobytes()
        found = pictures.decode(tiff(tiff_tags(2, 2, 1, 12, 1, data), data), "x.tif")
        assert found[..., 0].tolist() == [[0, 51], [128, 255]]

    def test_twelve_bits_in_sixteen_are_not_nearly_black(self, tmp_path):
        values = np.round(RAMP * (4095 / 255)).astype(np.uint16)
        assert (read_tiff(tmp_path, values)[..., 0] == RAMP).all()
        colors = np.round(COLORS * (4095 / 255)).astype(np.uint16)
        assert (read_tiff(tmp_path, colors, photometric="rgb") == COLORS).all()
        cv2.imwrite(str(tmp_path / "deep.png"), colors[..., ::-1])
        assert (filters.read(tmp_path / "deep.png") == COLORS).all()

    @pytest.mark.parametrize("top", [1.0, 1.3])
    def test_floats_a_little_above_one(self, tmp_path, top):
        values = (COLORS / 255).astype(np.float32)
        values[0, 0] = top
        seen = read_tiff(tmp_path, values, photometric="rgb")
        assert (seen[0, 0] == 255).all() and (seen[1:] == COLORS[1:]).all()

    def test_of_floats_that_are_no_numbers_only_their_pixels_are_lost(self, tmp_path):
        values = (RAMP / 255).astype(np.float32)
        values[3, 4], values[5, 6] = np.nan, np.inf
        seen = read_tiff(tmp_path, values)[..., 0].astype(int)
        assert seen[3, 4] == seen[5, 6] == 255  # nothing is there: paper; and brighter than all
        seen[3, 4], seen[5, 6] = RAMP[3, 4], RAMP[5, 6]
        assert (seen == RAMP).all()
        assert pictures.read_with_alpha(tmp_path / "odd.tif")[3, 4, 3] == 0
        assert (read_tiff(tmp_path, np.full((4, 4), np.nan, np.float32)) == 255).all()

    @pytest.mark.parametrize("kind", [np.uint8, np.uint16])
    def test_gray_with_alpha(self, tmp_path, kind):
        full = np.iinfo(kind).max
        values = np.full((2, 2, 2), full // 3, kind)
        values[..., 1] = [[full, 0], [full, 0]]
        seen = read_tiff(tmp_path, values, photometric="minisblack", extrasamples=["unassalpha"])
        assert seen[..., 0].tolist() == [[85, 255], [85, 255]]

    def test_premultiplied_colours(self, tmp_path):
        values = np.zeros((1, 2, 4), np.uint16)
        values[0] = [[20000, 10000, 0, 40000], [0, 0, 0, 0]]
        read_tiff(tmp_path, values, photometric="rgb", extrasamples=["assocalpha"])
        seen = pictures.read_with_alpha(tmp_path / "odd.tif")
        assert seen[0, 0].tolist() == [128, 64, 0, 156] and seen[0, 1, 3] == 0

    @pytest.mark.parametrize("kind", [np.uint8, np.uint16])
    def test_cielab(self, tmp_path, kind):
        rgb = np.float32([[[1, 0, 0], [0.5, 0.5, 0.5]]])
        lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
        one, full = (1, 255) if kind is np.uint8 else (256, 65535)
        stored = np.round(lab * [full / 100, one, one]).astype(np.int64).astype(kind)
        seen = read_tiff(tmp_path, stored, photometric="cielab")
        assert np.abs(seen.astype(int) - np.round(rgb * 255)).max() <= 4

    def test_orientation(self, tmp_path):
        seen = read_tiff(tmp_path, DEEP_COLORS, photometric="rgb", extratags=[(274, 3, 1, 6, True)])
        assert (seen == np.rot90(COLORS, -1)).all()

    def test_several_pages(self, tmp_path, caplog):
        for values in (RAMP, DEEP):
            caplog.clear()
            with tifffile.TiffWriter(tmp_path / "pages.tif") as file:
                for page in (values, values[::-1], values[::-1]):
                    file.write(page, contiguous=False)
            assert (filters.read(tmp_path / "pages.tif")[..., 0] == RAMP).all()
            assert [r.getMessage() for r in caplog.records] == [
                f"{tmp_path / 'pages.tif'} has 3 pages; the first was taken"
            ]

    def test_a_preview_is_no_page(self, tmp_path, caplog):
        with tifffile.TiffWriter(tmp_path / "preview.tif") as file:
            file.write(RAMP[::4, ::4], subfiletype=1)
            file.write(RAMP)
        assert filters.read(tmp_path / "preview.tif").shape == (16, 16, 3)
        assert not caplog.records

    def test_cut_off_or_strange(self, tmp_path, capfd):
        tifffile.imwrite(tmp_path / "whole.tif", DEEP_COLORS, photometric="rgb")
        data = (tmp_path / "whole.tif").read_bytes()
        with pytest.raises(PictureError, match=r"x\.tif is damaged"):
            pictures.decode(data[:-100], "x.tif")
        strange = tiff_tags(2, 2, 1, 12, 1, b"123456") | {259: 7}
        with pytest.raises(PictureError, match=r"x\.tif"):
            pictures.decode(tiff(strange, b"123456"), "x.tif")
        endless = bytearray(tiff(tiff_tags(2, 2, 1, 16, 1, bytes(8)), bytes(8)))
        endless[-4:] = struct.pack("<I", 16)  # the next page is this one
        assert pictures.decode(bytes(endless), "x.tif").shape == (2, 2, 3)
        assert capfd.readouterr() == ("", "")

    def test_rows_without_strips_are_not_black(self):
        tags = tiff_tags(20, 5_000_000, 1, 8, 1, bytes(200)) | {278: 10}
        with pytest.raises(PictureError, match=r"x\.tif is damaged \(it is cut off\)"):
            pictures.decode(tiff(tags, bytes(200)), "x.tif")

    def test_a_bomb_is_refused(self):
        tags = tiff_tags(20_001, 10_000, 1, 16, 1, b"") | {259: 8}
        with pytest.raises(PictureError, match="200 megapixels"):
            pictures.decode(tiff(tags, b""), "x.tif")


def tiff_tags(width, height, channels, bits, photometric, data):
    return {
        **{256: width, 257: height, 258: (bits,) * channels, 259: 1, 262: photometric, 273: 8},
        **{277: channels, 278: height, 279: len(data)},
    }


def tiff(tags, data):
    """Return a TIFF of one strip, which begins at byte 8, in which all numbers have two or four bytes."""
    data += b"\0" * (len(data) % 2)
    start, below = 8 + len(data) + 2 + 12 * len(tags) + 4, b""
    entries = b""
    for number, value in sorted(tags.items()):
        if isinstance(value, tuple) and len(value) > 1:
            entries += struct.pack("<HHII", number, 4, len(value), start + len(below))
            below += struct.pack(f"<{len(value)}I", *value)
        else:
            entries += struct.pack("<HHII", number, 4, 1, value[0] if isinstance(value, tuple) else value)
    head = struct.pack("<2sHI", b"II", 42, 8 + len(data))
    directory = struct.pack("<H", len(tags)) + entries + bytes(4) + below
    return head + data + directory


def test_white_by_what_is_used():
    assert deep.white_of(np.uint16([255])) == 255 and deep.white_of(np.uint16([256])) == 1023
    assert deep.white_of(np.int16([5000])) == 32767
    assert deep.white_of(np.uint32([70000])) == 2**32 - 1
    assert deep.white_of(np.float32([0, 200])) == 255 and deep.white_of(np.float32([60000])) == 65535


def profile(kind, parts):
    """Return an ICC profile (version 2) of its class, colour space and PCS, and its tags."""
    offset, tags, body = 128 + 4 + 12 * len(parts), b"", b""
    for name, content in parts.items():
        tags += name + struct.pack(">II", offset + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4s", offset + len(body), b"lcms") + b"\x02\x10\0\0" + kind
    head += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(parts)) + tags + body


def xyz(*values):
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in values))


def curve(gamma):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)


NAME = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(79)
WHITE = (0.9642, 1, 0.8249)  # D50


def gray_profile(gamma):
    """Return a profile of gray with a plain exponent."""
    return profile(b"scnrGRAYXYZ ", {b"desc": NAME, b"kTRC": curve(gamma), b"wtpt": xyz(*WHITE)})


def cmyk_profile(red):
    """Return a profile of inks: without any paper is white, with black it is black, red is magenta and yellow."""
    nodes = []
    for cyan, magenta, yellow, black in np.ndindex(2, 2, 2, 2):
        light = 0 if black else 100 - 20 * (cyan + magenta + yellow)
        lab = red if (cyan, magenta, yellow, black) == (0, 1, 1, 0) else (light, 0, 0)
        nodes += [round(lab[0] * 2.55), lab[1] + 128, lab[2] + 128]
    identity = np.int32(np.eye(3).ravel() * 65536).astype(">i4").tobytes()
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + bytes(range(256)) * 4 + bytes(nodes)
    table += bytes(range(256)) * 3
    return profile(b"prtrCMYKLab ", {b"desc": NAME, b"wtpt": xyz(*WHITE), b"A2B0": table})


def rgb_profile(gamma, *primaries):
    """Return an ICC profile of a screen by its exponent, or curve, and primaries, its white that of D50."""
    tone = gamma if isinstance(gamma, bytes) else curve(gamma)
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in primaries]).T
    columns = columns * np.linalg.solve(columns, np.array(WHITE))
    parts = {
        b"desc": NAME,
        b"wtpt": xyz(*WHITE),
        b"rTRC": tone,
        b"gTRC": tone,
        b"bTRC": tone,
    }
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns.T, strict=True):
        parts[name] = xyz(*column)
    return profile(b"mntrRGB XYZ ", parts)


class TestProfiles:
    """Of two profiles that the test makes; the reader's answer is that of the formulas."""

    def test_gray_with_linear_gamma(self, tmp_path):
        light = np.float64([[0, 0.001, 0.0331, 0.2159, 0.5, 1]])
        expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255
        deep_gray = np.round(light * 65535).astype(np.uint16)
        for name in ("a.tif", "a.png"):
            Image.fromarray(deep_gray).save(tmp_path / name, icc_profile=gray_profile(1.0))
            seen = filters.read(tmp_path / name).astype(int)
            assert (seen == seen[..., :1]).all()
            assert np.abs(seen[..., 0] - expected).max() <= 1.5
        Image.fromarray(np.round(light * 255).astype(np.uint8)).save(
            tmp_path / "b.png", icc_profile=gray_profile(1.0)
        )
        assert np.abs(filters.read(tmp_path / "b.png")[0, 3:, 0] - expected[0, 3:]).max() <= 1.5

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
    @pytest.mark.parametrize("extension", ["png", "tif", "webp"])
    def test_of_another_screen(self, tmp_path, extension, mode):
        wide = rgb_profile(1.8, (0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))  # ProPhoto's primaries
        image = Image.new("RGB", (8, 8), (148, 120, 100))
        image = image.quantize() if mode == "P" else image.convert(mode)
        image.save(
            tmp_path / f"wide.{extension}", icc_profile=wide, **({"lossless": True} if extension == "webp" else {})
        )
        seen = filters.read(tmp_path / f"wide.{extension}")
        # By hand: linear light by the exponent, then by the primaries to XYZ (D50) and to sRGB.
        assert np.abs(seen[4, 4].astype(int) - by_hand((148, 120, 100), 1.8)).max() <= 2
        assert np.abs(seen[4, 4].astype(int) - (148, 120, 100)).max() > 8

    def test_of_srgb_nothing_changes(self, tmp_path):
        Image.fromarray(COLORS).save(
            tmp_path / "s.png", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        )
        assert (filters.read(tmp_path / "s.png") == COLORS).all()

    def test_of_srgb_that_is_rounded_otherwise_nothing_changes(self, tmp_path):
        """As other programs make it, of a table: it would move some values by one."""
        levels = np.linspace(0, 1, 256)
        light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
        table = b"curv" + bytes(4) + struct.pack(">I256H", 256, *np.round(light * 65535).astype(int))
        like = rgb_profile(table, (0.6485, 0.3309), (0.3211, 0.5979), (0.1558, 0.0661))
        Image.fromarray(COLORS).save(tmp_path / "s.png", icc_profile=like)
        assert (filters.read(tmp_path / "s.png") == COLORS).all()

    @pytest.mark.parametrize("bad", [b"no profile", b"\0" * 200, gray_profile(1.0), gray_profile(2.2)[:150]])
    def test_those_that_are_damaged_or_of_other_colours_are_ignored(self, tmp_path, bad):
        Image.fromarray(COLORS).save(tmp_path / "s.png", icc_profile=bad)
        assert (filters.read(tmp_path / "s.png") == COLORS).all()

    def test_a_gray_picture_may_have_one_of_colour(self, tmp_path):
        wide = rgb_profile(1.0, (0.64, 0.33), (0.3, 0.6), (0.15, 0.06))
        for values in (RAMP, DEEP):
            Image.fromarray(values).save(tmp_path / "g.png", icc_profile=wide)
            seen = filters.read(tmp_path / "g.png").astype(int)
            assert np.ptp(seen, axis=2).max() <= 2 and abs(seen[8, 0, 0] - 188) <= 2  # half of the light
        odd = np.array([[30_000, 30_100, 30_200]], np.uint16)  # 117 of 255, which is 0.459 of the light
        Image.fromarray(odd).save(tmp_path / "o.png", icc_profile=wide)
        assert np.abs(filters.read(tmp_path / "o.png").astype(int) - 181).max() <= 2

    @pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
    def test_of_inks(self, tmp_path, kind):
        inks = cmyk_profile(red=(50, 60, 40))
        for color, lab in (
            ((0, 255, 255, 0), (50, 60, 40)),
            ((0, 0, 0, 0), (100, 0, 0)),
            ((0, 0, 0, 255), (0, 0, 0)),
        ):
            how = {"quality": 100} if kind == "JPEG" else {}
            Image.new("CMYK", (16, 16), color).save(tmp_path / "c", kind, icc_profile=inks, **how)
            expected = cv2.cvtColor(np.float32([[lab]]), cv2.COLOR_LAB2RGB)[0, 0] * 255
            assert np.abs(filters.read(tmp_path / "c")[8, 8] - expected).max() <= 6, color

    def test_cmyk_is_left_to_pillow_without_one_and_with_a_wrong_one(self, tmp_path):
        image = Image.new("CMYK", (2, 2), (0, 255, 255, 0))
        assert np.asarray(profiles.to_srgb(image, gray_profile(2.2)).convert("RGB"))[0, 0].tolist() == [255, 0, 0]


def by_hand(color, gamma):
    to_xyz = np.array([[0.7977, 0.1352, 0.0313], [0.2880, 0.7119, 0.0001], [0.0, 0.0, 0.8249]])
    to_srgb = np.array([[3.1339, -1.6169, -0.4906], [-0.9788, 1.9161, 0.0335], [0.0719, -0.2290, 1.4052]])
    light = np.clip(to_srgb @ to_xyz @ (np.array(color) / 255) ** gamma, 0, 1)
    return np.round(255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)).astype(
        int
    )


class TestDamageBesideGoodPixels:
    def test_an_exif_width_that_is_text(self, tmp_path):
        exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2)
        exif += struct.pack("<HHII", 256, 2, 5, 38) + struct.pack("<HHII", 274, 3, 1, 6) + bytes(4) + b"wide\0"
        for kind in ("JPEG", "PNG", "WEBP"):
            Image.fromarray(COLORS[:8]).save(tmp_path / "e", kind, exif=exif)
            assert filters.read(tmp_path / "e").shape == (16, 8, 3), kind  # turned, as EXIF's other tag says

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_exif_that_is_noise(self, tmp_path, kind):
        rng = np.random.default_rng(0)
        for length in (0, 7, 60, 400):
            Image.fromarray(COLORS).save(
                buffer := io.BytesIO(),
                kind,
                exif=b"Exif\0\0II*\0" + rng.bytes(length),
            )
            assert pictures.decode(buffer.getvalue(), "e").shape == (16, 16, 3)

    def test_what_pillow_refuses_for_its_text_is_read_without_it(self):
        Image.fromarray(COLORS).save(buffer := io.BytesIO(), "PNG")
        import zlib

        text = b"Comment\0\0" + zlib.compress(bytes(80_000_000))
        chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
        data = buffer.getvalue()
        assert (pictures.decode(data[:33] + chunk + data[33:], "t.png") == COLORS).all()

    def test_any_exception_of_a_decoder_becomes_ours(self, monkeypatch):
        Image.fromarray(COLORS).save(buffer := io.BytesIO(), "PNG")
        for error in (RuntimeError("no"), struct.error("no"), KeyError("no"), RecursionError(), MemoryError()):

            def load(self, error=error):
                raise error

            monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", load)
            with pytest.raises(PictureError, match=r"a\.png"):
                pictures.decode(buffer.getvalue(), "a.png")

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000", "TGA"])
    def test_bytes_that_are_wrong_anywhere(self, kind, capfd):
        Image.fromarray(COLORS).save(
            buffer := io.BytesIO(), kind, **({"compression": "tiff_lzw"} if kind == "TIFF" else {})
        )
        good, rng = buffer.getvalue(), np.random.default_rng(0)
        for _ in range(150):
            bad = bytearray(good)
            for place in rng.integers(0, len(good), rng.integers(1, 6)):
                bad[place] = rng.integers(256)
            try:
                assert pictures.decode(bytes(bad), "a.tga").dtype == np.uint8
            except PictureError as error:
                assert str(error).startswith("a.tga ") and "\n" not in str(error)
        said = capfd.readouterr()
        ours = ("a.tga has ", "a.tga is an animation")  # of pages and frames, where `experiments` says it
        assert not said.out and all(line.startswith(ours) for line in said.err.splitlines())


class TestNames:
    @pytest.mark.parametrize("kind", ["AVIF", "JPEG2000", "MPO", "TGA"])
    def test_more_formats(self, tmp_path, kind):
        Image.fromarray(COLORS).resize((64, 64)).save(tmp_path / "p", kind)
        if kind == "TGA":
            (tmp_path / "p").rename(tmp_path / "p.tga")
        (path,) = pictures.find_pictures([tmp_path])
        assert (
            np.abs(filters.read(path).astype(int) - np.array(Image.fromarray(COLORS).resize((64, 64)))).mean() < 6
        )

    def test_in_folders(self, tmp_path):
        filters.write(tmp_path / "a.png", COLORS)
        data = (tmp_path / "a.png").read_bytes()
        for name in ("b", "c.jfif", "d.jpe", "e.avif", "f.jp2", "g.mpo", "h.tga"):
            (tmp_path / name).write_bytes(data)
        for name in ("notes", "list.csv", "x.heic", ".hidden"):
            (tmp_path / name).write_bytes(b"BM or not")
        (tmp_path / "lost.png").symlink_to(tmp_path / "nowhere")
        skipped = []
        found = pictures.find_pictures([tmp_path], skipped)
        assert [p.name for p in found] == ["a.png", "b", "c.jfif", "d.jpe", "e.avif", "f.jp2", "g.mpo", "h.tga"]
        assert [p.name for p in skipped] == ["list.csv", "lost.png", "notes", "x.heic"]

    @pytest.mark.parametrize("name", [b"caf\xe9.png", b"a\nb\x1b[31m.png", b"x" * 251 + b".png"])
    def test_strange_ones_are_read_and_written(self, tmp_path, name):
        path = tmp_path / os.fsdecode(name)
        filters.write(path, COLORS)
        assert (filters.read(path) == COLORS).all()
        assert [os.fsencode(p.name) for p in pictures.find_pictures([tmp_path])] == [name]

    def test_pipes_devices_and_folders_are_refused(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.png")
        (tmp_path / "zero.png").symlink_to("/dev/zero")
        for name, reason in (("pipe.png", "a pipe"), ("zero.png", "a device"), ("", "is a folder")):
            for ask in (filters.read, pictures.check):
                with pytest.raises(PictureError, match=reason):
                    ask(tmp_path / name)
        with pytest.raises(PictureError, match="no pictures"):
            pictures.find_pictures([tmp_path])

    @pytest.mark.parametrize(("kind", "moves"), [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})])
    def test_of_animations_the_first_frame_is_taken(self, tmp_path, kind, moves, caplog):
        frames = [Image.fromarray(c) for c in (COLORS, 255 - COLORS)]
        frames[0].save(tmp_path / "moves", kind, save_all=True, append_images=frames[1:], **moves)
        seen = filters.read(tmp_path / "moves")
        assert np.abs(seen.astype(int) - COLORS).max() <= (80 if kind == "GIF" else 0)
        assert [r.getMessage() for r in caplog.records] == [
            f"{tmp_path / 'moves'} is an animation; its first frame was taken"
        ]


def test_a_telephone_s_format_is_named_with_its_remedy():
    for brand in (b"heic", b"mif1"):
        with pytest.raises(PictureError, match="HEIC photograph, which is not read; export it as JPEG"):
            pictures.decode(b"\0\0\0\x1cftyp" + brand + bytes(60), "a.jpg")
