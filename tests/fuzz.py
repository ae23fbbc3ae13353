"""Feed damaged files to all that reads files: ``python tests/fuzz.py TARGET [--count N] [--seed S]``.

An input may be refused in one of the ways of this project, `OURS`; anything else that is raised, anything that
takes over two seconds, and anything that takes the program above one gigabyte is printed, with the seed that makes
it again. Nothing else is printed but a last line with the numbers. tests/test_hostile.py runs a few inputs of each.
"""

import argparse
import contextlib
import io
import logging
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
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


TARGETS: dict[str, Callable[[], Target]] = {"reader": reader}


def run(name: str, count: int, seed: int = 0) -> Iterator[str]:
    """Feed inputs to a target; yield a line for each finding, and a last one with the numbers."""
    logging.getLogger("filters").setLevel(logging.CRITICAL)  # of pages that are left out
    make, refused, longest, found = TARGETS[name](), 0, 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            rng = np.random.default_rng([seed, number])
            read = make(rng, Path(folder))
            before, began, why = _megabytes(), time.process_time(), ""
            try:
                with contextlib.redirect_stderr(io.StringIO()):
                    read()
            except OURS as error:
                refused += 1
                if "\n" in str(error):
                    why = f"more than a line: {error!r}"
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                why = f"{type(error).__name__}: {error!s:.120} ({where.filename}:{where.lineno})"
            took = time.process_time() - began
            longest = max(longest, took)
            if took > SECONDS:
                why += f" took {took:.1f} s"
            if _megabytes() > max(before, MEGABYTES):
                why += f" took {_megabytes()} MB"
            if why:
                found += 1
                yield f"{name} {seed} {number}: {why}"
    yield f"{name}: {count} inputs, {refused} refused, {found} findings; at most {longest:.2f} s, {_megabytes()} MB"


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for name in TARGETS if arguments.target == "all" else [arguments.target]:
        for line in run(name, arguments.count, arguments.seed):
            print(line, flush=True)


if __name__ == "__main__":
    main()
