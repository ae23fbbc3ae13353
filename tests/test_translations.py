"""Translations without pairs: data checks, runs that can be taken up again, commands, measures."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

import filters
from experiments.cli.settings import settings_from
from experiments.commands.unpaired import Settings, parse_script
from experiments.core import translation
from experiments.core.codecs import from_unit
from experiments.datasets import domains
from experiments.datasets.on_paper import on_paper
from experiments.evaluation import translation_realism
from experiments.inference import translating
from experiments.inference.coloring import colorize
from experiments.reports.sheets import as_rgb
from experiments.training import unpaired
from filters import hatching
from filters.faces import cropping, detection
from transformers import pretrained
from transformers.networks import generators

SIZE = (32, 40)


@pytest.fixture(scope="module")
def folders(tmp_path_factory, astronaut):
    """Twelve photographs of one face, differently lit, and drawings of it as a mirror shows it."""
    base = tmp_path_factory.mktemp("kinds")
    (face,) = detection.detect(astronaut)
    crop = cropping.cut(astronaut, face, (96, 128))
    for index in range(12):
        photo = (np.roll(crop, 7 * index, axis=1) * (0.5 + index / 24)).astype(np.uint8)
        filters.write(base / "photos" / f"{index}.png", photo)
        filters.write(base / "drawings" / f"{index}.png", as_rgb(filters.engraving(photo[:, ::-1].copy())))
    return base / "photos", base / "drawings"


def settings(folders, epochs, **changes):
    values = {"generator": "unet", "preset": "tiny", "size": SIZE, "batch_size": 2, "steps": 2}
    values |= {"adversarial_from": 1, "precision": "float32", "stand_ins": ("engraving",)}
    return Settings("own", *map(str, folders), epochs=epochs, **values | changes)


@pytest.fixture(scope="module")
def whole(folders, tmp_path_factory):
    """A run of four epochs without a stop."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    unpaired.train(settings(folders, 4), folder)
    return folder


class TestData:
    def test_what_is_held_out_depends_on_content_alone(self, folders, tmp_path):
        first = domains.ImageDomain.load(folders[0], False, SIZE)
        for index, path in enumerate(sorted(folders[0].iterdir())):
            (tmp_path / f"{99 - index}.png").write_bytes(path.read_bytes())
        second = domains.ImageDomain.load(tmp_path, False, SIZE)
        assert (first.held_out == second.held_out).all() and len(first.held_out) == 4
        assert len(first.pictures) == 8 and first.held_out.shape[1:] == (40, 32, 3)

    @pytest.mark.parametrize(("count", "held_out"), [(2, 0), (3, 1), (30, 10), (162, 20), (300, 30), (9999, 48)])
    def test_how_many_are_held_out(self, count, held_out):
        assert domains.held_out_count(count) == held_out

    def test_the_check_tells_of_duplicates_and_what_cannot_be_read(self, folders, tmp_path, noise):
        for index in range(3):
            filters.write(tmp_path / f"{index}.png", cv2.resize(noise(8, 8, index), (64, 80)))
        again = np.clip(cv2.resize(noise(8, 8, 1), (64, 80)).astype(int) + 3, 0, 255)
        filters.write(tmp_path / "again.jpg", again.astype(np.uint8))
        (tmp_path / "broken.png").write_bytes(b"no")
        kind = domains.ImageDomain.load(tmp_path, False, SIZE)
        assert [set(pair) for pair in kind.duplicates()] == [{"1.png", "again.jpg"}]
        said = " ".join(kind.report())
        assert "4 pictures" in said and "broken.png" in said and "1 shown twice" in said

    def test_where_most_are_gray_all_are(self, folders, tmp_path, noise):
        gray = domains.ImageDomain.load(folders[1], False, SIZE)
        assert gray.made_gray and np.ptp(gray.pictures, axis=3).max() == 0
        for path in sorted(folders[0].iterdir())[:3]:
            (tmp_path / path.name).write_bytes(path.read_bytes())
        filters.write(tmp_path / "gray.png", as_rgb(filters.gray(noise(40, 32))))
        mixed = domains.ImageDomain.load(tmp_path, False, SIZE)
        assert not mixed.made_gray and mixed.grays == 1 and "1 gray ones among colour" in " ".join(mixed.report())

    def test_whole_pictures_keep_their_middle_and_proportions(self, tmp_path):
        picture = np.zeros((40, 400, 3), np.uint8)
        picture[:, 184:216] = 200  # the middle 32 columns
        filters.write(tmp_path / "wide.png", picture)
        kind = domains.ImageDomain.load(tmp_path, False, SIZE)
        assert kind.pictures.min() > 190

    def test_a_start_with_pairs_shows_the_same_twice(self, folders):
        kinds = [domains.ImageDomain.load(f, False, SIZE) for f in folders]
        same = domains.Batches(settings(folders, 4, stand_ins=()), kinds).batch(0, 0)
        assert (same["a"] == same["pair"]).all()
        drawn = domains.Batches(settings(folders, 4), kinds).batch(0, 0)
        assert (drawn["a"] == same["a"]).all() and np.ptp(drawn["pair"], axis=3).max() == 0
        assert not (drawn["pair"] == drawn["b"]).all()

    def test_what_hatches_is_given_lines_and_the_drawing_they_make(self, folders):
        kinds = [domains.ImageDomain.load(f, False, SIZE) for f in folders]
        plain = domains.Batches(settings(folders, 4), kinds).batch(0, 0)
        assert (plain["seen"] == plain["a"]).all()
        made = domains.Batches(settings(folders, 4, hatched=True), kinds).batch(0, 0)
        assert (made["a"] == plain["a"]).all()
        for seen, pair in zip(from_unit(made["seen"]), from_unit(made["pair"]), strict=True):
            assert np.array_equal(pair, as_rgb(hatching.drawn(seen)))
            assert seen[..., 1:].std() > 80  # waves between black and white

    def test_stand_ins_of_a_generator_are_drawn_at_several_sizes_and_lie_on_paper(self, folders):
        kinds, seen = [domains.ImageDomain.load(f, False, SIZE) for f in folders], []

        def draw(picture):
            seen.append(picture.shape[:2])
            return np.zeros_like(picture)

        own = settings(folders, 4, stand_ins=("own",), batch_size=24)
        pairs = domains.Batches(own, kinds, draw).batch(0, 0)["pair"]
        assert set(seen) == {(30, 24), (40, 32), (50, 40)}
        # Nothing but ink was drawn: it is dark in the middle, and some drawings end before the corner.
        middle, corner = pairs[:, 18:22, 14:18].mean(axis=(1, 2, 3)), pairs[:, 0, 0, 0]
        assert (middle < -0.5).all() and (corner > 0.4).any() and (corner < -0.5).any()


