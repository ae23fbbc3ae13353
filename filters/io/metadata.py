"""What a photograph's file tells beside its pixels, and what results keep of it."""

import base64
import contextlib
import io
import math
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from filters.io.decoding import FORMATS
from filters.io.files import Size
from filters.strips import strips

# Numbers of EXIF's tags: description, maker, model, date of change, artist, copyright; and of its own directory
# the dates of taking and digitizing, with their time zones and fractions, and the user's comment. Others tell of
# the file that was, not of the photograph: orientation, sizes, previews, what programs did.
DESCRIPTION, ARTIST, COPYRIGHT = 0x010E, 0x013B, 0x8298
KEPT = (DESCRIPTION, 0x010F, 0x0110, 0x0132, ARTIST, COPYRIGHT)
EXIF_DIRECTORY = 0x8769
KEPT_BELOW = (0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9286, 0x9290, 0x9291, 0x9292)
ORIENTATION, RESOLUTION_X, RESOLUTION_Y, RESOLUTION_UNIT, INCH = 0x0112, 0x011A, 0x011B, 0x0128, 2
TEXTS = {"Description": DESCRIPTION, "Author": ARTIST, "Copyright": COPYRIGHT}  # of PNGs
LONGEST = 20_000  # bytes of a tag; a JPEG holds 65,533 in all
MOST_DPI = 100_000
INCHES = 0.0254  # metres
# The profile of sRGB as LittleCMS makes it, 588 bytes: for the formats that have no shorter word for it.
SRGB_PROFILE = zlib.decompress(
    base64.b64decode(
        "eNqVkb1Lw1AUxU9bRdFKBx1EHDJUcWhBFMRR69ClSKkVrLo0r0krJGlIUqS4Ci4OBQfRxa/B/0BXwVWhICiCiH+DX4uUeNIUWkQH"
        "7+Pl/jh553LffUAwpQnd7poDdMOxMsmEtJJblXrqCHA1Iy9scz6dTuHP+Lz3z97FvVr4X/QXFFsAgV7yjDAth8xukNp0TI93yUOi"
        "lC+Qj8kxiw2Sbzxd9vnF46LP7x5b2cwCEPRqSsUOljtYlCydPEGO6lpFtPrxbhJWjOUl5hHuUdjIIIkEJMioYAMaHMSZDc7sd99k"
        "07eIMj2CXxNVWHQUUaI3RrXCqgqzSl3h0lD15v5znrY6PeVXDyeA7mfXfRsDevaARs11v05ct3EKhJ6AK6PtL3NOsx/Ua20tegRE"
        "toGL67Ym7wOXO8Dwo5m38k0pxB1UVeD1HBjIAYN1oG/Nn1XrP84egOwWn+gWODgExnk+sv4NBP1nlg=="
    )
)


@dataclass(frozen=True)
class Metadata:
    """What is kept of a photograph's file.

    Attributes
    ----------
    tags, below : dict
        Of EXIF, by number: those of the picture, and those of the directory that EXIF adds.
    dpi : tuple of float or None
        Pixels an inch, across and down.
    size : tuple of int
        ``(width, height)`` of the photograph, as it lies in the file.
    transparent : bool
        Whether it has an alpha channel, or a colour that is transparent.
    """

    tags: dict
    below: dict
    dpi: tuple[float, float] | None
    size: Size
    transparent: bool

    def dpi_at(self, size: Size) -> tuple[float, float] | None:
        """Return pixels an inch of a result: an enlarged print is still as large on paper."""
        if self.dpi is None:
            return None
        scale = min(max(size) / max(self.size), min(size) / min(self.size))
        return self.dpi[0] * scale, self.dpi[1] * scale

    def exif(self, size: Size) -> bytes:
        """Return it as EXIF of an upright result, ``b"Exif\\0\\0"`` first."""
        exif = Image.Exif()
        exif.update(self.tags | {ORIENTATION: 1})
        exif.get_ifd(EXIF_DIRECTORY).update(self.below)
        dpi = self.dpi_at(size)
        if dpi:
            exif.update({RESOLUTION_X: dpi[0], RESOLUTION_Y: dpi[1], RESOLUTION_UNIT: INCH})
        return exif.tobytes()


