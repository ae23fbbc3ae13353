"""Reading and writing films: the one place where they become frames and back.

PyAV does it, which brings FFmpeg's libraries with it; it is loaded when there is a film.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from filters.io import files, pictures
from filters.io.pictures import PathLike, Picture, PictureError

if TYPE_CHECKING:
    from filters.io import animations
    from filters.io.film_decoding import Reader
    from filters.io.film_parts import Parts

# Of folders, these are taken; a file that is named may have any other.
EXTENSIONS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".ogv", ".gif")
ANIMATED = (".gif", ".webp", ".png", ".apng")  # may be films; of folders, GIFs alone are taken
USUAL_RATE = 25.0  # frames a second, where a file does not tell


@dataclass(frozen=True)
class Film:
    """What is known of a film before its frames are read.

    Attributes
    ----------
    path : pathlib.Path
    rate : float
        Frames a second; of an uneven film on the mean.
    count : int
        Frames, as the file tells, or by its duration; 0 where it tells neither.
    """

    path: Path
    rate: float
    count: int

    def frames(self, times: list[float] | None = None, skip: int = 0) -> Iterator[Picture]:
        """Yield its frames, ``uint8`` RGB ``(height, width, 3)``, upright and of one size.

        Parameters
        ----------
        times : list of float, optional
            Is given the time of each frame, in seconds since the film's beginning; and, after the last one, when
            the film ends.
        skip : int
            So many frames are left out, but for their times.

        Raises
        ------
        PictureError
            After the last frame that can be read, when the file tells of more.
        """
        with _reader(self.path) as reader:
            times, last, end = [] if times is None else times, -1 / self.rate, 0.0
            for time, seconds, picture in reader.frames(skip):
                last = last + 1 / self.rate if time is None else time
                end = last + (seconds or 1 / self.rate)
                times.append(last)
                if picture is not None:
                    yield picture
            told = reader.end()
            times.append(told if told is not None and told > last else end)


def _reader(path: PathLike) -> "Reader | animations.Reader":
    from filters.io import animations, film_decoding  # PyAV, which photographs do without

    return (animations if is_animation(path) else film_decoding).Reader(path)


def is_animation(path: PathLike) -> bool:
    """Tell whether a file is a GIF, WebP or APNG of several frames; FFmpeg does not read all of them."""
    path = Path(path)
    if path.suffix.lower() not in ANIMATED or not path.is_file():
        return False
    try:
        with Image.open(path, formats=("GIF", "WEBP", "PNG")) as image:
            return getattr(image, "is_animated", False)
    except (OSError, SyntaxError, ValueError, IndexError, TypeError, OverflowError, MemoryError, RuntimeError):
        return False


def is_film(path: PathLike) -> bool:
    """Tell whether a file is to be read as a film: by its name, or because it is one."""
    path = Path(path)
    if is_animation(path):
        return True
    if path.suffix.lower() in EXTENSIONS or path.suffix.lower() in pictures.EXTENSIONS:
        return path.suffix.lower() in EXTENSIONS
    if not path.is_file():
        return False
    try:
        with _reader(path):
            return True
    except PictureError:
        return False


def find_films(folder: PathLike) -> list[Path]:
    """Return all films below a folder, by their extension, sorted; hidden files are left out."""
    return sorted(
        p
        for p in Path(folder).rglob("*")
        if p.suffix.lower() in EXTENSIONS and not p.name.startswith(".") and p.is_file()
    )


def read(path: PathLike) -> Film:
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
    with _reader(path) as reader:
        next(reader.frames())
        rate = float(reader.rate or 0)
        rate = rate if 0 < rate <= 1000 else USUAL_RATE
        return Film(path, rate, reader.told or max(0, round(reader.seconds * rate)))


def parts(target: PathLike, made_of: str) -> "Parts":
    """Return what is done already of a film that `writing` was stopped at; see `filters.io.film_parts.Parts`."""
    from filters.io.film_parts import Parts  # which photographs do without

    return Parts(Path(target), made_of)


@contextlib.contextmanager
def writing(
    path: PathLike,
    rate: float,
    sound_of: PathLike | None = None,
    tell: Callable[[str], None] = lambda line: None,
    parts: "Parts | None" = None,
) -> Iterator[Callable[..., None]]:
    """Write a film under another name, and give it its own when it ends, however it ends.

    It is H.264, which browsers play too. Sound is copied where MP4 holds it, else encoded anew, as AAC; it ends
    with the film.

    Parameters
    ----------
    path : path-like
        Ends in ``.mp4``. Missing folders are made.
    rate : float
        Frames a second.
    sound_of : path-like, optional
        A film whose sound is taken over, if it has one.
    tell : callable, optional
        Takes lines: how many frames were written, and that the sound cannot be taken over.
    parts : Parts, optional
        What is kept of it, from `parts`: the film begins with that, and more is kept while it is made. When it is
        stopped, by Ctrl-C or any error but that the film it is made of is damaged, there is no file yet.

    Yields
    ------
    callable
        To be called with each frame, ``uint8`` RGB, all of one size; of odd sides the last pixel is cut off. Its
        second argument is the frame's time in seconds, where the rate alone does not tell it; without a frame
        (None) it is the time when the film ends.

    Raises
    ------
    PictureError
        When it cannot be written; then nothing is left, but what is kept. Without a frame there is no file.
    """
    from filters.io.film_encoding import Encoder, FFmpegError, count  # PyAV, which photographs do without

    path = Path(path)
    if path.suffix.lower() != ".mp4":
        raise PictureError(f"{path}: cannot write '{path.suffix}' films; use .mp4")
    temporary = parts.film if parts else files.temporary_name(path)
    encoders: list[Encoder] = []  # one, when there is a frame
    shape, end, done, failed, state = (), None, 0, False, []

    def begin(of: tuple[int, ...]) -> None:
        nonlocal shape, done
        height, width = (side - side % 2 for side in of[:2])
        temporary.parent.mkdir(parents=True, exist_ok=True)
        encoders.append(Encoder(temporary, rate, (width, height), sound_of, tell, parts is not None))
        shape = of
        if parts:
            encoders[0].join(parts.packets())
            done = parts.done

    def add(frame: Picture | None, time: float | None = None) -> None:
        nonlocal end, done, failed, state
        if frame is None:
            end = time
            return
        height, width = (side - side % 2 for side in frame.shape[:2])
        if not height or not width or frame.shape != (shape or frame.shape):
            raise PictureError(f"{path}: a film's frames have at least 2x2 pixels, and all as many")
        try:
            if not encoders:
                begin(frame.shape)
            if parts and done == parts.done + parts.length:
                parts.keep(encoders[0].part(), shape, state)
            encoders[0].add(frame[:height, :width], time)
        except (OSError, FFmpegError):
            failed = True
            raise
        done += 1
        state = list(parts.state) if parts else []

    def finish() -> None:
        encoders[0].finish(end)
        if count(temporary) != done:
            raise OSError(f"{done} frames were given to it, and {count(temporary)} are in it")
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        files.take_name(temporary, path)
        tell(f"{path}: {done} frames written")

    finished = False
    try:
        if parts and parts.done:
            begin(parts.shape)
        try:
            yield add
        except BaseException as error:
            failed = failed or not (parts is None or isinstance(error, PictureError))
            raise
        finally:
            if done and not failed:
                finish()
                finished = True
    except (OSError, FFmpegError) as error:
        kept = f"; {parts.done} frames are kept, and the same command goes on" if parts and parts.done else ""
        why = f"{error.strerror or error}; make room or choose another place{kept}"
        raise PictureError(f"{path} cannot be written: {why}") from error
    finally:
        for encoder in encoders:
            encoder.close()
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if parts and (finished or not parts.done):
            parts.remove()
