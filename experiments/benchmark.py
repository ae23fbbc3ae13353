"""How fast training, colouring, cutting and painting are, on this machine: medians, and ratios within one run."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
PARTS = ("cut", "colorize", "train", "unpaired", "paint-film")


def add_arguments(parser):
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default), paint")
    parser.add_argument("--photo", metavar="FILE", help="to colour (default: one of 2000x1333 is made)")
    parser.add_argument("--painting", metavar="FILE", help="whose style to paint in, for the part paint")
    parser.add_argument(
        "--painter", metavar="NAME|RUN", help="to paint a film with (default: the shipped ones, in turn)"
    )
    parser.add_argument("--size", type=int, default=512, help="of what is painted, in pixels (default: 512)")
    parser.add_argument("--photos", metavar="DIR", help="to cut (default: packaged ones, copied)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    parser.add_argument("--json", action="store_true", help="print JSON")


def execute(arguments):
    from experiments.command import UsageError

    known = (*PARTS, "paint")
    parts = arguments.parts or PARTS
    if set(parts) - set(known):
        raise UsageError(f"cannot time '{(set(parts) - set(known)).pop()}'; choose from {', '.join(known)}")
    if "paint" in parts and not arguments.painting:
        raise UsageError("the part paint takes --painting FILE, and --photo FILE if you like")
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            if part == "train":
                results[part] = time_training(arguments.rounds)
            elif part == "unpaired":
                results[part] = time_unpaired(arguments.rounds)
            elif part == "paint-film":
                results[part] = time_film(arguments.painter, arguments.rounds)
            elif part == "paint":
                results[part] = time_painting(arguments.photo, arguments.painting, arguments.size)
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
    speeds = _in_turn(
        {
            "ours": (
                ours,
                noise(batch_size, 320, 256, ours.generator.inputs[0].shape[-1]),
                noise(batch_size, 320 // side, 256 // side, output.channels),
            ),
            "pix2pix": (pix2pix, noise(1, 256, 256, 3), noise(1, 256, 256, 3)),
        },
        {"ours": 4 * batch_size, "pix2pix": 8},
        rounds,
    )
    return {
        "pictures a second, ours, 256x320": statistics.median(speeds["ours"]),
        "pictures a second, published pix2pix, 256x256": statistics.median(speeds["pix2pix"]),
        "ratio": statistics.median(a / b for a, b in zip(speeds["ours"], speeds["pix2pix"], strict=True)),
    }


def _in_turn(jobs, pictures, rounds):
    """Pictures a second of several trainings, round by round.

    Parameters
    ----------
    jobs : dict
        Name → model and what its batches consist of.
    pictures : dict
        Name → how many pictures a round takes.
    rounds : int
    """
    speeds = {name: [] for name in jobs}
    for turn in range(rounds + 1):
        for name, (gan, *batch) in jobs.items():
            first = batch[0]["a"] if isinstance(batch[0], dict) else batch[0]
            began = time.perf_counter()
            steps = pictures[name] // len(first)
            gan.fit((tuple(batch) for _ in iter(int, 1)), steps_per_epoch=steps, verbose=0, shuffle=False)
            if turn:  # the first round compiles
                speeds[name].append(pictures[name] / (time.perf_counter() - began))
    return speeds


def time_unpaired(rounds, batch_size=4):
    """Steps of `unpaired` and of CycleGAN as published, both with all losses, at 256x320, in turn.

    Returns
    -------
    dict
        Pairs of pictures a second of both, and the median of the rounds' ratios.
    """
    import numpy as np

    from experiments.unpaired import Settings, build
    from transformers import backend, published, unpaired

    backend.set_precision("float32")
    theirs = unpaired.CycleGAN(published.cyclegan_generator, critic=published.cyclegan_discriminator)
    theirs.compile()
    backend.set_precision("auto")
    settings = {"name": "", "a": "", "b": "", "adversarial_from": 0}
    ours = {name: build(Settings(generator=name, **settings)) for name in ("resnet", "unet")}
    rng = np.random.default_rng(0)

    def batch(count):
        a, b = rng.uniform(-1, 1, (2, count, 320, 256, 3)).astype(np.float32)
        return {"a": a, "b": b, "pair": b, "draws": rng.random((count, 2 * unpaired.DRAWS), np.float32)}

    jobs = {name: (gan, batch(batch_size)) for name, gan in ours.items()}
    speeds = _in_turn(
        jobs | {"published": (theirs, batch(1))}, dict.fromkeys(ours, 3 * batch_size) | {"published": 1}, rounds
    )
    results = {f"pairs a second, {name}, 256x320": statistics.median(values) for name, values in speeds.items()}
    for name in ours:
        ratios = [a / b for a, b in zip(speeds[name], speeds["published"], strict=True)]
        results[f"ratio, {name} to published"] = statistics.median(ratios)
    return results


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


REFERENCE_STEPS = 500  # of L-BFGS in float32, at the full size alone
PATIENCE = 5  # times as long as ours the straightforward script may take


def time_painting(photo, painting, size):
    """Style transfer, beside many steps of L-BFGS, and beside the straightforward script.

    The steps of L-BFGS begin as ours do, with the photograph in the painting's colours. The script
    begins with the photograph itself; it has features of content and style computed in each step,
    float32, Adam, and one size. It is stopped at the loss that ours reaches, or after `PATIENCE` times
    as long. All losses are those of the same formula in float32.

    Returns
    -------
    dict
        Seconds, losses, and ratios of both.
    """
    from experiments.command import progress
    from experiments.demo import packaged_photos
    from experiments.painting import Painting, Settings, at_size, transfer_of
    from experiments.representation import to_unit
    from filters import pictures
    from transformers import backend
    from transformers.descent import LBFGS, Adam

    photo, painting = pictures.read(photo or packaged_photos()[0]), pictures.read(painting)
    settings = Settings(size=size)
    backend.set_precision("float32")
    exact = transfer_of(settings)
    content, style = (to_unit(at_size(picture, size)) for picture in (photo, painting))

    def aim():
        return exact.aim(content, exact.gram_matrices(style))

    judge = aim()
    backend.set_precision("auto")
    began = time.perf_counter()
    ours = Painting(photo, [painting], settings)
    with progress("ours", unit="%") as report:
        while not ours.finished:
            ours.step()
            report(round(100 * ours.share), 100)
    seconds = time.perf_counter() - began
    reached = judge(ours.optimizer.x)[0]

    began = time.perf_counter()
    plain = Adam(lambda picture: aim()(picture), content)
    loss, steps, plain_seconds = float("inf"), 0, 0.0
    with progress("straightforward script, at most", unit="s") as report:
        while loss > reached and plain_seconds < PATIENCE * seconds:
            loss, steps = plain.step(), steps + 1
            plain_seconds = time.perf_counter() - began
            report(round(plain_seconds), round(PATIENCE * seconds), f"loss {loss:.3f}, aim {reached:.3f}")

    reference = LBFGS(judge, ours.recolored(size))
    with progress("reference", unit="step") as report:
        for step in range(REFERENCE_STEPS):
            reference.step()
            report(step + 1, REFERENCE_STEPS)
    return {
        f"seconds, ours, {size} pixels": seconds,
        "loss, ours": reached,
        f"loss, {REFERENCE_STEPS} steps of L-BFGS in float32": reference.value,
        "ratio of these losses": reached / reference.value,
        "seconds, straightforward script": plain_seconds,
        "loss, straightforward script": loss,
        "steps, straightforward script": steps,
        "ratio of seconds": plain_seconds / seconds,
    }


def time_film(name=None, rounds=ROUNDS, size=(384, 288), seconds=5, rate=25):
    """A pan over a photograph, painted and held, beside each frame painted alone.

    Parameters
    ----------
    name : str, optional
        Of a painter, see `fast_painter.load_painter`; by default all that are shipped.
    rounds : int
        Of the frames of one second, for the speed.
    size : tuple of int
        ``(width, height)`` of the film.
    seconds, rate : int
        Length of the film, and frames a second.

    Returns
    -------
    dict
        Frames a second, temporal errors (0 to 255) and their ratio, of each painter.
    """
    from experiments.fast_painter import NETWORK, load_painter, paint, steadily
    from filters import motion
    from transformers import pretrained
    from transformers.inference import Compiled

    frames = _pan(size, seconds * rate)
    results = {}
    for painter_name in [name] if name else pretrained.available(NETWORK):
        painter = Compiled(load_painter(painter_name))
        alone = [paint(frame, painter) for frame in frames]
        speeds = []
        for _ in range(rounds):
            began = time.perf_counter()
            held = list(steadily(frames[:rate], lambda frame, painter=painter: paint(frame, painter)))
            speeds.append(len(held) / (time.perf_counter() - began))
        # Frames that are painted already: only what is done between them is left.
        painted = iter(alone)
        held = list(steadily(frames, lambda frame, painted=painted: next(painted)))
        errors = [motion.temporal_error(frames, film) for film in (alone, held)]
        results |= {
            f"{painter_name}: frames a second, {size[0]}x{size[1]}": statistics.median(speeds),
            f"{painter_name}: temporal error, each frame alone": errors[0],
            f"{painter_name}: temporal error, held": errors[1],
            f"{painter_name}: ratio, held to alone": errors[1] / errors[0],
        }
    return results


def _pan(size, count):
    """Frames of a camera that moves over a packaged photograph, by parts of pixels, and nears it by a tenth."""
    import cv2
    import numpy as np

    from experiments.demo import packaged_photos
    from filters import pictures

    photo = pictures.read(packaged_photos()[0])
    frames = []
    for share in np.linspace(0, 1, count):
        scale = 0.7 * photo.shape[1] / size[0] * (1 - 0.1 * share)
        room = np.array([photo.shape[1] - scale * size[0], photo.shape[0] - scale * size[1]])
        corner = room * (share, 0.3 + 0.2 * share)
        matrix = np.float64([[scale, 0, corner[0]], [0, scale, corner[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        frames.append(cv2.warpAffine(photo, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101))
    return frames
