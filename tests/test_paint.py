"""Painting as a person calls it: results, knobs, stop and resume, messages."""

import numpy as np
import pytest

import filters
from experiments.core.codecs import to_unit
from experiments.inference import style_transfer as paintings
from experiments.inference.style_transfer import Painting, Settings
from filters import color
from filters import masks as areas

SMALL = ("--size", 32, "--steps", 2, "--style-layers", "conv1_1,conv2_1", "--content-layers", "conv2_2")


@pytest.fixture
def pictures(tmp_path, astronaut):
    """Two photographs among broken ones, and a painting of stripes."""
    folder = tmp_path / "my photos"
    filters.write(folder / "eileen.png", astronaut[:256, 100:300])
    filters.write(folder / "one.png", astronaut[:1, :1])
    (folder / "text.jpg").write_text("not a picture")
    painting = np.zeros((64, 96, 3), np.uint8)
    painting[::8], painting[1::8], painting[2::8] = (200, 40, 20), (220, 180, 40), (200, 40, 20)
    filters.write(tmp_path / "painting.png", painting)
    return tmp_path


def test_a_folder_is_painted_and_broken_ones_are_named(command, pictures):
    out = pictures / "out"
    code, _, said = command(
        "paint", pictures / "my photos", "--style", pictures / "painting.png", "--out", out, *SMALL
    )
    errors = [line for line in said.splitlines() if line.startswith("error:")]
    assert code == 1 and len(errors) == 1 and "text.jpg is not a picture" in errors[0]
    assert "2 of 3 paintings written" in said
    assert sorted(p.name for p in out.iterdir()) == ["eileen.png", "one.png", "results.csv"]
    painted = filters.read(out / "eileen.png")
    assert painted.shape == (32, 25, 3)
    photo = paintings.at_size(filters.read(pictures / "my photos" / "eileen.png"), 32)
    assert np.abs(painted.astype(int) - photo).mean() > 2
    assert np.corrcoef(color.luminance(painted).ravel(), color.luminance(photo).ravel())[0, 1] > 0.5


def test_a_stopped_painting_goes_on_as_if_never_stopped(command, pictures, monkeypatch):
    photo, out = pictures / "my photos" / "eileen.png", pictures / "out.png"
    call = ["paint", photo, "--style", pictures / "painting.png", *SMALL, "--init", "noise", "--preview"]
    call[call.index("--size") + 1] = 182  # two sizes
    call[call.index("--steps") + 1] = 6  # and two steps at the first
    assert command(*call, "--out", pictures / "whole.png")[0] == 0

    step, count = Painting.step, 0

    def stop_at_the_fourth(painting):
        nonlocal count
        count += 1
        if count == 4:
            raise KeyboardInterrupt
        step(painting)

    monkeypatch.setattr(Painting, "step", stop_at_the_fourth)
    code, _, said = command(*call, "--out", out)
    assert code == 130 and "--resume goes on" in said and not out.exists()
    state = pictures / "out.png.state.npz"
    assert state.is_file()
    code, _, said = command(*call, "--out", out, "--resume", "--style-weight", 3)
    assert code == 1 and "was begun with other settings" in said
    assert command(*call, "--out", out, "--resume")[0] == 0
    assert np.array_equal(filters.read(out), filters.read(pictures / "whole.png"))
    assert not state.exists() and not (pictures / "out_preview.png").exists()
    assert command(*call, "--out", pictures / "other.png", "--seed", 5)[0] == 0
    assert not np.array_equal(filters.read(out), filters.read(pictures / "other.png"))


def test_a_broken_painting_is_named_once(command, pictures):
    code, _, said = command(
        "paint", pictures / "my photos", "--style", pictures / "my photos" / "text.jpg", "--out", pictures / "out"
    )
    assert code == 1 and said.count("text.jpg is not a picture") == 1 and said.count("\n") == 1


def test_a_damaged_state_is_named(command, pictures):
    (pictures / "out.png.state.npz").write_bytes(b"PK")
    code, _, said = command(
        *("paint", pictures / "my photos" / "one.png", "--style", pictures / "painting.png"),
        *("--out", pictures / "out.png", "--resume", *SMALL),
    )
    assert code == 1 and "out.png.state.npz is damaged" in said


QUICK = {"size": 48, "steps": 8, "style_layers": {"conv1_1": 1.0}, "content_layers": {"conv1_2": 1.0}}


def painted(photo, styles, more=None, **options):
    made = Painting(photo, styles, Settings(**QUICK | options), **(more or {}))
    while not made.finished:
        made.step()
    return made.picture()


