"""What is done of a film that is being made: kept in parts, so that it goes on where it was stopped.

Beside ``NAME`` stands a hidden folder ``.NAME.parts`` until the film is whole: packets as they were encoded, some
frames a file, which are joined without encoding them again; and ``state.npz``, what was known after the last one.
A film is made of such parts whether it was stopped or not, and so is the same.
"""

import hashlib
import io
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from filters.io.pictures import PictureError

LENGTH = 100  # frames of a part: as many are done again at most
LONGEST_NAME = 240  # bytes; file systems take 255
Packet = tuple[
    bytes, int, int, bool
]  # data, times of showing and of decoding in ticks, whether a film may begin there


class Parts:
    """The parts of an unfinished film.

    Parameters
    ----------
    target : pathlib.Path
        The film that is being made.
    made_of : str
        Tells all that it is made of: what was begun of something else does not count.

    Attributes
    ----------
    length : int
        Frames of a part.
    done : int
        Frames that are kept.
    shape : tuple of int
        Of a frame; empty where none is kept.
    state : list of numpy.ndarray
        What the work has to know of the frames before. It is given here, changed in place, and kept.
    film : pathlib.Path
        Where the film is written until it is whole.
    """

    def __init__(self, target: Path, made_of: str) -> None:
        name = target.name
        if len(os.fsencode(name)) > LONGEST_NAME:
            name = hashlib.sha256(os.fsencode(name)).hexdigest()
        self.folder = target.with_name(f".{name}.parts")
        self.film = self.folder / ".film.mp4"
        self.made_of = f"{made_of} {LENGTH}"
        self.length = LENGTH
        self.done, self.shape, self.state = 0, (), []
        stored = _read(self.folder / "state.npz", "made_of", "done", "shape")
        if stored is not None and str(stored.pop("made_of")) == self.made_of:
            self.done, self.shape = int(stored.pop("done")), tuple(stored.pop("shape").tolist())
            self.state = [stored[str(index)] for index in range(len(stored))]

    def packets(self) -> Iterator[Packet]:
        """Yield the packets of all frames that are kept.

        Raises
        ------
        PictureError
            When a part is missing or damaged.
        """
        for number in range(self.done // LENGTH):
            path = self._part(number)
            stored = _read(path, "data", "marks")
            if stored is None:
                raise PictureError(f"{path} is damaged; delete {self.folder}, and the film begins anew")
            data, start = stored["data"].tobytes(), 0
            for length, shown, decoded, key in stored["marks"].tolist():
                yield data[start : start + length], shown, decoded, bool(key)
                start += length

    def keep(self, packets: list[Packet], shape: tuple[int, ...], state: list[np.ndarray]) -> None:
        """Keep one more part, of `LENGTH` frames, and the state after it; raises OSError when there is no room."""
        data = np.frombuffer(b"".join(packet[0] for packet in packets), np.uint8)
        marks = np.array([(len(data), *rest) for data, *rest in packets], np.int64)
        self._write(self._part(self.done // LENGTH), data=data, marks=marks)
        arrays = {str(index): array for index, array in enumerate(state)}
        done = self.done + LENGTH
        self._write(self.folder / "state.npz", made_of=self.made_of, done=done, shape=shape, **arrays)
        self.done = done

    def remove(self) -> None:
        """Delete them all."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _part(self, number: int) -> Path:
        return self.folder / f"{number:06}.npz"

    def _write(self, path: Path, **arrays: ArrayLike) -> None:
        temporary = path.with_suffix(".new")
        try:
            with temporary.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)  # a full disk needs the room


def _read(path: Path, *names: str) -> dict[str, np.ndarray] | None:
    """Return the arrays in a file; None where there is none, or it is damaged or lacks one of some names."""
    try:
        with np.load(io.BytesIO(path.read_bytes())) as stored:
            arrays = dict(stored)
    except (OSError, ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
        return None
    return arrays if all(name in arrays for name in names) else None
