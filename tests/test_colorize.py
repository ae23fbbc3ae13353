"""Colouring whole photographs: hints, a reference, warmth, prints on their side, films."""

import cv2
import numpy as np
import pytest

import filters
from experiments.inference import candidates, coloring, hint_places
from filters import color
from filters.color import rgb_to_lab
from transformers.inference import Compiled


@pytest.fixture(scope="module")
def generator():
    from transformers import pretrained

    return pretrained.load("gray_to_color")


@pytest.fixture(scope="module")
def gray(astronaut):
    return filters.gray(cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)).repeat(3, axis=2)


@pytest.fixture(scope="module")
def plain(gray, generator):
    return coloring.colorize(gray, generator)


def chroma_at(picture, x, y, reach=3):
    return rgb_to_lab(picture)[y - reach : y + reach + 1, x - reach : x + reach + 1, 1:].mean(axis=(0, 1))


class TestPlaces:
    @pytest.mark.parametrize("turns", range(4))
    def test_a_hint_stays_where_it_is_when_a_print_is_turned(self, turns):
        marked = np.zeros((20, 30), np.uint8)
        marked[5, 22] = 1
        down, across = np.argwhere(np.rot90(marked, turns))[0]
        seen = np.rot90(marked, turns).shape
        ((x, y, _),) = hint_places.scaled([(22, 5, (9, 9, 9))], marked.shape, seen, turns)
        assert (round(x), round(y)) == (across, down)

    def test_a_hint_is_scaled_to_what_is_seen(self):
        ((x, y, chroma),) = hint_places.scaled([(99.5, 49.5, (255, 0, 0))], (100, 200), (50, 100), 0)
        assert (x, y) == (49.5, 24.5) and np.allclose(chroma, (80.1, 67.2), atol=0.2)

    def test_what_is_near_and_as_bright_goes_with_a_hint(self, monkeypatch):
        monkeypatch.setattr(hint_places, "LONE", hint_places.FAR)
        chroma = np.zeros((30, 30, 2), np.float32)
        seen = np.full((120, 120), 40, np.float32)
        seen[:, 60:] = 90  # an edge beside the hint
        exact = hint_places.exact(chroma, seen, [(50, 60, np.array([30.0, 10.0]))], 2)
        shown = rgb_to_lab(color.join_chroma(seen, exact, radius=2))[..., 1:]
        assert np.linalg.norm(shown[58:63, 48:53].mean(axis=(0, 1)) - (30, 10)) < 5
        assert np.abs(shown[60, 66:]).max() < 1
        along = shown[:, 50, 0]
        assert along[60] > along[40] > along[20] > along[5] > 0

    def test_a_hint_goes_to_what_looks_alike(self, monkeypatch):
        monkeypatch.setattr(hint_places, "LONE", hint_places.FAR)
        chroma, seen = np.zeros((30, 30, 2), np.float32), np.full((120, 120), 50, np.float32)
        looks = np.zeros((30, 30, 2), np.float32)
        looks[:15, :, 0] = looks[15:, :, 1] = 1  # two things of one luminance
        hint = (60, 40, np.array([30.0, 0.0]))
        exact = hint_places.exact(chroma, seen, [hint], 2, looks)
        assert exact[10, 15, 0] > 25
        # As far away on the same thing and on the other one: exp(-1 / LOOKS) of it.
        assert exact[20, 15, 0] == pytest.approx(exact[0, 15, 0] * np.exp(-1 / hint_places.LOOKS), rel=0.2)

    def test_few_places_correct_what_is_near_them_alone(self):
        far, one = hint_places.FAR, (50, 50, None)
        assert hint_places.far_reach([one], 100) == hint_places.far_reach([one, (55, 52, None)], 100) == 0.08
        places = [(x, y, None) for x in (5, 20, 35, 50, 65) for y in (10, 80)]
        assert hint_places.far_reach(places, 100) == hint_places.far_reach([*places, (95, 95, None)], 100) == far
        assert hint_places.far_reach(places[:2], 100) == pytest.approx(0.08 + (far - 0.08) / 9)
        chroma, seen = np.zeros((30, 30, 2), np.float32), np.full((120, 120), 40, np.float32)
        exact = hint_places.exact(chroma, seen, [(20, 20, np.array([30.0, 0.0]))], 2)
        assert exact[5, 5, 0] > 25 and np.abs(exact[:, 20:]).max() < 0.5  # of another coat, as dark as this one

    def test_hints_in_one_place_do_not_add_up(self):
        chroma, seen = np.zeros((20, 20, 2), np.float32), np.full((80, 80), 50, np.float32)
        one, many = (
            hint_places.exact(chroma, seen, [(40, 40, np.array([20.0, 0.0]))] * count, 2) for count in (1, 5)
        )
        assert np.abs(one - many).max() < 2


