"""Photographs that come with installed packages."""

import importlib.util
from pathlib import Path


def packaged_photos() -> list[Path]:
    """Return the files of photographs of people that come with installed packages.

    ``astronaut`` (Eileen Collins, NASA, public domain) and ``camera`` (CC0) of scikit-image, and
    ``grace_hopper`` (US Navy, public domain) of matplotlib.
    """
    places = {
        "skimage": ("data/astronaut.png", "data/camera.png"),
        "matplotlib": ("mpl-data/sample_data/grace_hopper.jpg",),
    }
    found = []
    for package, names in places.items():
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        folder = Path(spec.origin).parent
        found += [folder / name for name in names if (folder / name).is_file()]
    return found
