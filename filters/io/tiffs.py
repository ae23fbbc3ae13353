"""TIFFs that Pillow reads torn, too dark or not at all: over 8 bits, floats, CIELAB, odd channels and planes.

Pillow still unpacks the strips and tiles, whatever their compression: each is shown to it as an 8-bit gray
picture of as many bytes.
"""

import io
import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, TiffImagePlugin

# Numbers of tags (TIFF 6.0, part 1).
SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 254, 256, 257, 258, 259, 262, 266
STRIPS, SAMPLES, ROWS, STRIP_BYTES, PLANAR, PREDICTOR, TILE_WIDTH, TILE_HEIGHT = (
    273,
    277,
    278,
    279,
    284,
    317,
    322,
    323,
)
TILES, TILE_BYTES, EXTRA, FORMAT, ORIENTATION, PROFILE = 324, 325, 338, 339, 274, 34675
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, SEPARATED, CIELAB = 0, 1, 2, 5, 8  # of PHOTOMETRIC
COLORS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, SEPARATED: 4, CIELAB: 3}  # channels of each
UNSIGNED, SIGNED, FLOAT, UNTOLD = 1, 2, 3, 4  # of FORMAT
LOSSLESS = (1, 5, 8, 32773, 32946, 34925, 50000)  # none, LZW, deflate, PackBits, deflate, LZMA, Zstandard
REDUCED_OR_MASK = 0b101  # of SUBFILE: a preview of another page, or its mask
MOST_PAGES, MOST_BYTES = 10_000, 2_500_000_000
MOST_IN_TILE = 2**27  # bytes
ROWS_AT_ONCE = 64  # of bits that are taken apart


