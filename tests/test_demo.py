"""The demo: one command, all of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

import filters

ROOT = Path(__file__).parent.parent


def test_demo_on_packaged_pictures(command, tmp_path):
    code, _, said = command("demo", "--out", tmp_path / "gallery", "--steps", 4)
    assert code == 0, said
    assert "are gray among colour" not in said
    assert f"gallery: {tmp_path / 'gallery' / 'index.html'}" in said
    page = (tmp_path / "gallery" / "index.html").read_text()
    sections = ("what comes back?", "Photographs", "There and back", "Morphs and animations", "How the generators")
    for part in sections:
        assert part in page
    text = (tmp_path / "gallery" / "files" / "page" / "data.js").read_text()
    data = json.loads(text.removeprefix("window.gallery = ").removesuffix(";\n"))
    titles = {face["title"] for face in data["matrix"]["faces"]}
    assert len(titles) > 1 and any("Astronaut" in title for title in titles)
    measured = [cell for cell in data["matrix"]["cells"] if cell["column"] == "canny_to_color"]
    assert len(measured) == len(data["matrix"]["faces"])
    for cell in measured:
        assert [step["title"] for step in cell["steps"]] == ["Original", "Filtered", "Result"]
        assert {"psnr", "ssim", "ciede2000", "vgg_distance"} <= set(cell["measures"])
    photographs = next(part["items"] for part in data["collections"] if part["kind"] == "pictures")
    colored = {item["title"]: item for item in photographs if item["group"] == "In colour"}
    assert [step["title"] for step in colored["Astronaut"]["steps"]] == ["Original", "Before", "Result"]
    assert {"psnr", "ssim", "ciede2000", "colourfulness"} == set(colored["Astronaut"]["measures"])
    assert [step["title"] for step in colored["Camera"]["steps"]] == ["Before", "Result"]  # it was gray already
    assert set(colored["Camera"]["measures"]) == {"colourfulness"}
    translations = next(part["items"] for part in data["collections"] if part["kind"] == "translations")
    assert all(set(item["measures"]) == {"psnr", "ssim", "ciede2000"} for item in translations)
    assert [run["title"] for run in data["runs"]] == ["Training: Gray to color"]


def test_demo_on_own_pictures_without_a_face(command, tmp_path):
    filters.write(tmp_path / "my pictures" / "wall.png", np.full((90, 120, 3), 140, np.uint8))
    code, _, said = command("demo", tmp_path / "my pictures", "--out", tmp_path / "g")
    assert code == 1 and "wall.png: shows no face" in said and "no face was found" in said
    assert "Wall" in (tmp_path / "g" / "files" / "page" / "data.js").read_text()


def test_demo_on_nothing_usable(command, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_text("no")
    code, _, said = command("demo", tmp_path / "in", "--out", tmp_path / "g")
    assert code == 1 and "a.jpg is not a picture" in said and not (tmp_path / "g").exists()


def test_the_installed_command_works_from_any_folder(tmp_path):
    call = (
        "make",
        "install",
        f"PREFIX={tmp_path / 'a b'}",
        f"PY={os.path.relpath(sys.executable, ROOT)}",
        "-o",
        ".venv/ready",
    )
    subprocess.run(call, cwd=ROOT, check=True, capture_output=True)
    (tmp_path / "filters.py").write_text("raise SystemExit('a file of the user')")
    faces = tmp_path / "a b" / "bin" / "faces"
    filters.write(tmp_path / "photo.png", np.zeros((9, 8, 3), np.uint8))
    done = subprocess.run([faces, "filters", "photo.png", "--out", "out"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert filters.read(tmp_path / "out" / "photo_gray.png").shape == (9, 8, 3)
