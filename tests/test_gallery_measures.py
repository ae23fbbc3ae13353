"""What a gallery tells in numbers of coloured photographs, translations and surveys; it computes them once."""

import json
import re
import shutil

import numpy as np
import pytest

import filters

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def flat(folder, name, color, height=40, width=30):
    filters.write(folder / f"{name}.png", np.full((height, width, 3), color, np.uint8))


@pytest.fixture
def coloured(tmp_path):
    """Results, what they were made of, and for two of three what they should be."""
    for name, color in (("anna", (120, 100, 100)), ("bert", (150, 100, 100)), ("zoe", (255, 0, 0))):
        flat(tmp_path / "before", name, 100)
        flat(tmp_path / "in colour", name, color)
    flat(tmp_path / "originals", "anna", (110, 100, 100))
    flat(tmp_path / "originals", "bert", (100, 100, 100), 80, 60)  # twice the size
    return tmp_path


@pytest.fixture
def build(command, coloured):
    def call(*words):
        given = ("--before", coloured / "before", "--originals", coloured / "originals", *words)
        out = coloured / "site" / "index.html"
        code, _, said = command("gallery", coloured / "in colour", *given, "--json", "--out", out)
        return code, said, json.loads(out.with_suffix(".json").read_text())

    return call


def items_of(data, kind="pictures"):
    (found,) = (part["items"] for part in data["collections"] if part["kind"] == kind)
    return {item["title"]: item for item in found}


def test_coloured_photographs(build):
    code, said, data = build()
    assert code == 0, said
    items = items_of(data)
    assert [step["title"] for step in items["Anna"]["steps"]] == ["Original", "Before", "Result"]
    # One channel of three is off by 10: a mean square of 100 / 3.
    assert items["Anna"]["measures"]["psnr"] == pytest.approx(10 * np.log10(255**2 / (100 / 3)), abs=1e-3)
    assert items["Bert"]["measures"]["psnr"] == pytest.approx(10 * np.log10(255**2 / (2500 / 3)), abs=1e-3)
    assert items["Anna"]["measures"]["ciede2000"] < items["Bert"]["measures"]["ciede2000"]
    assert 0 < items["Anna"]["measures"]["ssim"] <= 1
    # Without an original nothing is said of truth. Red all over: 0.3 times the length of (255, 127.5).
    assert [step["title"] for step in items["Zoe"]["steps"]] == ["Before", "Result"]
    assert items["Zoe"]["measures"] == {"colourfulness": pytest.approx(85.5296, abs=1e-3)}


def test_a_picture_of_which_nothing_is_known_has_no_measures(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "a.png", noise(40, 30))
    assert command("gallery", tmp_path / "in", "--json", "--out", tmp_path / "index.html")[0] == 0
    assert "measures" not in items_of(json.loads((tmp_path / "index.json").read_text()))["A"]


def test_equal_and_very_small_pictures(build, coloured):
    flat(coloured / "originals", "zoe", (255, 0, 0))
    flat(coloured / "originals", "anna", (120, 100, 100), 4, 3)  # too small for a window of 7 pixels
    _, _, data = build()
    assert items_of(data)["Zoe"]["measures"]["psnr"] == 100  # its limit: of equal pictures it is infinite
    assert set(items_of(data)["Anna"]["measures"]) == {"psnr", "ciede2000", "colourfulness"}


def test_an_original_of_other_proportions_is_told_and_the_others_are_measured(build, coloured):
    flat(coloured / "originals", "anna", 100, 30, 40)
    code, said, data = build()
    assert code == 1 and re.search(
        r"anna\.png has not the proportions of its original, .*originals/anna\.png", said
    )
    assert "measures" not in items_of(data)["Anna"] and "psnr" in items_of(data)["Bert"]["measures"]


