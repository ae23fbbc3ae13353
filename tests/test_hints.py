"""Colours that a person gives for places: as text, in a JSON file, painted."""

import json

import numpy as np
import pytest
from PIL import Image

from experiments.cli.console import UsageError
from experiments.inference import hints
from filters import PictureError
from filters.io import pictures

RED, GREEN, BLUE = (200, 30, 40), (40, 120, 50), (60, 110, 220)


@pytest.fixture
def strokes(tmp_path):
    """Write strokes, ``(slices, colour)``, on transparent ground; gives the file."""

    def write(height, width, *painted, alpha=255, name="strokes.png"):
        rgba = np.zeros((height, width, 4), np.uint8)
        for place, color in painted:
            rgba[place] = (*color, alpha)
        Image.fromarray(rgba).save(tmp_path / name)
        return tmp_path / name

    return write


class TestParse:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("420,310=#2e4a2b", (420, 310, (0x2E, 0x4A, 0x2B))),
            (" 7.5 , 0 = #f08 ", (7.5, 0, (255, 0, 0x88))),
            ("1,2=DarkGreen", (1, 2, (0, 100, 0))),
            ("1,2=rgb(3,4,5)", (1, 2, (3, 4, 5))),
        ],
    )
    def test_what_a_person_writes(self, text, expected):
        assert hints.parse(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            *("", "420,310", "420=#2e4a2b", "1,2,3=red", "a,b=red", "nan,1=red", "1,inf=red"),
            *("1,2=", "1,2=2e4a2b", "1,2=#12345", "1,2=#11223344", "1,2=reddest"),
        ],
    )
    def test_anything_else_is_told_with_an_example(self, text):
        with pytest.raises(UsageError, match="expected X,Y=COLOUR, such as 420,310=#2e4a2b"):
            hints.parse(text)


def test_hints_outside_of_the_photograph_are_named():
    size = (40, 30)
    hints.check([(0, 0, RED), (39.9, 29.9, RED)], size)
    hints.check([], size)
    for x, y in ((40, 0), (0, 30), (-1, 0), (0, -0.5)):
        with pytest.raises(PictureError, match=rf"hint {x:g},{y:g}=#c81e28 is outside .* 40x30 pixels"):
            hints.check([(1, 1, GREEN), (x, y, RED)], size)


class TestJson:
    def test_objects_and_texts(self, tmp_path):
        path = tmp_path / "h.JSON"
        path.write_text(json.dumps([{"x": 3, "y": 4.5, "color": "#c81e28"}, "1,2=green"]))
        assert hints.read(path, (10, 10)) == [(3, 4.5, RED), (1, 2, (0, 128, 0))]
        path.write_text("[]")
        assert hints.read(path, (10, 10)) == []

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{", "is not JSON"),
            ("\xff", "is not JSON"),
            ("[" * 100_000, "is not JSON"),
            ('{"x": 1}', "is not a list; expected a list of"),
            ('["1,2=red", {"x": 1, "y": 2}]', 'hint 2 is {"x": 1, "y": 2}; expected'),
            ('[{"x": "a", "y": 2, "color": "red"}]', "hint 1 is"),
            ('[{"x": NaN, "y": 2, "color": "red"}]', "hint 1 is"),
            ('[{"x": 1, "y": 2, "color": 7}]', "hint 1 is"),
            ('[{"x": 1' + 400 * "0" + ', "y": 2, "color": "red"}]', "hint 1 is"),
            ("[null]", "hint 1 is null"),
            ('["1,2"]', 'hint 1 is "1,2"; expected'),
            ('["1,20=red"]', "hint 1,20=#ff0000 is outside"),
        ],
    )
    def test_what_is_wrong_is_told_with_the_file(self, tmp_path, text, said):
        path = tmp_path / "h.json"
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(PictureError) as error:
            hints.read(path, (10, 10))
        assert str(error.value).startswith(str(path)) and said in str(error.value)
        assert len(str(error.value)) < 400

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(PictureError, match=r"none.json cannot be read.*check name and rights"):
            hints.read(tmp_path / "none.json", (10, 10))


