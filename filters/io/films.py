"""Reading and writing films: the one place where they become frames and back.

OpenCV reads what its FFmpeg reads. Sound it does not know; that is the program ``ffmpeg``'s, where there
is one.
"""

import contextlib
import math
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2

from filters.io import pictures
from filters.io.pictures import PathLike, PictureError

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # what is wrong with a file is told by our own errors


# Of folders, these are taken; a file that is named may have any other.
EXTENSIONS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".ogv", ".gif")
USUAL_RATE = 25.0  # frames a second, where a file does not tell
CODEC = "mp4v"  # MPEG-4 part 2: what OpenCV's packages write everywhere
UNSURE = 0.02  # share by which a file may be wrong about how many frames it has


@dataclass(frozen=True)
class Film:
    """What is known of a film before its frames are read.

    Attributes
    ----------
    path : pathlib.Path
    rate : float
        Frames a second.
    count : int
        Frames, as the file tells; 0 where it does not.
    """

    path: Path
    rate: float
    count: int

    def frames(self):
        """Yield its frames, ``uint8`` RGB ``(height, width, 3)``.

        Raises
        ------
        PictureError
            After the last frame that can be read, when the file tells of more.
        """
        done = 0
        with _opened(self.path) as capture:
            while True:
                there, frame = capture.read()
                if not there:
                    break
                done += 1
                yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        if self.count - done > max(2, UNSURE * self.count):
            raise PictureError(
                f"{self.path} is damaged: {done} of its {self.count} frames can be read; copy or download it again"
            )


@contextlib.contextmanager
def _opened(path):
    capture = cv2.VideoCapture(str(path))
    try:
        yield capture
    finally:
        capture.release()


def is_film(path: PathLike) -> bool:
    """Tell whether a file is to be read as a film: by its name, or because it is one."""
    path = Path(path)
    if path.suffix.lower() in EXTENSIONS or path.suffix.lower() in pictures.EXTENSIONS:
        return path.suffix.lower() in EXTENSIONS
    if not path.is_file():
        return False
    with _opened(path) as capture:
        return capture.isOpened()


def find_films(folder: PathLike):
    """Return all films below a folder, by their extension, sorted; hidden files are left out."""
    return sorted(
        p
        for p in Path(folder).rglob("*")
        if p.suffix.lower() in EXTENSIONS and not p.name.startswith(".") and p.is_file()
    )


def read(path: PathLike):
    """Open a film.

    Returns
    -------
    Film

    Raises
    ------
    PictureError
        When there is none, or it cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise PictureError(f"{path} does not exist; check the name")
    with _opened(path) as capture:
        if not capture.isOpened() or not capture.read()[0]:
            raise PictureError(f"{path} is no film that OpenCV can read, or damaged; convert it to MP4")
        rate, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    known = math.isfinite(rate) and 0 < rate <= 1000
    return Film(path, rate if known else USUAL_RATE, max(0, int(count)))


@contextlib.contextmanager
def writing(path: PathLike, rate: float, sound_of: PathLike | None = None):
    """Write a film under another name, and give it its own when it ends, however it ends.

    Parameters
    ----------
    path : path-like
        Ends in ``.mp4``. Missing folders are made.
    rate : float
        Frames a second.
    sound_of : path-like, optional
        A film whose sound is taken over, if it has one and ``ffmpeg`` is there.

    Yields
    ------
    callable
        To be called with each frame, ``uint8`` RGB, all of one size; of odd sides the last pixel is cut off.

    Raises
    ------
    PictureError
        When it cannot be written. Where there was no frame there is no file.
    """
    path = Path(path)
    if path.suffix.lower() != ".mp4":
        raise PictureError(f"{path}: cannot write '{path.suffix}' films; use .mp4")
    silent, whole = (path.with_name(f".{os.getpid()}-{secrets.token_hex(3)}.{path.name}") for _ in range(2))
    writer = None

    def add(frame) -> None:
        nonlocal writer
        height, width = (side - side % 2 for side in frame.shape[:2])
        if writer is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = cv2.VideoWriter(str(silent), cv2.VideoWriter_fourcc(*CODEC), rate, (width, height))
            if not writer.isOpened():
                raise PictureError(f"{path} cannot be written; choose another place")
        writer.write(cv2.cvtColor(frame[:height, :width], cv2.COLOR_RGB2BGR))

    try:
        try:
            yield add
        finally:
            if writer is not None and writer.isOpened():
                writer.release()
                sounding = sound_of is not None and _join_sound(silent, sound_of, whole)
                (whole if sounding else silent).replace(path)
    except OSError as error:
        raise PictureError(f"{path} cannot be written: {error.strerror}; choose another place") from error
    finally:
        for left in (silent, whole):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def has_ffmpeg() -> bool:
    """Tell whether sound can be kept."""
    return shutil.which("ffmpeg") is not None


def _join_sound(silent, source, whole):
    """Write the frames of one film with the sound of another, if it has one; whether that succeeded."""
    if not has_ffmpeg():
        return False
    inputs = ["-i", silent, "-i", source, "-map", "0:v", "-map", "1:a?", "-c:v", "copy", "-shortest"]
    for codec in ("copy", "aac"):  # as it is, or, where MP4 cannot hold that, encoded anew
        call = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, inputs), "-c:a", codec, str(whole)]
        if subprocess.run(call, capture_output=True).returncode == 0:
            return True
    return False