class TestPaper:
    def test_it_is_gray_and_between_ink_and_paper(self, noise):
        drawing = as_rgb(filters.engraving(noise(60, 48)))
        for seed in range(20):
            shown = on_paper(drawing, np.random.default_rng(seed))
            assert shown.shape == drawing.shape and np.ptp(shown, axis=2).max() == 0
            assert shown.min() <= 0.2 * 255 + 60 and shown.max() >= 0.78 * 255 - 1
            assert (shown == on_paper(drawing, np.random.default_rng(seed))).all()

    def test_an_empty_sheet_stays_one_but_for_specks(self):
        for seed in range(20):
            shown = on_paper(np.full((60, 48, 3), 255, np.uint8), np.random.default_rng(seed))
            assert (shown == np.median(shown)).mean() > 0.9


class TestRuns:
    def test_distances_are_measured_every_other_epoch(self, whole):
        assert pd.read_csv(whole / "history.csv")["kid"].notna().tolist() == [False, True, False, True]

    def test_the_rate_is_even_and_then_falls(self, folders):
        factors = [unpaired.rate_factor(settings(folders, 6), epoch) for epoch in range(6)]
        assert factors == pytest.approx([1, 1, 1, 1, 2 / 3, 1 / 3])

    @pytest.mark.slow
    def test_fitting_one_drawing_is_shown_step_by_step(self, folders, whole, tmp_path):
        one = settings(
            (folders[0], next(folders[1].iterdir())), 2, init=str(whole), overfit=True, adversarial_from=0
        )
        unpaired.train(one, tmp_path / "run")
        # The drawing, the face, and what epochs 0, 1 and 2 make of it: 160 pixels each, with gaps of 4.
        assert filters.read(tmp_path / "run" / "steps.png").shape[1] == 5 * 164 + 4

    @pytest.mark.slow
    def test_a_fit_that_goes_on_adds_to_what_is_shown(self, folders, whole, tmp_path):
        drawing = next(folders[1].iterdir())
        one = settings((folders[0], drawing), 2, init=str(whole), overfit=True, adversarial_from=0)
        unpaired.train(one, tmp_path / "run")
        width = filters.read(tmp_path / "run" / "steps.png").shape[1]
        unpaired.train(replace(one, epochs=4), tmp_path / "run", resume=True)
        # Epochs 0, 1 and 2 were shown; now 4 too: one more than five columns.
        assert filters.read(tmp_path / "run" / "steps.png").shape[1] / width == pytest.approx(6 / 5, rel=0.02)

    @pytest.mark.slow
    @pytest.mark.parametrize("method", ["cut", "fastcut"])
    def test_one_direction_alone(self, folders, method, tmp_path, command):
        how = ("--preset", "tiny", "--size", "32x40", "--batch-size", 2, "--steps", 1, "--epochs", 2)
        run = tmp_path / "run"
        code, _, said = command(
            "unpaired", *folders, "--name", "own", "--method", method, *how, "--adversarial-from", 1, "--out", run
        )
        assert code == 0, said
        assert not (run / "best.backward.weights.h5").exists()
        code, *_ = command("apply", run, folders[0], "--out", tmp_path / "out")
        assert code == 0 and len(list((tmp_path / "out").glob("*.png"))) == 12

    def test_a_way_back_learns_in_gray_where_colours_come_from_another_network(self, folders, tmp_path):
        script = ("photo_to_drawing", translation.discover()["photo_to_drawing"])
        for words, gray in ((), ()), (("--method", "back"), ("backward",)):
            _, arguments = parse_script([*map(str, folders), *words], *script)
            assert settings_from(Settings, arguments).gray == gray
        how = {"method": "back", "preset": "tiny", "size": SIZE}
        for gray in ((), ("backward",)):
            driver = unpaired.UnpairedDriver(Settings("own", *map(str, folders), gray=gray, **how), tmp_path)
            driver.load()
            photographs, drawings = driver.domains
            assert photographs.made_gray == ("backward" in gray) and drawings.made_gray  # most of these are gray
            assert set(driver.settings.gray) == {"forward", *gray}

    def test_each_method_gives_the_generator_what_it_will_be_given_later(self, folders):
        script = ("photo_to_drawing", translation.discover()["photo_to_drawing"])
        for words, hatched, size in (
            ((), True, (256, 320)),
            (("--method", "there"), True, (384, 512)),
            (("--method", "back"), False, (256, 320)),  # it sees drawings
            (("--overfit", str(next(folders[1].iterdir()))), True, (192, 256)),
        ):
            _, arguments = parse_script([*map(str, folders[: 1 if "--overfit" in words else 2]), *words], *script)
            made = settings_from(Settings, arguments)
            assert (made.hatched, made.size) == (hatched, size)

    def test_wrong_calls(self, command, folders, tmp_path):
        how = ("--preset", "tiny", "--size", "32x40", "--out", tmp_path / "r")
        for arguments, remedy in (
            ((folders[0],), "name two folders"),
            ((*folders, "--size", "33x40", "--out", tmp_path / "r"), "multiples of"),
            ((*folders, "--init", "shipped", *how), "no weights are shipped for 'own'"),
            (("--resume", tmp_path), "is no run; name the folder"),
            ((*folders, "--method", "back", *how), "a translation that is shipped"),
        ):
            code, _, said = command("unpaired", *arguments, "--name", "own")
            assert code == 2 and remedy in said
        code, _, said = command("train", "photo_to_drawing", folders[0], *how)
        assert code == 2 and "name two folders" in said


