"""Feed damaged files to all that reads files: ``python tests/fuzz.py TARGET [--count N] [--seed S]``.

An input may be refused in one of the ways of this project, `OURS`; anything else that is raised, anything that
takes over two seconds, and anything that takes the program above one gigabyte is printed, with the seed that makes
it again. Nothing else is printed but a last line with the numbers. tests/test_hostile.py runs a few inputs of each.

``python tests/fuzz.py reader --guided`` lets atheris (``pip install atheris``) choose the inputs of the reader: it
keeps those that reach lines that no other has reached, and goes on from them; it stops at its first finding.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import h5py
import numpy as np
import tifffile
from PIL import Image, ImageCms

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from experiments.cli.console import UsageError
from filters.io import pictures
from transformers.pretrained import WeightsError

OURS = (pictures.PictureError, UsageError, WeightsError)
SECONDS, MEGABYTES = 2.0, 1024
NUMBERS = (0, 1, 2, 4, 127, 128, 255)
WORDS = (
    *("", "..", "../../x", "/etc/passwd", "a/../../b", "nan", "inf", "-1", "1e999", "9" * 400, "\0", "é\udcff"),
    *("<script>alert(1)</script>", "{{ 7 * 7 }}", "=1+1", "true", "[]", "{}", "null", '"', "a,b\nc", "\x1b[31m"),
)
VALUES = (*WORDS, None, True, -1, 0, 10**30, 1.5, float("nan"), [], {}, [[1]], {"a": {}}, ["x"] * 3)

Target = Callable[[np.random.Generator, Path], Callable[[], object]]  # makes an input; what reads it is returned


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes of which some are changed, lost, repeated or cut off."""
    result = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        size, place = len(result), int(rng.integers(len(result)))
        near = int(rng.integers(min(size, 300)))  # headers are in front
        match rng.integers(7):
            case 0:
                result[place] = int(rng.integers(256))
            case 1:
                result[near] = int(rng.choice(NUMBERS))
            case 2:
                result[near : near + 4] = int(rng.integers(2**32)).to_bytes(4, "little")
            case 3:
                del result[place : place + int(rng.integers(1, 30))]
            case 4:
                result[place:place] = result[near : near + int(rng.integers(1, 60))]
            case 5:
                word = str(rng.choice(WORDS)).encode(errors="surrogateescape")
                result[place : place + len(word)] = word
            case _:
                del result[max(1, place) :]
        result = result or bytearray(data)
    return bytes(result)


def reader_seeds() -> list[tuple[str, bytes]]:
    """Return small pictures of all formats and many kinds: extension and bytes."""
    rng = np.random.default_rng(0)
    deep = rng.integers(0, 65535, (24, 20, 3), dtype=np.uint16)
    seeds: list[tuple[str, bytes]] = []

    def tiff(values: np.ndarray, **how) -> None:
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, values, **how)
        seeds.append((".tif", buffer.getvalue()))

    tiff(deep, photometric="rgb")
    tiff(deep.transpose(2, 0, 1), photometric="rgb", planarconfig="separate", rowsperstrip=7)
    tiff(deep, photometric="rgb", tile=(16, 16), compression="zlib")
    tiff(deep[..., 0].astype(np.float32) / 65535)
    tiff(deep[..., 0], photometric="miniswhite", byteorder=">")
    tiff(deep[..., :2], photometric="minisblack", extrasamples=["unassalpha"])
    tiff(deep, photometric="cielab")
    seeds += [(".tif", cv2.imencode(".tiff", deep)[1].tobytes()), (".png", cv2.imencode(".png", deep)[1].tobytes())]
    exif = Image.Exif()
    exif.update({0x112: 6, 0x10E: "text"})
    exif.get_ifd(0x8769).update({0x9003: "1999:12:31 23:59:00"})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray((deep >> 8).astype(np.uint8))
    told = {"exif": exif, "icc_profile": profile}
    kinds = {
        **{(kind, mode): told for kind in ("JPEG", "PNG") for mode in ("RGB", "L")},
        **{(kind, "RGB"): told for kind in ("WEBP", "AVIF", "TIFF")},
        **{("JPEG", "CMYK"): {}, ("PNG", "RGBA"): {}, ("PNG", "P"): {}, ("PNG", "1"): {}, ("WEBP", "RGBA"): {}},
        **{(kind, "RGB"): {} for kind in ("BMP", "GIF", "JPEG2000", "TGA")},
        ("MPO", "RGB"): {"save_all": True, "append_images": [image], "exif": exif},
        ("GIF", "P"): {"save_all": True, "append_images": [image.convert("P")] * 2},
    }
    for (kind, mode), how in kinds.items():
        buffer = io.BytesIO()
        image.convert(mode).save(buffer, kind, **how)
        seeds.append((f".{kind.lower()}", buffer.getvalue()))
    return seeds


