"""Time colouring, and measure the memory that it takes."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from experiments.core import registry
from experiments.datasets.packaged import packaged_photos
from experiments.inference.coloring import colorize
from experiments.inference.restoration import load_generator
from filters.io import pictures
from filters.io.pictures import PathLike


def large_photo(folder: Path) -> Path:
    """Write a black-and-white picture of 2000x1333 with 28 faces, tiled from a packaged one; return its path."""
    face = cv2.resize(pictures.read(packaged_photos()[0])[0:340, 90:375], (286, 334))
    picture = np.tile(face, (4, 7, 1))[:1333, :2000]
    picture = cv2.resize(picture, (2000, 1333))
    pictures.write(folder / "large.png", cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    return folder / "large.png"


def _run(command: list[str]) -> tuple[float, float]:
    """Run a command; return the seconds that it takes, and its own peak memory in MB."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"the command failed: {' '.join(command)}")
    # In kilobytes on Linux, in bytes on macOS.
    return seconds, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def time_colorize(photo: PathLike, rounds: int, folder: Path) -> dict[str, float]:
    """Time the colouring of one photograph: within a running program, and as a whole command.

    Parameters
    ----------
    photo : path-like
    rounds : int
        How often each is timed.
    folder : pathlib.Path
        For the command's result.

    Returns
    -------
    dict
        Description → median seconds, and the command's peak memory in MB.
    """
    command = [sys.executable, "-m", "experiments", "colorize", str(photo), "--out", str(folder / "colour")]
    seconds, memory = zip(*(_run(command) for _ in range(rounds)), strict=True)

    generator = load_generator(registry.find("gray_to_color"))
    picture = pictures.read(photo)
    colorize(picture, generator)
    loaded = []
    for _ in range(rounds):
        began = time.perf_counter()
        colorize(picture, generator)
        loaded.append(time.perf_counter() - began)
    return {
        f"seconds once loaded, {picture.shape[1]}x{picture.shape[0]}": statistics.median(loaded),
        "seconds as a whole command": statistics.median(seconds),
        "peak memory of the command, MB": max(memory),
    }
