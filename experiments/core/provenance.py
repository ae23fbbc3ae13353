"""Where a run comes from: program, versions, machine, data and command, so that it can be repeated and compared."""

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from filters.measures import sha256

ROOT = Path(__file__).parents[2]
# Name of a version → the distribution that has it.
DISTRIBUTIONS = {
    "keras": "keras",
    "tensorflow": "tensorflow",
    "torch": "torch",
    "numpy": "numpy",
    "opencv": "opencv-python-headless",
}


def commit() -> str | None:
    """Return the commit of the program, with ``-dirty`` where files were changed since; None outside a checkout."""
    if not (ROOT / ".git").exists():
        return None
    words = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def versions(backend: str) -> dict[str, str]:
    """Return the versions of Python and of the packages on which results depend.

    Parameters
    ----------
    backend : {"tensorflow", "torch"}
        The one in use.
    """
    found = {"python": platform.python_version(), "backend": backend}
    for name, distribution in DISTRIBUTIONS.items():
        if name in ("tensorflow", "torch") and name != backend:
            continue
        for each in (distribution, distribution.removesuffix("-headless")):
            try:
                found[name] = metadata.version(each)
                break
            except metadata.PackageNotFoundError:
                continue
    return found


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def command() -> str:
    """Return the command line of this process, as it would be typed."""
    first, *words = sys.argv
    package = Path(first)
    if package.name == "__main__.py" or not package.suffix:
        return shlex.join(["python", "-m", "experiments", *words])
    return shlex.join(
        [f"python -m experiments.{package.stem}" if package.parent.name == "experiments" else first, *words]
    )


def content(picture: np.ndarray) -> str:
    """Return the SHA-256 of a picture's size and values: the key by which data are sorted."""
    return sha256(repr((picture.shape, str(picture.dtype))).encode() + picture.tobytes())


def fingerprint(contents: Iterable[str]) -> dict[str, Any]:
    """Return the fingerprint of data, whatever the order of the pictures.

    Parameters
    ----------
    contents : iterable of str
        A SHA-256 for each picture.

    Returns
    -------
    dict
        ``sha256``, that of the sorted ones, and ``pictures``, their number.

    Examples
    --------
    >>> fingerprint(["b", "a"]) == fingerprint(["a", "b"]), fingerprint(["a"])["pictures"]
    (True, 1)
    """
    contents = sorted(contents)
    return {"sha256": sha256("\n".join(contents).encode()), "pictures": len(contents)}


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return a line for each part in which the origins of two runs differ, the command aside.

    Parameters
    ----------
    one, other : dict
        As ``config.json`` keeps them; a part that one lacks is passed over.
    """
    lines = []
    for name in ("commit", "precision", "cores", "seed"):
        if name in one and name in other and one[name] != other[name]:
            lines.append(f"{name}: {one[name]}, now {other[name]}")
    old, new = one.get("versions", {}), other.get("versions", {})
    lines += [f"{name}: {old[name]}, now {new.get(name)}" for name in old if old[name] != new.get(name)]
    before, now = one.get("data"), other.get("data")
    if before and now and before != now:
        count = f"{before['pictures']} pictures, now {now['pictures']}"
        lines.append(
            f"data: {count}" if before["pictures"] != now["pictures"] else "data: some pictures are others"
        )
    return lines
