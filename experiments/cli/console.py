"""What all commands share: messages, exit codes and progress bars."""

import _thread
import contextlib
import logging
import os
import signal
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, NoReturn

OK, SOME_FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


class UsageError(ValueError):
    """The command was called wrongly; the message names the fault and the remedy."""


class Stopped(KeyboardInterrupt):
    """A command was asked to stop, and saved what it had; the message says how to go on.

    Attributes
    ----------
    code : int
        The exit code: 130 after Ctrl-C, 143 after SIGTERM.
    """

    def __init__(self, text: str, code: int = 130) -> None:
        super().__init__(text)
        self.code = code


def say(text: str) -> None:
    """Print a line for the user, on standard error; results go to standard output."""
    print(printable(text), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """Return a line without characters that would steer a terminal: names of files may hold anything.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Control characters, line breaks, invisible characters and bytes that are no Unicode are written as escapes.

    Examples
    --------
    >>> printable("two\\nlines, \\x1b[31mred")
    'two\\\\nlines, \\\\x1b[31mred'
    """
    if text.isprintable():
        return text
    kept = (c if c.isprintable() or unicodedata.category(c) == "Zs" else repr(c)[1:-1] for c in text)
    return "".join(kept)


class _Said(logging.Handler):
    """Says what `filters` warns of, for instance which page of several was taken."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


logging.getLogger("filters").addHandler(_Said())


_began = [time.monotonic()]


def began() -> float:
    """Return when the command of this process began, as ``time.monotonic`` counts."""
    return _began[0]


def run(function: Callable[[], int | None]) -> NoReturn:
    """Run a command and exit with the code that it returns; an error becomes one line and a code of its own."""
    _began[0] = time.monotonic()
    try:
        code = function()
    except Stopped as stop:
        say(str(stop))
        code = stop.code
    except KeyboardInterrupt:
        code = _stopped()
    except Exception as error:
        if interrupts:  # in native code, or while a module was imported, Ctrl-C becomes any exception
            code = _stopped()
        elif isinstance(error, UsageError):
            say(f"error: {error}")
            code = WRONG_USAGE
        elif isinstance(error, (ValueError, RuntimeError, OSError)):
            say(f"error: {error}")
            code = SOME_FAILED
        else:
            raise
    sys.exit(code or OK)


interrupts: list[int] = []  # a number for each Ctrl-C


def _stopped() -> int:
    say("stopped; what was finished is kept")
    return INTERRUPTED


def watch_interrupts() -> None:
    """Make Ctrl-C stop the program wherever it strikes, and be no traceback.

    Python raises it as an exception at any place: also in a destructor, where it would only be printed and
    forgotten; it is then raised again.
    """

    def note(number: int, frame: object) -> None:
        interrupts.append(number)
        raise KeyboardInterrupt

    def unraisable(what: "sys.UnraisableHookArgs") -> None:
        if issubclass(what.exc_type, KeyboardInterrupt):
            _thread.interrupt_main()
        else:
            sys.__unraisablehook__(what)

    sys.unraisablehook = unraisable
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)


# Takes what is done, how many are, of how many, and a function that returns what there is of the result.
Listener = Callable[[str, float, float | None, Callable[[], Any] | None], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextlib.contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell a function how far the works of this thread are, in place of progress bars.

    Parameters
    ----------
    listener : callable
        See `Listener`. What it raises ends the work: so a work is stopped.
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextlib.contextmanager
def progress(what: str, unit: str = "picture", delay: float = 0.0) -> Iterator[Callable[..., None]]:
    """Show a progress bar with the time left on standard error, if that is a terminal; or tell whoever listens.

    Parameters
    ----------
    what : str
    unit : str
    delay : float
        Seconds after which a bar is shown.

    Yields
    ------
    callable
        To be called with the number done, the total number and, optionally, a note and, as ``so_far``, a function
        that returns what there is of the result.
    """
    if listener := _listener.get():
        listener(what, 0, None, None)
        yield lambda done, total, note="", so_far=None: listener(what, done, total, so_far)
        return
    from tqdm import tqdm

    shown = {"disable": None, "leave": False, "dynamic_ncols": True, "delay": delay}
    with tqdm(desc=printable(what), unit=unit, **shown) as bar:

        def report(done: float, total: float | None, note: str = "", so_far: object = None) -> None:
            bar.total = total
            if note:
                bar.set_postfix_str(note, refresh=False)
            bar.update(done - bar.n)

        yield report


def leave_after(main: Callable[[], object]) -> NoReturn:
    """Run a program and exit at once: TensorFlow's orderly shutdown would add a second to each command."""
    watch_interrupts()
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        code = _stopped()
    if signal.getsignal(signal.SIGINT) is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
