"""Pictures of any size: one pixel, one row, odd sides, and hundreds of megapixels in strips and tiles."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

import filters
from experiments.core import codecs, registry
from experiments.inference import dreaming
from filters import color, resizing, sketches, strips
from filters.io import metadata, pictures

SHAPES = [(1, 1), (500, 3), (3, 500), (37, 51)]


@pytest.fixture
def shaded():
    """A gray ramp with waves and a little noise: its lines and levels run through all strips."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:340, :60]
    light = 30 + rows / 2 + 30 * np.sin(columns / 7) + rng.integers(0, 9, rows.shape)
    return np.clip(light[..., None] * [1.0, 0.9, 0.8], 0, 255).astype(np.uint8)


@pytest.fixture
def in_parts(monkeypatch):
    """Make pictures of over a thousand pixels large ones, and strips small."""

    def begin():
        for function in (strips.in_strips, strips.overlapping, strips.strips):
            defaults = {strips.WHOLE: 1000, strips.STRIP: 60 * 16}
            changed = tuple(defaults.get(value, value) for value in function.__defaults__)
            monkeypatch.setattr(function, "__defaults__", changed)
        for module in (color, sketches, pictures):
            monkeypatch.setattr(module, "WHOLE", 1000)
        monkeypatch.setattr(sketches, "STRIP", 60 * 16)

    return begin


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", list(filters.registry.FILTERS))
def test_filters_of_any_size(noise, name, shape):
    result = filters.get(name)(noise(*shape))
    assert result.shape == (*shape, filters.get(name).channels) and result.dtype == np.uint8


@pytest.mark.parametrize("name", list(filters.registry.FILTERS))
def test_filters_in_strips_are_those_of_the_whole(shaded, in_parts, name):
    whole = filters.get(name)(shaded).astype(int)
    in_parts()
    difference = np.abs(filters.get(name)(shaded) - whole)
    assert difference.mean() < 0.05
    if name not in ("canny", "canny_gray", "contours", "pencil"):  # whose lines may come from any distance
        assert difference.max() <= 1


def test_a_reach_that_is_too_short_shows():
    """The comparison above would find seams."""
    picture = np.arange(64, dtype=np.uint8).reshape(64, 1, 1).repeat(3, axis=2)

    def blurred(part):
        return cv2.blur(part, (1, 9))

    far, near = (strips.in_strips(blurred, picture, reach, whole=0, pixels=8) for reach in (4, 1))
    assert (far == blurred(picture)).all() and (near != blurred(picture)).any()


def test_colours_in_strips_are_those_of_the_whole(shaded, in_parts):
    chroma = np.random.default_rng(1).normal(0, 25, (34, 6, 2)).astype(np.float32)
    light = color.luminance(shaded)
    whole = [color.join_chroma(light, chroma), color.without_colors(shaded, shaded[:50]), light]
    in_parts()
    parts = [color.join_chroma(light, chroma), color.without_colors(shaded, shaded[:50]), color.luminance(shaded)]
    for one, other in zip(whole, parts, strict=True):
        assert np.abs(one.astype(float) - other).max() <= 1
        assert np.abs(one.astype(float) - other).mean() < 0.01


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (1, 1)])
def test_rows_of_an_enlarged_array(shape):
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    whole = cv2.resize(values, (23, 31), interpolation=cv2.INTER_LINEAR)
    for rows in (slice(0, 4), slice(4, 30), slice(30, 31)):
        np.testing.assert_allclose(resizing.enlarged_rows(values, (23, 31), rows), whole[rows], atol=1e-5)


def test_smaller_by_hand(noise):
    picture = noise(7, 3)
    assert resizing.smaller(picture, 7) is picture and resizing.smaller(picture, 8) is picture
    assert resizing.smaller(picture, 6).shape == (6, 3, 3)  # 2.57
    assert resizing.smaller(picture, 5).shape == (5, 2, 3)  # 2.14
    assert resizing.smaller(noise(2, 500), 100).shape == (1, 100, 3)
    assert resizing.smaller(np.float32([[0, 4], [8, 20]]), 1).tolist() == [[8]]
    means = noise(4, 6).reshape(2, 2, 3, 2, 3).mean(axis=(1, 3))
    assert np.abs(resizing.smaller(noise(4, 6), 3) - means).max() <= 1