def test_colours_are_kept(astronaut):
    photo = paintings.at_size(astronaut, 48)
    red = np.full((48, 48, 3), (200, 30, 30), np.uint8)
    red[::4] = (120, 20, 20)
    chroma = color.rgb_to_lab(photo)[..., 1:]

    def distance(picture):
        return np.abs(color.rgb_to_lab(picture)[..., 1:] - chroma).mean()

    free, light, matched = (
        painted(photo, [red], keep_colors=how, style_weight=100.0) for how in (None, "luminance", "histogram")
    )
    assert distance(light) < 4 and distance(light) < 0.5 * distance(free)
    assert distance(matched) < 0.7 * distance(free)
    assert np.abs(color.luminance(light) - color.luminance(photo)).mean() > 1


def halves(left, right, side=48):
    picture = np.empty((side, side, 3), np.uint8)
    picture[:, : side // 2], picture[:, side // 2 :] = left, right
    return picture


RED, BLUE, GRAY = (200, 40, 40), (40, 40, 200), (120, 120, 120)


def test_masks_tell_which_part_of_the_painting_goes_where():
    masks = halves((255, 255, 255), (0, 0, 0)), halves((0, 0, 0), (255, 255, 255))
    found, _ = areas.from_masks(masks)
    result = painted(
        halves(GRAY, GRAY),
        [halves(RED, BLUE)],
        {"regions": (found[0], found[1:])},
        steps=25,
        content_weight=0.01,
        style_weight=100.0,
    ).astype(int)
    left, right = result[:, 4:20].mean(axis=(0, 1)), result[:, 28:44].mean(axis=(0, 1))
    assert left[2] > left[0] + 40 and right[0] > right[2] + 40


def test_it_begins_in_the_colours_of_the_painting_region_by_region():
    photo, painting = halves(GRAY, (100, 100, 100)), halves(RED, BLUE)
    settings = Settings(**QUICK)
    mean = Painting(photo, [painting], settings).picture().mean(axis=(0, 1))
    assert np.allclose(mean, np.mean([RED, BLUE], axis=0), atol=2)

    masks = halves((255, 255, 255), (0, 0, 0)), halves((0, 0, 0), (255, 255, 255))
    found, _ = areas.from_masks(masks)
    begun = Painting(photo, [painting], settings, regions=(found[0], found[1:])).picture()
    assert np.allclose(begun[:, 4:20], BLUE, atol=2) and np.allclose(begun[:, 28:44], RED, atol=2)

    white = np.full((48, 48, 3), 255, np.uint8)  # what is black in the photograph's mask is in no painting
    found, _ = areas.from_masks([masks[0], white])
    begun = Painting(photo, [painting], settings, regions=(found[0], found[1:])).picture()
    assert np.array_equal(begun[:, 28:44], photo[:, 28:44]) and not np.allclose(begun[:, 4:20], GRAY, atol=9)


def test_an_analogy_goes_where_the_unstyled_picture_is_alike():
    even, striped = np.full((96, 48, 3), 60, np.uint8), np.full((96, 48, 3), 200, np.uint8)
    striped[::4] = 120
    unstyled, photo = np.hstack([even, striped]), np.hstack([striped, even])
    styled = halves(RED, BLUE, 96)
    settings = Settings(**QUICK | {"size": 96, "steps": 12}, content_weight=0.0, style_weight=0.1)
    made = Painting(photo, [styled], settings, analogy=(unstyled, styled))
    columns = made.field[0][..., 1]
    assert np.median(columns[:, :4]) > 6 and np.median(columns[:, 8:]) < 5
    guide = made._guide(96, to_unit(photo), made.analogy, made.field)["conv2_1"]
    maps = made._maps(styled, 96)["conv2_1"]
    red, blue = (maps[:, part].mean(axis=(0, 1)) for part in (slice(20), slice(28, 48)))
    left = guide[:, :16].mean(axis=(0, 1))
    assert np.linalg.norm(left - blue) < 0.5 * np.linalg.norm(left - red)
    made.step()
    before = made.aim.parts["guide"]
    while not made.finished:
        made.step()
    assert made.aim.parts["guide"] < 0.7 * before


def test_several_styles_are_mixed_by_their_weights():
    photo = halves(GRAY, GRAY)
    styles = [np.full((48, 48, 3), c, np.uint8) for c in (RED, BLUE)]

    def warmth(*weights):
        result = painted(photo, styles, style_weights=weights, steps=25, content_weight=0.01)
        return result[..., 0].mean() - result[..., 2].mean()

    assert warmth(9.0, 1.0) > warmth(1.0, 9.0) + 40


@pytest.mark.parametrize("init", ["photo", "noise"])
def test_what_is_new_of_the_photograph_at_a_larger_size_comes_from_it(astronaut, init):
    photo, painting = astronaut[:182, 100:240], astronaut[:64, :96, ::-1]
    made = Painting(photo, [painting], Settings(size=182, steps=1, init=init, style_layers={"conv1_1": 1.0}))
    made.optimizer.x = made.recolored(made.sizes[0])  # nothing is painted yet
    larger, photo = made._enlarged(), made.recolored(182)
    same = np.allclose(larger, photo, atol=1e-6)
    assert larger.shape == photo.shape and same == (init == "photo")


def test_sizes_grow_by_the_root_of_two():
    assert paintings.sizes(512) == [128, 181, 256, 362, 512]
    assert paintings.sizes(100) == [100]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "name a painting"),
        (("--style", "p.png", "--size", 9), "--size: '9' is no whole number from 16 to 8192"),
        (("--style", "p.png:0"), "weights are above 0"),
        (("--style", "p.png", "--style-layers", "conv1_1:x"), "'x' is no number"),
        (("--style", "p.png", "--style-layers", "conv9_9"), "VGG-16 has no layer conv9_9"),
        (("--style", "p.png", "--network-weights", "w.h5"), "add --network vgg19"),
        (("--style", "p.png", "--masks", "m.png"), "one of the photograph and one of each painting, here 2"),
        (("--style", "p.png", "--masks", "m.png", "n.png", "--face-masks"), "exclude each other"),
        (("--style", "p.png", "--content-weight", -1), "--content-weight: '-1' is no number from 0"),
        (("--style", "p.png", "--steps", 0), "--steps: '0' is no whole number from 1"),
    ],
)
def test_wrong_usage(command, options, problem, tmp_path):
    filters.write(tmp_path / "photo.png", np.zeros((8, 8, 3), np.uint8))
    code, _, said = command("paint", tmp_path / "photo.png", "--out", tmp_path / "o.png", *options)
    assert code == 2 and problem in said and said.count("\n") == 1


