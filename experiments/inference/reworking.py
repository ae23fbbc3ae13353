"""A film made of another one, frame by frame; it goes on where it was stopped."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from experiments.cli.console import progress, say
from filters import resizing
from filters.io import films, pictures
from filters.io.pictures import PathLike


def rework(
    path: PathLike, target: PathLike, work: Callable, what: str, size: int | None = None, made_of: Iterable = ()
) -> None:
    """Make a film of another one, with its sound and the times of its frames; go on where that was stopped.

    Parameters
    ----------
    path, target : path-like
    work : callable
        Takes an iterable of frames, ``uint8`` RGB ``(height, width, 3)``, and yields for each that of the result.
        Also takes a list of arrays, all that it knows of the frames before: empty for the first one, to be changed
        in place before a frame is yielded.
    what : str
        For the progress bar: for instance ``"painting"``.
    size : int, optional
        Longer side of the frames, in pixels; what is smaller stays as it is.
    made_of : iterable of numpy.ndarray or of anything whose `repr` tells it
        What the result depends on besides the film and its size: weights, settings. A film that was stopped goes
        on only where all of it is the same.

    Raises
    ------
    PictureError
        When the film cannot be read, or only a part of it, which is worked on and kept; or when `target`
        is the film itself.
    """
    path, target = Path(path), Path(target)
    if target.resolve() == path.resolve():
        raise pictures.PictureError(f"{target} would take the place of the film itself; choose another --out")
    film, times = films.read(path), []
    parts = films.parts(target, _fingerprint(path, what, size, *made_of))
    if parts.done:
        say(f"{target}: goes on after {parts.done} frames that were kept")
    frames = film.frames(times, skip=parts.done)
    if size is not None:
        frames = (resizing.smaller(frame, size) for frame in frames)
    sound = None if films.is_animation(path) else path
    try:
        with (
            films.writing(target, film.rate, sound, say, parts) as add,
            progress(f"{what} {path.name}", "frame") as bar,
        ):
            for done, frame in enumerate(work(frames, parts.state), parts.done):
                add(frame, times[done])
                bar(done + 1, film.count or None)
            add(None, times[-1])
    except KeyboardInterrupt:
        if parts.done:
            say(f"{target} is not finished; the same command goes on after {parts.done} frames")
        raise


def _fingerprint(path: Path, *made_of: Any) -> str:
    """Return the SHA-256 of a file and of more that a result depends on."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    for thing in made_of:
        digest.update(thing.tobytes() if hasattr(thing, "tobytes") else repr(thing).encode())
    return digest.hexdigest()