def test_what_is_measured_is_not_measured_again(build, coloured):
    """The second build tells what the first one has written down, whatever stands there."""
    _, _, first = build()
    index = coloured / "site" / "files" / ".files.json"
    kept = json.loads(index.read_text())
    assert len(kept["measures"]) == 3
    for measures in kept["measures"].values():
        measures["colourfulness"] = 77.7
    index.write_text(json.dumps(kept))
    _, _, second = build()
    assert {item["measures"]["colourfulness"] for item in items_of(second).values()} == {77.7}
    flat(coloured / "in colour", "anna", (130, 100, 100))
    _, _, third = build()
    assert items_of(third)["Anna"]["measures"]["psnr"] < items_of(first)["Anna"]["measures"]["psnr"]
    assert items_of(third)["Anna"]["measures"]["colourfulness"] != 77.7
    assert items_of(third)["Bert"] == items_of(second)["Bert"]


def test_what_came_back_from_a_translation_and_the_faces_of_a_survey(command, tmp_path):
    for folder, color in (("photograph", 100), ("drawn", 255), ("and back", 110)):
        flat(tmp_path / "drawings" / folder, "anna", color)
    for folder, height in (("photograph", 48), ("drawn", 40), ("and back", 40)):  # squeezed: not comparable
        flat(tmp_path / "drawings" / folder, "zoe", 100, height)
    flat(tmp_path / "drawings" / "photograph", "bert", 100)  # was not drawn
    flat(tmp_path / "drawings" / "and back", "bert", 110)
    steps = {"steps": [["photograph", "Photograph"], ["drawn", "Drawn"], ["and back", "And back"]]}
    (tmp_path / "drawings" / "steps.json").write_text(json.dumps(steps))
    for kind, color in (("original", 100), ("filtered", 0), ("restored", 110)):
        flat(tmp_path / "survey" / "gray", f"{kind}_0003", color)
    (tmp_path / "survey" / "survey.csv").write_text("filter,psnr,psnr_low,psnr_high\ngray,20,19,21\n")
    sources = (tmp_path / "drawings", tmp_path / "survey")
    assert command("gallery", *sources, "--json", "--out", tmp_path / "site" / "index.html")[0] == 0
    data = json.loads((tmp_path / "site" / "index.json").read_text())
    of_10 = pytest.approx(10 * np.log10(255**2 / 100), abs=1e-3)
    translations = items_of(data, "translations")
    assert translations["Anna"]["measures"]["psnr"] == of_10
    assert set(translations["Anna"]["measures"]) == {"psnr", "ssim", "ciede2000"}
    assert "measures" not in translations["Bert"] and "measures" not in translations["Zoe"]
    ((face,),) = data["surveys"][0]["faces"].values()
    assert face["measures"]["psnr"] == of_10


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here; install the package chromium")
def test_what_a_reader_sees(build, coloured):
    from playwright.sync_api import sync_playwright

    build()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto((coloured / "site" / "index.html").as_uri() + "#pictures")
        titles = page.locator(".card h4")
        card = page.locator(".card", has_text="Anna")
        seen = re.sub(r"\s+", " ", card.locator(".measures").inner_text())
        assert re.fullmatch(r"PSNR 32\.9 dB SSIM [\d.]+ CIEDE2000 [\d.]+ Colourful [\d.]+", seen)
        assert re.sub(r"\s+", " ", page.locator(".card", has_text="Zoe").locator(".measures").inner_text()) == (
            "Colourful 85.5"
        )
        assert "lower is closer" in page.locator(".sentence").inner_text()
        assert titles.all_inner_texts() == ["Anna", "Bert", "Zoe"]
        page.select_option("select[name=order]", "worst")  # the one that is not measured comes last
        assert titles.all_inner_texts() == ["Bert", "Anna", "Zoe"]
        page.select_option("select[name=measure]", "colourfulness")
        assert "does not tell whether the colours are right" in page.locator(".sentence").inner_text()
        assert "Lowest first" in page.locator("select[name=order]").inner_text()
        assert titles.all_inner_texts() == ["Anna", "Bert", "Zoe"]
        page.select_option("select[name=order]", "best")
        assert titles.all_inner_texts() == ["Zoe", "Bert", "Anna"]
        page.get_by_label("At least").fill("20")
        page.wait_for_selector(".card >> nth=0")
        page.wait_for_timeout(500)
        assert titles.all_inner_texts() == ["Zoe"]
        page.locator(".card a").click()
        page.wait_for_selector(".pswp--open .panel h2")
        assert "Colourful" in page.locator(".panel .measures").inner_text()
        assert not wrong
        browser.close()