def metadata_of(data: bytes) -> Metadata | None:
    """Return what results keep of a photograph's file.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    Metadata or None
        Tags that are damaged are left out; None where there is no picture.
    """
    with contextlib.suppress(Exception), Image.open(io.BytesIO(data), formats=FORMATS) as image:
        tags, below = {}, {}
        with contextlib.suppress(Exception):
            tags = {TEXTS[key]: str(value).encode() for key, value in image.info.items() if key in TEXTS}
        with contextlib.suppress(Exception):
            exif = image.getexif()
            tags |= {number: _bytes_of(exif[number]) for number in KEPT if number in exif}
            directory = exif.get_ifd(EXIF_DIRECTORY)
            below = {number: directory[number] for number in KEPT_BELOW if number in directory}
        return Metadata(_sound(tags), _sound(below), _dpi(image), image.size, image.has_transparency_data)
    return None


def _bytes_of(value: object) -> object:
    """Return the bytes of a text, which Pillow takes for Latin-1 when it reads and for ASCII when it writes."""
    return value.encode("latin-1", "replace") if isinstance(value, str) else value


def _sound(tags: dict) -> dict:
    """Return the tags that can be written: texts, and bytes of comments."""
    return {
        number: value
        for number, value in tags.items()
        if isinstance(value, (str, bytes)) and 0 < len(value) <= LONGEST and _is_written(number, value)
    }


def _is_written(number: int, value: str | bytes) -> bool:
    exif = Image.Exif()
    exif[number] = value
    with contextlib.suppress(Exception):
        return bool(exif.tobytes())
    return False


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    with contextlib.suppress(Exception):
        across, down = (float(value) for value in image.info["dpi"])
        if all(math.isfinite(value) and 1 < value < MOST_DPI for value in (across, down)):
            return across, down
    return None


def png_with(data: bytes | memoryview, size: Size, metadata: Metadata | None) -> bytes:
    """Return a PNG that says that it is sRGB, and what is kept of a photograph's file.

    Parameters
    ----------
    data : bytes
        Of a PNG without either.
    size : tuple of int
        ``(width, height)``.
    metadata : Metadata or None

    Returns
    -------
    bytes

    References
    ----------
    W3C, "Portable Network Graphics (PNG) Specification", third edition: sRGB, pHYs, eXIf.
    """
    header = 8 + 25  # the signature and IHDR, which is first and of fixed size
    return b"".join([data[:header], *_chunks(_kept_in_png(size, metadata)), data[header:]])


def large_png(picture: np.ndarray, metadata: Metadata | None) -> Iterator[bytes]:
    """Yield the parts of what `png_with` returns, of a picture that memory should not hold a second time.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` ``(height, width)``, ``(height, width, 3)`` RGB or ``(height, width, 4)`` RGBA.
    metadata : Metadata or None

    Yields
    ------
    bytes
    """
    height, width, channels = (*picture.shape, 1)[:3]
    pack = zlib.compressobj(1, strategy=zlib.Z_RLE)
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    yield b"\x89PNG\r\n\x1a\n"
    yield from _chunks([(b"IHDR", header), *_kept_in_png((width, height), metadata)])
    for rows in strips(picture.shape):
        values = picture[rows].reshape(rows.stop - rows.start, -1)
        lines = np.empty((len(values), 1 + values.shape[1]), np.uint8)
        lines[:, 0] = 1  # each value as its difference to the one on its left
        lines[:, 1 : 1 + channels] = values[:, :channels]
        np.subtract(values[:, channels:], values[:, :-channels], out=lines[:, 1 + channels :])
        yield from _chunks([(b"IDAT", pack.compress(lines.data))])
    yield from _chunks([(b"IDAT", pack.flush()), (b"IEND", b"")])


