"""The gallery: what it writes, whatever it is given. How its page behaves is in test_gallery_page.py."""

import json
import re
import shutil
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest

import filters
from filters.io import animations, films


class Page(HTMLParser):
    """The elements and texts of a page."""

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


def data_of(out):
    """What a page shows: its data, which a script beside it holds."""
    prefix = "" if out.stem == "index" else f"{out.stem}-"
    text = (out.parent / f"{prefix}files" / "page" / "data.js").read_text()
    assert text.isascii() and "<" not in text
    return json.loads(re.fullmatch(r"window\.gallery = (.*);\n", text)[1])


def items_of(out, kind="pictures"):
    return next(part["items"] for part in data_of(out)["collections"] if part["kind"] == kind)


@pytest.fixture
def page(command, tmp_path, noise):
    for name in ("anna & co", "ber<t>a"):
        filters.write(tmp_path / "before" / f"{name}.png", noise(40, 30))
        filters.write(tmp_path / "after" / f"{name}.png", noise(40, 30, seed=1))
    filters.write(tmp_path / "after" / "alone.png", noise(30, 2800))
    out = tmp_path / "site" / "index.html"
    code, _, said = command("gallery", tmp_path / "after", "--before", tmp_path / "before", "--out", out)
    assert code == 0 and str(out) in said
    return out


def test_everything_it_shows_is_beside_it(page):
    parsed, data = Page(page.read_text()), data_of(page)
    shown = [image[size] for image in data["images"] for size in ("full", "medium", "small")]
    assert not parsed.open and len(data["images"]) == 5
    for address in parsed.addresses + shown:
        assert not re.match(r"\w+:|//", address), address
        if not address.startswith("#"):
            assert (page.parent / address).is_file()
    assert "http:" not in page.read_text() and "https:" not in page.read_text()
    assert not any(tag == "script" and "src" not in attributes for tag, attributes in parsed.tags)


def test_the_libraries_and_their_licences_are_named_and_shipped(page):
    text = page.read_text()
    for name in ("PhotoSwipe", "img-comparison-slider", "uPlot"):
        assert re.search(rf"{name} \d+\.\d+\.\d+ \(<a [^>]*>MIT licence</a>", text), name
        licence = (page.parent / "files" / "page" / f"{name}.LICENSE.txt").read_text()
        assert "Permission is hereby granted" in licence


def test_a_picture_and_what_it_was_made_of_are_steps_of_one_item(page):
    items = {item["title"]: item for item in items_of(page)}
    assert [step["title"] for step in items["Anna & co"]["steps"]] == ["Before", "Result"]
    assert [step["title"] for step in items["Alone"]["steps"]] == ["Picture"]
    assert len({item["key"] for item in items.values()}) == 3


HOSTILE = "<img src=x onerror=alert(1)>"


def test_names_stay_names_whatever_is_written_in_them(command, tmp_path, noise):
    quoted = 'a" onload="alert(2)'
    for name in (HOSTILE, quoted):
        filters.write(tmp_path / HOSTILE / f"{name}.jpg", noise(40, 30))
    filters.write(tmp_path / "before" / f"{quoted}.png", noise(40, 30))
    filters.write(tmp_path / "run" / "samples" / "epoch_0001.png", noise(20, 30))
    (tmp_path / "run" / "config.json").write_text(json.dumps({"transformation": "</title>", HOSTILE: HOSTILE}))
    (tmp_path / "run" / "metrics.json").write_text(json.dumps({HOSTILE: {"psnr": 21.0}}))
    out = tmp_path / "index.html"
    sources, before = (tmp_path / HOSTILE, tmp_path / "run"), tmp_path / "before"
    code, _, said = command("gallery", *sources, "--before", before, "--out", out, "--title", HOSTILE)
    page, data = Page(out.read_text()), data_of(out)
    assert code == 0, said
    assert not page.open and not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert not any(tag == "img" for tag, _ in page.tags)
    assert page.texts.count(HOSTILE) == 2  # title and heading
    (run,) = data["runs"]
    assert {item["title"] for item in items_of(out)} == {HOSTILE, 'A" onload="alert(2)'}
    assert run["title"] == "Training: </title>"
    assert run["settings"][HOSTILE] == HOSTILE and run["metrics"] == {HOSTILE: {"psnr": 21.0}}


def test_pictures_have_three_sizes(page):
    (wide,) = (image for image in data_of(page)["images"] if image["width"] > 100)
    sizes = [filters.read(page.parent / wide[size]).shape[1] for size in ("full", "medium", "small")]
    assert sizes == [2400, 640, 240] and all(wide[size].endswith(".webp") for size in ("full", "medium", "small"))
    small = next(image for image in data_of(page)["images"] if image["width"] == 30)
    assert small["full"] == small["medium"] == small["small"]