def test_resized_is_area_means_or_bicubic(noise):
    picture = noise(4, 6).astype(np.float32)
    means = picture.reshape(2, 2, 3, 2, 3).mean(axis=(1, 3))
    assert np.allclose(resizing.resized(picture, (3, 2)), means, atol=1e-3)
    # An enlarged step overshoots, as a bicubic's does and neither means nor a line between do; so where one side
    # becomes smaller, but the whole larger.
    step = np.float32([[0, 0, 0, 0, 1, 1, 1, 1]]).repeat(8, 0)
    for size in ((16, 8), (32, 4), (9, 8), (16, 5), (16, 4)):
        seen = resizing.resized(step, size)
        assert seen.shape == size[::-1] and (seen.min() < -0.02 and seen.max() > 1.02)
    assert resizing.resized(step, (5, 8)).min() >= 0
    assert resizing.resized(step, (3, 16)).max() <= 1  # fewer pixels than before


@pytest.mark.parametrize(
    ("pixels", "multiple", "reach"), [(60, 1, 2), (60, 4, 3), (5, 4, 4), (1000, 3, 1), (1, 1, 0)]
)
def test_strips_cover_all_and_see_as_far_as_they_reach(pixels, multiple, reach):
    parts = list(strips.overlapping((41, 10, 3), reach, pixels, multiple))
    assert [row for rows, _ in parts for row in range(rows.start, rows.stop)] == list(range(41))
    for rows, seen in parts:
        assert rows.start % multiple == seen.start % multiple == 0
        assert seen.start <= max(0, rows.start - reach) and seen.start > rows.start - reach - multiple - 1
        assert seen.stop == min(41, rows.stop + reach)
        assert (rows.stop - rows.start) * 10 <= max(pixels, 10 * multiple)
    heights = [rows.stop - rows.start for rows, _ in parts]
    assert set(heights[:-1]) <= {max(1, pixels // (10 * multiple)) * multiple}


def test_in_strips_are_large_pictures_alone():
    seen = []

    def function(part):
        seen.append(part.shape)
        return part

    picture = np.arange(120, dtype=np.uint8).reshape(8, 5, 3)
    assert (strips.in_strips(function, picture, 1, whole=40, pixels=10) == picture).all() and seen == [(8, 5, 3)]
    seen.clear()
    assert (strips.in_strips(function, picture, 1, whole=39, pixels=10) == picture).all()
    assert seen == [(3, 5, 3), (4, 5, 3), (4, 5, 3), (3, 5, 3)]
    seen.clear()
    assert (strips.in_strips(function, picture, 1, whole=0, pixels=1, multiple=4) == picture).all()
    assert seen == [(5, 5, 3), (8, 5, 3)]
    assert list(strips.strips((0, 7))) == [] and list(strips.strips((2, 0), 5)) == [slice(0, 2)]


@pytest.mark.parametrize("shape", [(37, 21), (37, 21, 3), (37, 21, 4), (1, 1, 3)])
def test_large_pngs_are_written_as_small_ones(in_parts, shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    small, names = pictures.encode(picture, "PNG"), [b"IHDR", b"sRGB", b"IDAT", b"IEND"]
    in_parts()
    large = b"".join(metadata.large_png(picture, None))
    assert (np.array(Image.open(io.BytesIO(large))) == picture).all()
    assert [n for n in names if n in bytes(large)] == [n for n in names if n in bytes(small)] == names


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_large_pictures_have_the_format_that_is_wanted(in_parts, noise, kind):
    in_parts()
    with Image.open(io.BytesIO(pictures.encode(noise(40, 50), kind))) as image:
        assert image.format == kind and image.size == (50, 40)


def test_large_pngs_keep_what_is_known_of_a_photograph(in_parts, tmp_path, noise):
    exif = Image.Exif()
    exif[0x010E] = "Grandmother"
    Image.fromarray(noise(40, 50)).save(tmp_path / "a.jpg", exif=exif, dpi=(300, 300))
    in_parts()
    filters.write(tmp_path / "b.png", noise(40, 50), source=tmp_path / "a.jpg")
    with Image.open(tmp_path / "b.png") as image:
        assert image.getexif()[0x010E] == "Grandmother" and round(image.info["dpi"][0]) == 300
        assert (np.array(image) == noise(40, 50)).all()


@pytest.mark.parametrize("writeable", [True, False])
def test_large_jpegs_are_written_as_small_ones(in_parts, tmp_path, astronaut, writeable):
    exif = Image.Exif()
    exif[0x010E] = "Grandmother"
    Image.fromarray(astronaut).save(tmp_path / "a.jpg", exif=exif, dpi=(300, 300))
    filters.write(tmp_path / "small.jpg", astronaut, source=tmp_path / "a.jpg")
    in_parts()
    picture = astronaut.copy()
    picture.flags.writeable = writeable
    filters.write(tmp_path / "large.jpg", picture, source=tmp_path / "a.jpg")
    assert (picture == astronaut).all()
    with Image.open(tmp_path / "small.jpg") as small, Image.open(tmp_path / "large.jpg") as large:
        assert large.getexif()[0x010E] == "Grandmother" and large.info["dpi"] == small.info["dpi"]
        assert large.info["icc_profile"] == small.info["icc_profile"]
        assert np.abs(np.array(large).astype(int) - np.array(small)).mean() < 0.5


def test_chroma_of_large_pictures_is_asked_of_smaller_ones(monkeypatch):
    codec = registry.find("gray_to_color").representation()
    monkeypatch.setattr(codecs, "MOST_SEEN", 10_000)
    gray = np.zeros((300, 400, 1), np.uint8)
    seen = codec.seen(gray)
    assert seen.shape[2] == 1 and 9_000 < seen.shape[0] * seen.shape[1] <= 10_000
    small = gray[:50, :60]
    assert codec.seen(small).shape == small.shape


class TestLargeDreams:
    def test_what_was_changed_is_enlarged_and_details_stay(self, noise):
        picture = noise(60, 80)
        seen = dreaming.within(picture, 1200)
        assert seen.shape == (30, 40, 3)
        same = dreaming.with_changes(picture, seen, seen)
        assert (same == picture).all()
        lighter = dreaming.with_changes(np.full((60, 80, 3), 100, np.uint8), seen // 2, seen // 2 + 7)
        assert (lighter == 107).all()

    def test_small_ones_are_dreamt_of_as_they_are(self, noise):
        picture = noise(20, 30)
        assert dreaming.within(picture, 600) is picture


def test_what_is_too_large_to_enlarge_is_told_before_anything_is_loaded(command, tmp_path, monkeypatch, noise):
    from experiments.inference import upscaling

    def load(*_):
        raise AssertionError("the generator was loaded")

    monkeypatch.setattr(upscaling, "load_generator", load)
    monkeypatch.setattr(upscaling, "MAX_RESULT", 10_000)
    filters.write(tmp_path / "a.png", noise(60, 60))
    code, _, said = command("upscale", tmp_path / "a.png", "--out", tmp_path / "out")
    assert code == 1 and "60x60 enlarged by 4 is over" in said and "choose a smaller --scale" in said


def test_one_row_in_a_gallery(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "a.png", noise(1, 2801))
    filters.write(tmp_path / "in" / "b.png", noise(2801, 1))
    assert command("gallery", tmp_path / "in", "--out", tmp_path / "page.html")[0] == 0
    full = [p for p in (tmp_path / "page-files").glob("*.webp") if not p.stem.endswith(("-m", "-s"))]
    assert {filters.read(p).shape[:2] for p in full} == {(1, 2400), (2400, 1)}
