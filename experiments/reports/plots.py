"""Plots of tables."""

import io

import matplotlib
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure

from filters.io import pictures
from filters.io.pictures import PathLike


def plot_history(history: pd.DataFrame, path: PathLike) -> None:
    """Plot the history of a training: one panel per loss, epochs from left to right.

    Parameters
    ----------
    history : pandas.DataFrame
        Of ``history.csv``: a row per epoch; a column ``val_NAME`` is drawn into the panel of ``NAME``.
    path : path-like
        The plot, a PNG.
    """
    matplotlib.use("Agg")
    names = [c for c in history.columns if c not in ("epoch", "seconds") and not c.startswith("val_")]
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(4 * columns, 2.6 * rows), squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        measured = history[["epoch", name]].dropna()  # some values are not measured in each epoch
        axis.plot(measured["epoch"], measured[name], label="training")
        if f"val_{name}" in history:
            axis.plot(history["epoch"], history[f"val_{name}"], label="validation")
            axis.legend(frameon=False)
        axis.set_title(name)
        axis.set_xlabel("epoch")
        axis.grid(alpha=0.3)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    save_figure(figure, path)


def save_figure(figure: Figure, path: PathLike) -> None:
    """Write a matplotlib figure as PNG, atomically, and close it."""
    figure.tight_layout()
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    pyplot.close(figure)
    pictures.write_bytes(path, buffer.getvalue())