def test_a_damaged_picture_is_told_and_the_page_still_written(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "good.png", noise(9, 9))
    (tmp_path / "in" / "bad.png").write_bytes(b"?")
    out = tmp_path / "g" / "index.html"
    code, _, said = command("gallery", tmp_path / "in", "--out", out)
    assert code == 1 and "bad.png is not a picture" in said
    assert [item["title"] for item in items_of(out)] == ["Good"]


class TestRuns:
    def run(self, folder, noise, **config):
        for epoch in (0, 1, 2, 4, 8, 16):
            filters.write(folder / "samples" / f"epoch_{epoch:04d}.png", noise(20, 30, seed=epoch))
        held = {"transformation": "gray_to_color", "epochs": 16, **config}
        (folder / "config.json").write_text(json.dumps(held))
        (folder / "history.csv").write_text("epoch,seconds,loss\n1,10,0.5\n2,30,\n")
        (folder / "metrics.json").write_text(json.dumps({"result": {"psnr": 25.125, "odd": "x"}}))
        return folder

    def test_sheets_history_and_metrics(self, command, tmp_path, noise):
        run = self.run(tmp_path / "run", noise, provenance={"data": {"pictures": 50}})
        out = tmp_path / "index.html"
        assert command("gallery", run, "--out", out)[0] == 0
        (shown,) = data_of(out)["runs"]
        assert shown["title"] == "Training: Gray to color" and shown["epochs"] == [0, 1, 2, 4, 8, 16]
        assert shown["history"] == {"epoch": [1, 2], "seconds": [10, 30], "loss": [0.5, None]}
        assert shown["metrics"] == {"result": {"psnr": 25.125}}
        # 50 pictures in 20 seconds, the mean epoch.
        assert (shown["seconds"], shown["epoch_seconds"], shown["pictures_per_second"]) == (40, 20, 2.5)

    def test_what_distinguishes_runs_of_one_name_is_told(self, command, tmp_path, noise):
        runs = [self.run(tmp_path / name, noise, learning_rate=rate) for name, rate in (("a", 0.1), ("b", 0.2))]
        out = tmp_path / "index.html"
        assert command("gallery", *runs, "--out", out)[0] == 0
        assert [run["subtitle"] for run in data_of(out)["runs"]] == ["learning rate 0.1", "learning rate 0.2"]

    def test_every_kind(self, command, tmp_path, noise):
        """A painter's run has no transformation; a folder with a foreign config.json is no run."""
        kinds = {"painter": {"painting": "waves.jpg"}, "dcgan": {"kind": "dcgan"}, "other": {"data": "faces"}}
        for name, config in kinds.items():
            filters.write(tmp_path / name / "samples" / "epoch_0001.png", noise(20, 30))
            (tmp_path / name / "config.json").write_text(json.dumps(config))
        out = tmp_path / "index.html"
        assert command("gallery", *(tmp_path / name for name in kinds), "--out", out)[0] == 0
        assert [run["title"] for run in data_of(out)["runs"]] == ["Training: Waves", "Training: Dcgan"]
        assert [item["group"] for item in items_of(out)] == ["Other / Samples"]


def test_a_survey(command, tmp_path, noise):
    folder = tmp_path / "survey"
    for kind in ("original", "filtered", "restored"):
        filters.write(folder / "gray" / f"{kind}_0003.png", noise(20, 30))
    rows = "gray,9,7,20.5,20,21\nmean picture,9,7,12,11,x\n"
    (folder / "survey.csv").parent.mkdir(exist_ok=True)
    (folder / "survey.csv").write_text(f"filter,pictures,people,psnr,psnr_low,psnr_high\n{rows}")
    out = tmp_path / "index.html"
    assert command("gallery", folder, "--out", out)[0] == 0
    (shown,) = data_of(out)["surveys"]
    assert [(row["title"], row["psnr"], row.get("psnr_high")) for row in shown["rows"]] == [
        ("Gray", 20.5, 21),
        ("Mean picture", 12, None),
    ]
    ((face,),) = shown["faces"].values()
    assert [step["title"] for step in face["steps"]] == ["Original", "Filtered", "Result"]
    assert data_of(out)["collections"] == []


def test_no_folder(command, tmp_path):
    code, _, said = command("gallery", tmp_path / "nothing", "--out", tmp_path / "index.html")
    assert code == 2 and "is no folder" in said
    (tmp_path / "empty").mkdir()
    code, _, said = command("gallery", tmp_path / "empty", "--out", tmp_path / "index.html")
    assert code == 1 and "holds no pictures" in said
    code, _, said = command("gallery", "--out", tmp_path / "index.html")
    assert code == 2 and "--faces DIR" in said
    assert np.all([p.name != "index.html" for p in tmp_path.iterdir()])


