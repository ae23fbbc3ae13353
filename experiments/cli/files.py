"""Every file, whatever becomes of the others."""

import contextlib
from pathlib import Path

from experiments.cli.console import OK, SOME_FAILED, UsageError, progress, say
from filters.io import pictures

LEFT_OUT = object()


def refuse_file(out):
    """Tell before the work that a folder is wanted, where a picture or film is named."""
    if Path(out).suffix.lower() in (*pictures.EXTENSIONS, *pictures.ANIMATIONS, ".mp4") and not Path(out).is_dir():
        raise UsageError(f"--out {out} is where all results go; name a folder")


def refuse_folder(out):
    """Tell before the work, not after it, that the result's name is taken by a folder."""
    if Path(out).is_dir():
        raise UsageError(f"--out {out} is a folder; name a file in it, or another")


def refuse_inputs(targets, inputs):
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


def gather(paths):
    """Return the picture files among files and folders, and one line for each path that gives none."""
    found, failures = [], []
    for path in paths:
        try:
            found += pictures.find_pictures([path])
        except pictures.PictureError as error:
            failures.append(str(error))
    return found, failures


def each_picture(paths, out, work, what, others=()):
    """Do something with every picture, whatever becomes of the others.

    Parameters
    ----------
    paths : list of path-like
        Pictures and folders of pictures.
    out : path-like
        Folder of the results. A result is a PNG under its source's base name.
    work : callable
        Takes the source's path, its picture and the path of the result; gives `LEFT_OUT` where it has said
        why it writes none.
    what : str
        For the progress bar.
    others : iterable of path-like
        Further files that the work reads, and which no result may overwrite.

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
    jobs, failures = gather(paths)
    targets, written = result_names(jobs, out), 0
    refuse_inputs(targets, [*jobs, *others])
    with progress(what) as bar:
        for done, (path, target) in enumerate(zip(jobs, targets, strict=True), 1):
            try:
                written += work(path, pictures.read(path), target) is not LEFT_OUT
            except (pictures.PictureError, ValueError) as error:
                failures.append(str(error) if str(path) in str(error) else f"{path}: {error}")
            bar(done, len(jobs))
    for failure in failures:
        say(f"error: {failure}")
    say(f"{written} of {len(jobs)} pictures written to {out}")
    return SOME_FAILED if failures else OK


def result_names(sources, out, extension=".png"):
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