def test_a_folder_in_the_place_of_the_result_is_told_before_the_work(command, pictures):
    photo = pictures / "my photos" / "eileen.png"
    for name, arguments in (
        ("o.png", ("paint", photo, "--style", pictures / "painting.png")),
        ("o.png", ("dream", photo)),
        ("o.gif", ("morph", photo, photo)),
    ):
        (pictures / name).mkdir(exist_ok=True)
        code, _, said = command(*arguments, "--out", pictures / name)
        assert code == 2 and f"{name} is a folder; name a file in it" in said, (arguments, said)


def test_a_painting_without_a_face(command, pictures):
    code, _, said = command(
        *("paint", pictures / "my photos" / "eileen.png", "--style", pictures / "painting.png", "--face-masks"),
        *("--out", pictures / "out.png"),
    )
    assert code == 1 and "painting.png shows no face; paint masks by hand" in said


class TestRegions:
    def test_colours_of_masks_are_regions_in_spite_of_seams_and_noise(self):
        rng = np.random.default_rng(0)
        mask = halves((250, 0, 0), (0, 0, 250), 128)
        noisy = np.clip(mask + rng.normal(0, 6, mask.shape), 0, 255).astype(np.uint8)
        noisy[:, 64] = (125, 0, 125)
        (one, other), colors = areas.from_masks([mask, noisy])
        assert len(colors) == 2 and one.shape == (2, 128, 128)
        red = int(np.argmax(one[:, 0, 0]))
        assert one[red, :, :64].all() and one[1 - red, :, 64:].all()
        assert other[red, :, :64].all() and other[1 - red, :, 65:].all()
        assert np.array_equal(other.sum(axis=0), np.ones((128, 128)))

    def test_a_photograph_is_no_mask(self, astronaut):
        with pytest.raises(ValueError, match=r"is no mask; paint it evenly, in at most 8 colours"):
            areas.from_masks([astronaut])
        colors = [[r, g, b] for r in (0, 120, 255) for g in (0, 255) for b in (0, 255)]
        stripes = np.repeat(np.uint8([colors]), 9, axis=0)
        with pytest.raises(ValueError, match=r"in at most 8 colours"):
            areas.from_masks([stripes])

    def test_faces_and_all_else(self, astronaut):
        face, rest = areas.from_faces(astronaut, "eileen.png")
        assert face[115, 220] > 0.99 and face[400, 60] == 0
        assert np.allclose(face + rest, 1, atol=1e-6)
        # Rounded, the blur of this one is above 1, and what is left below 0, which no mean can weigh.
        _, rest = areas.from_faces(astronaut[:300, 100:400].copy(), "eileen.png")
        assert rest.min() >= 0


def test_an_overfitted_autoencoder_beside_the_method(command, pictures):
    out = pictures / "overfit"
    code, *_ = command(
        *("overfit-painting", pictures / "my photos" / "eileen.png", "--style", pictures / "painting.png"),
        *("--out", out, "--size", 48, "--epochs", 1, "--steps", 1, "--preset", "tiny"),
    )
    assert code == 0
    assert len(list(out.glob("*.png"))) == 6
    painted, restored = (filters.read(out / n) for n in ("style_transfer.png", "photograph_restored.png"))
    assert painted.shape == restored.shape == (48, 38, 3)
