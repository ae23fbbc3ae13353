"""Reading and writing pictures: the one place where files become arrays and back.

A picture in this project is a ``uint8`` RGB array of shape ``(height, width, 3)``.
"""

import contextlib
import io
import math
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

# For type hints: what goes from room to room.
Picture = np.ndarray  # ``uint8`` RGB ``(height, width, 3)``
Batch = np.ndarray  # ``float32`` ``(count, height, width, channels)``
Flow = np.ndarray  # ``float32`` ``(height, width, 2)``: across and down, in pixels
Size = tuple[int, int]  # ``(width, height)`` in pixels
Box = tuple[float, float, float, float]  # ``(x, y, width, height)`` in pixels
PathLike = str | os.PathLike[str]

# Of Pillow's formats those that are opened: of a file's content, whatever its name. Others, such as EPS, would
# hand a file from anywhere to another program, which runs what is written in it.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")
ANIMATIONS = (".gif", ".webp")
MAX_PIXELS = 200_000_000
LARGEST_SIDES = {".webp": 16_383, ".jpg": 65_500, ".jpeg": 65_500}  # pixels that a format can count
# Pillow's own guard warns at 89 megapixels and raises at 179; ours is one clear limit.
Image.MAX_IMAGE_PIXELS = None


class PictureError(ValueError):
    """A picture cannot be read, used or written; the message names it and the remedy."""


def find_pictures(paths: Iterable[PathLike]) -> list[Path]:
    """Expand files and folders into a list of picture files.

    Parameters
    ----------
    paths : iterable of path-like
        Files are taken as they are, whatever their name; of folders, all files below
        with a picture's extension (see ``EXTENSIONS``), sorted. Hidden files are left out.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    PictureError
        When a path does not exist or a folder holds no picture.
    """
    found = []
    for path in map(Path, paths):
        if path.is_dir():
            named = (p for p in path.rglob("*") if p.suffix.lower() in EXTENSIONS and not p.name.startswith("."))
            inside = sorted(p for p in named if p.is_file())
            if not inside:
                raise PictureError(f"{path} holds no pictures; expected files ending in {', '.join(EXTENSIONS)}")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise PictureError(f"{path} does not exist; check the name")
    return list(dict.fromkeys(found))


def read(path: PathLike) -> Picture:
    """Read a picture file.

    EXIF orientation is applied, transparency laid on white, 16-bit, grayscale, palette
    and CMYK pictures are converted, and of an animation the first frame is taken.

    Parameters
    ----------
    path : path-like
        A JPEG, PNG, WebP, TIFF, BMP or GIF file.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB, shape ``(height, width, 3)``.

    Raises
    ------
    PictureError
        When the file is missing, empty, no picture, damaged or over 200 megapixels.
    """
    return decode(_bytes_of(path), path)


def read_with_alpha(path: PathLike) -> np.ndarray:
    """Read a picture file with its transparency, which `read` lays on white.

    Parameters
    ----------
    path : path-like
        As for `read`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB and alpha, shape ``(height, width, 4)``; alpha is 0 where the picture is transparent and
        255 where it is opaque, or everywhere when it knows no transparency.

    Raises
    ------
    PictureError
        As `read`.
    """
    return _decode(_bytes_of(path), path, _to_rgba)


def _bytes_of(path: PathLike) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror}; check name and rights") from error


def decode(data: bytes, name: PathLike) -> Picture:
    """Decode the bytes of a picture file, as `read` does.

    Parameters
    ----------
    data : bytes
    name : path-like
        What error messages call it.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Raises
    ------
    PictureError
        When the bytes are none, no picture, damaged or over 200 megapixels.
    """
    return _decode(data, name, _to_rgb)


def check(path: PathLike) -> None:
    """Make sure that a file begins as a picture does: quick, as nothing is decoded; raises what `read` does."""
    with _opened(_bytes_of(path), path):
        pass


