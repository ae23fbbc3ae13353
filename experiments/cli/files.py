"""Every file, whatever becomes of the others."""

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from experiments.cli.console import OK, SOME_FAILED, UsageError, progress, say
from filters import resizing
from filters.io import films, pictures
from filters.io.pictures import PathLike


def refuse_file(out: PathLike) -> None:
    """Refuse, before the work, a file where a folder is wanted, or the name of one."""
    out = Path(out)
    named = out.suffix.lower() in (*pictures.EXTENSIONS, *pictures.ANIMATIONS, ".mp4")
    if out.is_file() or (named and not out.is_dir()):
        raise UsageError(f"--out {out} is where all results go; name a folder")
    _refuse_unwritable(out)


def refuse_folder(out: PathLike) -> None:
    """Refuse, before the work, a folder where a file is wanted."""
    if Path(out).is_dir():
        raise UsageError(f"--out {out} is a folder; name a file in it, or another")
    _refuse_unwritable(Path(out))


def _refuse_unwritable(out):
    above = next((folder for folder in out.absolute().parents if folder.exists()), None)
    if above and not (above.is_dir() and os.access(out if out.is_dir() else above, os.W_OK)):
        why = "no right to write there" if above.is_dir() else f"{above} is no folder"
        raise pictures.PictureError(f"{out} cannot be written: {why}; choose another place")


def refuse_inputs(targets: Iterable[PathLike], inputs: Iterable[PathLike]) -> None:
    """Refuse, before the work, to write a result over a file that is read.

    Parameters
    ----------
    targets, inputs : iterable of path-like
        Files; compared as the file system knows them, so links and relative paths are seen through.

    Raises
    ------
    UsageError
        When a target is an input.
    """
    known = {(stat.st_dev, stat.st_ino) for stat in _stats(inputs)}
    for target in targets:
        if any((stat.st_dev, stat.st_ino) in known for stat in _stats([target])):
            raise UsageError(f"{target} is an input, and would be overwritten; choose another --out")


def _stats(paths):
    for path in map(Path, paths):
        with contextlib.suppress(OSError):
            yield path.stat()


NAMED = 5  # of the files in a folder that are left out


def gather(paths, others: Iterable[PathLike] | None = None):
    """Return the picture files among files and folders, and one line for each path that gives none.

    With `others`, files that have another part in the command, a line tells which of a folder's are left out.
    """
    found, failures = [], []
    for path in paths:
        skipped = []
        try:
            found += pictures.find_pictures([path], skipped)
        except pictures.PictureError as error:
            failures.append(str(error))
        if others is not None:
            _say_skipped(path, sorted(set(skipped) - set(map(Path, others))))
    return found, failures


def _say_skipped(folder, skipped):
    if skipped:
        names = [str(path.relative_to(folder)) for path in skipped[:NAMED]]
        names += [f"and {len(skipped) - NAMED} more"] if len(skipped) > NAMED else []
        count = (
            "1 file is no picture and was"
            if len(skipped) == 1
            else f"{len(skipped)} files are no pictures and were"
        )
        say(f"{folder}: {count} left out: {', '.join(names)}")


def each_picture(
    paths: Sequence[PathLike],
    out: PathLike,
    work: Callable,
    what: str,
    others: Iterable[PathLike] = (),
    load: Callable | None = None,
    wanted: Callable = lambda path, picture: True,
    extension: str = ".png",
) -> int:
    """Do something with every picture, whatever becomes of the others.

    Parameters
    ----------
    paths : list of path-like
        Pictures and folders of pictures.
    out : path-like
        Folder of the results. A result has its source's base name.
    work : callable
        Takes the source's path, its picture and the path of the result, and what `load` gave.
    what : str
        For the progress bar.
    others : iterable of path-like
        Further files that the work reads, and which no result may overwrite.
    load : callable, optional
        Gives what the work needs and what takes long to load, a network above all. It is called once, when there
        is a picture to work on.
    wanted : callable, optional
        Takes the source's path and its picture before anything is loaded. False leaves the picture out, which it
        has to say.
    extension : str
        Of the results.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is told in one line.

    Raises
    ------
    UsageError
        When a result would overwrite one of the inputs; then nothing is done.
    """
    refuse_file(out)
    others = list(others)
    jobs, failures = gather(paths, others)
    targets, written = result_names(jobs, out, extension), 0
    refuse_inputs(targets, [*jobs, *others])
    loaded = once(load)
    with progress(what) as bar:
        for done, (path, target) in enumerate(zip(jobs, targets, strict=True), 1):
            bar(done - 1, len(jobs))
            try:
                picture = pictures.read(path)
                if not wanted(path, picture):
                    continue
            except ValueError as error:
                failures.append(told(error, path))
                continue
            needed = loaded()  # what is wrong with a network is wrong with all pictures
            try:
                work(path, picture, target, *needed)
                written += 1
            except ValueError as error:
                failures.append(told(error, path))
        bar(len(jobs), len(jobs))
    for failure in failures:
        say(f"error: {failure}")
    say(f"{written} of {len(jobs)} pictures written to {out}")
    return SOME_FAILED if failures else OK


def once(load: Callable | None) -> Callable:
    """Return what calls a loader when it is first called, and gives a tuple of its result; of none without one."""
    return cache(lambda: (load(),) if load else ())


def told(error, path) -> str:
    """Return the line that tells an error of a file, which names it once."""
    return str(error) if str(path) in str(error) else f"{path}: {error}"


def result_names(sources, out: PathLike, extension: str = ".png"):
    """Return paths ``out/NAME.png``, numbered where several sources share a base name."""
    taken, names = set(), []
    for source in sources:
        name, number = Path(source).stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{Path(source).stem}-{number}"
        taken.add(name.casefold())
        names.append(Path(out) / f"{name}{extension}")
    return names


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


def each_film(found: Iterable, out: PathLike, work: Callable, load: Callable | None = None) -> int:
    """Do something with every film, whatever becomes of the others.

    Parameters
    ----------
    found : iterable of path-like
        Films, see `sorted_out`.
    out : path-like
        Folder of the results: ``NAME.mp4``.
    work : callable
        Takes a film's path and the path of the result, and what `load` gave; see `rework`.
    load : callable, optional
        As for `each_picture`; called when the first film has been opened.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is told in one line.
    """
    found, code = list(found), OK
    targets = result_names(found, out, ".mp4")
    refuse_inputs(targets, found)
    loaded = once(load)
    for path, target in zip(found, targets, strict=True):
        try:
            films.read(path)
        except pictures.PictureError as error:
            say(f"error: {error}")
            code = SOME_FAILED
            continue
        needed = loaded()
        try:
            work(path, target, *needed)
        except (pictures.PictureError, ValueError) as error:
            say(f"error: {error}")
            code = SOME_FAILED
    return code


def rework(path: PathLike, target: PathLike, work: Callable, what: str, size: int | None = None) -> None:
    """Make a film of another one, with its sound and the times of its frames.

    Parameters
    ----------
    path, target : path-like
    work : callable
        Takes an iterable of frames, ``uint8`` RGB ``(height, width, 3)``, and yields for each that of the result.
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
    film, times = films.read(path), []
    frames = film.frames(times)
    if size is not None:
        frames = (resizing.smaller(frame, size) for frame in frames)
    with films.writing(target, film.rate, path, say) as add, progress(f"{what} {path.name}", "frame") as bar:
        for done, frame in enumerate(work(frames)):
            add(frame, times[done])
            bar(done + 1, film.count or None)
