"""The gallery: one page that works from disk, whatever it is given."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest

import filters


class Page(HTMLParser):
    """What a browser would ask for and a screen reader would say."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.open, self.texts = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag not in ("meta", "img", "input", "br", "link"):
            self.open.append(tag)
        self.addresses += [attributes[k] for k in ("src", "href") if k in attributes]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def page(command, tmp_path, noise):
    for name in ("anna & co", "ber<t>a"):
        filters.write(tmp_path / "before" / f"{name}.png", noise(40, 30))
        filters.write(tmp_path / "after" / f"{name}.png", noise(40, 30, seed=1))
    filters.write(tmp_path / "after" / "alone.png", noise(30, 2000))
    out = tmp_path / "site" / "index.html"
    code, _, said = command("gallery", tmp_path / "after", "--before", tmp_path / "before", "--out", out)
    assert code == 0 and str(out) in said
    return out


def test_everything_it_shows_is_beside_it(page):
    parsed = Page(page.read_text())
    assert not parsed.open
    for address in parsed.addresses:
        assert not re.match(r"\w+:|//", address), address
        if not address.startswith("#"):
            assert (page.parent / address).is_file()
    assert "http" not in page.read_text()


def test_pictures_with_an_original_get_a_slider_that_says_what_it_is(page):
    parsed = Page(page.read_text())
    sliders = [a for tag, a in parsed.tags if tag == "input"]
    assert len(sliders) == 2 and all(s["type"] == "range" and s["aria-label"] for s in sliders)
    assert all(a.get("alt") for tag, a in parsed.tags if tag == "img")
    assert ("html", {"lang": "en"}) in parsed.tags
    assert any(a.get("name") == "viewport" for tag, a in parsed.tags if tag == "meta")


HOSTILE = "<img src=x onerror=alert(1)>"


def test_names_stay_names_whatever_is_written_in_them(command, tmp_path, noise):
    quoted = 'a" onload="alert(2)'
    for name in (HOSTILE, quoted):
        filters.write(tmp_path / HOSTILE / f"{name}.jpg", noise(40, 30))
    filters.write(tmp_path / "before" / f"{quoted}.png", noise(40, 30))
    (tmp_path / HOSTILE / "faces.csv").write_text(f"crop,{HOSTILE},sharpness\n{HOSTILE}.jpg,1,2.25\n")
    filters.write(tmp_path / "run" / "samples" / "epoch_0001.png", noise(20, 30))
    (tmp_path / "run" / "config.json").write_text(json.dumps({"transformation": "</title>", HOSTILE: HOSTILE}))
    (tmp_path / "run" / "metrics.json").write_text(json.dumps({HOSTILE: {"psnr": 21.0}}))
    out = tmp_path / "index.html"
    sources, before = (tmp_path / HOSTILE, tmp_path / "run"), tmp_path / "before"
    code, _, said = command("gallery", *sources, "--before", before, "--out", out, "--title", HOSTILE)
    page = Page(out.read_text())
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert code == 0, said
    assert not page.open and not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert len(images) == 4 and all((tmp_path / image["src"]).is_file() for image in images)
    assert {f"{HOSTILE}: {HOSTILE}", f"{quoted}, before", f"{quoted}, after"} < {image["alt"] for image in images}
    assert page.texts.count(HOSTILE) >= 6  # title, heading, caption, column, setting, metrics
    assert {f"{HOSTILE}.jpg", "Training: </title>", quoted, "2.2"} < set(page.texts)


def test_large_pictures_are_made_smaller(page):
    widest = max(filters.read(p).shape[1] for p in (page.parent / "files").glob("*.jpg"))
    assert widest == 1400


def test_a_damaged_picture_is_told_and_the_page_still_written(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "good.png", noise(9, 9))
    (tmp_path / "in" / "bad.png").write_bytes(b"?")
    code, _, said = command("gallery", tmp_path / "in", "--out", tmp_path / "g" / "index.html")
    assert code == 1 and "bad.png is not a picture" in said
    assert "good" in (tmp_path / "g" / "index.html").read_text()