def reader() -> Target:
    seeds = reader_seeds()

    def make(rng: np.random.Generator, folder: Path) -> Callable[[], object]:
        extension, data = seeds[rng.integers(len(seeds))]
        data = damaged(data, rng)
        return lambda: pictures.decode(data, f"f{extension}")

    return make


def runs() -> Target:
    """Run folders: ``config.json`` with values of any kind, or damaged; ``metrics.json`` and ``history.csv``."""
    from experiments.core.models import find_generator, find_painter, find_weights
    from experiments.core.runs import Run
    from experiments.reports import gallery

    sound = {"kind": "transformation", "transformation": "gray_to_color", "preset": "tiny", "epochs": 3, "seed": 0}
    metrics = {"gray": {"psnr": 20.0, "ssim": 0.5}}

    def make(rng: np.random.Generator, folder: Path) -> Callable[[], object]:
        for name, content in {"config": sound, "metrics": metrics}.items():
            data = json.dumps(changed(content, rng)).encode()
            (folder / f"{name}.json").write_bytes(damaged(data, rng) if rng.random() < 0.3 else data)

        def read() -> None:
            for find in (find_generator, find_painter, find_weights):
                with contextlib.suppress(*OURS):
                    find(str(folder))
            with contextlib.suppress(*OURS):
                str(Run.open(folder).name)
            with tempfile.TemporaryDirectory() as out:
                gallery.build([folder], Path(out) / "index.html")
                for shown in (Path(out) / "index.html", Path(out) / "files" / "page" / "data.js"):
                    assert "<script>alert(1)" not in shown.read_text()

        return read

    return make


def changed(content: dict, rng: np.random.Generator) -> object:
    """Return a dictionary of which some values, or all of it, are of another kind."""
    result = dict(content)
    for key in content:
        match rng.integers(6):
            case 0:
                result[key] = VALUES[rng.integers(len(VALUES))]
            case 1:
                del result[key]
            case 2 if rng.random() < 0.2:
                return VALUES[rng.integers(len(VALUES))]
    return result


def weights() -> Target:
    """Weights files: damaged, or with links, files, sizes and kinds that do not belong there."""
    from transformers import pretrained
    from transformers.networks.painter import painter

    network = painter("tiny")
    buffer = Path(tempfile.mkdtemp()) / "sound.weights.h5"
    pretrained.save_weights(network, buffer)
    sound = buffer.read_bytes()
    buffer.unlink()
    buffer.parent.rmdir()

    def make(rng: np.random.Generator, folder: Path) -> Callable[[], object]:
        path = folder / "strange.weights.h5"
        path.write_bytes(damaged(sound, rng) if rng.random() < 0.7 else sound)
        with contextlib.suppress(Exception), h5py.File(path, "a") as file:
            names: list[str] = []
            file.visit(names.append)
            for name in rng.choice(names, 2):
                match rng.integers(6):
                    case 0:
                        del file[name]
                        file[name] = h5py.ExternalLink("/etc/passwd", "/")
                    case 1:
                        del file[name]
                        file.create_dataset(name, (10**9, 1000), "f4", chunks=(1000, 1000), compression="gzip")
                    case 2:
                        del file[name]
                        file.create_dataset(name, (4,), "f4", external=[("/etc/passwd", 0, 16)])
                    case 3:
                        del file[name]
                        file[name] = np.full(3, np.nan)
                    case 4:
                        file[f"{name}/again"] = h5py.SoftLink("/")
                    case _:
                        file[name] = np.bytes_(b"text")
        return lambda: pretrained.load_weights(network, path)

    return make


