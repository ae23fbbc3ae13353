"""Large pictures one after the other: threads that read many files hold few megapixels at a time."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from filters.io.decoding import FORMATS
from filters.io.files import PathLike

MOST = 50_000_000  # pixels that are held at a time; of a larger picture one alone


class Turns:
    """What threads hold together.

    Parameters
    ----------
    most : int
    """

    def __init__(self, most: int = MOST) -> None:
        self.most, self.held = most, 0
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def of(self, amount: int) -> Iterator[None]:
        """Hold an amount as soon as there is room for it; of more than the most, when nothing else is held."""
        with self._changed:
            self._changed.wait_for(lambda: not self.held or self.held + amount <= self.most)
            self.held += amount
        try:
            yield
        finally:
            with self._changed:
                self.held -= amount
                self._changed.notify_all()


_turns = Turns()


def turn(path: PathLike) -> contextlib.AbstractContextManager[None]:
    """Return what a thread should do with a picture's file within, from reading it until it is made small.

    Parameters
    ----------
    path : path-like

    Examples
    --------
    >>> with turn("photo.jpg"):
    ...     pass  # read it, and cut out what is wanted
    """
    size = 0, 0
    with contextlib.suppress(Exception), Path(path).open("rb") as file, Image.open(file, formats=FORMATS) as image:
        size = image.size
    return _turns.of(min(size[0] * size[1], MOST))