def pictures_beside(out):
    return {path.name[:1] for path in (out.parent / "files").glob("*.webp")}


def test_a_gallery_that_is_built_again_leaves_nothing_behind(command, tmp_path, noise):
    for seed, name in enumerate("ab"):
        filters.write(tmp_path / "in" / f"{name}.png", noise(20, 30, seed))
    out = tmp_path / "site" / "index.html"
    command("gallery", tmp_path / "in", "--out", out)
    assert pictures_beside(out) == {"a", "b"}
    (tmp_path / "site" / "files" / "mine.jpg").write_text("kept")
    (tmp_path / "in" / "a.png").unlink()
    command("gallery", tmp_path / "in", "--out", out)
    assert pictures_beside(out) == {"b"} and (tmp_path / "site" / "files" / "mine.jpg").read_text() == "kept"


def test_what_has_not_changed_is_not_made_again(command, tmp_path, noise):
    for name in "ab":
        filters.write(tmp_path / "in" / f"{name}.png", noise(300, 200, seed=ord(name)))
    out = tmp_path / "site" / "index.html"

    def build():
        assert command("gallery", tmp_path / "in", "--out", out)[0] == 0
        return {p.name: p.stat().st_mtime_ns for p in (out.parent / "files").rglob("[!.]*.*")}

    first = build()
    assert len([name for name in first if name.startswith("a-")]) == 2  # full, and small
    assert build() == first
    filters.write(tmp_path / "in" / "a.png", noise(300, 200, seed=5))
    changed = {name for name, _ in build().items() - first.items()}
    assert changed and all(name.startswith("a-") or name == "data.js" for name in changed)


def test_many_pictures_are_made_in_several_processes(command, tmp_path, noise):
    for number in range(50):
        filters.write(tmp_path / "in" / f"{number}.png", noise(20, 30, seed=number))
    (tmp_path / "in" / "bad.png").write_bytes(b"?")
    out = tmp_path / "site" / "index.html"
    code, _, said = command("gallery", tmp_path / "in", "--out", out)
    assert code == 1 and said.count("error:") == 1
    assert len(items_of(out)) == 50 and len(list((out.parent / "files").glob("*.webp"))) == 50


def test_pictures_beside_the_page_are_not_shown_again(command, tmp_path, noise):
    """The page may stand in the folder that it shows, and be built again and again."""
    filters.write(tmp_path / "a.png", noise(20, 30))
    for _ in range(3):
        assert command("gallery", tmp_path, "--out", tmp_path / "index.html")[0] == 0
        assert len(items_of(tmp_path / "index.html")) == 1
        assert len(list((tmp_path / "files").glob("*.webp"))) == 1


def test_a_build_that_broke_off_leaves_nothing_to_the_next(command, tmp_path, noise):
    for seed, name in enumerate("ab"):
        filters.write(tmp_path / "in" / f"{name}.png", noise(20, 30, seed))
    out = tmp_path / "site" / "index.html"
    assert command("gallery", tmp_path / "in", "--out", out)[0] == 0
    out.unlink()  # it is written last
    (tmp_path / "in" / "a.png").unlink()
    command("gallery", tmp_path / "in", "--out", out)
    assert pictures_beside(out) == {"b"}


def test_files_that_no_gallery_has_written_stay(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "a.png", noise(20, 30))
    out = tmp_path / "site" / "index.html"
    command("gallery", tmp_path / "in", "--out", out)
    (name,) = (path.name for path in (out.parent / "files").glob("*.webp"))
    shutil.rmtree(out.parent)
    mine = out.parent / "files" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    for _ in range(2):
        assert command("gallery", tmp_path / "in", "--out", out)[0] == 0
        assert mine.read_text() == "mine" and len(list(mine.parent.glob("*.webp"))) == 2


def test_the_data_beside_the_page(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "a.png", noise(20, 30))
    out = tmp_path / "site" / "index.html"
    for _ in range(2):
        assert command("gallery", tmp_path / "in", "--out", out, "--json")[0] == 0
        assert json.loads((out.parent / "index.json").read_text()) == data_of(out)
    (out.parent / "index.json").write_text("{}")
    code, _, said = command("gallery", tmp_path / "in", "--out", out, "--json")
    assert code == 2 and "index.json was written by no gallery" in said
    assert (out.parent / "index.json").read_text() == "{}"


