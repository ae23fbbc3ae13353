"""Stopping a training between two steps, so that its state is whole."""

import signal
import threading
from types import FrameType
from typing import Any, Self

from experiments.cli.console import Stopped

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Takes note of Ctrl-C and SIGTERM while it is entered; the second one stops at once.

    Attributes
    ----------
    code : int
        The exit code that was asked for; 0 while nobody wants to stop.
    """

    def __init__(self) -> None:
        self.code = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # no other may set handlers
            self._before = {each: signal.signal(each, self._note) for each in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.code:
            raise Stopped("stopped at once; --resume goes on from the last saved state", self.code)
        self.code = 128 + number