class TestStrokes:
    def test_a_dab_is_one_hint_in_its_middle(self, strokes):
        # Cells of 480 / 48 = 10 pixels; the dab lies in the one from (20, 10).
        path = strokes(300, 480, (np.s_[12:17, 23:28], RED))
        assert hints.read(path, (480, 300)) == [(25, 14, RED)]

    def test_a_hint_for_each_cell_that_a_stroke_passes(self, strokes):
        path = strokes(300, 480, (np.s_[12:15, 20:60], GREEN))
        found = hints.read(path, (480, 300))
        assert [(y, color) for _, y, color in found] == [(13, GREEN)] * 4
        assert [x // 10 for x, *_ in found] == [2, 3, 4, 5]

    def test_a_hint_lies_on_the_stroke_even_where_its_middle_does_not(self, strokes):
        corner = strokes(48, 48 * 8, (np.s_[0:8, 0], RED), (np.s_[7, 0:8], RED))
        ((x, y, _),) = hints.read(corner, (48 * 8, 48))
        assert x == 0 or y == 7

    def test_the_mean_of_shades(self, strokes):
        path = strokes(300, 480, (np.s_[12:14, 20:24], (100, 50, 20)), (np.s_[12:14, 24:28], (110, 60, 21)))
        ((_, _, color),) = hints.read(path, (480, 300))
        assert color in ((105, 55, 20), (105, 55, 21))

    def test_different_colours_in_a_cell_are_several_hints(self, strokes):
        path = strokes(300, 480, (np.s_[10:20, 20:30], GREEN), (np.s_[15:18, 25:28], BLUE))
        found = hints.read(path, (480, 300))
        assert [color for *_, color in found] == [GREEN, BLUE]
        assert found[1][:2] == (26, 16)

    def test_blends_where_two_strokes_meet_are_none(self, strokes):
        middle = tuple((a + b) // 2 for a, b in zip(RED, GREEN, strict=True))
        parts = (np.s_[10:20, 20:25], RED), (np.s_[10:20, 26:30], GREEN), (np.s_[10:20, 25], middle)
        found = hints.read(strokes(300, 480, *parts), (480, 300))
        assert [color for *_, color in found] == [RED, GREEN]

    @pytest.mark.parametrize("seam", [19, 20])  # the last column of one cell, the first of the next
    def test_a_cell_that_has_one_of_them_and_the_blend(self, strokes, seam):
        middle = tuple((a + b) // 2 for a, b in zip(RED, GREEN, strict=True))
        parts = (np.s_[12:18, 10:30], GREEN), (np.s_[12:18, 10:seam], RED), (np.s_[12:18, seam], middle)
        found = hints.read(strokes(300, 480, *parts), (480, 300))
        assert [color for *_, color in found] == [RED, GREEN]

    def test_a_broad_stroke_between_two_others_is_meant(self, strokes):
        middle = tuple((a + b) // 2 for a, b in zip(RED, GREEN, strict=True))
        parts = (np.s_[12:18, 20:25], RED), (np.s_[12:18, 25:28], middle), (np.s_[12:18, 28:30], GREEN)
        found = hints.read(strokes(300, 480, *parts), (480, 300))
        assert {color for *_, color in found} == {RED, GREEN, middle}

    def test_soft_edges_count_from_half(self, strokes):
        dab = (np.s_[12:17, 23:28], RED)
        assert len(hints.read(strokes(300, 480, dab, alpha=128), (480, 300))) == 1
        with pytest.raises(PictureError, match=r"strokes.png has no strokes: .*paint with an opaque brush"):
            hints.read(strokes(300, 480, dab, alpha=127), (480, 300))

    def test_strokes_of_another_size_are_scaled(self, strokes):
        small = strokes(30, 48, (np.s_[1, 2], RED), name="small.png")
        assert hints.read(small, (480, 300)) == [(25, 15, RED)]  # (2 + 1/2) x 10, (1 + 1/2) x 10
        large = strokes(3000, 4800, (np.s_[120:170, 230:280], RED), name="large.png")
        ((x, y, color),) = hints.read(large, (480, 300))
        assert (x, y) in {(25, 14), (25, 15)} and color == RED
        last = strokes(3000, 4800, (np.s_[2999, 4799], RED), name="last.png")
        hints.check(hints.read(last, (480, 300)), (480, 300))
        assert hints.read(strokes(1, 2, (np.s_[0, 1], RED)), (1, 1)) == [(0, 0, RED)]

    def test_a_photograph_is_no_strokes(self, tmp_path, noise, strokes):
        pictures.write(tmp_path / "photo.jpg", noise(20, 20))
        with pytest.raises(PictureError, match=r"photo.jpg has no transparent ground; paint strokes on a new"):
            hints.read(tmp_path / "photo.jpg", (20, 20))
        (tmp_path / "text.png").write_text("1,2=red")
        with pytest.raises(PictureError, match=r"text.png is not a picture"):
            hints.read(tmp_path / "text.png", (20, 20))


class TestReadWithAlpha:
    def test_alpha_and_colours_below_it_are_kept(self, strokes):
        path = strokes(2, 3, (np.s_[0, 1], RED), alpha=100)
        read = pictures.read_with_alpha(path)
        assert read.shape == (2, 3, 4) and read.dtype == np.uint8
        assert read[0, 1].tolist() == [*RED, 100] and not read[1].any()

    def test_what_has_no_alpha_is_opaque(self, tmp_path, noise):
        picture = noise(3, 5)
        pictures.write(tmp_path / "o.png", picture)
        read = pictures.read_with_alpha(tmp_path / "o.png")
        assert (read[..., :3] == picture).all() and (read[..., 3] == 255).all()
        Image.fromarray(np.array([[0, 65535]], np.uint16)).save(tmp_path / "deep.png", transparency=0)
        assert pictures.read_with_alpha(tmp_path / "deep.png").tolist() == [[[0, 0, 0, 255], [255] * 4]]

    def test_gray_and_palette_with_transparency(self, tmp_path):
        Image.fromarray(np.array([[[90, 30]]], np.uint8), "LA").save(tmp_path / "la.png")
        assert pictures.read_with_alpha(tmp_path / "la.png").tolist() == [[[90, 90, 90, 30]]]
        image = Image.new("P", (2, 1))
        image.putpalette([0, 0, 255, 10, 20, 30])
        image.putdata([0, 1])
        image.save(tmp_path / "p.png", transparency=1)
        assert pictures.read_with_alpha(tmp_path / "p.png")[0, :, 3].tolist() == [255, 0]

    def test_orientation_is_applied(self, tmp_path):
        rgba = np.zeros((2, 3, 4), np.uint8)
        rgba[0, 2] = (*RED, 255)
        exif = Image.Exif()
        exif[0x0112] = 3  # upside down
        Image.fromarray(np.ascontiguousarray(rgba[::-1, ::-1])).save(tmp_path / "o.png", exif=exif)
        assert (pictures.read_with_alpha(tmp_path / "o.png") == rgba).all()

    def test_broken_files_are_told_as_by_read(self, tmp_path):
        (tmp_path / "empty.png").write_bytes(b"")
        with pytest.raises(PictureError, match=r"empty.png is empty"):
            pictures.read_with_alpha(tmp_path / "empty.png")
        with pytest.raises(PictureError, match=r"missing.png cannot be read"):
            pictures.read_with_alpha(tmp_path / "missing.png")
