"""What PNG and JPEG files are made of: chunks and segments, of which some are pixels and others tell of them."""

import struct
from collections.abc import Iterator

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
PNG_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
JPEG_SCAN = 0xDA  # after it come pixels
# Segments that tell of pixels rather than hold them, but for JFIF's (0xE0) and Adobe's (0xEE), which say what the
# colours are: APP1 to APP15, and comments.
JPEG_METADATA = {*range(0xE1, 0xF0), 0xFE} - {0xEE}


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names of a PNG's chunks, and the chunks whole."""
    start = len(PNG)
    while start + 8 <= len(data):
        (length,) = struct.unpack(">I", data[start : start + 4])
        yield data[start + 4 : start + 8], data[start : start + 12 + length]
        start += 12 + length


def without_metadata(data: bytes) -> bytes | None:
    """Return a PNG or JPEG file that holds its pixels and nothing else; None for other files.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    bytes or None
    """
    if data.startswith(PNG):
        return PNG + b"".join(chunk for name, chunk in _chunks(data) if name in PNG_PIXELS)
    if not data.startswith(JPEG):
        return None
    kept, start = [JPEG], 2
    while start + 4 <= len(data) and data[start] == 0xFF and data[start + 1] != JPEG_SCAN:
        end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        if data[start + 1] not in JPEG_METADATA:
            kept.append(data[start:end])
        start = end
    return b"".join([*kept, data[start:]])


def is_whole(data: bytes) -> bool:
    """Tell whether the chunks of a PNG are complete, up to the last one: their lengths can be believed.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    bool
    """
    end = len(PNG)
    for name, chunk in _chunks(data):
        end += 12 + int.from_bytes(chunk[:4], "big")
        if name == b"IEND":
            return end <= len(data)
    return False