def test_a_run_shows_sheets_history_and_metrics(command, tmp_path, noise):
    run = tmp_path / "run"
    for epoch in (0, 1, 2, 4, 8, 16):
        filters.write(run / "samples" / f"epoch_{epoch:04d}.png", noise(20, 30))
    filters.write(run / "history.png", noise(20, 30))
    (run / "config.json").write_text(json.dumps({"transformation": "gray_to_color", "epochs": 16}))
    (run / "metrics.json").write_text(json.dumps({"filter": {"psnr": 21.0}, "result": {"psnr": 25.125}}))
    code, *_ = command("gallery", run, "--out", tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text()
    assert code == 0
    assert "after epoch 0" in text and "after epoch 16" in text and "25.125" in text
    assert len(list((tmp_path / "files").glob("*.jpg"))) == 5


def test_no_folder(command, tmp_path):
    code, _, said = command("gallery", tmp_path / "nothing", "--out", tmp_path / "index.html")
    assert code == 2 and "is no folder" in said
    (tmp_path / "empty").mkdir()
    code, _, said = command("gallery", tmp_path / "empty", "--out", tmp_path / "index.html")
    assert code == 1 and "holds no pictures" in said
    assert np.all([p.name != "index.html" for p in tmp_path.iterdir()])


def test_a_gallery_that_is_built_again_leaves_nothing_behind(command, tmp_path, noise):
    for name in "ab":
        filters.write(tmp_path / "in" / f"{name}.png", noise(20, 30))
    out = tmp_path / "site" / "index.html"
    command("gallery", tmp_path / "in", "--out", out)
    (tmp_path / "site" / "files" / "mine.jpg").write_text("kept")
    (tmp_path / "in" / "a.png").unlink()
    command("gallery", tmp_path / "in", "--out", out)
    names = {path.name for path in (tmp_path / "site" / "files").iterdir()}
    assert names == {"b-000.jpg", ".files.json", "mine.jpg"}


def test_every_kind_of_folder_is_shown(command, tmp_path, noise):
    """A painter's run has no transformation, a survey no name."""
    runs = {"painter": {"painting": "waves.jpg"}, "dcgan": {"kind": "dcgan"}, "survey": {"data": "faces"}}
    for name, config in runs.items():
        filters.write(tmp_path / name / "samples" / "epoch_0001.png", noise(20, 30))
        (tmp_path / name / "config.json").write_text(json.dumps(config))
    out = tmp_path / "index.html"
    code, *_ = command("gallery", *(tmp_path / name for name in runs), "--out", out)
    text = out.read_text()
    assert code == 0 and "Training: waves" in text and "Training: dcgan" in text and "Survey" in text


def test_pictures_beside_the_page_are_not_shown_again(command, tmp_path, noise):
    """The page may stand in the folder that it shows, and be built again and again."""
    filters.write(tmp_path / "a.png", noise(20, 30))
    for _ in range(3):
        code, *_ = command("gallery", tmp_path, "--out", tmp_path / "index.html")
        assert code == 0
        assert [path.name for path in (tmp_path / "files").glob("*.jpg")] == ["a-000.jpg"]


def test_a_build_that_broke_off_leaves_nothing_to_the_next(command, tmp_path, noise):
    for name in "ab":
        filters.write(tmp_path / "in" / f"{name}.png", noise(20, 30))
    out = ("--out", tmp_path / "site" / "index.html")
    assert command("gallery", tmp_path / "in", *out)[0] == 0
    assert (tmp_path / "site" / "files" / "a-000.jpg").is_file()
    (tmp_path / "site" / "index.html").unlink()  # it is written last
    (tmp_path / "in" / "a.png").unlink()
    command("gallery", tmp_path / "in", *out)
    assert {path.name for path in (tmp_path / "site" / "files").iterdir()} == {"b-000.jpg", ".files.json"}


def test_files_that_no_gallery_has_written_stay(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "a.png", noise(20, 30))
    mine = tmp_path / "site" / "files" / "a-000.jpg"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    out = tmp_path / "site" / "index.html"
    for _ in range(2):
        command("gallery", tmp_path / "in", "--out", out)
        assert mine.read_text() == "mine" and 'src="files/a-001.jpg"' in out.read_text()


@pytest.mark.parametrize("name", ["index.html", "notable.html"])
def test_a_page_of_one_s_own_is_not_overwritten(command, tmp_path, noise, name):
    filters.write(tmp_path / "in" / "a.png", noise(20, 30))
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / name).write_text("<h1>My own</h1>")
    out = ("--out", tmp_path / "site" / "index.html")
    code, _, said = command("gallery", tmp_path / "in", "--notable", tmp_path / "in", *out)
    assert code == 2 and f"{name} is no page of this gallery; move it away" in said
    code, _, said = command("demo", tmp_path / "in", "--out", tmp_path / "site")
    assert code == 2 and f"{name} is no page of this gallery; move it away" in said
    assert [path.name for path in (tmp_path / "site").iterdir()] == [name]
    assert (tmp_path / "site" / name).read_text() == "<h1>My own</h1>"


def test_pages_of_one_folder_keep_their_pictures_apart(command, tmp_path, noise):
    for name in ("index", "my page"):
        filters.write(tmp_path / name / f"{name}.png", noise(20, 30))
        assert command("gallery", tmp_path / name, "--out", tmp_path / "site" / f"{name}.html")[0] == 0
    for name, address in (("index", "files/index-000.jpg"), ("my page", "my%20page-files/my-page-000.jpg")):
        assert f'src="{address}"' in (tmp_path / "site" / f"{name}.html").read_text()
        assert (tmp_path / "site" / unquote(address)).is_file()


def test_the_second_page_of_an_earlier_gallery_goes_with_its_pictures(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "a.png", noise(20, 30))
    out = tmp_path / "site" / "index.html"
    command("gallery", tmp_path / "in", "--out", out)
    out.rename(out.with_name("notable.html"))
    command("gallery", tmp_path / "in", "--out", out)
    assert {path.name for path in out.parent.iterdir()} == {"index.html", "files"}
