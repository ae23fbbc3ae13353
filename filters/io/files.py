"""Files of pictures as bytes: found in folders, read whole, written whole or not at all."""

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath

import numpy as np

# For type hints: what goes from room to room.
Picture = np.ndarray  # ``uint8`` RGB ``(height, width, 3)``
Batch = np.ndarray  # ``float32`` ``(count, height, width, channels)``
Flow = np.ndarray  # ``float32`` ``(height, width, 2)``: across and down, in pixels
Size = tuple[int, int]  # ``(width, height)`` in pixels
Box = tuple[float, float, float, float]  # ``(x, y, width, height)`` in pixels
PathLike = str | os.PathLike[str]

# Names that are taken in folders; a file that is named may have any other.
EXTENSIONS = (
    *(".jpg", ".jpeg", ".jfif", ".jpe", ".mpo", ".png", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".jp2", ".tga"),
)
SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"II*\0",
    b"MM\0*",
    b"\0\0\0\x0cjP  ",
    b"II+\0",
    b"MM\0+",
)
MOST_BYTES = 3_000_000_000  # of a file; 200 megapixels of 16 bits and four channels have 1.6 billion
# Asked before a file takes its name, with its path and its temporary one; may object by a `PictureError`.
GUARDS: list[Callable[[Path, Path], None]] = []
LONGEST_KEPT = 180  # bytes of a file's name that its temporary name repeats: no name may have over 255


class PictureError(ValueError):
    """A picture cannot be read, used or written; the message names it and the remedy."""


def find_pictures(paths: Iterable[PathLike], skipped: list[Path] | None = None) -> list[Path]:
    """Expand files and folders into a list of picture files.

    Parameters
    ----------
    paths : iterable of path-like
        Files are taken as they are, whatever their name; of folders, all files below with a picture's
        extension (see `EXTENSIONS`), and those without extension that begin as a picture does, sorted. Hidden
        files are left out.
    skipped : list of pathlib.Path, optional
        Is given the files in folders that are not taken; hidden ones are not among them.

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
            files = sorted(p for p in path.rglob("*") if not p.name.startswith(".") and not p.is_dir())
            inside = [p for p in files if p.is_file() and _is_named_or_begins_as_picture(p)]
            if skipped is not None:
                skipped += sorted(set(files) - set(inside))
            if not inside:
                raise PictureError(f"{path} holds no pictures; expected files ending in {', '.join(EXTENSIONS)}")
            found += inside
        elif os.path.lexists(path):
            found.append(path)
        else:
            raise PictureError(f"{path} does not exist; check the name")
    return list(dict.fromkeys(found))


def _is_named_or_begins_as_picture(path: Path) -> bool:
    if path.suffix:
        return path.suffix.lower() in EXTENSIONS
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        return False
    held = start[8:12] == b"WEBP" or start[4:12] == b"ftypavif" or (start[:2] == b"BM" and start[6:10] == bytes(4))
    return held or start.startswith(SIGNATURES)


def read_bytes(path: PathLike) -> bytes:
    """Return the content of a regular file.

    Devices never end and pipes wait for who writes: neither is opened.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    bytes

    Raises
    ------
    PictureError
        When it cannot be read, is no regular file or has over three gigabytes.
    """
    try:
        state = Path(path).stat()
        if stat.S_ISDIR(state.st_mode):
            raise PictureError(f"{path} is a folder; name a picture in it")
        if not stat.S_ISREG(state.st_mode):
            raise PictureError(f"{path} is a device or a pipe, no file; save it as a file first")
        if state.st_size > MOST_BYTES:
            raise PictureError(f"{path} has over {MOST_BYTES // 10**9} gigabytes; make it smaller")
        return Path(path).read_bytes()
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror}; check name and rights") from error
    except (MemoryError, ValueError) as error:
        if isinstance(error, PictureError):
            raise
        why = "it needs more memory than there is" if isinstance(error, MemoryError) else error
        raise PictureError(f"{path} cannot be read: {why}") from error


def is_below(name: str) -> bool:
    """Tell whether a name in a table, which anybody may have written, leads to a file below the table's folder.

    Examples
    --------
    >>> is_below("may/a_1.png"), is_below("../a_1.png"), is_below("/etc/passwd")
    (True, False, False)
    """
    path = PurePath(name)
    return not (path.is_absolute() or path.drive or ".." in path.parts or "\0" in name)


def write_bytes(path: PathLike, data: bytes | memoryview | Iterable[bytes]) -> None:
    """Write bytes to a temporary name beside `path`, then rename: never half a file. Missing folders are made.

    They are on the disk before the rename, so that even a machine that loses its power leaves the old file or
    the new one.

    Parameters
    ----------
    path : path-like
    data : bytes, memoryview or iterable of bytes
        The parts of an iterable are written one after the other.

    Raises
    ------
    PictureError
        When the file cannot be written.
    """
    path = Path(path)
    temporary = temporary_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.writelines([data] if isinstance(data, bytes | memoryview) else data)
            file.flush()
            os.fsync(file.fileno())
        take_name(temporary, path)
    except OSError as error:
        raise PictureError(f"{path} cannot be written: {error.strerror or error}; choose another place") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def temporary_name(path: Path) -> Path:
    """Return a hidden name beside `path` that a file has while it is written."""
    kept = os.fsdecode(os.fsencode(path.name)[:LONGEST_KEPT])
    return path.with_name(f".{kept}.{os.getpid()}-{secrets.token_hex(3)}.part")


def take_name(temporary: Path, path: Path) -> None:
    """Give a file that is whole its name, where no guard objects.

    Raises
    ------
    PictureError
        When a guard objects.
    OSError
    """
    for guard in GUARDS:
        guard(path, temporary)
    temporary.replace(path)


def sweep(folder: PathLike) -> None:
    """Take away what processes that were killed left half-written below a folder that no process writes to."""
    for path in Path(folder).rglob(".*.part"):
        if re.search(r"\.\d+-[0-9a-f]{6}\.part$", path.name):
            with contextlib.suppress(OSError):
                path.unlink()