def large_jpeg(picture: np.ndarray, quality: int, profile: bytes, metadata: Metadata | None) -> bytes:
    """Return a JPEG of a picture that memory should not hold a second time; Pillow's encoder does.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``. Its channels are exchanged while it is encoded, if it can be written
        to, and then put back.
    quality : int
    profile : bytes
        The ICC profile that the file shall carry, of less than 64 kB.
    metadata : Metadata or None

    Returns
    -------
    bytes

    References
    ----------
    ITU-T T.871, JFIF: its header has the density; ICC.1:2010, annex B.4: profiles in JPEG files.
    """
    size = picture.shape[1], picture.shape[0]
    lent = picture if picture.flags.writeable else picture.copy()
    _exchange(lent)
    try:
        data = cv2.imencode(".jpg", lent, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].data
    finally:
        _exchange(lent)
    header = bytearray(data[:20])  # the beginning of the file, and JFIF's segment
    dpi = metadata.dpi_at(size) if metadata else None
    if dpi:
        header[13:18] = struct.pack(">BHH", 1, *(min(65_535, round(value)) for value in dpi))
    segments = [(0xE1, metadata.exif(size))] if metadata else []
    segments.append((0xE2, b"ICC_PROFILE\0\1\1" + profile))
    parts = [
        struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body for kind, body in segments if len(body) <= 65_533
    ]
    return b"".join([header, *parts, data[20:]])


def _exchange(picture: np.ndarray) -> None:
    """Exchange red and blue, in place."""
    for rows in strips(picture.shape):
        picture[rows] = picture[rows, :, ::-1].copy()


def _kept_in_png(size: Size, metadata: Metadata | None) -> list[tuple[bytes, bytes]]:
    chunks = [(b"sRGB", b"\0")]
    if metadata:
        dpi = metadata.dpi_at(size)
        if dpi:
            chunks.append((b"pHYs", struct.pack(">IIB", *(round(value / INCHES) for value in dpi), 1)))
        chunks.append((b"eXIf", metadata.exif(size).removeprefix(b"Exif\0\0")))
    return chunks


def tiff_with(data: bytes, metadata: Metadata) -> bytes:
    """Return a TIFF with what is kept of a photograph's file but its resolution, for which Pillow is asked.

    Parameters
    ----------
    data : bytes
        Of a TIFF in little-endian order, of one page.
    metadata : Metadata

    Returns
    -------
    bytes
        The tags are in a new directory, behind all that was in the file.
    """
    result = bytearray(data)

    def directory(tags: dict[int, str | bytes], entries: dict[int, bytes]) -> int:
        for number, value in tags.items():
            is_text = isinstance(value, str) or number in KEPT
            content = value.encode("latin-1", "replace") if isinstance(value, str) else value
            content = content.rstrip(b"\0") + b"\0" if is_text else content
            place = content.ljust(4, b"\0")
            if len(content) > 4:
                place = struct.pack("<I", len(result))
                result.extend(content + b"\0" * (len(content) % 2))
            entries[number] = struct.pack("<HHI", number, 2 if is_text else 7, len(content)) + place
        start = len(result)
        ordered = b"".join(entries[number] for number in sorted(entries))
        result.extend(struct.pack("<H", len(entries)) + ordered + bytes(4))
        return start

    result.extend(b"\0" * (len(result) % 2))
    (start,) = struct.unpack("<I", data[4:8])
    (count,) = struct.unpack("<H", data[start : start + 2])
    places = range(start + 2, start + 2 + 12 * count, 12)
    entries = {int.from_bytes(data[place : place + 2], "little"): data[place : place + 12] for place in places}
    if metadata.below:
        below = directory(metadata.below, {})
        entries[EXIF_DIRECTORY] = struct.pack("<HHII", EXIF_DIRECTORY, 4, 1, below)
    result[4:8] = struct.pack("<I", directory(metadata.tags, entries))
    return bytes(result)


def _chunks(chunks: Iterable[tuple[bytes, bytes]]) -> Iterable[bytes]:
    for name, content in chunks:
        yield struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
