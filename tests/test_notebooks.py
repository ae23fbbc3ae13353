"""The chapters in notebooks/: they explain, run from top to bottom, and print what they talk of."""

import json
import re
from pathlib import Path

import matplotlib
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
LARGEST = 600_000  # bytes of a notebook with its pictures
SLOW = {
    "02_luminance_and_chroma",
    "03_what_survives",
    "04_unet_patchgan_losses",
    "05_drawings_without_pairs",
    "06_painting_and_dreaming",
}
# Numbers that the text around them relies on: where they are printed, and the range in which they must be.
TOLD = {
    "01_filters_and_faces": [
        (r"by the package \d+, \d+\nsize (\d+) x 404", 301, 303),
        (r"(\d+) of 140,608 colours", 900, 940),
        (r"difference from filters\.xdog: (\d+)", 0, 1),
        (r"\nbinary +3 +2 +([\d.]+)", 0.9, 1.0),
    ],
    "02_luminance_and_chroma": [
        (r"filters\.color\.rgb_to_lab: ([\d.]+)", 0, 0.6),
        (r"noisy +([\d.]+)", 20, 24),
        (r"noisy +[\d.]+ +([\d.]+)", 28, 32),
        (r"cat, learned +CIEDE2000 gray [\d.]+, coloured ([\d.]+)", 2, 10),
        (r"T = 1\.0 .*distance from gray ([\d.]+)", 25, 35),
        (r"coloured .*mean change of L ([\d.]+)", 0, 0.5),
        (r"with a hint +PSNR ([\d.]+)", 23, 28),
    ],
    "03_what_survives": [
        (r"per pixel, PSNR in dB: gray ([\d.]+)", 28, 32),
        (r"mean picture +([\d.]+)", 9, 12),
        (r"canny_to_color +([\d.]+)", 11, 14),
        (r"binary_to_color +([\d.]+)", 20.5, 23.5),
        (r"contours_to_color +([\d.]+)", 24, 27),
        (r"pictures 144, people (\d+)", 144, 144),
        (r"ratio ([\d.]+)", 1.3, 1.55),
    ],
    "04_unet_patchgan_losses": [
        (r"changes its input by ([\d.]+)", 0, 0),
        (r"base (\d+) pix2pix 70", 62, 62),
        (r"base, by gradient: rows \d+ to \d+, that is (\d+)", 62, 62),
        (r"hinge by hand +([\d.]+)", 0.499, 0.501),
        (r"by hand: +l1 ([\d.]+)", 0.4, 0.65),
        (r"first step: l1 ([\d.]+)", 0.4, 0.65),
        (r"l1 [\d.]+ → ([\d.]+)", 0.05, 0.3),
    ],
    "05_drawings_without_pairs": [
        (r"there and back: ([\d.]+) dB", 22, 26),
        (r"changed by at most (\d+) of 255", 4, 8),
        (r"found in it: ([\d.]+) dB", 27, 31),
        (r"made gray: ([\d.]+) dB", 15, 25),
        (r"16 tones only: +([\d.]+)", 21, 26),
        (r"her own drawing ([\d.]+)", 0, 1.5),
        (r"another's ([\d.]+)", 4, 10),
    ],
    "06_painting_and_dreaming": [
        (r"changed by shuffling all places: ([\d.]+)", 0, 0.001),
        (r"features changed by shuffling: ([\d.]+)", 0.3, 3),
        (r"style loss [\d.]+ → ([\d.]+)", 0.3, 1.0),
        (r"content loss ([\d.]+)", 0.4, 1.0),
        (r"starry_night: ([\d,]+) weights", 430696, 430696),
        (r"stage5 +objective +[\d.]+ → +([\d.]+)", 4.2, 6),
    ],
    "07_averages_morphs_noise": [
        (r"noise \((\d+), 1536\)", 32, 32),
        (r"straight +lengths +[\d.]+ +[\d.]+ +[\d.]+ +([\d.]+)", 24, 31),
        (r"arc +lengths +[\d.]+ +[\d.]+ +[\d.]+ +([\d.]+)", 37, 41),
        (r"turned by 90 degrees, scaled by ([\d.]+)", 2, 2),
        (r"(\d+) of 32 faces", 24, 32),
        (r"mean of the flows ([\d.]+)", 0, 0.5),
        (r"median +L1 ([\d.]+)", 20, 60),
        (r"start and end are the faces themselves: \[(\d+), 0\]", 0, 0),
    ],
    "08_measures_and_lies": [
        (r"brighter +([\d.]+)", 23, 25),
        (r"blurred +([\d.]+)", 23, 25),
        (r"brighter +[\d.]+ +([\d.]+)", 0.85, 1),
        (r"noisy +[\d.]+ +([\d.]+)", 0.4, 0.7),
        (r"gray +[\d.]+ +([\d.]+)", 0.93, 1),
        (r"by the formula the best strength is ([\d.]+)", 0.3, 0.5),
        (r"by CIEDE2000 ([\d.]+)", 0.1, 0.6),
        (r"decibels of the mean error ([\d.]+)", 22.9, 23.1),
    ],
}
chapters = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells_of(path, kind):
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == kind]


