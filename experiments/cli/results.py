"""The folder of a command's results: nothing that somebody else keeps there is lost, and each result is listed.

``results.csv`` tells which result is whose. It is only ever appended to, before the result takes its name, so a
command that is killed leaves no file that nobody knows; of several rows for one result the last counts.
"""

import contextlib
import csv
import io
import itertools
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from experiments.cli.console import UsageError
from experiments.cli.locks import locked
from filters.io import files
from filters.io.files import PathLike, PictureError
from filters.measures import sha256

LIST = "results.csv"
LONGEST_NAME = 255  # bytes, on all usual file systems
COLUMNS = ("result", "source", "source_sha256", "name", "sha256")


class Results:
    """What earlier calls wrote into a folder, and what this one writes.

    Parameters
    ----------
    folder : path-like
    overwrite : bool
        Whether files may be written over that this program did not write, or that were changed since.
    """

    def __init__(self, folder: PathLike, overwrite: bool = False) -> None:
        self.folder, self.overwrite = Path(folder), overwrite
        self._written: dict[str, set[str]] = {}  # result → SHA-256 of what it was
        self._name: dict[str, str] = {}  # source → name of its results
        self._source: dict[str, tuple[str, str]] = {}  # name, in small letters → source and its SHA-256
        self._current = threading.local()
        for result, source, source_sha256, name, content in _rows(self.folder / LIST):
            self._written.setdefault(result, set()).add(content)
            if source:
                self._reserve(name, source, source_sha256)

    def _reserve(self, name: str, source: str, source_sha256: str) -> None:
        self._name[source] = name
        self._source[name.casefold()] = source, source_sha256

    def names(
        self, sources: Sequence[PathLike], roots: Iterable[PathLike] = (), extension: str = ".png", room: int = 0
    ) -> list[Path]:
        """Return where the results of some sources go.

        A source keeps the name of its earlier results. Files in a folder keep their place in it: of
        ``1931/may/img001.jpg`` in a root ``1931`` the result is ``may/img001.png``. Where two sources would share a
        name, the later one is numbered.

        Parameters
        ----------
        sources : sequence of path-like
        roots : iterable of path-like
            What the user named: the folders among them are mirrored.
        extension : str
        room : int
            Bytes that a name has to leave for what is added to it; longer names are cut off.

        Returns
        -------
        list of pathlib.Path
        """
        above = [Path(root).absolute() for root in roots if Path(root).is_dir()]
        taken, found = set(), []
        for source in sources:
            base = _mirrored(source, above)
            numbered = (f"-{number}" if number > 1 else "" for number in itertools.count(1))
            earlier = [self._name[source_key(source)]] if source_key(source) in self._name else []
            candidates = itertools.chain(earlier, (_fitting(base, end, len(extension) + room) for end in numbered))
            name = next(n for n in candidates if n.casefold() not in taken and self._is_free(n, source))
            taken.add(name.casefold())
            found.append(self.folder / f"{name}{extension}")
        return found

    def _is_free(self, name: str, source: PathLike) -> bool:
        """Tell whether a name is no other source's; a photograph that was moved or copied is no other."""
        owner, content = self._source.get(name.casefold(), (None, None))
        return owner in (None, source_key(source)) or content == _sha256(source)

    def refuse_others(self, targets: Iterable[Path]) -> None:
        """Refuse, before the work, to write over files that this program did not write.

        Raises
        ------
        UsageError
        """
        for target in (self.folder / LIST, *targets):
            if not self._may_write(target):
                raise UsageError(
                    f"{target} was not written by this program, or changed since; choose another --out, or allow "
                    "it with --overwrite"
                )

    def _may_write(self, path: Path) -> bool:
        if not path.exists():
            return True
        if path.name == LIST and path.parent == self.folder:
            return _is_list(path)
        known = self._written.get(self._relative(path))
        return self.overwrite or (known is not None and _sha256(path) in known)

    def _relative(self, path: PathLike) -> str:
        return Path(os.path.relpath(path, self.folder)).as_posix()

    @contextlib.contextmanager
    def of(self, source: PathLike, target: PathLike) -> Iterator[None]:
        """List what is written meanwhile as results of a source, under the name that `names` gave it."""
        name = Path(self._relative(target)).with_suffix("").as_posix()
        self._current.row = source_key(source), _sha256(source), name
        try:
            yield
        finally:
            del self._current.row

    @contextlib.contextmanager
    def writing(self, targets: Iterable[Path] = ()) -> Iterator["Results"]:
        """Guard and list all that is written below the folder, which belongs to this command alone meanwhile.

        Parameters
        ----------
        targets : iterable of pathlib.Path
            What will be written, as far as it is known: see `refuse_others`.

        Raises
        ------
        UsageError
            When another command writes there, or a target is a file of somebody else.
        PictureError
            When the folder cannot be made.
        """
        self.refuse_others(targets)
        try:
            made = not self.folder.exists()
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PictureError(
                f"{self.folder} cannot be written: {error.strerror}; choose another --out"
            ) from error
        with locked(self.folder, "choose another --out"):
            self.join()
            try:
                files.sweep(self.folder)
                yield self
            finally:
                files.GUARDS.remove(self._list)
                if made:
                    with contextlib.suppress(OSError):
                        self.folder.rmdir()  # where nothing came of it

    def join(self) -> None:
        """Guard and list what is written from now on; alone in processes that work for the one with the lock."""
        files.GUARDS.append(self._list)

    def _list(self, path: Path, temporary: Path) -> None:
        """Allow a file to take its name, and list it; called by whatever writes files."""
        try:
            result = self._relative(path)
        except ValueError:  # another drive
            return
        if any(part.startswith(".") for part in Path(result).parts):  # elsewhere, or kept for a while out of sight
            return
        if not self._may_write(path):
            raise PictureError(
                f"{path} was not written by this program; move it away, or allow it with --overwrite"
            )
        content = sha256(Path(temporary).read_bytes())
        source, source_sha256, name = getattr(self._current, "row", ("", "", ""))
        self._written.setdefault(result, set()).add(content)
        if source:
            self._reserve(name, source, source_sha256)
        _append(self.folder / LIST, (result, source, source_sha256, name, content))


