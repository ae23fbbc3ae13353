"""The main job on a few pictures: faces, filters, ways back, colour, a short training, a gallery."""

import importlib.util
import shutil
from pathlib import Path

OUT = Path("gallery")
TRAINING_STEPS = 120  # of the short training, half a minute on two cores
BATCH_SIZE = 4
MORPHED = 4  # faces, each becomes the next
SHOWN = 24  # pictures in the gallery; all faces are cut and trained on


def add_arguments(parser):
    parser.add_argument("photos", nargs="*", metavar="PHOTO", help="pictures or folders (default: packaged ones)")
    parser.add_argument("--out", default=str(OUT), metavar="DIR", help="default: gallery")
    parser.add_argument("--steps", type=int, default=TRAINING_STEPS, help=f"default: {TRAINING_STEPS}")


def execute(arguments):
    return demo(arguments.photos, Path(arguments.out), arguments.steps)


def packaged_photos():
    """Photographs of people that installed packages carry.

    ``astronaut`` (Eileen Collins, NASA, public domain) and ``camera`` (CC0) of scikit-image, and
    ``grace_hopper`` (US Navy, public domain) of matplotlib.
    """
    places = {
        "skimage": ("data/astronaut.png", "data/camera.png"),
        "matplotlib": ("mpl-data/sample_data/grace_hopper.jpg",),
    }
    found = []
    for package, names in places.items():
        folder = Path(importlib.util.find_spec(package).origin).parent
        found += [folder / name for name in names if (folder / name).is_file()]
    return found


def demo(photos, out, steps):
    """Do all of it; the gallery and everything it shows are in `out`."""
    from experiments import colorize, cut, filter_sheet, gallery, morph, train, translation, ways_back
    from experiments.apply import load_generator
    from experiments.command import SOME_FAILED, UsageError, each_picture, find_transformation, say
    from filters import find_pictures, gray, pictures

    photos = find_pictures(photos or packaged_photos())
    if any(Path(photo).resolve().is_relative_to(out.resolve()) for photo in photos):
        raise UsageError(f"--out {out} holds photographs that are to be shown, and is cleared; choose another")
    shown = photos[:SHOWN]
    work = out / "work"
    for old in (work, out / "files"):
        shutil.rmtree(old, ignore_errors=True)
    (out / "index.html").unlink(missing_ok=True)

    say("1/5 cutting the faces")
    codes = [cut.cut(photos, work / "faces")]
    crops = sorted((work / "faces").glob("*.png"))

    say("2/5 running every filter")
    sheets = work / "every filter"
    codes.append(each_picture(crops[:SHOWN] or shown, sheets, filter_sheet.write_sheet, "filters"))
    restored = work / "every way back"
    if crops:
        codes.append(ways_back.ways_back(crops[:SHOWN], restored))
        codes.append(translation.there_and_back(crops[:SHOWN], work / "drawn and back"))
    if len(crops) > 1:
        codes.append(morph.morph(crops[:MORPHED], work / "morph" / "one face becomes another.gif", frames=8))

    say("3/5 colouring black-and-white copies")
    generator = load_generator(find_transformation("gray_to_color"))

    def color(path, picture, target):
        light = gray(picture)
        pictures.write(work / "before" / target.name, light)
        pictures.write(target, colorize.colorize(light.repeat(3, axis=2), generator))

    codes.append(each_picture(shown, work / "in colour", color, "colouring"))
    made = (work / "in colour", restored, sheets, work / "drawn and back", work / "morph")
    sources = [folder for folder in made if any(folder.glob("*.png"))]
    if not sources:
        raise UsageError("none of these pictures can be used; try others")

    if crops:
        sources.append(work / "faces")
        say("4/5 training gray to colour for a moment, from the start, on these faces alone")
        settings = train.Settings(
            transformation="gray_to_color",
            data=str(work / "faces"),
            epochs=max(4, steps // max(1, len(crops) // BATCH_SIZE)),
            batch_size=BATCH_SIZE,
            preset="tiny",
            learning_rate=5e-3,
        )
        codes.append(train.train(settings, work / "run"))
        sources.append(work / "run")
    else:
        say("4/5 no face was found: nothing to train on")
    say("5/5 writing the gallery")
    title, notable = "Faces, filters and the ways back", work / "faces" if crops else None
    codes.append(gallery.build(sources, out / "index.html", [work / "before"], title, notable))
    return SOME_FAILED if any(codes) else 0