def printed(path):
    outputs = [output for cell in cells_of(path, "code") for output in cell["outputs"]]
    return "".join("".join(output["text"]) for output in outputs if output["output_type"] == "stream")


def check_numbers(name, text):
    for pattern, low, high in TOLD[name]:
        found = re.search(pattern, text)
        assert found, f"'{pattern}' is not in:\n{text}"
        assert low <= float(found[1].replace(",", "")) <= high, f"{found[0]}: not from {low} to {high}"


def test_there_are_eight_chapters():
    assert [path.stem[:2] for path in NOTEBOOKS] == [f"{number:02d}" for number in range(1, 9)]
    assert set(TOLD) == {path.stem for path in NOTEBOOKS} > SLOW


@chapters
def test_a_chapter_says_what_and_why_and_ends_with_two_exercises(path):
    first, *_, last = ("".join(cell["source"]) for cell in cells_of(path, "markdown"))
    assert first.startswith(f"# {int(path.stem[:2])}. ")
    assert all(word in first for word in ("**What.**", "**Why.**", "**With what.**"))
    exercises = last.partition("## Exercises")[2]
    assert re.findall(r"^(\d)\. ", exercises, re.MULTILINE) == ["1", "2"]
    assert any("$$" in "".join(cell["source"]) for cell in cells_of(path, "markdown"))


@chapters
def test_outputs_are_committed_small_and_belong_to_no_machine(path):
    outputs = [output for cell in cells_of(path, "code") for output in cell["outputs"]]
    assert path.stat().st_size < LARGEST
    assert any("image/jpeg" in output.get("data", {}) for output in outputs)
    assert {output.get("name", "stdout") for output in outputs} == {"stdout"}, "warnings were committed"
    check_numbers(path.stem, printed(path))
    notebook = json.loads(path.read_text())
    assert not any(cell["metadata"] for cell in notebook["cells"])
    assert set(notebook["metadata"]["language_info"]) == {"name"}
    words = printed(path) + "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert not re.search(r"(?<![\w.])/(?:home|root|tmp|usr|work|Users)/|[A-Z]:\\", words)


@pytest.mark.parametrize(
    "path", [pytest.param(p, id=p.stem, marks=[pytest.mark.slow] * (p.stem in SLOW)) for p in NOTEBOOKS]
)
def test_a_chapter_runs_from_top_to_bottom(path, monkeypatch, capsys):
    matplotlib.use("Agg")
    monkeypatch.chdir(path.parent)
    monkeypatch.syspath_prepend(str(path.parent))
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: matplotlib.pyplot.close("all"))
    namespace = {}
    for cell in cells_of(path, "code"):
        exec("".join(cell["source"]), namespace)
    check_numbers(path.stem, capsys.readouterr().out)
