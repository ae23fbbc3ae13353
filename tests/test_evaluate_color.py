"""Measures of colour, by hand on tiny pictures; the command on photographs."""

import json
import math
from argparse import ArgumentTypeError

import numpy as np
import pytest

import filters
from experiments.commands.evaluate_color import counts
from experiments.datasets import subset
from experiments.evaluation import color_accuracy
from experiments.evaluation.color_accuracy import as_gray, measure

LEAF, SKY = (60, 140, 60), (110, 160, 220)


def plain(color, height=8, width=8):
    return np.full((height, width, 3), color, np.uint8)


class TestMeasure:
    def test_gray_gains_nothing_and_equal_pictures_leave_nothing(self, noise):
        picture = noise(8, 8)
        row = measure([picture], [as_gray(picture)])
        assert row["pictures"] == 1 and row["gain"] == 0 and row["ratio"] == 1 and row["vivid"] == 0
        row = measure([picture], [picture])
        assert row["ratio"] == 0 and row["vivid"] == 1 and row["green"] in (1, math.nan)

    def test_gain_is_the_mean_over_pictures(self):
        # Gray of (100, 150, 200) is 0.299 x 100 + 0.587 x 150 + 0.114 x 200 = 140.75, rounded.
        original = plain((100, 150, 200))
        error = (41**2 + 9**2 + 59**2) / 3
        gain = 10 * np.log10(error / 5**2)
        assert measure([original], [original + np.uint8(5)])["gain"] == pytest.approx(gain)
        both = measure([original, original], [original + np.uint8(5), as_gray(original)])
        assert both["pictures"] == 2 and both["gain"] == pytest.approx(gain / 2)
        # What is met exactly counts as 100 dB.
        exact = measure([original], [original])["gain"]
        assert exact == pytest.approx(100 - 10 * np.log10(255**2 / error))

    def test_ratio_and_vivid_are_ratios_of_means(self, noise):
        colourful, dull = noise(8, 8), plain((100, 105, 110))
        row = measure([colourful, dull], [colourful, as_gray(dull)])
        errors = [color_accuracy._compare(p, p)["gray_error"] for p in (colourful, dull)]
        assert row["ratio"] == pytest.approx(errors[1] / sum(errors))
        colours = [color_accuracy._compare(p, p)["true_colours"] for p in (colourful, dull)]
        assert row["vivid"] == pytest.approx(colours[0] / sum(colours))

    def test_green_is_counted_over_all_pixels_of_all_pictures(self):
        few, many = plain(SKY), plain(LEAF)
        few[0, :4] = LEAF
        result = as_gray(many)
        result[:2] = (80, 120, 70)  # another green, 16 of 68 pixels
        assert measure([few, many], [as_gray(few), result])["green"] == 16 / 68

    def test_gray_leaves_and_brown_ones_are_not_green(self):
        result = plain(LEAF, 4, 4)
        result[0] = as_gray(result)[0]
        result[1] = (130, 105, 60)  # brown
        assert measure([plain(LEAF, 4, 4)], [result])["green"] == 0.5

    def test_blue_is_that_of_upper_halves(self):
        original = plain(SKY, 4, 6)
        result = as_gray(original)
        result[0, :3] = (130, 150, 190)
        result[2:] = SKY  # a lake does not count
        assert measure([original], [result])["blue"] == 3 / 12

    def test_where_there_is_nothing_to_measure(self):
        row = measure([plain((200, 120, 90))], [plain((200, 120, 90))])
        assert math.isnan(row["green"]) and math.isnan(row["blue"])
        row = measure([plain(90)], [plain(90)])  # gray itself
        assert row["gain"] == 0 and math.isnan(row["ratio"]) and math.isnan(row["vivid"])
        none = measure([], [])
        assert none["pictures"] == 0 and math.isnan(none["gain"])

    def test_as_many_results_as_originals(self):
        with pytest.raises(ValueError, match="shorter"):
            measure([plain(LEAF)] * 2, [plain(LEAF)])


class TestHints:
    def test_they_are_true_inside_and_repeatable(self, noise):
        picture = noise(9, 40)
        hints = color_accuracy.random_hints(picture, 50, np.random.default_rng([3, 50]))
        assert hints == color_accuracy.random_hints(picture, 50, np.random.default_rng([3, 50]))
        assert hints != color_accuracy.random_hints(picture, 50, np.random.default_rng([4, 50]))
        assert {y for _, y, _ in hints} == {3, 4, 5} and all(3 <= x <= 36 for x, *_ in hints)
        x, y, color = hints[0]
        assert color == tuple(picture[y - 3 : y + 4, x - 3 : x + 4].mean(axis=(0, 1)).round())
        (x, y, _), *_ = color_accuracy.random_hints(picture[:7, :7], 1, np.random.default_rng(0))
        assert (x, y) == (3, 3)

    def test_counts(self):
        assert counts("") == []
        assert counts("5, 1,5") == [5, 1]
        for text in ("0", "-1", "1,,2", "a", "1.5", " "):
            with pytest.raises(ArgumentTypeError, match="such as 1,5,10,50"):
                counts(text)


def test_a_limit_is_spread_evenly():
    assert subset.evenly("abcdefghij", 2) == ["c", "h"]
    assert subset.evenly("abc", 1) == ["b"]
    assert subset.evenly("abc", 3) == subset.evenly("abc", None) == list("abc")
    assert subset.evenly("abc", 9) == list("abc")


def painter(gray, hints):
    """Colours like a person who knows nothing: all in the mean of the hints, else gray."""
    if not hints:
        return gray
    return plain(np.mean([color for *_, color in hints], axis=0).round(), *gray.shape[:2])


