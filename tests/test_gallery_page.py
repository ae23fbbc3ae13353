"""The gallery's page in a real browser: headless Chromium, opened from disk, without a network."""

import json
import re
import shutil

import numpy as np
import pytest

import filters
from experiments.reports import gallery
from experiments.reports.exhibits.model import Collection, Column, Gallery, Item, Matrix, Step
from experiments.reports.exhibits.runs import trainings
from experiments.reports.exhibits.store import Store
from experiments.reports.exhibits.survey import survey

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here; install the package chromium")
SHOWN = ".pswp__item:not([aria-hidden=true])"
HOSTILE = "<img src=x onerror=alert(1)>"
# Feature distance by face and transformation, chosen so that orders differ by column.
DISTANCES = {"Anna": (0.1, 0.6), "Bert": (0.3, 0.2), HOSTILE: (0.2, 0.4)}


def matrix_of(folder):
    rng = np.random.default_rng(0)
    columns = [Column("gray_to_color", "Gray to color", "colours gray faces", True)]
    columns += [Column("canny_to_color", "Canny to color", "turns edges back", True)]
    columns += [Column("pencil", "Pencil", "a sketch", False)]
    faces, cells = [], []
    for number, (name, distances) in enumerate(DISTANCES.items()):
        paths = {}
        for kind in ("original", "filtered", "result"):
            paths[kind] = folder / f"{number}_{kind}.png"
            filters.write(paths[kind], np.full((320, 256, 3), rng.integers(40, 220, 3), np.uint8))
        original = Step("Original", paths["original"])
        faces.append(Item(f"faces/{number}", name, (original,), "Studio" if number else "Street"))
        for column, distance in zip(columns, (*distances, None), strict=True):
            steps = [original, Step("Filtered", paths["filtered"])]
            steps += [Step("Result", paths["result"])] if distance else []
            measures = (
                {"psnr": 20 + number, "ssim": 0.5, "ciede2000": 7.0, "vgg_distance": distance} if distance else {}
            )
            key = f"faces/{number}/{column.name}"
            title = f"{name}: {column.title}"
            cells.append(Item(key, title, tuple(steps), "", None, measures, f"faces/{number}", column.name))
    return Matrix(columns, faces, cells)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A page with all sections."""
    from experiments.core.runs import Run
    from experiments.reports.exhibits.model import Keys

    folder, keys = tmp_path_factory.mktemp("gallery"), Keys()
    small = np.full((40, 30, 3), 90, np.uint8)
    shown = Gallery("Faces, filters and the ways back", matrix_of(folder))
    photographs = []
    for number in range(100):
        path = folder / "photographs" / f"{number}.png"
        filters.write(path, small + np.uint8(number % 100))
        year = 1900 + number // 50
        item = Item(
            keys.of("pictures", str(number)), f"Photograph {number}", (Step("Picture", path),), "Album", year
        )
        photographs.append(item)
    shown.collections.append(Collection("pictures", "Photographs", "Old ones.", photographs))
    for name, rate in (("one", 0.1), ("two", 0.2)):
        for epoch in (0, 1, 3):
            filters.write(folder / name / "samples" / f"epoch_{epoch:04d}.png", small + np.uint8(epoch))
        config = {"transformation": "gray_to_color", "learning_rate": rate, "seed": 0}
        (folder / name / "config.json").write_text(json.dumps(config))
        (folder / name / "history.csv").write_text("epoch,seconds,loss\n1,10,0.5\n2,10,0.25\n3,10,0.125\n")
    shown.runs = trainings([Run.open(folder / name) for name in ("one", "two")], keys)
    for kind in ("original", "filtered", "restored"):
        filters.write(folder / "survey" / "gray" / f"{kind}_0000.png", small)
    rows = "gray,24,23,25,0.3,0.2,0.4\ncanny,13,12,14,0.9,0.8,1.0\n"
    head = "filter,psnr,psnr_low,psnr_high,vgg_distance,vgg_distance_low,vgg_distance_high\n"
    (folder / "survey" / "survey.csv").write_text(head + rows)
    shown.surveys.append(survey(folder / "survey", keys))
    out = folder / "site" / "index.html"
    assert gallery.write(out, shown, Store(out.with_name("files"))) == []
    shutil.rmtree(folder / "photographs")  # the page stands alone
    return out.as_uri()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def visit(browser, site):
    """Open the page at an address; errors, dialogs and anything but files on disk fail the test."""
    contexts, wrong = [], []

    def go(address="", width=1280, height=900, **how):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **how)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: wrong.append(request.url) if request.url[:5] != "file:" else None)
        page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
        page.goto(site + address)
        return page

    yield go
    for context in contexts:
        context.close()
    assert not wrong


def until(page, expression):
    """Wait until an expression is true; the page's own policy forbids what Playwright has for that."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")


