"""The mean of many faces: registered densely, beside the plain mean and the mean aligned by landmarks."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.cli.console import OK, SOME_FAILED, UsageError, progress, say
from experiments.cli.files import gather, refuse_inputs
from experiments.datasets import subset
from experiments.datasets.crops import each_file
from experiments.reports.sheets import sheet
from filters import measures
from filters.faces import alignment, averaging, cropping, detection, directions, registration
from filters.io import pictures
from filters.io.pictures import PathLike, Picture


def run(arguments: argparse.Namespace) -> int:
    return average(arguments.faces, arguments.out, subset.parse(arguments.subset))


def average(sources: Sequence[PathLike], out: PathLike, chosen=None) -> int:
    """Write ``mean.png``, ``aligned.png``, ``naive.png``, all three on ``sheet.png``, and ``skipped.csv``.

    Parameters
    ----------
    sources : list of path-like
        Photographs, crops, or folders of them.
    out : path-like
        Folder.
    chosen : experiments.datasets.subset.Subset, optional
        Which faces to take.

    Returns
    -------
    int
        0, or 1 when a file could not be used.
    """
    out = Path(out)
    refuse_inputs([out / f"{name}.png" for name in ("naive", "aligned", "mean", "sheet")], gather(sources)[0])
    crops, aligned, inside, skipped, left_out = _aligned_faces(sources, chosen)
    table = pd.DataFrame(skipped, columns=["file", "reason"])
    if left_out and chosen:
        say(f"{left_out} files have no face in the subset '{chosen.text}'")
    for file, reason in skipped:
        say(f"error: {reason if file in reason else f'{file}: {reason}'}")
    if len(crops) < 2:
        raise UsageError(f"a mean takes two faces or more, here are {len(crops)}; name more, or a wider --subset")
    pictures.write_bytes(out / "skipped.csv", table.to_csv(index=False).encode())
    with progress("registering", unit="step") as bar:
        flows = registration.register(aligned, inside, bar)
    means = {
        "naive": np.mean(crops, axis=0).round().astype(np.uint8),
        "aligned": np.mean(aligned, axis=0).round().astype(np.uint8),
        "mean": averaging.average(aligned, inside, flows),
    }
    for name, mean in means.items():
        pictures.write(out / f"{name}.png", mean)
    titles = ["plain mean", "aligned by landmarks", "registered"]
    size = means["mean"].shape[1::-1]
    pictures.write(out / "sheet.png", sheet([list(means.values())], titles, cell=size))
    sharpness = {name: measures.measure(mean)["sharpness"] for name, mean in means.items()}
    say("sharpness: " + ", ".join(f"{name} {value:.2f}" for name, value in sharpness.items()))
    say(f"the mean of {len(crops)} faces is {out / 'mean.png'}; {len(skipped)} were skipped")
    return SOME_FAILED if skipped else OK


def _aligned_faces(sources, chosen):
    """Return crops, aligned faces and what is inside of them; who was skipped, and how many were left out."""
    crops, aligned, inside, skipped, left_out = [], [], [], [], 0

    def add(path: PathLike, crop: Picture) -> None:
        # A crop may show a neighbour's face too: its own is the largest.
        own = detection.largest(directions.detect(crop))
        if own is None:
            skipped.append((str(path), "shows no face"))
            return
        face, mask, misfit = alignment.align(crop, own.landmarks)
        if misfit > alignment.MAX_MISFIT:
            reason = "looks aside, or its eyes, nose and mouth were not found well"
            skipped.append((str(path), f"{reason} (misfit {misfit:.2f} over {alignment.MAX_MISFIT})"))
            return
        crops.append(crop)
        aligned.append(face)
        inside.append(mask)

    with progress("aligning", unit="file") as bar:
        for path, found, _, problem in each_file(sources, bar, cropping.CROP_SIZE, chosen):
            for crop in found:
                add(path, crop)
            if problem:
                skipped.append((str(path), problem))
            left_out += not (found or problem)
    return crops, aligned, inside, skipped, left_out
