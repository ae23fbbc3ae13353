"""Serve the studio."""

import argparse
import errno
import os
import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from PIL import Image

from experiments.cli.console import Stopped, UsageError, say
from experiments.studio import page, shared
from filters.io.decoding import FORMATS

LARGEST_UPLOAD = 200 * 2**20  # bytes
WAITING = 100  # calls in the queue; who comes after is told to try again


def run(arguments: argparse.Namespace) -> NoReturn:
    """Run the command ``studio``."""
    blocks, address = serve(
        arguments.host, arguments.port, Path(arguments.runs), arguments.open, arguments.precision
    )
    say(f"the studio is open at {address}; Ctrl-C closes it")
    signal.signal(signal.SIGTERM, _stop)
    try:
        while True:
            time.sleep(3600)
    finally:
        blocks.close(verbose=False)
        shutil.rmtree(os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)


def _stop(number: int, frame: object) -> NoReturn:
    raise Stopped("the studio is closed", 128 + number)


def serve(host: str, port: int, runs: Path, in_browser: bool = False, precision: str = "auto") -> tuple:
    """Start the server in a thread of its own.

    Parameters
    ----------
    host : str
        Address to listen at.
    port : int
        0 for any that is free.
    runs : pathlib.Path
        Folder of runs that the gallery shows.
    in_browser : bool
        Open the page in the browser.
    precision : str
        How layers compute, see `transformers.backend.set_precision`.

    Returns
    -------
    page : gradio.Blocks
    address : str
        The page's URL.

    Raises
    ------
    UsageError
        When nothing can listen there.
    """
    port = port_at(host, port)
    refuse_programs()
    # What visitors upload and what is made of it: their own files alone are here, and they go with the server.
    files = tempfile.mkdtemp(prefix="studio-")
    os.environ["GRADIO_TEMP_DIR"] = files
    shared.compute_in(precision)
    blocks = page.build(runs).queue(max_size=WAITING, default_concurrency_limit=1)
    try:
        _, address, _ = blocks.launch(
            server_name=host,
            server_port=port,
            inbrowser=in_browser,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            run_history=False,
            footer_links=["api"],
            max_file_size=LARGEST_UPLOAD,
            **page.LOOK,
        )
    except OSError as error:
        shutil.rmtree(files, ignore_errors=True)
        raise UsageError(refusal(host, port, error)) from error
    return blocks, address


def refuse_programs() -> None:
    """Let Pillow open no other formats than `filters` does: Gradio decodes some uploads by itself.

    Others would hand what a visitor sends to another program, such as Ghostscript, or hold no photographs.
    """
    Image.init()
    for name in set(Image.OPEN) - {*FORMATS}:
        del Image.OPEN[name]
    Image.ID[:] = [name for name in Image.ID if name in Image.OPEN]


def port_at(host: str, port: int) -> int:
    """Return the port to listen at: that one, or any that is free for 0.

    Raises
    ------
    UsageError
        When nothing can listen there; the message tells why, and the remedy.
    """
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # where a server has just been closed
            one.bind(place)
            one.listen()
            return one.getsockname()[1]
    except OSError as error:
        raise UsageError(refusal(host, port, error)) from error


def refusal(host: str, port: int, error: OSError) -> str:
    """Return why nothing can listen at a port, and the remedy."""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return (
            f"{host} is no address of this computer; choose another with --host: 127.0.0.1 lets in this computer "
            "alone, 0.0.0.0 others too"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} is for administrators, as most are below 1024; choose one from 1024 on with --port"
    if error.errno == errno.EADDRINUSE or error.errno is None:  # Gradio tells no other cause
        return f"port {port} is taken; choose another with --port"
    return f"nothing can listen at {host}, port {port}: {error.strerror}; choose others with --host and --port"
