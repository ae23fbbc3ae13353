"""Regions: of masks painted by hand, down to how much of what counts, and of faces."""

import numpy as np
import pytest

import filters
from filters import masks
from filters.faces import detection


def row(*counted):
    """Return a mask of one row: colours, and how many pixels have each."""
    return np.uint8([[color for color, count in counted for _ in range(count)]])


class TestMasks:
    @pytest.mark.parametrize(
        ("color", "colors"),
        [((60, 0, 0), ["#000000"]), ((61, 0, 0), ["#000000", "#3d0000"]), ((35, 35, 35), ["#000000", "#232323"])],
    )
    def test_colours_that_are_near_are_one(self, color, colors):
        assert masks.from_masks([row(((0, 0, 0), 92), (color, 8))])[1] == colors
        assert masks.from_masks([row(((0, 0, 0), 100)), row(((0, 0, 0), 95), (color, 5))])[1] == colors

    @pytest.mark.parametrize(("count", "colors"), [(2, ["#ffffff", "#ff0000"]), (1, ["#ffffff"])])
    def test_a_colour_has_a_hundredth_of_the_pixels(self, count, colors):
        (regions,), names = masks.from_masks([row(((255, 255, 255), 200 - count), ((255, 0, 0), count))])
        assert names == colors and regions.shape == (len(colors), 1, 200)
        assert regions.sum(axis=0).min() == 1 and regions[-1].sum() == (count if count == 2 else 200)

    @pytest.mark.parametrize("colors", [8, 9])
    def test_there_are_eight_at_most(self, colors):
        some = [(r, g, b) for r in (0, 120, 240) for g in (0, 120, 240) for b in (0, 240)][:colors]
        mask = row(*((color, 10) for color in some))
        if colors == 8:
            (regions,), names = masks.from_masks([mask])
            assert len(names) == 8 and (regions.sum(axis=2) == 10).all()
        else:
            with pytest.raises(ValueError, match=r"that is no mask; paint it evenly, in at most 8 colours"):
                masks.from_masks([mask])

    @pytest.mark.parametrize("odd", [20, 21])
    def test_a_tenth_of_the_pixels_may_be_of_no_colour(self, odd):
        some = [(100 + 40 * (i % 3), 40 * (i // 3 % 3), 100 + 50 * (i // 9)) for i in range(odd)]
        mask = row(((0, 0, 0), 200 - odd), *((color, 1) for color in some))
        if odd == 20:
            assert masks.from_masks([mask])[1] == ["#000000"]
        else:
            with pytest.raises(ValueError, match="that is no mask"):
                masks.from_masks([mask])

    @pytest.mark.parametrize("far", [30, 31])
    def test_of_no_colour_is_what_is_further_than_half_as_far_as_two_colours(self, far):
        mask = row(((0, 0, 0), 80), ((0, far, 0), 20))
        if far == 30:
            assert masks.from_masks([mask])[1] == ["#000000"]
        else:
            with pytest.raises(ValueError, match="that is no mask"):
                masks.from_masks([mask])

    def test_a_colour_is_the_mean_of_its_kind_the_most_frequent_first(self):
        mask = row(((250, 0, 0), 10), ((254, 0, 0), 30), ((0, 255, 255), 60))
        assert masks.from_masks([mask])[1] == ["#00ffff", "#fd0000"]

    @pytest.mark.parametrize("colors", [[(0, 255, 255), (16, 0, 224)], [(0, 0, 128), (0, 16, 0)]])
    def test_no_two_kinds_are_mixed_up(self, colors):
        names = masks.from_masks([row((colors[0], 11), (colors[1], 10))])[1]
        assert names == ["#" + bytes(color).hex() for color in colors]

    def test_regions_of_several_masks_are_those_of_the_same_colours(self):
        red, blue, green = (255, 0, 0), (0, 0, 255), (0, 255, 0)
        (one, other), names = masks.from_masks([row((red, 2), (blue, 1)), row((blue, 1), (green, 2), (red, 3))])
        assert names == ["#ff0000", "#0000ff", "#00ff00"]
        assert one[:, 0].tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
        assert other[:, 0].tolist() == [[0, 0, 0, 1, 1, 1], [1, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0]]


class TestFaces:
    def test_a_face_is_an_ellipse_round_its_box(self, astronaut):
        (face,) = detection.detect(astronaut)
        x, y, width, height = face.box
        regions = masks.from_faces(astronaut, "a.png")
        assert regions.dtype == np.float32 and np.allclose(regions.sum(axis=0), 1)
        assert regions.min() >= 0 and regions.max() <= 1
        across, down = (np.arange(512) - (start + length / 2) for start, length in ((x, width), (y, height)))
        # From its middle to its edge, which is blurred by a tenth of the width.
        far = np.hypot(across[None] / (0.75 * width), down[:, None] / (0.8 * height))
        assert regions[0][far < 0.6].min() > 0.97 and regions[0][far > 1.4].max() < 0.03
        assert regions[0].sum() == pytest.approx(np.pi * 0.75 * width * 0.8 * height, rel=0.04)
        middle = round(y + height / 2)
        edge = regions[0][middle, round(x + width / 2 + 0.75 * width) - 20 :][:41]
        inside = np.interp([0.8413, 0.1587], edge[::-1], np.arange(41)[::-1])
        assert np.ptp(inside) / 2 == pytest.approx(width / 10, rel=0.15)  # a sigma on both sides

    def test_every_face_counts_and_the_smallest_tells_how_soft(self, astronaut):
        row_ = np.hstack([astronaut[:300], astronaut[:300, ::-1]])
        found = detection.detect(row_)
        regions = masks.from_faces(row_, "a.png")
        assert len(found) == 2
        for face in found:
            middle = round(face.box[1] + face.box[3] / 2), round(face.box[0] + face.box[2] / 2)
            assert regions[0][middle] > 0.97 and regions[1][middle] < 0.03

    def test_without_a_face_it_is_told(self):
        with pytest.raises(filters.PictureError, match=r"^wall\.png shows no face; paint masks by hand"):
            masks.from_faces(np.full((80, 80, 3), 120, np.uint8), "wall.png")


def test_regions_at_another_size_are_area_means():
    regions = np.zeros((2, 4, 6), np.float32)
    regions[0, :2], regions[1, :, 3:] = 1, 1
    small = masks.resize(regions, (2, 2))
    assert small.tolist() == [[[1, 1], [0, 0]], [[0, 1], [0, 1]]]
    assert masks.resize(regions, (3, 1)).tolist() == [[[0.5, 0.5, 0.5]], [[0, 0.5, 1]]]
