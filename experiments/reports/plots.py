"""Plots of tables."""

import io

import matplotlib
from matplotlib import pyplot

from filters.io import pictures
from filters.io.pictures import PathLike


def plot_history(history, path: PathLike) -> None:
    """Plot a training's ``history.csv`` table: one panel per loss, epochs from left to right."""
    matplotlib.use("Agg")
    names = [c for c in history.columns if c not in ("epoch", "seconds") and not c.startswith("val_")]
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(4 * columns, 2.6 * rows), squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        measured = history[["epoch", name]].dropna()  # some values are not measured in every epoch
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


def save_figure(figure, path: PathLike) -> None:
    """Write a matplotlib figure as PNG, atomically, and close it."""
    figure.tight_layout()
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    pyplot.close(figure)
    pictures.write_bytes(path, buffer.getvalue())
