"""How fast training, colouring and cutting are, on this machine: medians, and ratios within one run."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5


def add_arguments(parser):
    parser.add_argument("parts", nargs="*", metavar="PART", help="train, colorize, cut (default: all)")
    parser.add_argument("--photo", metavar="FILE", help="to colour (default: one of 2000x1333 is made)")
    parser.add_argument("--photos", metavar="DIR", help="to cut (default: packaged ones, copied)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    parser.add_argument("--json", action="store_true", help="print JSON")


def execute(arguments):
    from experiments.command import UsageError

    known = ("cut", "colorize", "train")
    parts = arguments.parts or known
    if set(parts) - set(known):
        raise UsageError(f"cannot time '{(set(parts) - set(known)).pop()}'; choose from {', '.join(known)}")
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            if part == "train":
                results[part] = time_training(arguments.rounds)
            elif part == "colorize":
                photo = arguments.photo or _large_photo(Path(folder))
                results[part] = time_colorize(photo, arguments.rounds, Path(folder))
            else:
                results[part] = time_cut(arguments.photos, arguments.rounds, Path(folder))
    if arguments.json:
        print(json.dumps(results, indent=2))
    else:
        for part, values in results.items():
            print(part)
            for name, value in values.items():
                print(f"  {name:52} {value:10.2f}")
    return 0


def time_training(rounds, transformation="gray_to_color", batch_size=16):
    """Steps of our training and of published pix2pix, in turn.

    Returns
    -------
    dict
        Pictures a second of both, and the median of the rounds' ratios.
    """
    import numpy as np

    from experiments.command import find_transformation
    from experiments.train import Settings, build
    from transformers import backend, published
    from transformers.gan import GAN

    backend.set_precision("float32")
    pix2pix = GAN(
        published.pix2pix_generator(), published.pix2pix_generator(), published.pix2pix_discriminator()
    )
    pix2pix.compile()
    backend.set_precision("auto")
    transformation = find_transformation(transformation)
    ours = build(transformation, Settings(transformation.name, data="", adversarial_from=0))
    rng = np.random.default_rng(0)

    def noise(*shape):
        return rng.uniform(-1, 1, shape).astype(np.float32)

    output = transformation.representation()
    side = output.output_stride
    jobs = {
        "ours": (
            ours,
            noise(batch_size, 320, 256, ours.generator.inputs[0].shape[-1]),
            noise(batch_size, 320 // side, 256 // side, output.channels),
        ),
        "pix2pix": (pix2pix, noise(1, 256, 256, 3), noise(1, 256, 256, 3)),
    }
    steps = {"ours": 4, "pix2pix": 8}
    speeds = {name: [] for name in jobs}
    for turn in range(rounds + 1):
        for name, (gan, condition, target) in jobs.items():
            batches = ((condition, target) for _ in iter(int, 1))
            began = time.perf_counter()
            gan.fit(batches, steps_per_epoch=steps[name], verbose=0, shuffle=False)
            if turn:  # the first round compiles
                speeds[name].append(steps[name] * len(condition) / (time.perf_counter() - began))
    return {
        "pictures a second, ours, 256x320": statistics.median(speeds["ours"]),
        "pictures a second, published pix2pix, 256x256": statistics.median(speeds["pix2pix"]),
        "ratio": statistics.median(a / b for a, b in zip(speeds["ours"], speeds["pix2pix"], strict=True)),
    }


def _large_photo(folder):
    """A black-and-white picture of 2000x1333, 28 faces, from a packaged one."""
    import cv2
    import numpy as np

    from experiments.demo import packaged_photos
    from filters import pictures

    face = cv2.resize(pictures.read(packaged_photos()[0])[0:340, 90:375], (286, 334))
    picture = np.tile(face, (4, 7, 1))[:1333, :2000]
    picture = cv2.resize(picture, (2000, 1333))
    pictures.write(folder / "large.png", cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    return folder / "large.png"


def time_colorize(photo, rounds, folder):
    """Colouring one photograph: within a running program, and as a whole command.

    Returns
    -------
    dict
        Seconds, and the command's peak memory in MB.
    """
    import resource

    from experiments.apply import load_generator
    from experiments.colorize import colorize
    from experiments.command import find_transformation
    from filters import pictures

    command = [sys.executable, "-m", "experiments", "colorize", str(photo), "--out", str(folder / "colour")]
    whole = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        whole.append(time.perf_counter() - began)
    # In kilobytes on Linux, in bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)

    generator = load_generator(find_transformation("gray_to_color"))
    picture = pictures.read(photo)
    colorize(picture, generator)
    loaded = []
    for _ in range(rounds):
        began = time.perf_counter()
        colorize(picture, generator)
        loaded.append(time.perf_counter() - began)
    return {
        f"seconds once loaded, {picture.shape[1]}x{picture.shape[0]}": statistics.median(loaded),
        "seconds as a whole command": statistics.median(whole),
        "peak memory of the command, MB": peak,
    }


def time_cut(photos, rounds, folder):
    """Cutting, beside a bare loop of OpenCV calls (read, detect, crop, write).

    Returns
    -------
    dict
        Pictures a second on one core and on all, and ratios.
    """
    import contextlib
    import io
    import shutil

    import cv2

    from experiments.cut import cut
    from experiments.demo import packaged_photos
    from filters.faces import CROP_SIZE, _yunet
    from filters.pictures import find_pictures

    if photos:
        sources = find_pictures([photos])
    else:
        sources = []
        for number in range(40):
            for photo in packaged_photos():
                sources.append(folder / f"{photo.stem}-{number}{photo.suffix}")
                shutil.copy(photo, sources[-1])

    def bare():
        network = _yunet()
        (folder / "bare").mkdir(exist_ok=True)
        for source in sources:
            picture = cv2.imread(str(source))
            network.setInputSize(picture.shape[1::-1])
            rows = network.detect(picture)[1]
            for number, row in enumerate(rows if rows is not None else ()):
                x, y, width, height = (max(0, int(v)) for v in row[:4])
                crop = cv2.resize(picture[y : y + height, x : x + width], CROP_SIZE)
                cv2.imwrite(str(folder / "bare" / f"{source.stem}_{number}.png"), crop)

    def ours(jobs):
        shutil.rmtree(folder / "ours", ignore_errors=True)
        with contextlib.redirect_stderr(io.StringIO()):
            cut(sources, folder / "ours", jobs=jobs)

    cores = os.cpu_count() or 1
    contestants = {"bare": bare, "one": lambda: ours(1), "all": lambda: ours(cores)}
    speeds = {name: [] for name in contestants}
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for _ in range(rounds):
            for name, function in contestants.items():
                began = time.perf_counter()
                function()
                speeds[name].append(len(sources) / (time.perf_counter() - began))
    finally:
        cv2.setNumThreads(threads)
    median = {name: statistics.median(values) for name, values in speeds.items()}
    return {
        "pictures a second, bare loop on one core": median["bare"],
        "pictures a second, cut on one core": median["one"],
        f"pictures a second, cut on {cores} cores": median["all"],
        "ratio, cut to bare loop, on one core": median["one"] / median["bare"],
        f"ratio, cut on {cores} cores to one": median["all"] / median["one"],
    }