class TestEvaluate:
    @pytest.fixture
    def photos(self, tmp_path):
        for name, color in {"park_1": LEAF, "park_2": LEAF, "sky": SKY}.items():
            filters.write(tmp_path / f"{name}.png", plain(color, 12, 24))
        return sorted(tmp_path.iterdir())

    def test_rows_of_hints_and_sources(self, photos):
        rows, failures = color_accuracy.evaluate(photos, painter, 24, [1, 5], by_source=True)
        assert failures == []
        assert list(rows) == [
            f"{group}{with_hints}"
            for group in ("all pictures", "park", "sky")
            for with_hints in ("", ", 1 hint", ", 5 hints")
        ]
        assert [rows[name]["pictures"] for name in ("all pictures", "park", "sky, 5 hints")] == [3, 2, 1]
        bare, hinted = rows["park"], rows["park, 5 hints"]
        assert bare["gain"] == 0 and bare["green"] == 0 and "hint_gain" not in bare
        assert hinted["green"] == 1 and hinted["hint_gain"] == hinted["gain"] > 60 and hinted["at_hints"] == 0
        assert rows["sky, 1 hint"]["blue"] == 1 and math.isnan(rows["sky"]["green"])
        assert list(color_accuracy.evaluate(photos, painter, 12)[0]) == ["all pictures"]

    def test_what_is_off_at_the_hints_is_told(self, photos):
        rows, _ = color_accuracy.evaluate(photos, lambda gray, hints: gray, 24, [2])
        row = rows["all pictures, 2 hints"]
        assert row["hint_gain"] == 0 and row["ratio"] == 1
        # Plain pictures: at the hints as everywhere.
        errors = [color_accuracy._compare(plain(c), plain(c))["gray_error"] for c in (LEAF, LEAF, SKY)]
        assert row["at_hints"] == pytest.approx(np.mean(errors))

    def test_pictures_are_shrunk_and_the_others_still_done(self, photos, tmp_path):
        filters.write(tmp_path / "gray.png", plain(90))
        filters.write(tmp_path / "line.png", plain(LEAF, 1, 500))
        (tmp_path / "text.png").write_text("no picture")
        seen = []

        def colour(gray, hints):
            seen.append(gray.shape)
            assert (np.ptp(gray, axis=2) == 0).all()
            return gray

        rows, failures = color_accuracy.evaluate(sorted(tmp_path.iterdir()), colour, 20, [1])
        assert set(seen) == {(10, 20, 3)} and rows["all pictures"]["pictures"] == 3
        reasons = "gray.png has no colours", "line.png is 20x1", "text.png is not a picture"
        assert all(said in failure for said, failure in zip(reasons, failures, strict=True))

    def test_the_table(self, photos):
        rows, _ = color_accuracy.evaluate(photos[2:], painter, 24, [1])
        head, bare, hinted = color_accuracy.as_text(rows).splitlines()
        assert head.split() == list(color_accuracy.COLUMNS)
        assert bare.split() == ["all", "pictures", "1", "0.000", "1.000", "0.000", "-", "0.000", "-", "-"]
        assert hinted.split()[:4] == ["all", "pictures,", "1", "hint"] and hinted.split()[-1] == "0.000"
        assert len({len(head), len(bare), len(hinted)}) == 1


class TestCommand:
    def test_json_beside_a_broken_file(self, command, tmp_path, astronaut):
        filters.write(tmp_path / "nasa_1.png", astronaut[:200, 100:300])
        (tmp_path / "nasa_2.png").write_text("no picture")
        photos = tmp_path, tmp_path / "none"
        code, out, said = command("evaluate-color", *photos, "--size", 96, "--json", "--by-source")
        assert code == 1 and said.count("error:") == 2
        assert "nasa_2.png is not a picture" in said and "none does not exist" in said
        told = json.loads(out)
        assert told["pictures"] == 1 and list(told["results"]) == ["all pictures", "nasa"]
        row = told["results"]["nasa"]
        assert row == told["results"]["all pictures"]
        assert row["gain"] > 0 and 0 < row["ratio"] < 1 and row["vivid"] > 0.2

    def test_hints_bring_colours_closer(self, command, tmp_path, astronaut):
        filters.write(tmp_path / "a.png", astronaut)
        call = "evaluate-color", tmp_path / "a.png", "--size", 160, "--hints", "1,50", "--json"
        code, out, said = command(*call)
        assert code == 0 and not said
        results = json.loads(out)["results"]
        assert list(results) == ["all pictures", "all pictures, 1 hint", "all pictures, 50 hints"]
        many = results["all pictures, 50 hints"]
        assert many["hint_gain"] > 1 and many["ratio"] < results["all pictures"]["ratio"]
        assert many["at_hints"] < 8
        assert command(*call)[1] == out

    def test_nothing_to_measure(self, command, tmp_path):
        (tmp_path / "text.png").write_text("no picture")
        code, out, said = command("evaluate-color", tmp_path / "text.png", "--json")
        assert code == 1 and out == "" and said.count("error:") == 1

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--hints", "many"), "--hints: 'many': expected numbers"),
            (("--longer-side", 6), "--longer-side: '6' is no whole number from 7"),
            (("--limit", 0), "--limit: '0' is no whole number from 1"),
        ],
    )
    def test_wrong_usage(self, command, tmp_path, options, said):
        filters.write(tmp_path / "photo.png", np.zeros((8, 8, 3), np.uint8))
        code, _, told = command("evaluate-color", tmp_path, *options)
        assert code == 2 and said in told