@dataclass(frozen=True)
class Page:
    """One page of a TIFF.

    Attributes
    ----------
    index : int
        Its place in the file.
    order : str
        Of bytes: ``"<"`` or ``">"``.
    tags : dict
        Values by number; those of several are tuples.
    """

    index: int
    order: str
    tags: dict[int, Any]

    def get(self, number: int, default: int = 0) -> int:
        """Return the first value of a tag as a whole number, or `default` where the page has none."""
        value = self.tags.get(number, default)
        return int(value[0] if isinstance(value, tuple) else value)

    def all(self, number: int) -> tuple[int, ...]:
        """Return all values of a tag as whole numbers."""
        value = self.tags.get(number, ())
        return tuple(map(int, value)) if isinstance(value, tuple) else (int(value),)

    @property
    def is_odd(self) -> bool:
        """Whether Pillow would not read it, or not as it is meant."""
        deep = max(self.all(BITS) or (1,)) > 8 or self.get(FORMAT, UNSIGNED) not in (UNSIGNED, UNTOLD)
        return self.get(COMPRESSION, 1) in LOSSLESS and (deep or self.get(PHOTOMETRIC) == CIELAB)

    @property
    def lacks_strips(self) -> bool:
        """Whether it has fewer strips than rows need; Pillow would take the others for black."""
        height, planes = self.get(HEIGHT), self.get(SAMPLES, 1) if self.get(PLANAR, 1) == 2 else 1
        rows = max(1, min(self.get(ROWS, height), height))
        return STRIPS in self.tags and len(self.all(STRIPS)) < planes * -(-height // rows)


def pages(data: bytes) -> list[Page]:
    """Return the pages of a TIFF, without previews and masks unless there is nothing else.

    Parameters
    ----------
    data : bytes
        Begins as a TIFF or a BigTIFF does.

    Returns
    -------
    list of Page
    """
    file = io.BytesIO(data)
    big = data[2:3] == b"\x2b" or data[3:4] == b"\x2b"
    found, seen = [], set()
    header = file.read(16 if big else 8)
    order = header[:2]
    if big:  # Pillow looks for its mark where only one of the two orders of bytes has it
        header = b"II+\0" + header[4:]
    directory = TiffImagePlugin.ImageFileDirectory_v2(header, order)
    start = directory.next
    while start and start not in seen and len(found) < MOST_PAGES:
        seen.add(start)
        file.seek(start)
        directory = TiffImagePlugin.ImageFileDirectory_v2(header, order)
        try:
            directory.load(file)
        except Exception:
            if not found:
                raise
            break  # the pages before it are there
        found.append(Page(len(found), "<" if order == b"II" else ">", dict(directory)))
        start = directory.next
    return [page for page in found if not page.get(SUBFILE) & REDUCED_OR_MASK] or found


@dataclass(frozen=True)
class Samples:
    """What a page holds.

    Attributes
    ----------
    values : numpy.ndarray
        Of the file's type, ``(height, width, channels)``: of gray, RGB, CMYK, or L, a and b.
    alpha : numpy.ndarray or None
        ``(height, width)``, of the same type.
    premultiplied : bool
        Whether `values` are multiplied by `alpha`.
    photometric : int
        What `values` mean.
    white : float or None
        The largest value that is possible, where it is not that of the type.
    """

    values: np.ndarray
    alpha: np.ndarray | None
    premultiplied: bool
    photometric: int
    white: float | None


def samples(data: bytes, page: Page) -> Samples:
    """Read a page.

    Parameters
    ----------
    data : bytes
        The file's.
    page : Page
        One of its `pages`.

    Returns
    -------
    Samples

    Raises
    ------
    ValueError
        When it is of a kind that is not read, or cut off.
    """
    photometric, count = page.get(PHOTOMETRIC), page.get(SAMPLES, 1)
    colors = COLORS.get(photometric)
    if colors is None or count < colors or page.get(COMPRESSION, 1) not in LOSSLESS:
        raise ValueError("this kind of TIFF is not read; save it as RGB without compression")
    if page.get(WIDTH) * page.get(HEIGHT) * count * page.get(BITS, 1) > 8 * MOST_BYTES:
        raise ValueError(f"{count} channels of {page.get(BITS, 1)} bits are too many; save it as RGB")
    planes = list(_planes(data, page))
    pixels = planes[0] if len(planes) == 1 else np.concatenate(planes[: max(colors, count)], axis=2)
    extra = page.all(EXTRA)[: count - colors]
    known = next((i for i, meaning in enumerate(extra) if meaning in (1, 2)), None)
    alpha = None if known is None else pixels[..., colors + known]
    premultiplied = known is not None and extra[known] == 1
    return Samples(pixels[..., :colors], alpha, premultiplied, photometric, _white(page))


def _white(page: Page) -> float | None:
    bits = page.get(BITS, 1)
    return None if bits in (16, 32, 64) or page.get(FORMAT, UNSIGNED) == FLOAT else 2.0**bits - 1


def _planes(data: bytes, page: Page) -> Iterator[np.ndarray]:
    """Yield the planes of a page, ``(height, width, channels)``; one, if the channels lie side by side."""
    width, height, count = page.get(WIDTH), page.get(HEIGHT), page.get(SAMPLES, 1)
    depths = set(page.all(BITS) or (1,))
    if len(depths) != 1:
        raise ValueError("its channels have different depths; save it as RGB")
    bits, apart = depths.pop(), page.get(PLANAR, 1) == 2 and count > 1
    channels = 1 if apart else count
    tiled = bool(page.get(TILE_WIDTH))
    rows = page.get(TILE_HEIGHT) if tiled else min(page.get(ROWS, height), height)
    across = page.get(TILE_WIDTH) if tiled else width
    if min(width, height, rows, across, bits) <= 0:
        raise ValueError("it has no pixels")
    if tiled and rows * across * channels * bits > 8 * MOST_IN_TILE:
        raise ValueError("its tiles are too large")
    starts, lengths = page.all(TILES if tiled else STRIPS), page.all(TILE_BYTES if tiled else STRIP_BYTES)
    if len(starts) == 1 and not lengths:
        lengths = (len(data) - starts[0],)
    pieces = zip(starts, lengths, strict=True)
    for _ in range(count if apart else 1):
        plane: np.ndarray | None = None
        for top, left in itertools.product(range(0, height, rows), range(0, width, across)):
            start, length = next(pieces, (0, 0))
            tall = rows if tiled else min(rows, height - top)
            row_bytes = (across * channels * bits + 7) // 8
            packed = _unpacked(data[start : start + length], page, row_bytes, tall)
            piece = _values(packed, page, bits, across, channels)
            if plane is None:
                plane = np.empty((height, width, channels), piece.dtype)
            part = plane[top : top + rows, left : left + across]
            part[:] = piece[: part.shape[0], : part.shape[1]]
        assert plane is not None
        yield plane


def _unpacked(piece: bytes, page: Page, row_bytes: int, rows: int) -> np.ndarray:
    """Return the bytes of a strip or tile without its compression, ``uint8`` ``(rows, row_bytes)``."""
    compression, fill_order = page.get(COMPRESSION, 1), page.get(FILL_ORDER, 1)
    if compression == 1:
        if len(piece) < row_bytes * rows:
            raise ValueError("it is cut off")
        values = np.frombuffer(piece, np.uint8, row_bytes * rows).reshape(rows, row_bytes)
        return (
            values
            if fill_order == 1
            else np.packbits(np.unpackbits(values, bitorder="little")).reshape(values.shape)
        )
    tags = {
        **{WIDTH: row_bytes, HEIGHT: rows, BITS: 8, COMPRESSION: compression, PHOTOMETRIC: BLACK_IS_ZERO},
        **{FILL_ORDER: fill_order, STRIPS: 8, SAMPLES: 1, ROWS: rows, STRIP_BYTES: len(piece)},
    }
    piece += b"\0" * (len(piece) % 2)
    entries = b"".join(struct.pack("<HHII", number, 4, 1, value) for number, value in sorted(tags.items()))
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    file = struct.pack("<2sHI", b"II", 42, 8 + len(piece)) + piece + directory
    # Its strip begins at byte 8, its directory after it.
    with Image.open(io.BytesIO(file), formats=("TIFF",)) as image:
        return np.array(image)


def _values(packed: np.ndarray, page: Page, bits: int, width: int, channels: int) -> np.ndarray:
    """Return the samples in unpacked bytes, ``(rows, width, channels)``, in the machine's order of bytes."""
    rows, kind, predictor = len(packed), page.get(FORMAT, UNSIGNED), page.get(PREDICTOR, 1)
    letter = {SIGNED: "i", FLOAT: "f"}.get(kind, "u")
    if bits % 8 or bits == 24:
        if letter != "u" or bits > 32 or predictor != 1:
            raise ValueError(f"its {bits} bits are not read; save it with 16")
        return _unpacked_bits(packed, page, bits, width * channels).reshape(rows, width, channels)
    if bits not in (8, 16, 32, 64) or (letter == "f" and bits == 8):
        raise ValueError(f"its {bits} bits are not read; save it with 16")
    size = bits // 8
    if predictor == 3:  # the bytes of floats, the highest of all first, as differences
        sums = np.cumsum(packed.reshape(rows, -1, channels), axis=1, dtype=np.uint8)
        turned = np.ascontiguousarray(sums.reshape(rows, size, width * channels).transpose(0, 2, 1))
        values = turned.view(f">f{size}").reshape(rows, width, channels)
    else:
        values = np.ascontiguousarray(packed).view(f"{page.order}{letter}{size}").reshape(rows, width, channels)
    values = values.astype(values.dtype.newbyteorder("="))
    return np.cumsum(values, axis=1, dtype=values.dtype) if predictor == 2 else values


def _unpacked_bits(packed: np.ndarray, page: Page, bits: int, count: int) -> np.ndarray:
    """Return `count` numbers a row of 10, 12, 14, 24 or so bits each, ``uint32``."""
    result = np.empty((len(packed), count), np.uint32)
    for top in range(0, len(packed), ROWS_AT_ONCE):
        rows = packed[top : top + ROWS_AT_ONCE]
        if bits % 8 == 0 and page.order == "<":
            rows = rows.reshape(len(rows), count, bits // 8)[..., ::-1].reshape(len(rows), -1)
        single = np.unpackbits(rows, axis=1)[:, : count * bits].reshape(len(rows), count, bits)
        result[top : top + ROWS_AT_ONCE] = single @ (np.uint32(1) << np.arange(bits - 1, -1, -1, dtype=np.uint32))
    return result
