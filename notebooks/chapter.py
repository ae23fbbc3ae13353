"""What all chapters share: the packages can be imported, and pictures are shown side by side."""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib import pyplot

sys.path.insert(0, str(Path(__file__).parent.parent))


def show(pictures: Mapping[str, np.ndarray], columns: int = 5, height: float = 2.6) -> None:
    """Show pictures side by side, row by row.

    Parameters
    ----------
    pictures : mapping
        Titles to pictures: ``uint8`` ``(height, width, 1 or 3)``, or one layer ``(height, width)`` of floats, whose
        range becomes black to white.
    columns : int
        Of the widest row.
    height : float
        Of the first picture, in inches; all get as much room as it has.
    """
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    first = next(iter(pictures.values()))
    width = height * first.shape[1] / first.shape[0]
    figure, axes = pyplot.subplots(
        rows, columns, figsize=(columns * width, rows * (height + 0.3)), squeeze=False, layout="constrained"
    )
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, picture) in zip(axes.flat, pictures.items(), strict=False):
        limits = {"vmin": 0, "vmax": 255} if picture.dtype == np.uint8 else {}
        axis.imshow(picture, cmap="gray", **limits)
        axis.set_title(title, fontsize=9)
    pyplot.show()
