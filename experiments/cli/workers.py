"""Processes that work for one: they leave Ctrl-C to it, and end when it ends, however it does."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.connection import wait
from typing import Any, TypeVar

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


def each(
    function: Callable[[_Job], _Result],
    jobs: Iterable[_Job],
    processes: int,
    begin: Callable[..., object],
    arguments: tuple = (),
) -> Iterator[_Result]:
    """Do jobs in several processes.

    Parameters
    ----------
    function : callable
        Takes a job; of a module, as what a process is given.
    jobs : iterable
    processes : int
    begin : callable
        Called once in each process, with `arguments`.
    arguments : tuple

    Yields
    ------
    object
        Results, in order of completion.
    """
    # They are spawned, since a fork of a process that has loaded TensorFlow hangs.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, spawn, initializer=_begin, initargs=(begin, arguments))
    try:
        with _deaf():  # what a process is started with it keeps
            futures = [pool.submit(function, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Put off Ctrl-C for a while; what is started meanwhile never hears it."""
    heard: list[int] = []
    # Another thread may hear it, too, for which this one would stop: a pool whose process is just being started
    # would wait for it for ever.
    handler = None
    if threading.current_thread() is threading.main_thread():
        handler = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    blocks = hasattr(signal, "pthread_sigmask")  # not on Windows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if blocks else []
    try:
        yield
    finally:
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
    if heard:
        signal.raise_signal(signal.SIGINT)


def _begin(begin: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    begin(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