def found_again(path: Path, root: Path, out: PathLike | None) -> bool:
    """Tell whether a file below a folder `root` that the user named is a result, and not meant.

    Results in a folder that was named itself are meant, as when faces are cut and then averaged; those in a folder
    below it, or in `out`, where this command writes, are not.
    """
    folder = path.parent
    if path.name == LIST and _is_list(path):
        return True
    while True:
        named = folder == root and not (out is not None and source_key(folder) == source_key(out))
        if not named and path.relative_to(folder).as_posix() in _listed(folder / LIST):
            return True
        if folder == root:
            return False
        folder = folder.parent


_lists: dict[Path, tuple[float, set[str]]] = {}


def _listed(path: Path) -> set[str]:
    """Return the results that a list names; of each list it is read once until it changes."""
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return set()
    if _lists.get(path, (None,))[0] != stamp:
        _lists[path] = stamp, {row[0] for row in _rows(path)}
    return _lists[path][1]


def source_key(path: PathLike) -> str:
    """Return what a file is known by, by whatever path it is named."""
    return str(Path(path).resolve())


def _sha256(path: PathLike) -> str:
    try:
        return sha256(files.read_bytes(path))
    except PictureError:
        return ""


def _mirrored(source: PathLike, roots: Sequence[Path]) -> str:
    """Return a source's path without extension, relative to the folder that was named, or its base name."""
    path = Path(source).absolute()
    inside = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    shortest = min(inside, key=lambda relative: len(relative.parts), default=Path(path.name))
    return shortest.with_suffix("").as_posix()


def _fitting(name: str, end: str, room: int) -> str:
    """Return a name with something at its end, cut off where a file of that name and more could not be."""
    folder, slash, last = name.rpartition("/")
    return folder + slash + os.fsdecode(os.fsencode(last)[: LONGEST_NAME - room - len(end)]) + end


def _opened(path: Path) -> TextIO:
    return path.open(newline="", encoding="utf-8", errors="surrogateescape")  # names may be no Unicode


def _is_list(path: Path) -> bool:
    with contextlib.suppress(OSError, csv.Error), _opened(path) as file:
        return next(csv.reader(file), None) == list(COLUMNS)
    return False


def _rows(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a list that lead to files below its folder; none of a file that is no list of ours."""
    if not _is_list(path):
        return
    with _opened(path) as file, contextlib.suppress(csv.Error):  # the rows before the damage count
        rows = itertools.islice(csv.reader(file), 1, None)
        yield from (r for r in rows if len(r) == len(COLUMNS) and files.is_below(r[0]) and files.is_below(r[3]))


def _append(path: Path, row: Sequence[str]) -> None:
    """Append a row in one piece, so that processes that work together do not mix theirs."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([row] if path.exists() else [COLUMNS, row])
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(handle, text.getvalue().encode("utf-8", "surrogateescape"))
        finally:
            os.close(handle)
    except OSError as error:
        raise PictureError(f"{path} cannot be written: {error.strerror}; choose another place") from error