def faces_of(page):
    return page.locator(".matrix tbody th .face span").all_inner_texts()


def open_cell(page, key="faces/0/canny_to_color"):
    page.locator(f'[data-key="{key}"]').click()
    page.wait_for_selector(".pswp--open .panel h2")


def parameters(page):
    return dict(pair.split("=") for pair in page.evaluate("location.hash.split('?')[1] || ''").split("&") if pair)


class TestMatrix:
    def test_each_cell_has_its_pictures_and_its_measures(self, visit):
        page = visit()
        cell = page.locator('[data-key="faces/0/canny_to_color"]')
        assert cell.locator("img").count() == 2
        assert re.sub(r"\s+", " ", cell.inner_text()) == "PSNR 20.0 dB SSIM 0.500 CIEDE2000 7.0 Features 0.600"
        said = cell.get_attribute("aria-label")
        assert "Anna: Canny to color" in said and "Feature distance 0.600" in said and "PSNR 20.0 dB" in said
        assert page.locator(".matrix tbody td").count() == 6  # the filter without a way back is hidden

    def test_names_stay_names(self, visit):
        page = visit()
        assert faces_of(page)[0] == HOSTILE or HOSTILE in faces_of(page)
        assert page.locator('img[src="x"]').count() == 0

    def test_sorted_by_a_measure_best_and_worst_first(self, visit):
        page = visit()
        page.select_option("select[name=order]", "best")  # by the means: 0.25, 0.3, 0.35
        until(page, "location.hash.includes('order=best')")
        assert faces_of(page) == ["Bert", HOSTILE, "Anna"]
        page.select_option("select[name=order]", "worst")
        assert faces_of(page) == ["Anna", HOSTILE, "Bert"]
        page.select_option("select[name=measure]", "psnr")  # higher is better
        assert faces_of(page) == ["Anna", "Bert", HOSTILE]

    def test_sorted_by_one_transformation(self, visit):
        page = visit()
        page.get_by_role("button", name="Sort the faces by Gray to color, best first").click()
        assert faces_of(page) == ["Anna", HOSTILE, "Bert"]
        page.get_by_role("button", name="Sort the faces by Gray to color, worst first").click()
        assert faces_of(page) == ["Bert", HOSTILE, "Anna"]
        assert page.locator("th[aria-sort]").count() == 1

    def test_filtered_by_name_source_and_measure(self, visit):
        page = visit()
        page.fill("input[name=find]", "ann")
        until(page, "document.querySelectorAll('.matrix tbody tr').length === 1")
        assert faces_of(page) == ["Anna"]
        page.fill("input[name=find]", "")
        until(page, "document.querySelectorAll('.matrix tbody tr').length === 3")
        page.select_option("select[name=source]", "Studio")
        assert set(faces_of(page)) == {"Bert", HOSTILE}
        page.select_option("select[name=source]", "")
        page.fill("input[name=limit]", "0.25")
        until(page, "document.querySelectorAll('.matrix td.dim').length === 3")

    def test_columns_can_be_hidden_and_shown(self, visit):
        page = visit()
        page.locator("details.columns summary").click()
        page.get_by_role("checkbox", name="Gray to color").uncheck()
        assert page.locator(".matrix thead .name").all_inner_texts() == ["Canny to color"]
        page.get_by_role("checkbox", name="Pencil (no way back)").check()
        assert page.locator(".matrix thead .name").all_inner_texts() == ["Canny to color", "Pencil"]

    def test_one_face_and_one_transformation(self, visit):
        page = visit()
        page.get_by_role("button", name="Anna").click()
        assert page.locator("h3").first.inner_text() == "Anna: all ways back"
        assert page.locator(".card h4").all_inner_texts() == ["Canny to color", "Gray to color"]
        page.go_back()
        page.locator(".matrix thead .name", has_text="Canny").click()
        assert page.locator("h3").first.inner_text() == "Canny to color: all faces"
        page.select_option("select[name=order]", "best")
        assert page.locator(".card h4").all_inner_texts() == ["Bert", HOSTILE, "Anna"]

    def test_arrow_keys_walk_through_the_cells_and_enter_opens_one(self, visit):
        page = visit()
        page.locator(".cell[tabindex='0']").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        key = page.evaluate("document.activeElement.dataset.key")
        assert key.endswith("canny_to_color")
        page.keyboard.press("Enter")
        page.wait_for_selector(".pswp--open .panel h2")
        page.keyboard.press("Escape")
        page.wait_for_selector(".pswp", state="detached")
        assert page.evaluate("document.activeElement.dataset.key") == key


