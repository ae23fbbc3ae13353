"""The folder beside a gallery's page: pictures in three sizes, made once and in parallel."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from experiments.cli import workers
from experiments.cli.console import progress
from experiments.reports.exhibits import thumbnails
from experiments.reports.exhibits.thumbnails import Job, Made
from filters.io import films, pictures
from filters.io.files import is_below
from filters.io.pictures import PathLike

PROCESSES_FROM = 48  # pictures to be made from which several processes are faster than one
VERSION = 3  # of the pictures that are made; another one makes them anew


@dataclass(frozen=True)
class Image:
    """A picture of the page: addresses relative to it, in three sizes, and the size of the largest, in pixels.

    `kind` is ``picture``, ``animation`` or ``film``; of the last two `full` is the file itself.
    """

    full: str
    medium: str
    small: str
    width: int
    height: int
    kind: str = "picture"


class Store:
    """The files of a gallery. Those of an earlier build that still fit are kept; the others are removed.

    A file is listed before it is written, so that even an interrupted build leaves no file that is not listed;
    files that are not listed are somebody else's, and are neither overwritten nor removed.

    Parameters
    ----------
    folder : pathlib.Path

    Attributes
    ----------
    measures : dict
        What was measured in earlier builds, by what it was measured on; kept from build to build.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.index = folder, folder / ".files.json"
        known = read_json(self.index, (dict, list))
        listed = known.get("files", []) if isinstance(known, dict) else known  # a list in earlier versions
        self.listed = {name for name in _list(listed) if isinstance(name, str) and is_below(name)}
        known = known if isinstance(known, dict) and known.get("version") == VERSION else {}
        self.seen, self.made_before = (_dict(known.get(name)) for name in ("seen", "made"))
        self.measures, self.used_measures = _dict(known.get("measures")), {}
        self.used: set[str] = set()
        self.made: dict[str, dict] = {}
        self.digests: dict[str, list] = {}

    def others(self, paths: Iterable[Path]) -> list[Path]:
        """Return the files among `paths` that are not this gallery's own."""
        folder = self.folder.resolve()
        places = ((path, path.resolve()) for path in paths)
        return [
            p for p, at in places if not (at.is_relative_to(folder) and str(at.relative_to(folder)) in self.listed)
        ]

    def reserve(self, names: Sequence[str]) -> None:
        """List files that are about to be written."""
        self.used.update(names)
        if not self.listed.issuperset(names):
            self.listed.update(names)
            self.save()

    def is_ours(self, name: str) -> bool:
        """Tell whether a file may be written: it is ours, or not there."""
        return name in self.listed or not (self.folder / name).exists()

    def write(self, name: str, data: bytes) -> None:
        """Write a file of the page; one that holds the same already is left alone."""
        path = self.folder / name
        self.reserve([name])
        if not (path.is_file() and path.read_bytes() == data):
            pictures.write_bytes(path, data)

    def measured(self, key: str) -> dict[str, float] | None:
        """Return what was measured in an earlier build, or None."""
        found = self.measures.get(key)
        if not isinstance(found, dict):
            return None
        self.used_measures[key] = found
        return found

    def keep_measures(self, key: str, values: dict[str, float]) -> None:
        """Keep measures for the next build."""
        self.measures[key] = self.used_measures[key] = values

    def images(self, paths: Sequence[Path]) -> tuple[dict[Path, Image], list[str]]:
        """Make the pictures of the page, several at a time, with a progress bar; those that are there are kept.

        Parameters
        ----------
        paths : sequence of pathlib.Path
            Pictures, animations and films.

        Returns
        -------
        images : dict
            Path → `Image`, without those that could not be read.
        problems : list of str
        """
        images, problems, jobs, planned = {}, [], {}, []
        for path in paths:
            try:
                base = self._base(path)
            except pictures.PictureError as error:
                problems.append(str(error))
                continue
            made = self._kept(base)
            if base in jobs:
                jobs[base][1].append(path)  # a copy, in another folder
                continue
            if made:
                self._add(images, base, path, made)
                continue
            full = path if path.is_relative_to(self.folder) else None
            kind = kind_of(path)
            suffix = path.suffix.lower() if kind != "picture" else ".webp"
            names = [f"{base}{suffix}", f"{base}-m.webp", f"{base}-s.webp"]
            planned += names
            own = str(full.relative_to(self.folder)) if full else names[0]
            jobs[base] = Job(str(path), kind, str(self.folder), own, *names[1:]), [path]
        self.reserve(planned)
        try:
            with progress("pictures of the page") as bar:
                for done, made in enumerate(_done([job for job, _ in jobs.values()]), 1):
                    if made.problem:
                        problems.append(made.problem)
                    else:
                        for path in jobs[made.base][1]:
                            self._add(images, made.base, path, made)
                    bar(done, len(jobs))
        finally:  # whoever stops it finds what was finished
            self.seen, self.made_before = {**self.seen, **self.digests}, {**self.made_before, **self.made}
            self.save()
        return images, problems

    def _add(self, images: dict[Path, Image], base: str, path: Path, made: Made) -> None:
        self.made[base] = asdict(made)
        self.used.update([made.full, made.medium, made.small])
        full, medium, small = (
            quote(f"{self.folder.name}/{name}", errors="surrogateescape")
            for name in (made.full, made.medium, made.small)
        )
        images[path] = Image(full, medium, small, made.width, made.height, made.kind)

    def _kept(self, base: str) -> Made | None:
        """Return what an earlier build made, where all of it is there."""
        try:
            made = Made(**self.made_before[base])
            names = [made.full, made.medium, made.small]
            whole = all(is_below(name) and (self.folder / name).is_file() for name in names)
        except (KeyError, TypeError):
            return None
        return made if whole else None

    def digest(self, path: Path) -> str:
        """Return the beginning of the SHA-256 of a file, which is read only if it has changed since it was known.

        Raises
        ------
        PictureError
            When it cannot be read.
        """
        try:
            stat = path.stat()
        except OSError as error:
            raise pictures.PictureError(f"{path} cannot be read: {error.strerror or error}") from error
        place = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:20]
        stamp = [stat.st_size, stat.st_mtime_ns]
        known = self.digests.get(place, self.seen.get(place))
        if isinstance(known, list) and known[:2] == stamp and isinstance(known[2], str):
            digest = known[2]
        else:
            digest = hashlib.sha256(pictures.read_bytes(path)).hexdigest()[:10]
        self.digests[place] = [*stamp, digest]
        return digest

    def _base(self, path: Path) -> str:
        """Return the beginning of the names of a file's pictures: by its name and what it holds."""
        digest = self.digest(path)
        name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:40] or "picture"
        base, number = f"{name}-{digest}", 1
        while not all(self.is_ours(f"{base}{end}") for end in (".webp", "-m.webp", "-s.webp")):
            number += 1
            base = f"{name}-{digest}-{number}"
        return base

    def sweep(self) -> None:
        """Remove what an earlier build has written and this one does not show."""
        for name in self.listed - self.used:
            (self.folder / name).unlink(missing_ok=True)
        for folder in sorted((p for p in self.folder.rglob("*") if p.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()
        self.listed, self.seen, self.made_before = set(self.used), self.digests, self.made
        self.measures = self.used_measures
        self.save()

    def save(self) -> None:
        """Write down what is listed, made and measured."""
        held = {
            "version": VERSION,
            "files": sorted(self.listed),
            "seen": self.seen,
            "made": self.made_before,
            "measures": self.measures,
        }
        pictures.write_bytes(self.index, json.dumps(held).encode())


def kind_of(path: Path) -> str:
    """Tell how a file is shown: as a picture, an animation or a film."""
    if films.is_animation(path):
        return "animation"
    return "film" if path.suffix.lower() in films.EXTENSIONS and path.suffix.lower() != ".gif" else "picture"


def _done(jobs: Sequence[Job]) -> Iterable[Made]:
    if len(jobs) < PROCESSES_FROM:
        return map(thumbnails.make, jobs)
    return workers.each(thumbnails.make, jobs, os.cpu_count() or 1, thumbnails.begin)


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def read_json(path: PathLike, kind: type | tuple[type, ...]) -> Any:
    """Return what a file holds; an empty dict where it is missing, damaged or holds something else."""
    try:
        held = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return held if isinstance(held, kind) else {}
