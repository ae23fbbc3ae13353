"""Margins of paintings: paper, frames and captions are found, and pictures without any lose nothing."""

import argparse

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import filters
from experiments.cli.crops import crop
from experiments.inference import painting as painting_command
from filters import margins

PAPER, INK = (240, 232, 215), (30, 30, 40)


def painted(height, width, seed=0):
    """Strokes without a plain line anywhere, in colours far from paper and ink."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(80, 170, (-(-height // 4), -(-width // 4), 3), np.uint8)
    return coarse.repeat(4, 0).repeat(4, 1)[:height, :width]


def framed(picture, top, left, bottom, right, color=PAPER):
    return cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT, value=color)


def captioned(picture, side=30, below=70):
    page = framed(picture, side, side, below, side)
    line = side + picture.shape[0] + 40
    return cv2.putText(page, "The Great Wave", (side + 10, line), cv2.FONT_HERSHEY_SIMPLEX, 0.8, INK, 2)


sides = st.integers(3, 40)


@given(sides, sides, sides, sides, st.sampled_from([PAPER, (0, 0, 0), (255, 255, 255), INK]))
@settings(max_examples=15)
def test_a_frame_of_one_colour_is_found_to_the_pixel(top, left, bottom, right, color):
    picture = painted(120, 160)
    assert margins.inside(framed(picture, top, left, bottom, right, color)) == (left, top, 160, 120)


@given(st.integers(8, 90), st.integers(8, 90), st.integers(0, 5))
@settings(max_examples=15)
def test_a_picture_without_margins_loses_nothing(height, width, seed):
    assert margins.inside(painted(height, width, seed)) == (0, 0, width, height)


@pytest.mark.parametrize("picture", [np.full((50, 40, 3), 200, np.uint8), painted(1, 1), painted(3, 90)])
def test_nothing_is_left_of_neither_plain_nor_tiny_pictures(picture):
    assert margins.inside(picture) == (0, 0, picture.shape[1], picture.shape[0])


def test_the_letters_of_a_caption_go_with_the_margin():
    picture = painted(200, 300)
    assert margins.inside(captioned(picture)) == (30, 30, 300, 200)
    below = captioned(picture)[30:, 30:-30]  # on one side alone: letters tell a margin from a floor
    assert margins.inside(below) == (0, 0, 300, 200)


def test_grain_slant_and_the_black_rim_of_a_scanner():
    page = framed(captioned(painted(300, 400)), 6, 6, 6, 6, (0, 0, 0)).astype(float)
    page = np.clip(page + np.random.default_rng(0).normal(0, 4, page.shape), 0, 255).astype(np.uint8)
    turn = cv2.getRotationMatrix2D((page.shape[1] / 2, page.shape[0] / 2), 0.2, 1)
    turned = cv2.warpAffine(page, turn, page.shape[1::-1], borderValue=(0, 0, 0))
    x, y, width, height = margins.inside(turned)
    assert 34 <= x <= 40 and 34 <= y <= 40 and 392 <= width <= 402 and 292 <= height <= 302


def test_skies_floors_and_walls_of_paintings_stay():
    sky = painted(120, 160)
    sky[:30] = (150, 200, 230)  # one side alone, up to a straight horizon
    portrait = np.full((160, 120, 3), (90, 170, 90), np.uint8)
    cv2.ellipse(portrait, (60, 70), (35, 45), 0, 0, 360, (220, 180, 150), -1)
    cv2.rectangle(portrait, (15, 110), (105, 159), INK, -1)
    grid = np.full((160, 160, 3), (250, 250, 250), np.uint8)  # in the manner of Mondrian
    grid[:, 30:36], grid[:, 120:126], grid[40:46], grid[130:136] = INK, INK, INK, INK
    grid[46:130, 36:120] = (200, 30, 30)
    for picture in (sky, portrait, grid):
        assert margins.inside(picture) == (0, 0, picture.shape[1], picture.shape[0])


def test_large_pages_are_found_at_a_smaller_size():
    x, y, width, height = margins.inside(framed(painted(1200, 1600), 200, 150, 300, 150))
    assert 150 <= x <= 156 and 200 <= y <= 206 and 1584 <= width <= 1600 and 1188 <= height <= 1200


@given(st.integers(0, 19), st.integers(0, 9), st.integers(1, 20), st.integers(1, 10))
def test_a_part_is_cut_from_the_painting_and_its_mask_alike(x, y, width, height):
    width, height = min(width, 20 - x), min(height, 10 - y)
    whole = np.arange(600, dtype=np.uint16).reshape(10, 20, 3)
    part = margins.box(whole, f"{x},{y},{width},{height}")
    assert np.array_equal(margins.cut(whole, part), whole[y : y + height, x : x + width])
    mask = whole.repeat(2, 0).repeat(2, 1)
    assert np.array_equal(margins.cut(mask, part, (20, 10)), margins.cut(whole, part).repeat(2, 0).repeat(2, 1))


def test_what_the_option_takes():
    assert crop("auto") == "auto" and crop("none") == "none" and crop(" 1, 2,3,4 ") == "1,2,3,4"
    for wrong in ("", "all", "1,2,3", "1,2,0,4", "-1,2,3,4", "0.1,0,1,1"):
        with pytest.raises(argparse.ArgumentTypeError, match="neither auto nor none"):
            crop(wrong)
    with pytest.raises(filters.PictureError, match=r"wave.png has 20x10 pixels; the part 1,2,20,4 reaches beyond"):
        margins.box(painted(10, 20), "1,2,20,4", "wave.png")


def test_the_style_comes_from_inside_of_the_margins(command, tmp_path, monkeypatch):
    used = []
    monkeypatch.setattr(
        painting_command, "paint", lambda photo, target, styles, *_: used.append([s.picture for s in styles])
    )
    picture = painted(60, 90)
    filters.write(tmp_path / "photo.png", painted(32, 32, 1))
    filters.write(tmp_path / "page.png", framed(picture, 9, 9, 9, 9))
    call = ["paint", tmp_path / "photo.png", "--out", tmp_path / "out.png", "--style"]
    code, _, said = command(*call, tmp_path / "page.png")
    assert code == 0 and "--style-crop 9,9,90,60; --style-crop none keeps them" in said
    assert np.array_equal(used[-1][0], picture)
    _, _, said = command(*call, tmp_path / "page.png", "--style-crop", "none")
    assert "margins" not in said and used[-1][0].shape == (78, 108, 3)
    command(*call, tmp_path / "page.png", tmp_path / "page.png", "--style-crop", "9,9,50,20", "auto")
    assert [p.shape[:2] for p in used[-1]] == [(20, 50), (60, 90)]
    code, _, said = command(*call, tmp_path / "page.png", "--style-crop", "9,9,50,90")
    assert code == 1 and "page.png has 108x78 pixels" in said and said.count("\n") == 1
    code, _, said = command(*call, tmp_path / "page.png", "--style-crop", "auto", "none")
    assert code == 2 and "--style-crop: one for each painting, here 1, or one for all" in said