class TestInFull:
    def test_a_slider_between_any_two_steps(self, visit):
        page = visit()
        open_cell(page)
        slider = page.locator(f"{SHOWN} img-comparison-slider")
        assert "Filtered on the left, Result on the right" in slider.get_attribute("aria-label")
        box = slider.bounding_box()
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] / 2, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 4, middle, steps=4)
        page.mouse.up()
        until(page, "location.hash.includes('at=')")
        until(page, "Math.abs(new URLSearchParams(location.hash.split('?')[1]).get('at') - 25) < 2")
        page.locator(".pair select").first.select_option("Original")
        assert "Original on the left" in slider.get_attribute("aria-label")
        assert page.locator(".panel h2").inner_text() == "Anna: Canny to color"

    def test_the_line_is_moved_by_keys_too(self, visit):
        page = visit("#matrix?open=faces/0/canny_to_color")
        slider = page.locator(f"{SHOWN} img-comparison-slider")
        slider.focus()
        page.keyboard.down("ArrowRight")
        until(page, "document.activeElement.value > 55")
        page.keyboard.up("ArrowRight")
        assert page.locator(".panel h2").inner_text() == "Anna: Canny to color"  # no step to the next one

    def test_arrow_keys_and_steps(self, visit):
        page = visit()
        open_cell(page, "faces/0/gray_to_color")
        page.keyboard.press("ArrowRight")
        until(page, "document.querySelector('.panel h2').textContent === 'Anna: Canny to color'")
        page.get_by_role("button", name="Original").click()
        assert page.locator(f"{SHOWN} img.whole").get_attribute("alt").endswith("Original")
        page.keyboard.press("3")
        assert page.get_by_role("button", name="Result").get_attribute("aria-pressed") == "true"

    def test_the_wheel_zooms_and_a_link_leads_to_exactly_this_view(self, visit):
        page = visit()
        open_cell(page)
        shown = page.locator(f"{SHOWN} .full")
        before = shown.bounding_box()
        page.mouse.move(before["x"] + 0.75 * before["width"], before["y"] + 100)
        for _ in range(3):
            page.mouse.wheel(0, -200)
        until(page, "location.hash.includes('zoom=')")
        page.wait_for_timeout(500)
        after = shown.bounding_box()
        assert after["width"] > 1.3 * before["width"]
        other = visit(page.evaluate("location.hash"))
        other.wait_for_selector(".pswp--open .panel h2")
        again = other.locator(f"{SHOWN} .full")
        until(other, f"document.querySelector('{SHOWN} .full').offsetWidth > {1.2 * before['width']}")
        other.wait_for_timeout(500)
        assert again.bounding_box() == pytest.approx(after, abs=6)
        assert parameters(other)["open"] == parameters(page)["open"]

    def test_two_fingers_zoom(self, visit):
        page = visit("#matrix?open=faces/0/canny_to_color&show=3", 390, 844, has_touch=True, is_mobile=True)
        page.wait_for_selector(".pswp--open .panel h2")
        page.wait_for_timeout(500)
        before = page.locator(f"{SHOWN} .full").bounding_box()
        session = page.context.new_cdp_session(page)
        for gap, kind in ((20, "touchStart"), (40, "touchMove"), (70, "touchMove"), (100, "touchMove")):
            points = [{"x": 195 - gap, "y": 300, "id": 0}, {"x": 195 + gap, "y": 300, "id": 1}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            page.wait_for_timeout(60)
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(500)
        after = page.locator(f"{SHOWN} .full").bounding_box()
        assert after["width"] > 1.5 * before["width"]

    def test_download_and_link(self, visit):
        page = visit()
        open_cell(page)
        download = page.locator(".panel a[download]")
        assert download.get_attribute("download") == "Anna Canny to color.webp"
        assert re.fullmatch(r"files/0-result-\w+\.webp", download.get_attribute("href"))
        page.get_by_role("button", name="Copy link").click()
        until(page, "/copied/.test(document.querySelector('.copy').textContent)")

    def test_the_browser_s_way_back_closes_it(self, visit):
        page = visit()
        open_cell(page)
        page.go_back()
        page.wait_for_selector(".pswp", state="detached")
        assert "open" not in parameters(page)

    def test_a_change_just_before_the_way_back_does_not_open_it_again(self, visit):
        page = visit()
        open_cell(page)
        page.evaluate("""() => {
            document.dispatchEvent(new KeyboardEvent("keydown", { key: "1" }));
            history.pushState(null, "", "#matrix");  // an address whose event arrives only later
        }""")
        page.wait_for_timeout(500)
        assert "open" not in parameters(page)
        page.evaluate("dispatchEvent(new HashChangeEvent('hashchange'))")
        page.wait_for_selector(".pswp", state="detached")


class TestOtherSections:
    def test_long_lists_are_loaded_as_they_come_into_sight(self, visit):
        page = visit("#pictures")
        page.wait_for_selector(".card img")
        assert page.locator(".card").count() < 100
        for _ in range(40):
            page.mouse.wheel(0, 4000)
            page.wait_for_timeout(50)
            if page.locator(".card").count() == 100:
                break
        assert page.locator(".card").count() == 100
        assert page.locator(".card img[loading=lazy]").count() == 100

    def test_photographs_by_year(self, visit):
        page = visit("#pictures")
        page.select_option("select[name=group]", "year")
        assert page.locator("h3.heading").first.inner_text() == "1900"
        page.fill("input[name=find]", "Photograph 99")
        until(page, "document.querySelectorAll('.card').length === 1")
        assert page.locator("h3.heading").all_inner_texts() == ["1901"]

    def test_runs_side_by_side(self, visit):
        page = visit("#runs")
        page.wait_for_selector(".uplot canvas")
        differ = page.locator("table", has_text="Settings that differ").first
        assert re.sub(r"\s+", " ", differ.inner_text()).endswith("learning rate 0.1 0.2")
        speed = page.locator("table", has_text="Time and speed").first.inner_text()
        assert "30.0 s" in speed and "10.0 s" in speed
        assert page.locator(".scrub output").inner_text() == "after epoch 3"
        page.locator(".scrub input").press("Home")
        until(page, "document.querySelector('.scrub output').textContent === 'after epoch 0'")
        assert page.locator(".sheet img").first.get_attribute("alt").endswith("after epoch 0")
        page.get_by_label("Logarithmic").check()
        page.locator("input[name=smooth]").fill("0.5")
        until(page, "location.hash.includes('smooth=0.5')")
        assert "raw" in page.locator(".u-legend").inner_text() and "log=1" in page.evaluate("location.hash")
        page.locator(".chip input").first.uncheck()
        assert page.locator(".sheet").count() == 1

    def test_the_survey_sorts_and_shows_its_faces(self, visit):
        page = visit("#survey")
        first = "section:not([hidden]) tbody th"
        assert page.locator(first).all_inner_texts() == ["Gray", "Canny"]
        page.get_by_role("button", name="Sort by PSNR, best first").click()
        page.get_by_role("button", name="Sort by PSNR, worst first").click()
        assert page.locator(first).all_inner_texts() == ["Canny", "Gray"]
        assert page.locator("svg .interval").count() == 2
        assert "signal-to-noise" in page.locator("section:not([hidden]) .sentence").inner_text()
        page.locator("section:not([hidden]) .card a").click()
        page.wait_for_selector(".pswp--open img-comparison-slider")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("section", ["matrix", "pictures", "runs", "survey"])
def test_every_section_fits_the_screen(visit, width, section):
    page = visit(f"#{section}", width, 844)
    page.wait_for_selector("section:not([hidden]) .content > *")
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("section:not([hidden]) h2").count() == 1
    assert page.locator("img:not([alt])").count() == 0
    small = page.evaluate(
        "[...document.querySelectorAll('section:not([hidden]) *')].filter(e => e.childNodes.length === 1 &&"
        " e.firstChild.nodeType === 3 && e.offsetParent && parseFloat(getComputedStyle(e).fontSize) < 11)"
        ".map(e => e.textContent)"
    )
    assert not small
