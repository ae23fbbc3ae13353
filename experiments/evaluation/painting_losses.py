"""Measure fast painters by what the slow way minimises; the command's help explains the rows."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather
from experiments.core.codecs import to_unit
from experiments.datasets.subset import evenly
from experiments.inference.fast_style_transfer import load_painter, paint
from experiments.inference.style_transfer import Painting, Settings, transfer_of
from filters import margins
from filters.io import pictures
from filters.io.pictures import Picture, PictureError
from filters.resizing import at_size
from transformers import backend
from transformers.backend import keras
from transformers.inference import Compiled
from transformers.style.optimizers import LBFGS

ROWS = ("painter", "L-BFGS", "photograph in the painting's colours")


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``evaluate-painter``."""
    paths, failures = gather(arguments.photos)
    paths = evenly(sorted(set(paths)), arguments.limit)
    style = margins.part(pictures.read(arguments.painting), arguments.style_crop, arguments.painting)
    painter = load_painter(arguments.painter, arguments.precision)
    table, more = evaluate(paths, painter, style, arguments.size, arguments.steps)
    failures += more
    if len(table):
        means = pd.DataFrame(table.groupby("row", sort=False).mean(numeric_only=True))
        losses = table["loss"].to_numpy().reshape(-1, len(ROWS))  # a row for each photograph
        as_low = float(np.mean(losses[:, 0] <= losses[:, 1]))
        if arguments.json:
            results = {"pictures": len(losses), "as_low": as_low, "results": means.to_dict(orient="index")}
            print(json.dumps(results, indent=2))
        else:
            print(means.to_string(float_format="%.3f"))
            print(f"as_low: {as_low:.2f} of {len(losses)} photographs")
    for failure in failures:
        say(f"error: {failure}")
    return SOME_FAILED if failures else OK


def evaluate(
    paths: Iterable[Path], painter: keras.Model | Compiled, style: Picture, size: int, steps: int
) -> tuple[pd.DataFrame, list[PictureError]]:
    """Paint photographs both ways, and compare the losses.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Of photographs.
    painter : keras.Model
        See `load_painter`.
    style : numpy.ndarray
        The painting, ``uint8`` RGB ``(height, width, 3)``.
    size : int
        Pixels of the longer side, of photographs and painting.
    steps : int
        Of L-BFGS, which begins with the photograph.

    Returns
    -------
    table : pandas.DataFrame
        `ROWS` for each photograph: ``photo``, ``row``, ``loss`` and its parts.
    failures : list of PictureError
    """
    rows, failures, paths = [], [], list(paths)
    backend.set_precision("float32")
    settings = Settings(size=size)
    transfer = transfer_of(settings)
    grams = transfer.gram_matrices(to_unit(at_size(style, size)))
    with progress("painting", unit="picture") as bar:
        for number, path in enumerate(paths):
            try:
                photo = at_size(pictures.read(path), size)
            except PictureError as error:
                failures.append(error)
                continue
            objective = transfer.aim(to_unit(photo), grams)
            optimizer = LBFGS(objective, to_unit(photo))
            for _ in range(steps):
                optimizer.step()
            recolored = Painting(photo, [style], settings, transfer=transfer).recolored(size)
            made = (to_unit(paint(photo, painter)), optimizer.x, recolored)
            for row, picture in zip(ROWS, made, strict=True):
                loss = objective(np.ascontiguousarray(picture, np.float32))[0]
                parts = {part: value for part, value in objective.parts.items() if part != "guide"}
                rows.append({"photo": str(path), "row": row, "loss": loss, **parts})
            bar(number + 1, len(paths))
    return pd.DataFrame(rows), failures
