"""The sheet of what a generator makes of pictures."""

import numpy as np

import filters
from experiments.core.registry import find
from experiments.reports import looks
from transformers import pretrained


def test_groups_stand_side_by_side_in_rows():
    shades = [
        [np.full((30, 24, 1), shade, np.uint8), np.full((30, 24, 3), 255 - shade, np.uint8)] for shade in range(5)
    ]
    page = looks.page(shades)
    wide = 2 * (looks.CELL[0] + looks.GAP) + looks.BETWEEN
    assert page.shape == (2 * (looks.CELL[1] + looks.BETWEEN), looks.ACROSS * wide, 3)
    assert page[0, wide].tolist() == [1] * 3 and page[0, wide + looks.CELL[0] + looks.GAP].tolist() == [254] * 3
    assert page[looks.CELL[1] + looks.BETWEEN, 0].tolist() == [4] * 3 and page[-1, -1].tolist() == [255] * 3


def test_a_sheet_of_some_of_many_pictures(command, tmp_path, noise):
    weights = tmp_path / "tiny.weights.h5"
    pretrained.save_weights(find("worn_to_clean").build_generator("tiny"), weights)
    for number in range(5):
        filters.write(tmp_path / "in" / f"{number}.png", noise(40, 50, seed=number))
    (tmp_path / "in" / "2.png").write_bytes(b"no")
    options = ("--out", tmp_path / "sheet.jpg", "--count", 3, "--weights", weights, "--preset", "tiny")
    code, _, said = command("looks", "worn_to_clean", tmp_path / "in", *options)
    assert code == 1 and "2.png is not a picture" in said  # of 0, 2 and 4
    across = looks.ACROSS * (3 * (looks.CELL[0] + looks.GAP) + looks.BETWEEN)
    assert filters.read(tmp_path / "sheet.jpg").shape == (looks.CELL[1] + looks.BETWEEN, across, 3)
    code, *_ = command("looks", "worn_to_clean", tmp_path / "in" / "1.png", "--as-they-are", *options)
    assert code == 0 and filters.read(tmp_path / "sheet.jpg").shape[1] == across - looks.ACROSS * (
        looks.CELL[0] + 2
    )