class TestUse:
    def test_both_ways_of_a_run_and_any_size(self, command, whole, tmp_path, noise):
        filters.write(tmp_path / "in" / "odd.png", noise(33, 47))
        for name in (whole, f"{whole}:back"):
            code, *_ = command("apply", name, tmp_path / "in", "--out", tmp_path / "out")
            assert code == 0 and filters.read(tmp_path / "out" / "odd.png").shape == (33, 47, 3)

    def test_faces_are_seen_as_large_as_in_training(self, astronaut):
        double = cv2.resize(astronaut, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        heights = []
        for picture in (astronaut, double):
            seen = translating._as_seen(picture)
            heights.append(max(f.box[3] for f in detection.detect(seen)))
        assert heights == pytest.approx([translating.FACE_HEIGHT] * 2, rel=0.08)

    def test_a_generator_that_hatches_sees_more_pixels(self, astronaut):
        seen, network = [], generators.unet(3, 3, "tiny")

        class Hatching(translating.Translator):
            def run(self, picture):
                seen.append(picture)
                return super().run(picture)

        (face,) = detection.detect(astronaut)
        crop = cropping.cut(astronaut, face, (300, 400))
        for hatched, size in ((False, (320, 256)), (True, (512, 384))):
            translator = Hatching(network, hatched=hatched)
            assert translating.translate(translator, crop).shape[:2] == size
            assert translating.translate(translator, astronaut).shape == astronaut.shape
        # From a large photograph, more: up to twice as much.
        near = astronaut[:256, 100:356]
        given = [astronaut, astronaut, *(cv2.resize(near, None, fx=times, fy=times) for times in (3, 6))]
        for picture in given[2:]:
            translating.translate(translator, picture)
        heights = [
            detection.largest(detection.detect(picture)).box[3] * len(shown) / len(picture)
            for picture, shown in zip(given, (seen[1], *seen[3:]), strict=True)
        ]
        least, own = 1.6 * translating.FACE_HEIGHT, detection.largest(detection.detect(given[2])).box[3]
        assert least < own < 2 * least
        assert heights == pytest.approx([translating.FACE_HEIGHT, least, own, 2 * least], rel=0.01)

    def test_the_shipped_ones_translate_a_portrait(self, command, tmp_path, astronaut):
        filters.write(tmp_path / "in" / "a.png", astronaut)
        for name in translation.discover():
            code, *_ = command("apply", name, tmp_path / "in", "--out", tmp_path / name)
            result = filters.read(tmp_path / name / "a.png")
            assert code == 0 and result.shape == astronaut.shape
            assert translation_realism.faces_kept([astronaut], [result]) == 1

    def test_the_tint_of_its_paper_is_no_colour_of_a_drawing(self):
        drawn = np.random.default_rng(0).integers(100, 256, (64, 64, 1), np.uint8)
        tinted = (drawn * [1.0, 0.92, 0.7]).astype(np.uint8)
        translator = translating.load_translator("drawing_to_photo")
        there = translating.load_translator("photo_to_drawing")
        assert translator.takes_gray and translator.gives_gray and there.gives_gray
        assert not there.takes_gray  # photographs have their colours, though those of drawings become gray at first
        assert np.array_equal(translator.run(tinted), translator.run(filters.gray(tinted).repeat(3, axis=2)))

    def test_the_colours_of_a_photographed_drawing_are_those_of_gray_to_color(self, astronaut):
        drawn = filters.get("pencil")(astronaut).repeat(3, axis=2)
        translator = translating.load_translator("drawing_to_photo")
        plain = replace(translator, colorist=None).run(drawn)
        colored = translator.run(drawn)
        assert np.abs(filters.gray(colored).astype(int) - filters.gray(plain)).mean() < 1
        assert np.array_equal(colored, colorize(plain, pretrained.load("gray_to_color")))
        assert translating.load_translator("photo_to_drawing").colorist is None

    def test_a_run_of_ones_own_is_not_shipped(self, command, whole):
        code, _, said = command("ship", whole)
        assert code == 2 and "no registered translation" in said

    def test_the_gallery_shows_such_a_run(self, command, whole, tmp_path):
        code, *_ = command("gallery", whole, "--out", tmp_path / "index.html")
        assert code == 0 and "Training: Own" in (tmp_path / "files" / "page" / "data.js").read_text()


class TestMeasures:
    def test_overlap_by_hand(self):
        # Shared 2 x 4 of 4 x 4 and 4 x 4: 8 / (16 + 16 - 8).
        assert translation_realism.overlap((0, 0, 4, 4), (2, 0, 4, 4)) == pytest.approx(1 / 3)
        assert translation_realism.overlap((0, 0, 1, 1), (2, 2, 1, 1)) == 0

    def test_faces_that_move_or_vanish_are_counted(self, astronaut):
        moved = np.roll(astronaut, 60, axis=1)
        kept = translation_realism.faces_kept([astronaut] * 3, [astronaut, moved, np.zeros_like(astronaut)])
        assert kept == pytest.approx(1 / 3)

    def test_the_command_measures_both_directions_and_the_sketches(self, command, whole, tmp_path, astronaut):
        (face,) = detection.detect(astronaut)
        for index in range(3):
            crop = cropping.cut(np.roll(astronaut, 9 * index, axis=1), face)
            filters.write(tmp_path / "photos" / f"{index}.png", crop)
            filters.write(tmp_path / "drawings" / f"{index}.png", as_rgb(filters.xdog(crop)))
        code, out, said = command(
            *("evaluate-translation", "--photos", tmp_path / "photos", "--drawings", tmp_path / "drawings"),
            *("--all-drawings", "--run", whole, "--out", tmp_path / "sheets", "--json"),
        )
        assert code == 0, said
        distances = {k.split(", ")[1]: v for k, v in json.loads(out)["results"].items() if "real drawings" in k}
        assert distances["xdog"] == min(distances.values())
        assert {p.name for p in (tmp_path / "sheets").iterdir()} == {"photo_to_drawing.png", "drawing_to_photo.png"}
