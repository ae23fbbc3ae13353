"""The command dream: pictures, guides, zooms, wrong calls."""

import numpy as np
import pytest
from PIL import Image

import filters
from experiments.inference import dreaming
from filters import resizing
from filters.io import films


@pytest.fixture(scope="module")
def photo(tmp_path_factory, astronaut):
    path = tmp_path_factory.mktemp("dream") / "photo.png"
    filters.write(path, astronaut[:120, 160:320])
    return path


QUICK = ("--layers", "conv2_1", "--octaves", 1, "--steps", 1, "--precision", "float32")


def test_a_picture_of_the_asked_size_that_is_another_one(command, photo, tmp_path):
    code, _, said = command(
        *("dream", photo, "--out", tmp_path / "new" / "d.jpg", "--size", 96, "--octaves", 2, "--factor", 1.1),
        *("--layers", "conv2_1:0.5", "conv3_1", "--guide", photo, "--steps", 1, "--rate", 0.1),
    )
    dreamt = filters.read(tmp_path / "new" / "d.jpg")
    assert code == 0 and "written" in said and dreamt.shape == (72, 96, 3)
    plain = resizing.smaller(filters.read(photo), 96)
    assert 2 < np.abs(dreamt.astype(int) - plain).mean() < 40


def test_of_a_class(command, photo, tmp_path):
    quick = ("--octaves", 1, "--steps", 2, "--size", 48)
    for name in ("goldfish", "1"):
        code, *_ = command("dream", photo, "--class", name, *quick, "--out", tmp_path / f"{name}.png")
        assert code == 0
    same, plain = filters.read(tmp_path / "1.png"), resizing.smaller(filters.read(photo), 48)
    assert np.array_equal(filters.read(tmp_path / "goldfish.png"), same) and not np.array_equal(same, plain)


def test_zooms(command, photo, tmp_path):
    for name in ("z.webp", "z.mp4"):
        code, *_ = command("dream", photo, "--out", tmp_path / name, "--size", 64, "--zoom", 3, *QUICK)
        assert code == 0
    with Image.open(tmp_path / "z.webp") as image:
        assert image.n_frames == 3 and image.size == (64, 48)
    assert len(list(films.read(tmp_path / "z.mp4").frames())) == 3


def test_several_photographs_each_dream_under_their_own_name(command, photo, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no")
    many = (photo, tmp_path / "broken.png", photo.with_name("photo.png"), "--out", tmp_path / "out")
    code, _, said = command("dream", *many, "--size", 48, *QUICK)
    assert code == 1 and "broken.png is not a picture" in said and "1 of 2 pictures" in said
    assert filters.read(tmp_path / "out" / "photo.png").shape == (36, 48, 3)
    code, *_ = command("dream", photo, "--out", tmp_path / "zooms", "--size", 48, "--zoom", 2, *QUICK)
    assert code == 0 and len(list(films.read(tmp_path / "zooms" / "photo.mp4").frames())) == 2
    code, _, said = command("dream", photo, tmp_path / "broken.png", "--out", tmp_path / "one.png")
    assert code == 2 and "name a folder for the dreams of several photographs" in said


def test_zooming_keeps_the_middle_and_enlarges_it():
    picture = np.zeros((21, 31, 3), np.float32)
    picture[8:13, 13:18] = 1
    larger = dreaming.zoomed(picture, 2.0)
    assert larger[10, 15, 0] == 1 and larger.shape == picture.shape
    assert larger[..., 0].sum() == pytest.approx(4 * 25, rel=0.1)
    assert np.allclose(dreaming.zoomed(picture, 1.0), picture, atol=1e-5)


def test_wrong_calls(command, photo, tmp_path):
    out = ("--out", tmp_path / "d.png")
    for arguments, remedy in (
        ((*out, "--layers", "conv9_9"), "has no layer conv9_9"),
        ((*out, "--layers", "conv2_1:much"), "is no number"),
        ((*out, "--layers", "stage5", "conv2_1"), "choose layers of one network"),
        ((*out, "--class", "golden retreiver"), "spelled most like it: golden retriever (207)"),
        ((*out, "--class", "crane"), "crane (bird) (134), crane (machine) (517)"),
        ((*out, "--class", "1", "--layers", "conv4_3"), "knows no classes"),
        ((*out, "--class", "1", "--guide", photo), "not allowed with argument"),
        ((*out, "--layers", "conv2_1:-1"), "weights are above 0"),
        ((*out, "--steps", 0), "--steps: '0' is no whole number from 1"),
        ((*out, "--factor", 1), "--factor: '1' is no number above 1"),
        ((*out, "--zoom", 5), "a zoom ends in .gif"),
        (("--out", tmp_path / "d.gif"), "a picture ends in .jpg"),
    ):
        code, _, said = command("dream", photo, *arguments)
        assert code == 2 and remedy in said, (arguments, said)
    code, _, said = command("dream", tmp_path / "none.png", *out)
    assert code == 1 and "none.png does not exist" in said
    assert not list(tmp_path.iterdir())
