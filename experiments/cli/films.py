"""What painting and colouring share: photographs and films told apart, and films read, changed and written."""

from collections.abc import Callable, Iterable
from pathlib import Path

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import refuse_inputs, result_names
from filters.io import films, pictures


def sorted_out(paths: Iterable) -> tuple[list[Path], list[Path]]:
    """Tell photographs and films apart.

    Parameters
    ----------
    paths : iterable of path-like
        Files and folders.

    Returns
    -------
    photographs : list of pathlib.Path
        With the folders that hold any; what is neither, or missing, is among them.
    found : list of pathlib.Path
        Films, those in folders too.
    """
    photographs, found = [], []
    for path in map(Path, paths):
        if not path.is_dir():
            (found if films.is_film(path) else photographs).append(path)
            continue
        inside = films.find_films(path)
        found += inside
        try:
            pictures.find_pictures([path])
        except pictures.PictureError:
            if inside:
                continue
        photographs.append(path)
    return photographs, list(dict.fromkeys(found))


def each_film(found: Iterable, out, work: Callable, done: str) -> int:
    """Do something with every film, whatever becomes of the others.

    Parameters
    ----------
    found : iterable of path-like
        Films, see `sorted_out`.
    out : path-like
        Folder of the results: ``NAME.mp4``.
    work : callable
        Takes a film's path and the path of the result; see `rework`.
    done : str
        What becomes of films, for instance ``"painted"``: for what is said of their sound.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is told in one line.
    """
    found, code = list(found), OK
    targets = result_names(found, out, ".mp4")
    refuse_inputs(targets, found)
    if found and not films.has_ffmpeg():
        say(f"films are {done} without their sound: ffmpeg is not installed")
    for path, target in zip(found, targets, strict=True):
        try:
            work(path, target)
        except (pictures.PictureError, ValueError) as error:
            say(f"error: {error}")
            code = SOME_FAILED
    return code


def rework(path, target, work: Callable, what: str, size: int | None = None) -> None:
    """Make a film of another one, with its sound where ``ffmpeg`` is there.

    Parameters
    ----------
    path, target : path-like
    work : callable
        Takes an iterable of frames, ``uint8`` RGB ``(height, width, 3)``, and yields those of the result.
    what : str
        For the progress bar: for instance ``"painting"``.
    size : int, optional
        Longer side of the frames, in pixels; what is smaller stays as it is.

    Raises
    ------
    PictureError
        When the film cannot be read, or only a part of it, which is worked on and kept; or when `target`
        is the film itself.
    """
    path, target = Path(path), Path(target)
    if target.resolve() == path.resolve():
        raise pictures.PictureError(f"{target} would take the place of the film itself; choose another --out")
    film, done = films.read(path), 0
    frames = film.frames() if size is None else (pictures.smaller(f, size) for f in film.frames())
    try:
        with progress(f"{what} {path.name}", "frame") as bar, films.writing(target, film.rate, path) as add:
            for frame in work(frames):
                add(frame)
                done += 1
                bar(done, film.count or None)
    finally:
        if done:
            say(f"{target}: {done} frames written")
