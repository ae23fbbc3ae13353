"""Notable faces: what is best and worst comes out in that order, by either score."""

import re

import numpy as np
import pytest

import filters
from experiments.core.registry import Transformation
from experiments.evaluation import rankings
from filters.faces import cropping, detection

LOOSE = Transformation(name="loose", summary="gives the input back", filter="identity", preset="tiny")


class Echo:
    """A generator that gives back what it is given, darker where the picture is bright."""

    stride, output_stride = 8, 1

    def __call__(self, batch, training=False):
        return batch * 0.5


class Judge:
    """A discriminator that likes bright pictures."""

    def __call__(self, both, training=False):
        return both[1]


@pytest.fixture
def crops():
    """Gray pictures: half of 127.5 stays what it is, the farther from it the worse Echo does."""
    return [np.full((40, 32, 3), value, np.uint8) for value in (255, 128, 170, 210)]


def test_both_rankings_run_from_best_to_worst(crops):
    found = rankings.rankings(LOOSE, Echo(), Judge(), crops)
    (near, judged) = found.values()
    assert [s for s, *_ in near] == sorted(s for s, *_ in near)
    assert (near[0][1] == crops[1]).all()
    # -1 to 1 halved: 255 gives 0.5, 210 gives 0.32 and so on; the discriminator's mean is just that.
    assert [round(score, 1) for score, *_ in judged] == [0.5, 0.3, 0.2, 0.0]
    assert (judged[0][1] == crops[0]).all() and (judged[-1][1] == crops[1]).all()


def test_without_a_discriminator_only_the_distance_is_ranked(crops):
    assert len(rankings.rankings(LOOSE, Echo(), None, crops)) == 1


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (3, 3), (20, 8)])
def test_a_sheet_shows_no_picture_twice(count, columns):
    picture = np.zeros((40, 32, 3), np.uint8)
    page = rankings.sheet_of([(float(i), picture, picture, picture) for i in range(count)])
    assert page.shape[1] == 4 + columns * (192 + 4)


@pytest.mark.slow
def test_the_gallery_gains_a_page(command, astronaut, tmp_path):
    (face,) = detection.detect(astronaut)
    filters.write(tmp_path / "faces" / "eileen.png", cropping.cut(astronaut, face, (96, 128)))
    out = tmp_path / "site" / "index.html"
    code, _, said = command("gallery", tmp_path / "faces", "--notable", tmp_path / "faces", "--out", out)
    assert code == 0, said
    assert 'href="notable.html"' in out.read_text()
    page = (out.parent / "notable.html").read_text()
    assert 'href="index.html"' in page and "gray_to_color" in page
    for address in re.findall(r'src="([^"]+)"', page):
        assert (out.parent / address).is_file()
