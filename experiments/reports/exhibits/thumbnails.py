"""The pictures of a gallery's page: each in full and in two smaller sizes, as WebP."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2

from filters import resizing
from filters.io import films, pictures
from filters.io.files import take_name, temporary_name
from filters.io.pictures import Picture, PictureError

MAX_SIDE = 2400  # pixels of the longer side in full
MEDIUM, SMALL = 640, 240  # pixels of the longer side of both smaller sizes
QUALITY = {MAX_SIDE: 90, MEDIUM: 82, SMALL: 78}  # of WebP


@dataclass(frozen=True)
class Job:
    """A file, its kind, the store's folder, and the names there of the picture in full and in two sizes."""

    source: str
    kind: str
    folder: str
    full: str
    medium: str
    small: str


@dataclass(frozen=True)
class Made:
    """The names that were written, of which two may be one, and the size in full; or a problem."""

    base: str
    full: str = ""
    medium: str = ""
    small: str = ""
    width: int = 0
    height: int = 0
    kind: str = "picture"
    problem: str = ""


def begin() -> None:
    """Prepare a process: its pictures keep one core busy."""
    cv2.setNumThreads(1)


def make(job: Job) -> Made:
    """Write the pictures of a file; a smaller size is left out where the larger one is that small."""
    base = job.small.removesuffix("-s.webp")
    source, folder = Path(job.source), Path(job.folder)
    try:
        picture = _first_frame(source) if job.kind == "film" else pictures.read(source)
        height, width = picture.shape[:2]
        full = folder / job.full
        if job.kind == "picture":
            picture = resizing.smaller(picture, MAX_SIDE)
            height, width = picture.shape[:2]
        if full != source:
            if job.kind == "picture":
                pictures.write(full, picture, quality=QUALITY[MAX_SIDE])
            else:
                _copy(source, full)
        names, before = [job.full], job.full if job.kind == "picture" else ""
        for name, side in ((job.medium, MEDIUM), (job.small, SMALL)):
            if max(height, width) > side or not before:
                # A film's or an animation's own file is no picture that stands still.
                pictures.write(folder / name, resizing.smaller(picture, side), quality=QUALITY[side])
                before = name
            names.append(before)
    except PictureError as error:
        return Made(base, problem=str(error))
    except OSError as error:
        return Made(base, problem=f"{source} cannot be shown: {error.strerror or error}")
    return Made(base, *names, width=width, height=height, kind=job.kind)


def _first_frame(path: Path) -> Picture:
    try:
        return next(iter(films.read(path).frames()))
    except StopIteration:
        raise PictureError(f"{path} holds no frame") from None


def _copy(source: Path, target: Path) -> None:
    """Copy a file, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(target)
    try:
        shutil.copyfile(source, temporary)
        take_name(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