def tables() -> Target:
    """Tables of crops and of results that somebody else has written."""
    from experiments.cli.results import COLUMNS, LIST, Results
    from experiments.datasets import cutting
    from experiments.datasets.crops import load_crops
    from filters import measures

    picture = np.zeros((480, 360, 3), np.uint8)

    def table(columns: tuple[str, ...], rng: np.random.Generator) -> bytes:
        text, row = (
            io.StringIO(),
            dict.fromkeys(columns, "1") | {"crop": "a_1.png", "sha256": "ab" * 32, "split": "train"},
        )
        lines = csv.writer(text)
        lines.writerow(columns)
        for _ in range(3):
            told = changed(row, rng)
            lines.writerow([told.get(c, "") for c in columns] if isinstance(told, dict) else [str(told)])
        data = text.getvalue().encode(errors="surrogateescape")
        return damaged(data, rng) if rng.random() < 0.5 else data

    def make(rng: np.random.Generator, folder: Path) -> Callable[[], object]:
        pictures.write(folder / "a_1.png", picture)
        (folder / "faces.csv").write_bytes(table(measures.COLUMNS, rng))
        (folder / LIST).write_bytes(table(COLUMNS, rng))

        def read() -> None:
            with contextlib.suppress(*OURS):
                load_crops(folder)
            cutting._known(folder, "yunet")
            results = Results(folder)
            for target in results.names([folder / "a_1.png", folder / "b.png"]):
                assert target.resolve().is_relative_to(folder.resolve()), target

        return read

    return make


def hints() -> Target:
    """Files of hints: JSON, and pictures of strokes."""
    from experiments.inference import hints as reading

    painted = io.BytesIO()
    strokes = np.zeros((20, 30, 4), np.uint8)
    strokes[4:9, 4:20] = 200, 30, 30, 255
    Image.fromarray(strokes).save(painted, "PNG")

    def make(rng: np.random.Generator, folder: Path) -> Callable[[], object]:
        path = folder / ("h.json" if rng.random() < 0.7 else "h.png")
        entries = [
            changed({"x": 1, "y": 2, "color": "#123456"}, rng),
            "3,4=#abc",
            VALUES[rng.integers(len(VALUES))],
        ]
        data = json.dumps(entries).encode() if path.suffix == ".json" else painted.getvalue()
        path.write_bytes(damaged(data, rng) if rng.random() < 0.7 else data)
        return lambda: reading.read(path, (30, 20))

    return make


def states() -> Target:
    """Saved states of paintings."""
    from types import SimpleNamespace

    from experiments.inference import painting

    buffer = io.BytesIO()
    np.savez(buffer, described="x", level=np.array(1), count=np.array(1), x=np.zeros((4, 4, 3), np.float32))
    pickled = io.BytesIO()
    np.savez(pickled, described=np.array([{}], object), allow_pickle=True)

    def make(rng: np.random.Generator, folder: Path) -> Callable[[], object]:
        path = folder / "state.npz"
        path.write_bytes(damaged(buffer.getvalue() if rng.random() < 0.8 else pickled.getvalue(), rng))
        made = SimpleNamespace(settings=painting.Settings(), restore=lambda arrays: None)

        def read() -> None:
            try:
                painting.load_state(made, path, {})  # pyright: ignore[reportArgumentType]
            except ValueError as error:
                if str(path) not in str(error):
                    raise AssertionError from error

        return read

    return make


