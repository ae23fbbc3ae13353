"""Ways back: one sheet says what every filter leaves and what the generators make of it."""

import numpy as np
import pytest

import filters
from experiments.reports import ways_back
from filters.faces import cropping, detection


@pytest.mark.slow
def test_faces_are_cut_out_of_photographs_first(command, astronaut, tmp_path):
    filters.write(tmp_path / "two.png", np.hstack([astronaut, astronaut]))
    code, *_ = command("apply", "binary_to_color", tmp_path / "two.png", "--out", tmp_path / "back")
    assert code == 0 and filters.read(tmp_path / "back" / "two.png").shape == (320, 512, 3)


def test_a_sheet_has_the_original_and_a_column_for_each_way_back(command, astronaut, tmp_path):
    (face,) = detection.detect(astronaut)
    filters.write(tmp_path / "eileen.png", cropping.cut(astronaut, face, (120, 160)))
    (tmp_path / "broken.png").write_bytes(b"no")
    filters.write(tmp_path / "two.png", np.hstack([astronaut, astronaut]))
    filters.write(tmp_path / "wall.png", np.full((200, 150, 3), 200, np.uint8))
    out = tmp_path / "out"
    given = [tmp_path / f"{name}.png" for name in ("eileen", "broken", "two", "wall")]
    code, _, said = command("ways-back", *given, "--out", out)
    assert code == 1 and "broken.png" in said and "2 of 4 pictures" in said
    assert "wall.png: it shows no face" in said
    assert filters.read(out / "two.png").shape[0] == 24 + 4 + 4 * 244  # two rows for each face
    page = filters.read(out / "eileen.png")
    columns = 1 + len(ways_back.shipped())
    assert page.shape == (24 + 4 + 2 * 244, 4 + columns * 196, 3)
    original = page[28:268, 4:196].astype(int)
    colored = page[28 + 244 : 268 + 244]
    assert abs(original - colored[:, 4:196]).max() <= 2  # the original stands in both rows
