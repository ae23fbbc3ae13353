"""What is wrong with pictures that are to be trained on, and what to do about it."""

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import refuse_inputs
from experiments.datasets.crops import cut_faces
from experiments.datasets.twins import difference_hash, duplicates, twins
from filters import measures
from filters.faces import directions
from filters.io import pictures
from filters.io.pictures import Picture

# Kind of finding → what it means, and what to do.
KINDS = {
    "unreadable": ("cannot be read", "they are left out; replace or remove them"),
    "copy": ("are exact copies of others", "each is drawn as often as it is there; keep one"),
    "alike": ("look like others", "keep the best of each"),
    "leak": (
        "look alike in training and in validation",
        "the measures then flatter; keep each on one side, or give --validation of other people",
    ),
    "gray": ("are gray among colour", "results may become pale; take --subset is_colour, or remove them"),
    "tiny": ("are smaller than what training sees", "they are enlarged and so blurred; take larger ones"),
    "no face": ("show no face", "they are left out where faces are trained; remove them"),
    "several faces": ("show several faces", "each is a picture of its own; for one a person, cut them first"),
}
NAMED = 3  # of the files of a kind


@dataclass(frozen=True)
class Finding:
    """Something about one picture.

    Attributes
    ----------
    kind : str
        Of `KINDS`.
    file : str
    detail : str
        The other file, a size, a count or a reason.
    """

    kind: str
    file: str
    detail: str = ""


@dataclass(frozen=True)
class _Facts:
    """What is measured of one picture; with a problem nothing else."""

    path: Path
    split: str = ""
    sha256: str = ""
    problem: str = ""
    side: int = 0
    gray: bool = False
    faces: int | None = None
    bits: Any = None


def run(arguments: argparse.Namespace) -> int:
    """Check the pictures that the command line names."""
    files = pictures.find_pictures([arguments.data])
    held_out = pictures.find_pictures([arguments.validation]) if arguments.validation else []
    if arguments.out:
        refuse_inputs([arguments.out], [*files, *held_out])
    cut = any(cut_faces(Path(f)) is not None for f in (arguments.data, arguments.validation) if f)
    findings = check(files, held_out, arguments.least_side, look_for_faces=not (arguments.whole or cut))
    for line in summary(findings):
        print(line)
    if arguments.out:
        table = pd.DataFrame([asdict(f) for f in findings], columns=["kind", "file", "detail"])
        text = table.to_csv(index=False)
        pictures.write_bytes(arguments.out, text.encode("utf-8", "surrogateescape"))
        say(f"{len(findings)} findings written to {arguments.out}")
    print(f"{len(files) + len(held_out)} pictures, {len(findings)} findings")
    return SOME_FAILED if any(f.kind == "unreadable" for f in findings) else OK


def check(
    files: Sequence[Path], held_out: Sequence[Path] = (), least_side: int = 256, look_for_faces: bool = True
) -> list[Finding]:
    """Return what is wrong with pictures that are to be trained on.

    Parameters
    ----------
    files : sequence of pathlib.Path
    held_out : sequence of pathlib.Path
        For validation; without any, a tenth of `files` is, chosen by content.
    least_side : int
        Pixels that a shorter side should have.
    look_for_faces : bool

    Returns
    -------
    list of Finding
        By kind, in the order of `KINDS`.
    """

    def measured(job: tuple[Path, str]) -> _Facts:
        return _measured(*job, look_for_faces)

    jobs = [(path, "train" if held_out else "") for path in files] + [(path, "validation") for path in held_out]
    facts = []
    with progress("checking", unit="file") as bar, ThreadPoolExecutor() as pool:
        for done, found in enumerate(pool.map(measured, jobs), 1):
            facts.append(found)
            bar(done, len(jobs))
    findings = [*_single(facts, least_side), *_double([f for f in facts if not f.problem])]
    return sorted(findings, key=lambda finding: [*KINDS].index(finding.kind))


def _measured(path: Path, split: str, look_for_faces: bool) -> _Facts:
    try:
        sha256 = measures.sha256(pictures.read_bytes(path))
        picture = pictures.read(path)
    except pictures.PictureError as error:
        return _Facts(path, problem=str(error))
    faces = len(directions.detect(picture)) if look_for_faces else None
    side, gray = min(picture.shape[:2]), measures.is_gray(picture)
    return _Facts(path, split or measures.split_of(sha256), sha256, "", side, gray, faces, difference_hash(picture))


def _single(facts: Sequence[_Facts], least_side: int) -> Iterator[Finding]:
    """Yield findings about one picture each."""
    read = [fact for fact in facts if not fact.problem]
    mixed = 0 < sum(fact.gray for fact in read) < len(read)
    for fact in facts:
        name = str(fact.path)
        if fact.problem:
            yield Finding("unreadable", name, fact.problem)
            continue
        if fact.gray and mixed:
            yield Finding("gray", name)
        if fact.side < least_side:
            yield Finding("tiny", name, f"shorter side {fact.side} pixels")
        if fact.faces == 0:
            yield Finding("no face", name)
        elif fact.faces and fact.faces > 1:
            yield Finding("several faces", name, str(fact.faces))


def _double(facts: Sequence[_Facts]) -> Iterator[Finding]:
    """Yield findings about two pictures each; of many copies of one, each is told once."""
    told = set()
    for one, other in twins([fact.bits for fact in facts]):
        same, across = facts[one].sha256 == facts[other].sha256, facts[one].split != facts[other].split
        kind = "leak" if across else "copy" if same else "alike"
        if (other, kind) not in told:
            told.add((other, kind))
            yield Finding(kind, str(facts[other].path), f"like {facts[one].path}")


def summary(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield a line for each kind of finding: how many, the first names, and what to do."""
    for kind, (meaning, remedy) in KINDS.items():
        found = [finding for finding in findings if finding.kind == kind]
        if found:
            names = [f"{f.file} ({f.detail})" if f.detail and kind != "unreadable" else f.file for f in found]
            more = [f"and {len(found) - NAMED} more"] if len(found) > NAMED else []
            yield f"{len(found)} {meaning}: {', '.join([*names[:NAMED], *more])}. {remedy[0].upper()}{remedy[1:]}."


def in_short(
    training: Sequence[Picture] | np.ndarray, validation: Sequence[Picture] | np.ndarray = ()
) -> Iterator[str]:
    """Yield what a user should know of pictures before a training, line by line.

    Parameters
    ----------
    training, validation : sequence of numpy.ndarray
        ``uint8`` RGB; those for validation only where they are kept apart.
    """
    both = [*training, *validation]
    with ThreadPoolExecutor() as pool:
        grays = sum(pool.map(measures.is_gray, both))
    if 0 < grays < len(both):
        yield _short("gray", grays, len(both))
    pairs = duplicates(both)
    leaks = {other for one, other in pairs if one < len(training) <= other}
    alike = {other for _, other in pairs} - leaks
    for kind, count in (("leak", len(leaks)), ("alike", len(alike))):
        if count:
            yield _short(kind, count, len(both))


def _short(kind: str, count: int, total: int) -> str:
    meaning, remedy = KINDS[kind]
    return f"{count} of {total} pictures {meaning}: {remedy} (check-data names them)"
