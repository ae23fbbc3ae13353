"""Reading and writing pictures: the one place where files become arrays and back.

A picture in this project is a ``uint8`` RGB array of shape ``(height, width, 3)``, in sRGB and upright.
"""

import contextlib
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from filters.io import decoding
from filters.io.decoding import FORMATS, MAX_PIXELS
from filters.io.files import (
    EXTENSIONS,
    Batch,
    Box,
    Flow,
    PathLike,
    Picture,
    PictureError,
    Size,
    find_pictures,
    read_bytes,
    write_bytes,
)
from filters.io.metadata import SRGB_PROFILE, large_jpeg, large_png, metadata_of, png_with, tiff_with
from filters.strips import WHOLE

# fmt: off
__all__ = [
    "ANIMATIONS", "EXTENSIONS", "FORMATS", "MAX_PIXELS", "WRITTEN", "Batch", "Box", "Flow",
    "PathLike", "Picture", "PictureError", "Size", "check", "decode", "encode", "find_pictures",
    "read", "read_bytes", "read_with_alpha", "write", "write_bytes",
]
# fmt: on
ANIMATIONS = (".gif", ".webp")
# What is written, by extension: Pillow's names of the formats.
WRITTEN = {
    **{".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".jfif": "JPEG", ".jpe": "JPEG", ".webp": "WEBP"},
    **{".tif": "TIFF", ".tiff": "TIFF", ".bmp": "BMP"},
}
WITH_ALPHA = ("PNG", "WEBP", "TIFF")
QUALITY = 95  # of JPEG
LARGEST_SIDES = {"WEBP": 16_383, "JPEG": 65_500}  # pixels that a format can count


def read(path: PathLike) -> Picture:
    """Read a picture file.

    EXIF orientation and colour profiles are applied, transparency is laid on white, 16-bit, float, grayscale,
    palette, CIELAB and CMYK pictures are converted. Of an animation the first frame is taken, and of several
    pages the first: the logger ``filters`` warns of what is left out.

    Parameters
    ----------
    path : path-like
        A JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF, JPEG 2000 or TGA file.

    Returns
    -------
    numpy.ndarray
        ``uint8`` sRGB, shape ``(height, width, 3)``.

    Raises
    ------
    PictureError
        When the file is missing, empty, no regular file, no picture, damaged or over 200 megapixels.
    """
    return decode(read_bytes(path), path)


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
    colors, alpha = decoding.decode(read_bytes(path), path)
    return np.dstack([colors, np.full(colors.shape[:2], 255, np.uint8) if alpha is None else alpha])


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
    colors, alpha = decoding.decode(data, name)
    return colors if alpha is None else _on_white(colors, alpha)


def check(path: PathLike) -> None:
    """Make sure that a file begins as a picture does: quick, as nothing is decoded; raises what `read` does."""
    decoding.check(read_bytes(path), path)


def _on_white(colors: np.ndarray, alpha: np.ndarray) -> Picture:
    opaque = alpha.astype(np.uint16)[..., None]
    return ((colors * opaque + (255 - opaque) * np.uint16(255) + np.uint16(127)) // np.uint16(255)).astype(np.uint8)


def write(
    path: PathLike, picture: np.ndarray, *, quality: int | None = None, source: PathLike | None = None
) -> None:
    """Write a picture atomically, in the format of the path's extension. Its file says that it is sRGB.

    Parameters
    ----------
    path : path-like
        Missing folders are made.
    picture : numpy.ndarray
        ``uint8``, shape ``(height, width)``, ``(height, width, 1)``, ``(height, width, 3)`` RGB or ``(height,
        width, 4)`` RGBA; transparency is laid on white where the format knows none.
    quality : int, optional
        Of JPEG and WebP, 1–100. By default JPEG has 95 and WebP loses nothing.
    source : path-like, optional
        The photograph that it was made of. Its dates, description, artist, copyright and resolution are kept,
        and its transparency, if the picture is RGB of the same size and the format knows any.

    Raises
    ------
    PictureError
        When the extension is none of `WRITTEN`, the picture too large for its format, or the file cannot be
        written.
    """
    extension = Path(path).suffix.lower()
    if extension not in WRITTEN:
        raise PictureError(f"{path}: cannot write '{extension}' files; use .png or .jpg")
    most = LARGEST_SIDES.get(WRITTEN[extension], math.inf)
    if max(picture.shape[:2]) > most:
        size = f"{picture.shape[1]}x{picture.shape[0]}"
        raise PictureError(f"{path}: {size} pixels are too many for a {extension} file ({most} a side); use .png")
    data = None
    if source is not None:
        with contextlib.suppress(PictureError):  # it may be gone by now
            data = read_bytes(source)
    write_bytes(path, _encoded(picture, WRITTEN[extension], quality, data))


def encode(
    picture: np.ndarray, kind: str, quality: int | None = None, source: bytes | None = None
) -> bytes | memoryview:
    """Return the bytes of a picture's file, see `write`.

    Parameters
    ----------
    picture : numpy.ndarray
    kind : {"PNG", "JPEG", "WEBP", "TIFF", "BMP"}
    quality : int, optional
    source : bytes, optional
        Of the file of the photograph that it was made of.

    Returns
    -------
    bytes or memoryview
    """
    data = _encoded(picture, kind, quality, source)
    return data if isinstance(data, bytes | memoryview) else b"".join(data)


def _encoded(
    picture: np.ndarray, kind: str, quality: int | None, source: bytes | None
) -> bytes | memoryview | Iterator[bytes]:
    """Return what `encode` returns; a large PNG part by part, so that memory holds no more than one."""
    picture = np.ascontiguousarray(picture[..., 0] if picture.ndim == 3 and picture.shape[2] == 1 else picture)
    size = picture.shape[1], picture.shape[0]
    kept = metadata_of(source) if source else None
    if source and kept and kept.transparent and picture.shape[2:] == (3,) and kind in WITH_ALPHA:
        picture = _with_alpha_of(source, picture)
    if picture.shape[2:] == (4,) and kind not in WITH_ALPHA:
        picture = _on_white(picture[..., :3], picture[..., 3])
    if kind == "PNG" and size[0] * size[1] > WHOLE:
        return large_png(picture, kept)
    if kind == "JPEG" and picture.ndim == 3 and size[0] * size[1] > WHOLE:
        return large_jpeg(picture, quality or QUALITY, SRGB_PROFILE, kept)
    if kind == "PNG":
        order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
        if picture.ndim == 3:
            picture = cv2.cvtColor(picture, order[picture.shape[2]])
        return png_with(cv2.imencode(".png", picture)[1].data, size, kept)
    options: dict[str, Any] = {"JPEG": {"quality": quality or QUALITY}, "TIFF": {"compression": "tiff_lzw"}}.get(
        kind, {}
    )
    if kind == "WEBP":
        options = {"quality": quality} if quality else {"lossless": True}
    if kind != "BMP":
        options["icc_profile"] = SRGB_PROFILE if picture.ndim == 3 else None
        if kept:
            options |= {"exif": None if kind == "TIFF" else kept.exif(size), "dpi": kept.dpi_at(size)}
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **{k: v for k, v in options.items() if v is not None})
    return tiff_with(buffer.getvalue(), kept) if kept and kind == "TIFF" else buffer.getvalue()


def _with_alpha_of(source: bytes, picture: Picture) -> np.ndarray:
    """Return a picture with the transparency of its source, if that is of its size."""
    with contextlib.suppress(PictureError):
        _, alpha = decoding.decode(source, "")
        if alpha is not None and alpha.shape == picture.shape[:2]:
            return np.dstack([picture, alpha])
    return picture
