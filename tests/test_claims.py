"""What README and model cards claim, measured again on photographs that installed packages carry.

None of them was trained on. On so few pictures the bars are lower than the means that are claimed;
`test_claims_on_the_data.py` measures on the data that the project was made with.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import filters
from experiments.core import registry
from experiments.datasets.packaged import packaged_photos
from filters.color import luminance
from filters.faces.cropping import cut
from filters.faces.detection import detect, largest, shared_area
from transformers import pretrained

ROOT = Path(__file__).parent.parent
SCIKIT_IMAGE = packaged_photos()[0].parent


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Two crops of 256x320: Eileen Collins and Grace Hopper."""
    folder = tmp_path_factory.mktemp("faces")
    for path in packaged_photos():
        if path.stem == "camera":
            continue  # gray
        photo = filters.read(path)
        filters.write(folder / path.with_suffix(".png").name, cut(photo, largest(detect(photo)), (256, 320)))
    return folder


def measured(command, *arguments):
    code, out, _ = command(*arguments, "--json")
    assert code == 0
    return json.loads(out)["results"]


def test_photographs_get_their_colours_and_hints_help(command):
    photos = [SCIKIT_IMAGE / name for name in ("astronaut.png", "coffee.png", "rocket.jpg")]
    results = measured(command, "evaluate-color", *photos, "--hints", "10")
    plain, hinted = results["all pictures"], results["all pictures, 10 hints"]
    assert plain["gain"] >= 2.7 and plain["ratio"] <= 0.73  # as docs/measures.md says of 120 others
    assert hinted["hint_gain"] >= 2.5 and hinted["at_hints"] <= 3


def test_faces_are_closer_in_colour_than_the_mean_chroma(command, faces):
    results = measured(command, "evaluate", "gray_to_color", "--data", faces, "--no-features")
    ours, gray, mean = (results[name] for name in ("gray_to_color", "filter", "mean picture"))
    assert ours["psnr"] >= gray["psnr"] + 4 and ours["psnr"] >= mean["psnr"] + 1
    assert ours["ciede2000"] <= 0.85 * mean["ciede2000"]
    assert 0.6 <= ours["colourfulness_ratio"] <= 1.1


def test_the_luminance_of_a_photograph_is_untouched(command, tmp_path):
    command("colorize", SCIKIT_IMAGE / "camera.png", "--out", tmp_path)
    gray, coloured = filters.read(SCIKIT_IMAGE / "camera.png"), filters.read(tmp_path / "camera.png")
    assert np.abs(luminance(coloured) - luminance(gray)).mean() < 0.5
    assert np.ptp(coloured.astype(int), axis=2).mean() > 2  # it has colours


# name: PSNR above the mean picture in dB, SSIM
WAYS_BACK = {
    "autoencoder": (12.0, 0.70),
    "binary_to_color": (8.5, 0.65),
    "contours_to_color": (11.0, 0.70),
    "canny_to_color": (0.5, 0.42),
}


@pytest.mark.parametrize("name", WAYS_BACK)
def test_a_way_back_beats_the_mean_picture(command, faces, name):
    results = measured(command, "evaluate", name, "--data", faces, "--no-features")
    ours, mean = results[name], results["mean picture"]
    above, ssim = WAYS_BACK[name]
    assert ours["psnr"] >= mean["psnr"] + above
    assert ours["ssim"] >= ssim


def test_faces_are_enlarged_better_than_by_interpolation(command, faces):
    code, out, _ = command("upscalers", "--data", faces, "--scale", "4", "--json")
    ways = json.loads(out)["x4"]
    assert code == 0
    assert ways["faithful"]["psnr_y"] >= ways["bicubic"]["psnr_y"] + 2
    assert ways["old"]["psnr_y"] >= ways["bicubic"]["psnr_y"] + 1  # though these faces are clean
    assert ways["sharp"]["vgg_distance"] < ways["faithful"]["vgg_distance"] < 0.6 * ways["bicubic"]["vgg_distance"]


def test_a_photograph_is_drawn_and_the_face_stays_in_its_place(command, faces, tmp_path):
    command("apply", "photo_to_drawing", faces, "--out", tmp_path)
    for path in faces.glob("*.png"):
        photo, drawing = filters.read(path), filters.read(tmp_path / path.name)
        assert np.ptp(drawing.astype(int), axis=2).max() == 0  # ink
        photographed, drawn = (largest(detect(picture)).box for picture in (photo, drawing))
        shared = shared_area(photographed, drawn)
        assert shared / (shared_area(photographed, photographed) + shared_area(drawn, drawn) - shared) >= 0.7


def test_noise_becomes_faces(command, tmp_path):
    code, *_ = command("noise", "--count", "12", "--seed", "0", "--out", tmp_path)
    made = [filters.read(path) for path in tmp_path.glob("0*.png")]
    assert code == 0 and len(made) == 12
    assert sum(largest(detect(picture)) is not None for picture in made) >= 11


def numbers(text, name):
    """Return the numbers in each row, of any table, that has a name in its first column."""
    lines = [line.strip("|").split("|", 1) for line in text.splitlines() if line.startswith("|")]
    return [
        [float(number) for number in re.findall(r"(?<![\w.])[-+]?\d+\.\d+", line)]
        for first, line in lines
        if first.strip(" *") == name
    ]


def card(name):
    return (ROOT / "transformers" / "weights" / f"{name}.md").read_text()


def test_a_shipped_discriminator_came_with_its_generator():
    for name in (n for n in pretrained.available() if n.endswith(".discriminator")):
        transformation = registry.find(name.removesuffix(".discriminator"))
        assert name in pretrained.available(transformation.discriminator), f"{name} is of an earlier training"


MEASURES = (ROOT / "docs" / "measures.md").read_text()


@pytest.mark.parametrize("name", WAYS_BACK)
def test_the_docs_say_of_ways_back_what_the_cards_say(name):
    link = f"[{name}](../transformers/weights/{name}.md)"
    psnr, _, ssim, _, ciede2000, _, distance, *_ = numbers(MEASURES, link)[0]
    measured = numbers(card(name), name)[0]
    assert [psnr, ssim, ciede2000] == [round(measured[0], 1), round(measured[1], 2), round(measured[2], 1)]
    assert distance == measured[4]
    # On the network that no training sees: each distance with its interval stands in the card.
    (_, *unseen) = (line for line in MEASURES.splitlines() if line.startswith(f"| {link} |"))
    for value in (value.strip() for line in unseen for value in line.strip("|").split("|")[1:]):
        assert value in card(name)


@pytest.mark.parametrize("way", ["bicubic", "faithful", "sharp", "ESPCN", "FSRCNN", "LapSRN"])
def test_the_docs_say_of_enlargements_what_the_card_says(way):
    psnr, _, distance = numbers(card("super_resolution_x4"), way)[0]
    assert numbers(MEASURES, way) == [[psnr, distance]]


def test_the_docs_say_of_colours_what_the_card_says():
    under = card("gray_to_color").split("| gain, dB | ratio | vivid |")[1].splitlines()[2]
    gain, ratio, vivid, *_ = (float(value) for value in under.strip("|").split("|"))
    assert numbers(MEASURES, "gray_to_color")[0] == [gain, round(ratio, 2), vivid]
    assert numbers(MEASURES, "gray_to_color")[1:] == numbers(card("gray_to_color"), "gray_to_color")[:1]
    for name in (
        "the gray picture itself",
        "mean colour of the training crops",
        "mean chroma of the training crops",
    ):
        assert numbers(MEASURES, name) == numbers(card("gray_to_color"), name)[:1]  # then comes identity
