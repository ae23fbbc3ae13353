"""How different the results of a training are, for trainings in which any face is to become any other."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pandas as pd
from matplotlib import pyplot

from experiments.core.codecs import filter_of
from experiments.core.registry import Transformation
from experiments.inference.restoration import restore
from experiments.reports.plots import save_figure
from experiments.reports.sheets import sheet
from filters.io import pictures
from filters.io.pictures import Picture, Size
from transformers.backend import keras

FACES = 8  # rows of the sheet
COLUMNS = 8
CELL: Size = (96, 128)  # of the sheet


def distance(pictures: Sequence[np.ndarray]) -> float:
    """Return the mean absolute difference over all pairs of pictures.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        ``uint8`` of one shape, two or more.

    Returns
    -------
    float
        0–255; 0 if all are the same.
    """
    return float(np.mean([cv2.absdiff(a, b).mean() for a, b in combinations(pictures, 2)]))


class Recorder(keras.callbacks.Callback):
    """Fills ``output_diversity/`` of a run folder, at ever longer intervals.

    ``step_N.png`` shows the results for some fixed faces after N steps, one below the other;
    ``output_diversity.csv`` has their `distance`, ``output_diversity.png`` plots it, and ``sheet.png`` shows
    faces from top to bottom and steps from left to right.

    Parameters
    ----------
    transformation : Transformation
    folder : pathlib.Path
    faces : sequence of numpy.ndarray
        ``uint8`` RGB of one size; `FACES` of them are used.
    start : int
        Steps already done, in a training that is resumed.
    """

    def __init__(self, transformation: Transformation, folder: Path, faces: Sequence[Picture], start: int) -> None:
        super().__init__()
        self.transformation, self.folder, self.step = transformation, folder / "output_diversity", start
        self.shown = faces[:: max(1, len(faces) // FACES)][:FACES]
        self.filtered = [filter_of(transformation)(p) for p in self.shown]
        self.next = 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        for path in _steps(self.folder):
            if _step_of(path) > self.step:
                path.unlink()  # written after the state from which the run is resumed
        self._record()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.step += 1
        if self.step >= self.next:
            self._record()

    def on_train_end(self, logs: dict | None = None) -> None:
        self._record()
        write_summary(self.folder, self.shown)

    def _record(self) -> None:
        results = [restore(self.model.ema_generator, self.transformation, f) for f in self.filtered]
        pictures.write(self.folder / f"step_{self.step:06d}.png", np.vstack(results))
        while self.next <= self.step:
            self.next = max(self.next + 1, round(self.next * 1.3))


def _steps(folder: Path) -> list[Path]:
    return sorted(folder.glob("step_*.png"))


def _step_of(path: Path) -> int:
    return int(path.stem.removeprefix("step_"))


def write_summary(folder: Path, shown: Sequence[Picture]) -> None:
    """Write sheet, table and plot of the results in a folder; `shown` are the faces that they were made of."""
    matplotlib.use("Agg")
    paths = _steps(folder)
    results = {_step_of(path): np.split(pictures.read(path), len(shown)) for path in paths}
    table = pd.DataFrame({"step": list(results), "distance": [round(distance(r), 3) for r in results.values()]})
    table["inputs"] = inputs = round(distance(shown), 3)
    pictures.write_bytes(folder / "output_diversity.csv", table.to_csv(index=False).encode())

    # Steps are close together at first, when the results change most.
    places = np.unique(np.linspace(0, len(paths) - 1, min(COLUMNS, len(paths))).round().astype(int))
    columns = [list(results)[i] for i in places]
    rows = [[face, *(results[step][i] for step in columns)] for i, face in enumerate(shown)]
    titles = ["face", *(f"{step} steps" for step in columns)]
    pictures.write(folder / "sheet.png", sheet(rows, titles, cell=CELL))

    figure, axis = pyplot.subplots(figsize=(7, 4))
    axis.plot(table["step"], table["distance"], marker=".", label="results")
    axis.axhline(inputs, linestyle="--", color="gray", label="the faces themselves")
    axis.set_xscale("symlog", linthresh=1)
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
    axis.set_xlabel("steps")
    axis.set_ylabel("mean difference of two (0–255)")
    axis.legend(frameon=False)
    axis.grid(alpha=0.3)
    save_figure(figure, folder / "output_diversity.png")