def test_a_page_of_one_s_own_is_not_overwritten(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "a.png", noise(20, 30))
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<h1>My own</h1>")
    code, _, said = command("gallery", tmp_path / "in", "--out", tmp_path / "site" / "index.html")
    assert code == 2 and "index.html is no page of this gallery; move it away" in said
    code, _, said = command("demo", tmp_path / "in", "--out", tmp_path / "site")
    assert code == 2 and "index.html is no page of this gallery; move it away" in said
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["index.html"]
    assert (tmp_path / "site" / "index.html").read_text() == "<h1>My own</h1>"


def test_pages_of_one_folder_keep_their_pictures_apart(command, tmp_path, noise):
    for name in ("index", "my page"):
        filters.write(tmp_path / name / f"{name}.png", noise(20, 30))
        assert command("gallery", tmp_path / name, "--out", tmp_path / "site" / f"{name}.html")[0] == 0
    for name, folder in (("index", "files/"), ("my page", "my%20page-files/")):
        (image,) = data_of(tmp_path / "site" / f"{name}.html")["images"]
        assert image["full"].startswith(folder) and (tmp_path / "site" / unquote(image["full"])).is_file()


def test_the_second_page_of_an_earlier_version_goes_with_its_pictures(command, tmp_path, noise):
    filters.write(tmp_path / "in" / "a.png", noise(20, 30))
    out = tmp_path / "site" / "index.html"
    command("gallery", tmp_path / "in", "--out", out)
    out.rename(out.with_name("notable.html"))
    (out.parent / "files" / "b-000.jpg").write_text("of that version")
    (out.parent / "files" / ".files.json").write_text('["b-000.jpg"]')
    command("gallery", tmp_path / "in", "--out", out)
    assert {path.name for path in out.parent.iterdir()} == {"index.html", "files"}
    assert not (out.parent / "files" / "b-000.jpg").exists()


class TestCollections:
    @pytest.fixture
    def out(self, command, tmp_path, noise):
        folder = tmp_path / "my album"
        filters.write(folder / "Bert 1927.png", noise(20, 30))
        filters.write(folder / "summer of 1944" / "beach.png", noise(20, 30, 1))
        filters.write(folder / "summer of 1944" / "12345.png", noise(20, 30, 2))
        for folder_of in ("photograph", "drawn", "and back"):
            filters.write(tmp_path / "drawings" / folder_of / "anna.png", noise(20, 30, 3))
        steps = {"steps": [["photograph", "Photograph"], ["drawn", "Drawn"], ["and back", "And back"], ["..", "x"]]}
        (tmp_path / "drawings" / "steps.json").write_text(json.dumps(steps))
        frames = [noise(32, 48, seed) for seed in range(3)]
        for folder_of in ("moving", "gray"):
            animations.write_animation(tmp_path / folder_of / "morph.gif", frames, [0.1] * 3)
            filters.write(tmp_path / folder_of / "morph_strip.png", noise(32, 96))  # of its frames: no photograph
            with films.writing(tmp_path / folder_of / "film.mp4", 5) as add:
                for frame in frames:
                    add(frame)
        out = tmp_path / "site" / "index.html"
        sources = [folder, tmp_path / "drawings", tmp_path / "moving"]
        code, _, said = command("gallery", *sources, "--before", tmp_path / "gray", "--out", out)
        assert code == 0, said
        return out

    def test_photographs_have_years_and_folders(self, out):
        found = {item["title"]: (item.get("year"), item["group"]) for item in items_of(out)}
        assert found == {
            "Bert 1927": (1927, "My album"),
            "Beach": (1944, "My album / Summer of 1944"),
            "12345": (1944, "My album / Summer of 1944"),
        }

    def test_translations_have_both_directions(self, out):
        (item,) = items_of(out, "translations")
        assert [step["title"] for step in item["steps"]] == ["Photograph", "Drawn", "And back"]

    def test_films_and_animations_stay_what_they_are(self, out, tmp_path):
        for kind, name in (("films", "film.mp4"), ("animations", "morph.gif")):
            (item,) = items_of(out, kind)
            image = data_of(out)["images"][item["steps"][-1]["image"]]
            assert (out.parent / image["full"]).read_bytes() == (tmp_path / "moving" / name).read_bytes()
            assert filters.read(out.parent / image["small"]).shape == (32, 48, 3)
        assert [step["title"] for step in items_of(out, "films")[0]["steps"]] == ["Before", "Result"]

    def test_headings_are_no_names_of_folders(self, out):
        page = Page(out.read_text())
        assert {"Photographs", "There and back", "Films", "Morphs and animations"} <= set(page.texts)
        assert not {"my album", "drawings", "moving", "run"} & {text.strip().lower() for text in page.texts}