def _decode(data: bytes, name: PathLike, convert: Callable[[Image.Image], np.ndarray]) -> np.ndarray:
    """Return what `convert` makes of the upright Pillow image in the bytes of a file."""
    with _opened(data, name) as image:
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return convert(image)


@contextlib.contextmanager
def _opened(data: bytes, name: PathLike) -> Iterator[Image.Image]:
    """Yield the Pillow image in the bytes of a file; what goes wrong with it becomes a `PictureError`."""
    if not data:
        raise PictureError(f"{name} is empty; copy or download it again")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise PictureError(
                    f"{name} has {width}x{height} pixels, over the limit of "
                    f"{MAX_PIXELS // 1_000_000} megapixels; make it smaller"
                )
            yield image
    except UnidentifiedImageError as error:
        raise PictureError(f"{name} is not a picture; expected JPEG, PNG, WebP, TIFF, BMP or GIF") from error
    except PictureError:
        raise
    except (OSError, SyntaxError, ValueError, IndexError, TypeError, OverflowError, MemoryError) as error:
        # Pillow's decoders raise all of these on damaged files.
        raise PictureError(f"{name} is damaged ({error}); copy or download it again") from error


def _to_rgb(image: Image.Image) -> Picture:
    if _is_deep(image):
        return np.repeat(_deep_to_8_bit(np.asarray(image))[..., None], 3, axis=2)
    if _has_alpha(image):
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _to_rgba(image: Image.Image) -> np.ndarray:
    if _has_alpha(image):
        return np.array(image.convert("RGBA"))
    return np.dstack([_to_rgb(image), np.full(image.size[::-1], 255, np.uint8)])


def _is_deep(image: Image.Image) -> bool:
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _has_alpha(image: Image.Image) -> bool:
    transparent = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    return transparent and not _is_deep(image)


def _deep_to_8_bit(values: np.ndarray) -> np.ndarray:
    """Scale 16-bit, 32-bit or float gray values to 0–255, by the range that they use."""
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float64))
        top = 1.0 if values.max() <= 1 else 255.0 if values.max() <= 255 else 65535.0
    else:
        top = 255.0 if values.dtype == np.int32 and values.max() <= 255 else 65535.0
    return np.clip(np.round(values * (255.0 / top)), 0, 255).astype(np.uint8)


def write(path: PathLike, picture: np.ndarray) -> None:
    """Write a picture atomically, in the format of the path's extension.

    Parameters
    ----------
    path : path-like
        Missing folders are made. JPEG is written at quality 95.
    picture : numpy.ndarray
        ``uint8``, shape ``(height, width)``, ``(height, width, 1)`` or ``(height, width, 3)`` RGB.

    Raises
    ------
    PictureError
        When the extension is none of `EXTENSIONS`, the picture too large for its format, or the file cannot
        be written.
    """
    extension = Path(path).suffix.lower()
    if extension not in EXTENSIONS:
        raise PictureError(f"{path}: cannot write '{extension}' files; use .png or .jpg")
    if picture.ndim == 3 and picture.shape[2] == 3:
        picture = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    most = LARGEST_SIDES.get(extension, math.inf)
    if max(picture.shape[:2]) > most:
        size = f"{picture.shape[1]}x{picture.shape[0]}"
        raise PictureError(f"{path}: {size} pixels are too many for a {extension} file ({most} a side); use .png")
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if extension in (".jpg", ".jpeg") else []
    _, encoded = cv2.imencode(extension, picture, options)
    write_bytes(path, encoded.tobytes())


def write_bytes(path: PathLike, data: bytes) -> None:
    """Write bytes to a temporary name beside `path`, then rename: never half a file. Missing folders are made.

    Parameters
    ----------
    path : path-like
    data : bytes

    Raises
    ------
    PictureError
        When the file cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(3)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise PictureError(f"{path} cannot be written: {error.strerror or error}; choose another place") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
