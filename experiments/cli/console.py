"""What all commands share: messages, exit codes and progress bars."""

import contextlib
import logging
import os
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from typing import NoReturn

OK, SOME_FAILED, WRONG_USAGE = 0, 1, 2


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
        say("stopped; what was finished is kept")
        code = 130
    except UsageError as error:
        say(f"error: {error}")
        code = WRONG_USAGE
    except (ValueError, RuntimeError, OSError) as error:
        say(f"error: {error}")
        code = SOME_FAILED
    sys.exit(code or OK)


@contextlib.contextmanager
def progress(what: str, unit: str = "picture") -> Iterator[Callable[..., None]]:
    """Show a progress bar with the time left on standard error, if that is a terminal.

    Yields
    ------
    callable
        To be called with the number done, the total number and, optionally, a note.
    """
    from tqdm import tqdm

    with tqdm(desc=printable(what), unit=unit, disable=None, leave=False, dynamic_ncols=True) as bar:

        def report(done: int, total: int | None, note: str = "") -> None:
            bar.total = total
            if note:
                bar.set_postfix_str(note, refresh=False)
            bar.update(done - bar.n)

        yield report


def leave_after(main: Callable[[], object]) -> NoReturn:
    """Run a program and exit at once: TensorFlow's orderly shutdown would add a second to each command."""
    try:
        main()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
