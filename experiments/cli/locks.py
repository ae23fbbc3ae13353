"""Folders that one process holds at a time."""

import contextlib
import os
from collections.abc import Iterator

from experiments.cli.console import UsageError
from filters.io.files import PathLike


@contextlib.contextmanager
def locked(folder: PathLike, remedy: str) -> Iterator[None]:
    """Hold a folder for this process alone; the system lets go of it however the process ends.

    Raises
    ------
    UsageError
        When another process holds it; ends in `remedy`.
    """
    try:
        import fcntl  # not on Windows, where nothing is held
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another command writes to {folder} just now; wait until it has ended, or {remedy}"
            raise UsageError(message) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)
