"""How fast colouring is, and how much memory it takes."""

import statistics
import subprocess
import sys
import time

import cv2
import numpy as np

from experiments.core import registry
from experiments.datasets.packaged import packaged_photos
from experiments.inference.coloring import colorize
from experiments.inference.restoration import load_generator
from filters.io import pictures


def large_photo(folder):
    """A black-and-white picture of 2000x1333, 28 faces, from a packaged one."""
    face = cv2.resize(pictures.read(packaged_photos()[0])[0:340, 90:375], (286, 334))
    picture = np.tile(face, (4, 7, 1))[:1333, :2000]
    picture = cv2.resize(picture, (2000, 1333))
    pictures.write(folder / "large.png", cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    return folder / "large.png"


def time_colorize(photo, rounds, folder):
    """Colouring one photograph: within a running program, and as a whole command.

    Returns
    -------
    dict
        Seconds, and the command's peak memory in MB.
    """
    import resource

    command = [sys.executable, "-m", "experiments", "colorize", str(photo), "--out", str(folder / "colour")]
    whole = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        whole.append(time.perf_counter() - began)
    # In kilobytes on Linux, in bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)

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
        "seconds as a whole command": statistics.median(whole),
        "peak memory of the command, MB": peak,
    }