def names() -> Target:
    """Galleries of folders and files whose names hold anything."""
    from experiments.reports import gallery

    small = io.BytesIO()
    Image.new("L", (2, 3)).save(small, "PNG")

    def make(rng: np.random.Generator, folder: Path) -> Callable[[], object]:
        raw = b"".join(WORDS[i].encode(errors="surrogateescape") for i in rng.integers(len(WORDS), size=3))
        raw = bytes(c for c in raw if c not in b"/\0")[:200] or b"x"
        shown = folder / os.fsdecode(b"in " + raw)
        shown.mkdir()
        (shown / os.fsdecode(raw + b".png")).write_bytes(small.getvalue())
        (folder / "files").mkdir(exist_ok=True)
        listed = json.dumps(VALUES[rng.integers(len(VALUES))]) if rng.random() < 0.5 else '["../x", "a-000.jpg"]'
        (folder / "files" / ".files.json").write_text(listed)

        def read() -> None:
            try:
                gallery.build([shown], folder / "index.html")
                page = (folder / "index.html").read_text(errors="surrogateescape")
                assert "<script>alert(1)" not in page and ">49<" not in page
            finally:
                shutil.rmtree(shown)

        return read

    return make


TARGETS: dict[str, Callable[[], Target]] = {
    **{"reader": reader, "runs": runs, "weights": weights, "tables": tables, "hints": hints, "states": states},
    "names": names,
}


def run(name: str, count: int, seed: int = 0) -> Iterator[str]:
    """Feed inputs to a target; yield a line for each finding, and a last one with the numbers."""
    make, refused, longest, found = TARGETS[name](), 0, 0.0, 0
    limit = max(MEGABYTES, _megabytes() + MEGABYTES // 2)  # the program may hold more already, of other work
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            rng = np.random.default_rng([seed, number])
            read = make(rng, Path(folder))
            began, why = time.process_time(), ""
            try:
                with contextlib.redirect_stderr(io.StringIO()):
                    read()
            except OURS:
                refused += 1
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                why = f"{type(error).__name__}: {error!s:.120} ({where.filename}:{where.lineno})"
            took = time.process_time() - began
            longest = max(longest, took)
            if took > SECONDS:
                why += f" took {took:.1f} s"
            if _megabytes() > limit:
                why += f" took {_megabytes()} MB"
            if why:
                found += 1
                yield f"{name} {seed} {number}: {why}"
    yield f"{name}: {count} inputs, {refused} refused, {found} findings; at most {longest:.2f} s, {_megabytes()} MB"


def guided(count: int, seed: int) -> None:
    """Feed the reader what atheris makes of small files of all kinds; ends the program."""
    import atheris

    def read(data: bytes) -> None:
        with contextlib.suppress(*OURS):
            pictures.decode(data, "f.tga")

    with tempfile.TemporaryDirectory() as corpus:
        for number, (_, data) in enumerate(reader_seeds()):
            (Path(corpus) / str(number)).write_bytes(data)
        atheris.instrument_all()
        limits = (f"-timeout={SECONDS:.0f}", f"-rss_limit_mb={MEGABYTES}", "-max_len=8192")
        atheris.Setup([sys.argv[0], corpus, f"-runs={count}", f"-seed={seed + 1}", *limits], read)
        atheris.Fuzz()


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guided", action="store_true", help="let atheris choose the inputs of the reader")
    arguments = parser.parse_args()
    if arguments.guided:
        guided(arguments.count, arguments.seed)
    for name in TARGETS if arguments.target == "all" else [arguments.target]:
        for line in run(name, arguments.count, arguments.seed):
            print(line, flush=True)


if __name__ == "__main__":
    main()
