"""Long works: what they show while they go on, and how a visitor stops them."""

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from typing import Any

import gradio as gr

from experiments.cli.console import listening
from experiments.studio.shared import PRIVATE

WORK = "studio work"  # name of threads
EVERY = 0.5  # seconds after which the page hears how far a work is, and a stop reaches it
BETWEEN = 1.0  # seconds from one preview to the next, at least
# Works at once. One that was stopped keeps its turn until it ends, so that stopping gives nobody more.
_turns = threading.BoundedSemaphore(2)


class _Stopped(BaseException):
    """The visitor stopped a work; nothing that handles errors on the way takes it for one."""


class _News:
    """How far a work is, told by its thread and read by the page's."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._what, self._share, self._preview = "", 0.0, None
        self._began = self._told = time.monotonic()
        self._previewed = 0.0

    def hear(self, what: str, done: float, total: float | None, so_far: Callable[[], Any] | None) -> None:
        """Note how far the work is, see `experiments.cli.console.Listener`; end a work that was stopped."""
        if self.stopped.is_set():
            raise _Stopped
        now = time.monotonic()
        if not done:
            self._began = now
        self._what, self._share, self._told = what, done / total if total else 0.0, now
        if so_far and now - self._previewed >= BETWEEN:
            self._preview, self._previewed = so_far(), now

    def text(self) -> str:
        """Return what is done, how much of it, and how long the rest will take."""
        now, share, what = time.monotonic(), self._share, self._what.capitalize() or "At work"
        if not share:
            return f"{what}: {now - self._began:.0f} s"
        left = (self._told - self._began) * (1 - share) / share - (now - self._told)
        return f"{what}: {share:.0%}, about {max(left, 1):.0f} s left"

    def preview(self) -> Any:
        """Return what there is of the result, once."""
        preview, self._preview = self._preview, None
        return preview


def stepwise(work: Callable[[], Any], shown: Callable[[str, Any], Any]) -> Generator[Any, None, Any]:
    """Run a long work in a thread; yield what the page shows meanwhile, and return its result.

    Gradio closes this generator when the visitor stops the work or leaves. The work then ends where it next tells
    how far it is, as all that use `experiments.cli.console.progress` do: after a tile, a face or a step.

    Parameters
    ----------
    work : callable
        Takes nothing.
    shown : callable
        Takes a line that tells how far the work is, and what there is of the result, or None where that is not
        new; returns what to yield.
    """
    outcome, news = Future(), _News()

    def run() -> None:
        try:
            with _turns, listening(news.hear):
                news.hear("", 0, None, None)
                outcome.set_result(work())
        except _Stopped:
            return
        except Exception as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name=WORK, daemon=True).start()
    try:
        while not outcome.done():
            yield shown(news.text(), news.preview())
            with contextlib.suppress(TimeoutError):
                outcome.exception(timeout=EVERY)
        return outcome.result()
    finally:
        news.stopped.set()  # nothing waits for the end: Gradio closes generators in the thread that serves all


def stops(button: gr.Button, running: Sequence[Any], said: gr.Markdown, text: str = "Stopped.") -> None:
    """Let a button stop works, and say so.

    Parameters
    ----------
    button : gradio.Button
    running : sequence
        What Gradio returned for the events that begin the works.
    said : gradio.Markdown
        Where `text` is shown.
    text : str
    """
    button.click(lambda: text, None, said, cancels=list(running), **PRIVATE)