class TestHints:
    def test_hinted_colours_are_met_and_others_stay(self, gray, plain, generator):
        blue = (60, 90, 170)
        hinted = coloring.colorize(gray, generator, hints=[(40, 200, blue)])
        wanted = rgb_to_lab(np.array([[blue]], np.uint8))[0, 0, 1:]
        before, after = (np.linalg.norm(chroma_at(p, 40, 200) - wanted) for p in (plain, hinted))
        assert after < 0.2 * before
        face = slice(60, 90), slice(100, 130)
        assert np.abs(rgb_to_lab(hinted)[face] - rgb_to_lab(plain)[face]).mean() < 6

    def test_luminance_is_the_photograph_s_own(self, gray, generator):
        result = coloring.colorize(gray, generator, hints=[(40, 200, (60, 90, 170))])
        assert np.abs(color.luminance(result) - color.luminance(gray)).mean() < 1

    def test_compiled_the_generator_gives_the_same_colours_at_every_size(self, gray, generator):
        compiled = Compiled(generator)
        for picture in (gray[:96, :128], gray[:64, :64]):
            one, other = (
                coloring.colorize(picture, g, hints=[(9, 20, (60, 90, 170))]) for g in (generator, compiled)
            )
            assert np.abs(one.astype(int) - other).max() <= 3

    def test_hints_outside_are_refused(self, command, tmp_path, gray):
        filters.write(tmp_path / "a.png", gray)
        code, _, said = command("colorize", tmp_path / "a.png", "--out", tmp_path / "o", "--hint", "256,0=red")
        assert code == 1 and "a.png" in said and "outside of the photograph" in said

    def test_hints_are_for_one_photograph(self, command, tmp_path, gray):
        for name in ("a.png", "b.png"):
            filters.write(tmp_path / "in" / name, gray)
        code, _, said = command("colorize", tmp_path / "in", "--out", tmp_path / "o", "--hint", "1,1=red")
        assert code == 2 and "one photograph" in said

    def test_the_command_takes_hints_of_both_kinds(self, command, tmp_path, gray):
        filters.write(tmp_path / "a.png", gray)
        (tmp_path / "h.json").write_text('["40,200=#3c5aaa"]')
        code, *_ = command(
            *("colorize", tmp_path / "a.png", "--out", tmp_path / "o"),
            *("--hint", "200,40=#8a7a30", "--hints", tmp_path / "h.json"),
        )
        result = filters.read(tmp_path / "o" / "a.png")
        assert code == 0
        assert chroma_at(result, 40, 200)[1] < -10 and chroma_at(result, 200, 40)[1] > 10


def test_a_reference_brings_its_colours(gray, plain, generator, astronaut):
    """The photograph itself, its hues turned by 120 degrees: what is alike is then all of it."""
    turned = np.roll(cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA), 1, axis=2)
    chroma = rgb_to_lab(turned)[..., 1:]
    borrowed = coloring.colorize(gray, generator, like=turned)
    before, after = (np.abs(rgb_to_lab(p)[..., 1:] - chroma).mean() for p in (plain, borrowed))
    assert after < 0.85 * before


class TestCandidates:
    def test_they_differ_and_repeat(self, gray, plain, generator):
        first, *others = candidates.colorize_variously(gray, generator, 3, seed=3)
        assert np.array_equal(first, plain)
        colours = [rgb_to_lab(p)[..., 1:] for p in (first, *others)]
        apart = [np.abs(a - b).mean() for i, a in enumerate(colours) for b in colours[:i]]
        assert min(apart) > 0.5
        again = candidates.colorize_variously(gray, generator, 3, seed=3)
        assert all(np.array_equal(a, b) for a, b in zip(others, again[1:], strict=True))

    def test_the_command_writes_them_beside_a_sheet(self, command, tmp_path, gray):
        filters.write(tmp_path / "a.png", gray)
        code, *_ = command("colorize", tmp_path / "a.png", "--out", tmp_path / "o", "--candidates", 2)
        assert code == 0
        folder = tmp_path / "o" / "a candidates"
        assert sorted(p.name for p in folder.iterdir()) == ["1.png", "2.png", "sheet.png"]
        assert np.array_equal(filters.read(folder / "1.png"), filters.read(tmp_path / "o" / "a.png"))


def test_warmth_moves_from_blue_to_gold(gray, plain, generator):
    cold, warm = (coloring.colorize(gray, generator, warmth=w) for w in (-1, 1))
    means = [rgb_to_lab(p)[..., 2].mean() for p in (cold, plain, warm)]
    assert means[0] + 3 < means[1] < means[2] - 3


def test_a_print_on_its_side_is_coloured_as_if_it_stood(gray, plain, generator):
    sideways = coloring.colorize(np.ascontiguousarray(np.rot90(gray)), generator)
    assert np.abs(np.rot90(sideways, -1).astype(int) - plain).mean() < 1.5


class TestColourPhotographs:
    def test_they_are_left_out_with_a_line(self, command, tmp_path, astronaut, gray):
        filters.write(tmp_path / "in" / "colour.png", astronaut)
        filters.write(tmp_path / "in" / "gray.png", gray)
        code, _, said = command("colorize", tmp_path / "in", "--out", tmp_path / "out")
        assert code == 0 and "colour.png is in colour already" in said and "--recolor" in said
        assert [p.name for p in (tmp_path / "out").glob("*.png")] == ["gray.png"]

    def test_they_are_coloured_anew_when_asked(self, command, tmp_path, astronaut):
        filters.write(tmp_path / "colour.png", astronaut)
        code, *_ = command("colorize", tmp_path / "colour.png", "--out", tmp_path / "out", "--recolor")
        assert code == 0 and (tmp_path / "out" / "colour.png").is_file()
