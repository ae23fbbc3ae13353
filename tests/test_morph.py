"""Morphs: from exactly one face to exactly the other, by way of both."""

import cv2
import numpy as np
import pytest
from PIL import Image

import filters
from filters.faces import alignment, averaging, detection
from filters.flow import warping


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Two photographs of people, and a wall."""
    from experiments.datasets.packaged import packaged_photos

    folder = tmp_path_factory.mktemp("photos")
    paths = [p for p in packaged_photos() if p.stem != "camera"]
    filters.write(folder / "wall.png", np.full((200, 200, 3), 120, np.uint8))
    return [*paths, folder / "wall.png"]


def aligned(path):
    picture = filters.read(path)
    return alignment.align(picture, max(detection.detect(picture), key=lambda f: f.box[3]).landmarks)[0]


def test_each_frame_is_further_on_the_way(photos):
    one, other = map(aligned, photos[:2])
    frames = averaging.between(one, other, [0, 0.25, 0.5, 0.75, 1])
    assert (frames[0] == one).all() and (frames[-1] == other).all()
    face = slice(150, 380), slice(100, 260)
    far = [cv2.absdiff(frame[face], one[face]).mean() for frame in frames]
    near = [cv2.absdiff(frame[face], other[face]).mean() for frame in frames]
    assert far == sorted(far) and near == sorted(near, reverse=True)


def test_a_face_between_its_warped_copies_stays_sharp(photos):
    """Half way between two shapes of one face is that face, not two of them."""
    one = aligned(photos[0])
    flow = np.zeros((480, 360, 2), np.float32)
    flow[..., 0], flow[..., 1] = 8, 5
    other = warping.warp(one, flow)
    half = warping.warp(one, flow / 2)
    (middle,) = averaging.between(one, other, [0.5])
    faded = cv2.addWeighted(one, 0.5, other, 0.5, 0)
    face = slice(150, 380), slice(100, 260)
    assert cv2.PSNR(middle[face], half[face]) > cv2.PSNR(faded[face], half[face]) + 5


def test_webp_shows_the_frames_exactly(command, photos, tmp_path):
    out = tmp_path / "morph.webp"
    code, _, said = command("morph", *photos[:2], "--out", out, "--frames", 4, "--seconds", 0.9)
    assert code == 0 and "4 frames, 0.9 seconds" in said
    with Image.open(out) as image:
        assert image.n_frames == 4
        assert (np.array(image.convert("RGB")) == aligned(photos[0])).all()
        image.seek(3)
        assert (np.array(image.convert("RGB")) == aligned(photos[1])).all()
    assert filters.read(tmp_path / "morph_strip.png").shape == (480, 7 * 360, 3)


def test_a_chain_into_a_folder_leaves_out_who_has_no_face(command, photos, tmp_path):
    one, other, wall = photos
    code, _, said = command("morph", one, wall, other, one, "--out", tmp_path / "out", "--frames", 3)
    assert code == 1 and said.count("error:") == 1 and "wall.png shows no face" in said
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == [*(f"frame_{i:03d}.png" for i in range(5)), "morph.gif", "morph_strip.png"]
    shown = [filters.read(tmp_path / "out" / f"frame_{i:03d}.png") for i in range(5)]
    assert (shown[0] == aligned(one)).all() and (shown[2] == aligned(other)).all()
    assert (shown[4] == shown[0]).all()
    with Image.open(tmp_path / "out" / "morph.gif") as image:
        assert image.n_frames == 5 and image.size == (360, 480)
        times = []
        for number in range(5):
            image.seek(number)
            times.append(image.info["duration"])
    # Two ways of two seconds: 0.7 of them in five equal frames, 0.3 in the holds of the three faces.
    assert sum(times) == 4000 and times == [960, 560, 960, 560, 960]


def test_wrong_calls(command, photos, tmp_path):
    out = ("--out", tmp_path / "a.gif")
    code, _, said = command("morph", photos[0], *out)
    assert code == 2 and "takes two faces or more" in said
    assert command("morph", *photos[:2], *out, "--frames", 1)[0] == 2
    assert command("morph", *photos[:2], *out, "--seconds", 0)[0] == 2
    code, _, said = command("morph", *photos[:2], "--out", tmp_path / "a.mp4")
    assert code == 1 and "use .gif or .webp" in said
    code, _, said = command("morph", photos[0], photos[2], tmp_path / "none.jpg", *out)
    assert code == 1 and "none.jpg does not exist" in said and "1 can be used" in said
    assert not list(tmp_path.iterdir())
