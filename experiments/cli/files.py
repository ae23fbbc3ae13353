"""Work on every file, even if others fail."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from experiments.cli.console import OK, SOME_FAILED, UsageError, progress, say
from experiments.cli.results import Results, found_again
from filters.io import films, pictures
from filters.io.pictures import PathLike, Picture


def refuse_file(out: PathLike) -> None:
    """Refuse, before the work, a file or a file's name where a folder is wanted.

    Raises
    ------
    UsageError
    PictureError
        When the folder cannot be written.
    """
    out = Path(out)
    named = out.suffix.lower() in (*pictures.EXTENSIONS, *pictures.ANIMATIONS, ".mp4")
    if out.is_file() or (named and not out.is_dir()):
        raise UsageError(f"--out {out} is where all results go; name a folder")
    _refuse_unwritable(out)


def refuse_folder(out: PathLike) -> None:
    """Refuse, before the work, a folder where a file is wanted.

    Raises
    ------
    UsageError
    PictureError
        When the file cannot be written.
    """
    if Path(out).is_dir():
        raise UsageError(f"--out {out} is a folder; name a file in it, or another")
    _refuse_unwritable(Path(out))


def _refuse_unwritable(out: Path) -> None:
    above = next((folder for folder in out.absolute().parents if folder.exists()), None)
    if above and not (above.is_dir() and os.access(out if out.is_dir() else above, os.W_OK)):
        why = "no right to write there" if above.is_dir() else f"{above} is no folder"
        raise pictures.PictureError(f"{out} cannot be written: {why}; choose another place")


def refuse_inputs(targets: Iterable[PathLike], inputs: Iterable[PathLike]) -> None:
    """Refuse, before the work, to write a result over a file that is read.

    Parameters
    ----------
    targets, inputs : iterable of path-like
        Files; compared by device and inode, so links and relative paths are resolved.

    Raises
    ------
    UsageError
        When a target is an input.
    """
    known = {(stat.st_dev, stat.st_ino) for stat in _stats(inputs)}
    for target in targets:
        if any((stat.st_dev, stat.st_ino) in known for stat in _stats([target])):
            raise UsageError(f"{target} is an input, and would be overwritten; choose another --out")


def _stats(paths: Iterable[PathLike]) -> Iterator[os.stat_result]:
    for path in map(Path, paths):
        with contextlib.suppress(OSError):
            yield path.stat()


NAMED = 5  # of the files in a folder that are left out


def gather(
    paths: Iterable[PathLike],
    out: PathLike | None = None,
    others: Iterable[PathLike] | None = None,
    repeated: bool = False,
) -> tuple[list[Path], list[str]]:
    """Return the picture files among files and folders, and one line for each path that gives none.

    A file is there once, however often and by whatever path it is named, unless `repeated` is true. Results of
    earlier calls below a folder, or in `out`, are left out: see `experiments.cli.results.found_again`. With
    `others`, files that have another part in the command, a line tells which files of a folder are no pictures.
    """
    found, failures = [], []
    for path in paths:
        skipped = []
        try:
            here = pictures.find_pictures([path], skipped)
            if Path(path).is_dir():
                here = [file for file in here if not found_again(file, Path(path), out)]
                skipped = [file for file in skipped if not found_again(file, Path(path), out)]
            found += here
        except pictures.PictureError as error:
            failures.append(str(error))
        if others is not None:
            _say_skipped(path, sorted(set(skipped) - set(map(Path, others))))
    if repeated:
        return found, failures
    unique: dict[Path, Path] = {}
    for path in found:
        unique.setdefault(path.resolve(), path)
    return [*unique.values()], failures


def _say_skipped(folder: PathLike, skipped: Sequence[Path]) -> None:
    if skipped:
        names = [str(path.relative_to(folder)) for path in skipped[:NAMED]]
        names += [f"and {len(skipped) - NAMED} more"] if len(skipped) > NAMED else []
        one, many = "1 file is no picture and was", f"{len(skipped)} files are no pictures and were"
        say(f"{folder}: {one if len(skipped) == 1 else many} left out: {', '.join(names)}")


def each_picture(
    paths: Sequence[PathLike],
    out: PathLike,
    work: Callable[..., object],
    what: str,
    others: Iterable[PathLike] = (),
    load: Callable[[], object] | None = None,
    wanted: Callable[[Path, Picture], bool] = lambda path, picture: True,
    to_file: bool = False,
    overwrite: bool = False,
    extension: str = ".png",
) -> int:
    """Do something with every picture, even if others fail.

    Parameters
    ----------
    paths : list of path-like
        Pictures and folders of pictures.
    out : path-like
        Folder of the results. A result has its source's base name; those of a folder keep their place in it, see
        `experiments.cli.results.Results`.
    work : callable
        Takes the source's path, its picture, the path of the result and, if there is `load`, what that returned.
    what : str
        For the progress bar.
    others : iterable of path-like
        Further files that the work reads, which no result may overwrite either.
    load : callable, optional
        Returns what the work needs and takes long to load, a network for instance. It is called once, when there
        is a picture to work on.
    wanted : callable, optional
        Takes the source's path and its picture before anything is loaded; returns False, and says why, to leave
        the picture out.
    to_file : bool
        `out` is the file of the result, as there is one picture.
    overwrite : bool
        Whether files in `out` may be written over that this program did not write.
    extension : str
        Of the results.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is reported in one line.

    Raises
    ------
    UsageError
        When a result would overwrite one of the inputs, or a file of somebody else; or another command writes
        into the folder. Then nothing is done.
    """
    (refuse_folder if to_file else refuse_file)(out)
    others = list(others)
    jobs, failures = gather(paths, out, others)
    results = None if to_file else Results(out, overwrite)
    targets, written = results.names(jobs, paths, extension) if results else [Path(out)], 0
    refuse_inputs(targets, [*jobs, *others])
    loaded = once(load)
    with results.writing(targets) if results else contextlib.nullcontext(), progress(what) as bar:
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
                with results.of(path, target) if results else contextlib.nullcontext():
                    work(path, picture, target, *needed)
                written += 1
            except ValueError as error:
                failures.append(told(error, path))
        bar(len(jobs), len(jobs))
    for failure in failures:
        say(f"error: {failure}")
    say(f"{written} of {len(jobs)} pictures written to {out}")
    return SOME_FAILED if failures else OK


def once(load: Callable[[], object] | None) -> Callable[[], tuple]:
    """Return a function that calls a loader the first time, and returns a tuple of its result, if there is one."""
    return cache(lambda: (load(),) if load else ())


def told(error: Exception, path: PathLike) -> str:
    """Return the line that reports an error of a file, and names the file once."""
    return str(error) if str(path) in str(error) else f"{path}: {error}"


def sorted_out(paths: Iterable[PathLike], out: PathLike | None = None) -> tuple[list[Path], list[Path]]:
    """Separate photographs from films.

    Parameters
    ----------
    paths : iterable of path-like
        Files and folders.

    Returns
    -------
    photographs : list of pathlib.Path
        Files and the folders that hold any; what is neither photograph nor film, or missing, is among them.
    found : list of pathlib.Path
        Films, including those in folders, without results of earlier calls, see `gather`.
    """
    photographs, found = [], []
    for path in map(Path, paths):
        if not path.is_dir():
            (found if films.is_film(path) else photographs).append(path)
            continue
        inside = [film for film in films.find_films(path) if not found_again(film, path, out)]
        found += inside
        try:
            pictures.find_pictures([path])
        except pictures.PictureError:
            if inside:
                continue
        photographs.append(path)
    return photographs, list(dict.fromkeys(found))


def each_film(
    found: Iterable[PathLike],
    out: PathLike,
    work: Callable[..., object],
    load: Callable[[], object] | None = None,
    roots: Iterable[PathLike] = (),
    overwrite: bool = False,
) -> int:
    """Do something with every film, even if others fail.

    Parameters
    ----------
    found : iterable of path-like
        Films, see `sorted_out`.
    out : path-like
        Folder of the results: ``NAME.mp4``.
    work : callable
        Takes a film's path, the path of the result and, if there is `load`, what that returned; see
        `experiments.inference.reworking`.
    load : callable, optional
        As for `each_picture`; called when the first film has been opened.
    roots : iterable of path-like
        What the user named: folders among them are mirrored.
    overwrite : bool
        As for `each_picture`.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is reported in one line.

    Raises
    ------
    UsageError
        When a result would overwrite one of the films; then nothing is done.
    """
    found, code = list(found), OK
    results = Results(out, overwrite)
    targets = results.names(found, roots, ".mp4")
    refuse_inputs(targets, found)
    loaded = once(load)
    with results.writing(targets):
        for path, target in zip(found, targets, strict=True):
            try:
                films.read(path)
            except pictures.PictureError as error:
                say(f"error: {error}")
                code = SOME_FAILED
                continue
            needed = loaded()
            try:
                with results.of(path, target):
                    work(path, target, *needed)
            except ValueError as error:
                say(f"error: {error}")
                code = SOME_FAILED
    return code
