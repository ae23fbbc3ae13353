"""Whether a training fits into memory, estimated before anything is loaded."""

import os
from pathlib import Path
from typing import Any

from experiments.cli.console import UsageError
from transformers import backend

# Bytes for each pixel of a batch: what the leanest generator of a preset keeps of its layers in bfloat16, so a
# training that needs more than there is by this count certainly does.
BYTES = {"tiny": 85, "base": 380, "large": 720}


def available() -> int | None:
    """Return the bytes of memory that are free on this machine, and allowed to this process; None if unknown."""
    found = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
        limit = Path("/sys/fs/cgroup/memory.max")
        used = Path("/sys/fs/cgroup/memory.current")
        if limit.is_file() and (text := limit.read_text().strip()).isdecimal():
            found.append(int(text) - int(used.read_text()))
    except (OSError, ValueError):
        pass
    if not found and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(found, default=None)


def least(settings: Any) -> int:
    """Return the bytes that a training with these settings needs at least; 0 where its pictures have one size."""
    size = getattr(settings, "size", None)
    if size is None:
        return 0
    width, height = (size, size) if isinstance(size, int) else size
    return settings.batch_size * width * height * BYTES[settings.preset or "base"]


def refuse_too_large(settings: Any) -> None:
    """Refuse settings that no memory of this machine holds; on graphics processors nothing is known beforehand.

    Raises
    ------
    UsageError
    """
    needed, free = least(settings), available()
    if free is None or needed <= free or backend.has_gpu():
        return
    raise UsageError(
        f"--size and --batch-size {settings.batch_size} need at least {needed / 2**30:.1f} GiB of memory, and "
        f"{free / 2**30:.1f} are free; choose smaller ones"
    )
