"""The studio in a real browser, and what it keeps from whom."""

import errno
import gc
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import filters
from experiments.cli.console import UsageError, listening, progress

ROOT = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("gradio") is None, reason="no Gradio: requirements-studio.txt"),
    pytest.mark.filterwarnings("ignore"),
]
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here; install the package chromium")
TABS = ("Colour", "Repair", "Enlarge", "Filters and back", "Draw", "Paint", "Dream", "Average and morph", "Noise")
# Where screenshots for the documentation go: `make figures` sets it.
SHOTS = os.environ.get("SCREENSHOTS")
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"  # two frames
PATIENCE = 40_000  # milliseconds: networks are loaded when they are first needed


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A studio that is open."""
    words = [sys.executable, "-m", "experiments", "studio", "--port", "0", "--precision", "float32"]
    folder = tmp_path_factory.mktemp("runs")
    filters.write(folder / "gray" / "samples" / "epoch_0003.png", np.full((60, 90, 3), 90, np.uint8))
    (folder / "gray" / "config.json").write_text(json.dumps({"kind": "transformation", "transformation": "own"}))
    (folder / "gray" / "history.csv").write_text("epoch,score\n3,0.125\n")
    with subprocess.Popen([*words, "--runs", folder], cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        for line in server.stderr:
            if found := re.search(r"http://127.0.0.1:\d+", line):
                break
        else:
            pytest.fail("the studio ended before it was open")
        threading.Thread(target=server.stderr.read, daemon=True).start()
        yield found[0]
        server.terminate()


@pytest.fixture(scope="module")
def old(tmp_path_factory, astronaut):
    """A photograph in gray, with a date."""
    target = tmp_path_factory.mktemp("old") / "eileen.jpg"
    image = Image.fromarray(filters.gray(astronaut)[..., 0])
    exif = image.getexif()
    exif[306] = "1992:07:08 10:00:00"
    image.save(target, quality=95, exif=exif)
    return target


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    drawn_by_processor = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*drawn_by_processor, *camera])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, address):
    """Open the page in a tab of the studio; nothing may be asked of other servers."""
    contexts, elsewhere = [], []

    def opened(tab="Colour", width=1280, height=1000):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: elsewhere.append(request.url))
        page.goto(address)
        page.wait_for_selector("#color-files")
        show(page, tab)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not [url for url in elsewhere if not url.startswith((address, "data:", "blob:"))]


def show(page, tab):
    one = page.get_by_role("tab", name=tab, exact=True)
    if not one.is_visible():
        page.get_by_label("More tabs").or_(page.locator(".overflow-menu > button")).first.click()
        page.locator(".overflow-dropdown button", has_text=tab).click()
    else:
        one.click()


def put(page, place, *files):
    page.locator(f"{place} input[type=file]").first.set_input_files([str(file) for file in files])


def shot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def picture_of(page, selector):
    """The picture that an element shows."""
    source = page.locator(selector).last.get_attribute("src")
    data = page.request.get(source).body()
    return filters.io.pictures.decode(data, "shown.png").astype(int)


def colored(page, photo):
    put(page, "#color-files", photo)
    page.wait_for_selector("#color-slider img")
    return picture_of(page, "#color-slider img")


def changed(page, selector, before):
    page.wait_for_function(f"[...document.querySelectorAll('{selector}')].at(-1)?.src !== '{before}'")


def source(page, selector):
    return page.locator(selector).last.get_attribute("src")


def brush(page, editor, *places):
    """Draw a line through places, as shares of the canvas."""
    box = page.locator(f"{editor} canvas").first.bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


@needs_browser
class TestColour:
    def test_a_photograph_is_coloured_corrected_and_given_back_in_full(self, visit, old, tmp_path, command):
        page = visit()
        first = colored(page, old)
        assert "512x512 pixels, 1 face found" in page.locator("#color-said").inner_text()
        assert np.ptp(first, axis=2).mean() > 5
        # The slider between before and after moves.
        line = page.locator("#color-slider .inner, #color-slider [role=slider], #color-slider .outer").first
        box = line.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2 - 120, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
        assert line.bounding_box()["x"] < box["x"] - 60
        # A hint on the suit changes that, and nothing else that is 100 pixels away: neither face nor helmet.
        page.get_by_text("Colours by the keyboard").click()
        page.evaluate(DRAWN)  # the field is there, but Gradio empties it once more
        shown = source(page, "#color-slider img")
        written = page.locator("#color-written textarea")
        written.fill("60,480=#1f3a7a")
        page.evaluate(DRAWN)  # then Gradio has taken the text over
        written.blur()
        changed(page, "#color-slider img", shown)
        hinted = picture_of(page, "#color-slider img")
        difference = np.abs(hinted - first).max(axis=2)
        assert difference[470:490, 50:70].mean() > 10
        assert difference[90:180, 190:260].mean() < 3 and difference[420:500, 360:440].mean() < 3
        shot(page, "studio")
        # What is downloaded is what the command line writes.
        page.click("#color-save")
        with page.expect_download() as download:
            page.locator("#color-result a[download]").click()
        download.value.save_as(tmp_path / "saved.png")
        code, *_ = command(
            *("colorize", old, "--out", tmp_path / "out", "--hint", "60,480=#1f3a7a", "--precision", "float32")
        )
        assert code == 0
        theirs, ours = filters.read(tmp_path / "out" / "eileen.png"), filters.read(tmp_path / "saved.png")
        assert np.abs(theirs.astype(int) - ours).max() <= 1
        assert Image.open(tmp_path / "saved.png").getexif()[306] == "1992:07:08 10:00:00"
        # Undo takes the hint back.
        shown = source(page, "#color-slider img")
        page.click("#color-undo")
        changed(page, "#color-slider img", shown)
        assert np.abs(picture_of(page, "#color-slider img") - first).max() <= 1
        assert page.locator("#color-written textarea").input_value() == ""

    @pytest.mark.slow
    def test_a_brush_gives_a_colour(self, visit, old):
        page = visit()
        first = colored(page, old)
        shown = source(page, "#color-slider img")
        brush(page, "#color-editor", (0.5, 0.8), (0.55, 0.82))
        changed(page, "#color-slider img", shown)
        hinted = picture_of(page, "#color-slider img")
        assert np.abs(hinted - first).max() > 15
        # A second stroke is undone; both are removed at once.
        for change in (
            lambda: brush(page, "#color-editor", (0.1, 0.9), (0.2, 0.95)),
            page.locator("#color-undo").click,
        ):
            shown = source(page, "#color-slider img")
            change()
            changed(page, "#color-slider img", shown)
        assert np.array_equal(picture_of(page, "#color-slider img"), hinted)
        shown = source(page, "#color-slider img")
        page.get_by_role("button", name="Remove all").click()
        changed(page, "#color-slider img", shown)
        assert np.abs(picture_of(page, "#color-slider img") - first).mean() < 0.1

    @pytest.mark.slow
    def test_one_goes_on_with_a_proposal(self, visit, old, tmp_path):
        page = visit()
        first = colored(page, old)
        shown = source(page, "#color-slider img")
        page.click("#color-propose")
        page.locator("#color-proposals .thumbnail-item").nth(1).click()
        changed(page, "#color-slider img", shown)
        chosen = picture_of(page, "#color-slider img")
        assert np.abs(chosen - first).mean() > 1
        page.click("#color-save")
        with page.expect_download() as download:
            page.locator("#color-result a[download]").click()
        download.value.save_as(tmp_path / "saved.png")
        assert np.abs(filters.read(tmp_path / "saved.png") - chosen).mean() < 1  # which is shown as JPEG

    @pytest.mark.slow
    def test_an_album(self, visit, old, tmp_path, astronaut):
        other = tmp_path / "other.png"
        filters.write(other, filters.gray(astronaut[:300, :300]))
        page = visit()
        put(page, "#color-files", old, other)
        page.wait_for_selector("#color-slider img")
        page.click("#color-album")
        with page.expect_download() as download:
            page.locator("#color-whole a[download]").click()
        download.value.save_as(tmp_path / "all.zip")
        shutil.unpack_archive(tmp_path / "all.zip", tmp_path / "all")
        assert {path.name for path in (tmp_path / "all").iterdir()} == {"eileen.png", "other.png"}
        show(page, "Gallery")
        page.wait_for_selector("#gallery-mine img")
        assert page.locator("#gallery-mine .thumbnail-item").count() == 2
        # It is this visitor's alone.
        another = visit("Gallery")
        another.wait_for_timeout(1000)
        assert another.locator("#gallery-mine .thumbnail-item").count() == 0

    @pytest.mark.parametrize("kind", ["hostile", pytest.param("huge", marks=pytest.mark.slow)])
    def test_what_cannot_be_used_is_told_and_the_page_lives_on(self, visit, old, tmp_path, kind):
        file = tmp_path / "<img src=x onerror=alert(1)>.jpg"
        if kind == "hostile":
            file.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{} loop\n")
        else:
            Image.radial_gradient("L").resize((10_000, 10_000)).save(file, quality=95)
        page = visit()
        page.on("dialog", lambda dialog: pytest.fail("a name ran as code"))
        put(page, "#color-files", file)
        page.wait_for_selector(".toast-body")
        said = page.locator(".toast-body").inner_text()
        assert (
            "is not a picture" if kind == "hostile" else "has 10000x10000 pixels"
        ) in said and "/tmp" not in said
        page.locator("#color-files").get_by_label("Clear").click()
        assert np.ptp(colored(page, old), axis=2).mean() > 5


class Enough(BaseException):
    """Somebody does not wait for the rest."""


def ended():
    """Wait until no work of the studio goes on in this process."""
    from experiments.studio import works

    for thread in threading.enumerate():
        if thread.name == works.WORK:
            thread.join(PATIENCE / 1000)
            assert not thread.is_alive()


class TestWorks:
    """Long works: what is seen of them meanwhile, and where they end when they are stopped."""

    @pytest.fixture(scope="class")
    def faces(self, tmp_path_factory, astronaut):
        folder = tmp_path_factory.mktemp("faces")
        for number in range(3):
            filters.write(folder / f"{number}.png", np.roll(astronaut, 4 * number, axis=1))
        return sorted(map(str, folder.iterdir()))

    def test_a_work_is_shown_and_returned(self):
        from experiments.studio.works import stepwise

        seen, going = [], threading.Event()

        def work():
            with progress("counting") as bar:
                bar(1, 4, so_far=lambda: "one")
                going.wait()
            return "four"

        steps = stepwise(work, lambda text, so_far: (text, so_far))
        with pytest.raises(StopIteration) as end:
            while True:
                seen.append(next(steps))
                if seen[-1][0].startswith("Counting: 25%, about "):
                    going.set()
        assert end.value.value == "four" and [so_far for _, so_far in seen if so_far] == ["one"]

    def test_what_goes_wrong_is_raised(self):
        from experiments.studio.works import stepwise

        with pytest.raises(ZeroDivisionError):
            list(stepwise(lambda: 1 / 0, lambda *told: told))

    def test_a_stopped_work_goes_no_further(self):
        from experiments.studio.works import stepwise

        done, begun, going = [], threading.Event(), threading.Event()

        def work():
            with progress("counting") as bar:
                for number in range(1, 100):
                    done.append(number)
                    begun.set()
                    going.wait()
                    bar(number, 99)

        steps = stepwise(work, lambda *told: told)
        next(steps)
        begun.wait()
        steps.close()
        going.set()
        ended()
        assert done == [1]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "name",
        [
            *("repair", "enlarge", "mean", "morph", "noise", "ways back"),
            *(pytest.param(name, marks=pytest.mark.slow) for name in ("paint", "dream")),
        ],
    )
    def test_every_long_work_shows_something_and_ends_early(self, name, astronaut, faces, tmp_path):
        from experiments.inference import averaging, morphing
        from experiments.studio import faces_tab, filters_tab, painting_tab, pictures_tab

        wide, small = np.hstack([astronaut, astronaut]), astronaut[:96, :96]
        work = {
            "repair": lambda: pictures_tab.repaired(wide, 1.0),
            "enlarge": lambda: pictures_tab.enlarged(astronaut, "2 times, sharp"),
            "mean": lambda: averaging.average(faces, tmp_path / "mean"),
            "morph": lambda: morphing.morph(faces, tmp_path / "morph.gif"),
            "noise": lambda: faces_tab.wall(0, 0.8),
            "ways back": lambda: filters_tab.ways_back(astronaut),
            "paint": lambda: painting_tab.slowly(astronaut, small, 64, 40, 4),
            "dream": lambda: painting_tab.dreamt(small, "Animals", "", 3, 96),
        }[name]
        shown = []

        def look(what, done, total, so_far):
            assert 0 <= done <= (total or 0) or not done
            if done and so_far and (picture := so_far()) is not None:
                shown.append(picture)
                assert done < total
                raise Enough

        with pytest.raises(Enough), listening(look):
            work()
        if name == "noise":
            assert len(shown[0][0]) == 1 and shown[0][1].shape[0] == faces_tab.WALL
        elif name == "ways back":
            assert len(shown[0]) == 2
        else:
            assert shown[0].dtype == np.uint8 and shown[0].shape[2] == 3
        assert not list(tmp_path.iterdir())

    def test_a_photograph_is_painted_at_once_like_a_painting(self, astronaut):
        from experiments.studio import painting_tab

        blue = np.uint8([30, 60, 200]) + astronaut[:200, :200] // 8
        painted = painting_tab.alike(astronaut[:96, :128], blue).astype(int)
        assert painted.shape == (96, 128, 3) and (painted[..., 2] - painted[..., 0]).mean() > 80

    def test_tiles_that_are_not_done_show_the_picture(self, astronaut):
        from experiments.studio import pictures_tab

        def look(what, done, total, so_far):
            if done:
                shown.append(so_far().copy())
                raise Enough

        shown = []
        with pytest.raises(Enough), listening(look):
            pictures_tab.enlarged(astronaut, "2 times, sharp")
        plain = filters.resizing.resized(astronaut, (1024, 1024))
        other = np.abs(shown[0].astype(int) - plain).max(axis=2)
        assert (other[-200:, -200:] == 0).all() and other[:200, :200].any()


@pytest.fixture
def within(tmp_path, monkeypatch):
    """A studio that is open in this process; its address and its page."""
    from experiments.studio.server import serve

    monkeypatch.setenv("GRADIO_TEMP_DIR", "")  # `serve` sets it
    page, address = serve("127.0.0.1", 0, tmp_path)
    yield address.rstrip("/"), page
    page.close(verbose=False)
    shutil.rmtree(os.environ["GRADIO_TEMP_DIR"])
    gc.collect()  # Gradio leaves event loops open, of which Python warns


@pytest.mark.slow
@pytest.mark.parametrize("leaving", [False, True], ids=["stop", "leave"])
def test_what_is_stopped_on_the_server_does_not_go_on(within, old, monkeypatch, leaving):
    from experiments.inference import tiles

    address, page = within
    (index,) = (
        number
        for number, function in page.fns.items()
        for target, _ in function.targets
        if getattr(page.blocks.get(target), "elem_id", None) == "enlarge-begin"
    )
    done, run = [], tiles.run_on_image
    monkeypatch.setattr(tiles, "run_on_image", lambda *what: done.append(1) or run(*what))
    monkeypatch.setattr(tiles, "TILE", 160)
    visitor, headers = {"session_hash": uuid.uuid4().hex, "fn_index": index}, {"Content-Type": "application/json"}

    def asked(where, **more):
        body = json.dumps({**visitor, **more}).encode()
        return json.loads(fetched(urllib.request.Request(f"{address}/gradio_api/{where}", body, headers)))

    event = asked("queue/join", data=[sent(address, old), "2 times, close to the truth", None])["event_id"]
    news = f"{address}/gradio_api/queue/data?session_hash={visitor['session_hash']}"
    with urllib.request.urlopen(news, timeout=PATIENCE / 1000) as told:
        for line in told:
            assert b"process_completed" not in line
            if b"Enlarging: " in line and b"%" in line:
                break
        if not leaving:
            asked("cancel", event_id=event)
    ended()
    assert 0 < len(done) < 30 < len(list(tiles.tiled((512, 512), 160, 52, 4)))


@needs_browser
class TestOtherParts:
    @pytest.mark.slow
    def test_a_sketch_becomes_a_face(self, visit):
        page = visit("Filters and back")
        page.locator("#pad-kind").get_by_text("Contours").click()
        page.locator("#pad canvas").first.scroll_into_view_if_needed()
        page.wait_for_timeout(1500)
        turns = np.linspace(0, 2 * np.pi, 24)
        brush(page, "#pad", *zip(0.5 + 0.1 * np.cos(turns), 0.5 + 0.3 * np.sin(turns), strict=True))
        page.wait_for_selector("#pad-face img")
        face = picture_of(page, "#pad-face img")
        assert face.shape == (320, 256, 3) and face.std() > 10

    @pytest.mark.slow
    def test_filters_and_the_ways_back(self, visit, old):
        page = visit("Filters and back")
        put(page, "#filters-photo", old)
        page.wait_for_selector("#filters-live img")
        before = source(page, "#filters-live img")
        page.locator("#filters-name input").click()
        page.get_by_role("option", name=re.compile("^binary:")).click()
        changed(page, "#filters-live img", before)
        assert set(np.unique(picture_of(page, "#filters-live img"))) <= {0, 255}
        page.click("#filters-back")
        page.wait_for_function("document.querySelectorAll('#filters-ways .thumbnail-item').length >= 5")

    @pytest.mark.slow
    def test_the_gallery_shows_runs(self, visit):
        page = visit("Gallery")
        page.wait_for_selector("#gallery-sheets img")
        assert page.locator("#gallery-sheets .thumbnail-item").count() == 1
        assert "1 epochs; score 0.125" in page.locator("#gallery-said").inner_text()

    @pytest.mark.slow
    def test_the_camera_is_filtered_live(self, visit):
        page = visit("Filters and back")
        page.get_by_text("The camera, live").click()
        page.locator("#filters-camera").get_by_role("button", name=re.compile("access", re.I)).click()
        page.locator("#filters-camera").get_by_text("Record").click()
        page.wait_for_selector("#filters-live img")
        first = source(page, "#filters-live img")
        changed(page, "#filters-live img", first)
        assert picture_of(page, "#filters-live img").shape[2] == 3

    @pytest.mark.slow
    def test_a_photograph_is_painted_like_another_picture(self, visit, old, astronaut, tmp_path):
        filters.write(tmp_path / "blue.png", np.uint8([30, 60, 200]) + astronaut[:200, :200] // 8)
        page = visit("Paint")
        put(page, "#paint-photo", old)
        put(page, "#paint-painting", tmp_path / "blue.png")
        page.wait_for_selector("#paint-painting .file-preview")
        page.click("#paint-like")
        page.wait_for_function("document.querySelector('#paint-said').innerText.includes('Finished')")
        shot(page, "paint")
        painted = picture_of(page, "#paint-shown img")
        assert painted.shape == (512, 512, 3) and (painted[..., 2] - painted[..., 0]).mean() > 80

    @pytest.mark.slow
    def test_a_long_work_is_shown_and_stopped(self, visit, old):
        page = visit("Dream")
        put(page, "#dream-photo", old)
        page.wait_for_selector("#dream-photo a, #dream-photo .file-preview")
        page.click("#dream-begin")
        page.wait_for_selector("#dream-shown img")
        assert "%" in page.locator("#dream-said").inner_text()
        page.click("#dream-stop")
        page.wait_for_function("document.querySelector('#dream-said').innerText.includes('Stopped')")

    @pytest.mark.slow
    def test_an_enlargement_is_seen_while_it_grows(self, visit, old):
        page = visit("Enlarge")
        put(page, "#enlarge-photo", old)
        page.wait_for_selector("#enlarge-photo a, #enlarge-photo .file-preview")
        page.click("#enlarge-begin")
        page.wait_for_selector("#enlarge-slider img")
        assert "%" in page.locator("#enlarge-said").inner_text()
        page.click("#enlarge-stop")
        page.wait_for_function("document.querySelector('#enlarge-said').innerText.includes('Stopped')")
        assert page.locator("#enlarge-result a[download]").count() == 0

    @pytest.mark.slow
    def test_a_wall_of_faces(self, visit):
        page = visit("Noise")
        page.click("#noise-begin")
        page.wait_for_function("document.querySelectorAll('#noise-wall .thumbnail-item').length == 12")
        page.locator("#noise-wall .thumbnail-item").nth(3).click()
        page.wait_for_selector("#noise-face img")

    @pytest.mark.slow
    def test_a_telephone_s_width(self, visit):
        page = visit(width=390, height=844)
        for tab in TABS:
            show(page, tab)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab
        shot(page, "studio_telephone")

    @pytest.mark.slow
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing_serious(self, visit, scheme):
        script = Path(importlib.util.find_spec("axe_playwright_python").origin).with_name("axe.min.js")
        page = visit()
        page.emulate_media(color_scheme=scheme)
        page.add_script_tag(path=str(script))
        for tab in TABS:
            show(page, tab)
            page.wait_for_timeout(300)
            found = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})")["violations"]
            serious = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] != "moderate"]
            assert not serious, f"{tab}: {serious}"

    def test_the_keyboard_reaches_the_tabs(self, visit):
        page = visit()
        page.get_by_role("tab", name="Colour", exact=True).focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("#restore-begin")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.slow
def test_it_closes_with_one_line_and_leaves_no_files(number, code, tmp_path):
    words = [sys.executable, "-m", "experiments", "studio", "--port", "0"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=environment) as server:
        line = server.stderr.readline()
        assert "the studio is open at http://127.0.0.1:" in line and list(tmp_path.glob("studio-*"))
        time.sleep(1)
        server.send_signal(number)
        assert len(server.stderr.read().splitlines()) == 1 and server.wait() == code
    assert not list(tmp_path.glob("studio-*"))


@pytest.mark.slow
def test_a_port_that_is_taken_is_told(address):
    words = [sys.executable, "-m", "experiments", "studio", "--port", address.rsplit(":", 1)[1]]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "is taken; choose another with --port" in done.stderr


def test_it_is_told_why_nothing_can_listen():
    from experiments.studio.server import port_at, refusal

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"^port {port} is taken; choose another with --port$"):
            port_at("127.0.0.1", port)
    assert port_at("127.0.0.1", port) == port and port_at("127.0.0.1", 0) > 0
    for host in ("192.0.2.1", "nowhere.invalid"):  # reserved for examples
        with pytest.raises(UsageError, match=f"^{host} is no address of this computer; choose another with --host"):
            port_at(host, 0)
    denied = PermissionError(errno.EACCES, "Permission denied")  # the superuser is refused no port
    assert "choose one from 1024 on with --port" in refusal("127.0.0.1", 80, denied)


def test_a_thin_line_is_not_lost():
    from experiments.studio.filters_tab import PAD, SCALE, inked

    layer = np.zeros((SCALE * PAD[0], SCALE * PAD[1], 4), np.uint8)
    layer[101, 50:150, 3] = layer[200:300, 77, 3] = 255
    drawn = inked([layer])
    assert drawn.shape == PAD and drawn[50, 25:75].all() and drawn[100:150, 38].all()
    assert drawn.sum() == 100


class TestBrush:
    RED, GREEN = (200, 20, 30, 255), (20, 90, 40, 255)

    def test_strokes_lie_where_they_were_brushed_the_last_on_top(self):
        from experiments.studio.brush import painted, strokes_of

        sent = [
            {"color": "#c8141e", "size": 3, "points": [[2, 5], [12, 5]]},
            {"color": "#145a28", "size": 1, "points": [[6, 0], [6, 9]]},
            {"color": "", "size": 1, "points": [[10, 5], [60, 5]]},
            {"color": "#c8141e", "size": 1, "points": [[15, 8]]},  # a click
        ]
        layer = painted(strokes_of(sent), (20, 10))
        assert layer.shape == (10, 20, 4)
        assert (layer[4:7, 3:6] == self.RED).all() and (layer[:, 6] == self.GREEN).all()
        assert not layer[5, 10:].any() and layer[4, 10].tolist() == list(self.RED)
        assert layer[8, 15].tolist() == list(self.RED) and np.count_nonzero(layer[8, :, 3]) == 2
        assert not painted(strokes_of([]), (20, 10)).any() and not painted(strokes_of(None), (20, 10)).any()

    @pytest.mark.parametrize(
        "sent",
        [
            "strokes",
            [1],
            [{"color": "#c8141e", "size": 3}],
            [{"color": "red", "size": 3, "points": [[1, 1]]}],
            [{"color": 0, "size": 3, "points": [[1, 1]]}],
            [{"color": "#c8141e", "size": "wide", "points": [[1, 1]]}],
            [{"color": "#c8141e", "size": 3, "points": [[1]]}],
            [{"color": "#c8141e", "size": 3, "points": [[1, float("inf")]]}],
            [{"color": "#c8141e", "size": 3, "points": [[1, float("nan")]]}],
        ],
    )
    def test_what_no_brush_sends_is_refused(self, sent):
        from experiments.studio.brush import strokes_of

        with pytest.raises(ValueError, match="no strokes of a brush"):
            strokes_of(sent)

    def test_what_would_take_long_to_draw_is_bounded(self):
        from experiments.studio.brush import MOST, painted, strokes_of

        far = {"color": "#c8141e", "size": 10**9, "points": [[-(10**9), 10**9], [10**9, -(10**9)]]}
        assert painted(strokes_of([far, {**far, "points": []}]), (20, 10)).all()
        with pytest.raises(ValueError, match="more than 100,000 points"):
            strokes_of([{**far, "points": [[0, 0]] * (MOST + 1)}])


def test_each_visitor_has_files_of_their_own(tmp_path, monkeypatch, astronaut):
    from experiments.studio.server import shared

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    first, second = shared.Sitting(), shared.Sitting()
    assert not list(tmp_path.iterdir())  # who only looks leaves nothing
    kept = [visit.keep(astronaut, "a.png", "A") for visit in (first, second)]
    assert first.folder != second.folder and len(first.made) == len(second.made) == 1
    first.close()
    assert [Path(file).exists() for file in kept] == [False, True]


class TestCalls:
    def test_another_program_colours(self, address, old, tmp_path, command):
        (result,) = call(address, "colorize", sent(address, old), 1, 0, "60,480=#1f3a7a", None, False, "png")
        (tmp_path / "called.png").write_bytes(fetched(result["url"]))
        how = ("--hint", "60,480=#1f3a7a", "--precision", "float32")
        assert command("colorize", old, "--out", tmp_path / "out", *how)[0] == 0
        ours, theirs = filters.read(tmp_path / "called.png"), filters.read(tmp_path / "out" / "eileen.png")
        assert np.abs(ours.astype(int) - theirs).max() <= 1

    def test_what_is_wrong_is_told(self, address, old):
        with pytest.raises(ValueError, match="No filter is named 'nonsense'; known: identity"):
            call(address, "filter", sent(address, old), "nonsense")

    def test_nothing_outside_can_be_fetched(self, address, old, tmp_path):
        link = tmp_path / "link.png"
        link.symlink_to("/etc/passwd")
        for path in ("/etc/passwd", "../../../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "README.md", link, ROOT):
            with pytest.raises(urllib.error.HTTPError) as refused:
                fetched(f"{address}/gradio_api/file={path}")
            assert refused.value.code in (403, 404)
            refused.value.close()
        for path in ("/etc/passwd", str(ROOT / "README.md"), str(link), str(old)):
            with pytest.raises(ValueError):
                call(address, "filter", {"path": path, "meta": {"_type": "gradio.FileData"}}, "gray")
        # Nor does the server fetch for others what they cannot reach.
        given = {
            "path": f"{address}/theme.css",
            "url": f"{address}/theme.css",
            "meta": {"_type": "gradio.FileData"},
        }
        with pytest.raises(ValueError):
            call(address, "filter", given, "gray")

    def test_ten_at_once_are_all_served(self, address, tmp_path, noise):
        results, threads = {}, []

        def work(number):
            file = tmp_path / f"{number}.png"
            filters.write(file, filters.gray(noise(64, 64, number)))
            (result,) = call(address, "colorize", sent(address, file), 1, 0, "", None, False, "png")
            results[number] = fetched(result["url"])

        for number in range(10):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
        for thread in threads:
            thread.join()
        for number in range(10):  # each has their own
            shown = filters.io.pictures.decode(results[number], "a.png")
            light = filters.gray(shown).astype(int) - filters.gray(noise(64, 64, number))
            assert np.abs(light).mean() < 12


def fetched(url):
    with urllib.request.urlopen(url, timeout=PATIENCE / 1000) as answer:
        return answer.read()


def sent(address, file):
    """Upload a file; what calls take in its place."""
    mark = uuid.uuid4().hex
    head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{file.name}"\r\n\r\n'
    body = head.encode() + file.read_bytes() + f"\r\n--{mark}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    (path,) = json.loads(fetched(urllib.request.Request(f"{address}/gradio_api/upload", body, headers)))
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def call(address, name, *values):
    """Call as docs/studio.md tells; a ValueError has the sentence that the server gave."""
    body, headers = json.dumps({"data": values}).encode(), {"Content-Type": "application/json"}
    url = f"{address}/gradio_api/call/{name}"
    event = json.loads(fetched(urllib.request.Request(url, body, headers)))["event_id"]
    answer = fetched(f"{url}/{event}").decode()
    kind, data = re.findall(r"event: (\w+)\ndata: (.*)", answer)[-1]
    if kind != "complete":
        raise ValueError((json.loads(data) or {}).get("error"))
    return json.loads(data)
