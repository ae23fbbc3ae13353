"""The mean of many faces: registered densely, beside the plain mean and the mean aligned by landmarks."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.cli.console import OK, SOME_FAILED, UsageError, progress, say
from experiments.cli.files import gather, refuse_inputs, told
from experiments.cli.results import Results
from experiments.datasets import subset
from experiments.datasets.crops import each_file
from experiments.reports.sheets import sheet
from filters import measures
from filters.faces import alignment, averaging, cropping, detection, directions, registration
from filters.io import pictures
from filters.io.pictures import PathLike, Picture

FILES = ("naive.png", "aligned.png", "mean.png", "sheet.png", "skipped.csv")


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``average``."""
    targets = [Path(arguments.out) / name for name in FILES]
    refuse_inputs(targets, gather(arguments.faces)[0])
    with Results(arguments.out, arguments.overwrite).writing(targets):
        return average(arguments.faces, arguments.out, subset.parse(arguments.subset))


def average(sources: Sequence[PathLike], out: PathLike, chosen: subset.Subset | None = None) -> int:
    """Write the means of faces: ``mean.png``, ``aligned.png`` and ``naive.png``.

    Beside them, ``sheet.png`` shows all three, and ``skipped.csv`` lists the files that were left out, and why.

    Parameters
    ----------
    sources : list of path-like
        Photographs, crops, or folders of them.
    out : path-like
        Folder of the results.
    chosen : experiments.datasets.subset.Subset, optional
        Which faces to take (default: all).

    Returns
    -------
    int
        Exit code: 0, or 1 when a file could not be read. Pictures without a face and faces that look aside are
        left out, which is no failure.

    Raises
    ------
    UsageError
        When there are fewer than two faces.
    """
    out = Path(out)
    crops, aligned, inside, skipped, failed, left_out = _aligned_faces(sources, chosen)
    table = pd.DataFrame(failed + skipped, columns=["file", "reason"])
    if left_out and chosen:
        say(f"{left_out} files have no face in the subset '{chosen.text}'")
    for word, several in (("error", failed), ("left out", skipped)):
        for file, reason in several:
            say(f"{word}: {told(reason, file)}")
    if len(crops) < 2:
        raise UsageError(f"a mean takes two faces or more, here are {len(crops)}; name more, or a wider --subset")
    pictures.write_bytes(out / "skipped.csv", table.to_csv(index=False).encode())
    with progress("registering", unit="step") as bar:
        flows = registration.register(aligned, inside, bar)
    means = {
        "naive": _mean(crops),
        "aligned": _mean(aligned),
        "mean": averaging.average(aligned, inside, flows),
    }
    for name, mean in means.items():
        pictures.write(out / f"{name}.png", mean)
    titles = ["plain mean", "aligned by landmarks", "registered"]
    size = means["mean"].shape[1::-1]
    pictures.write(out / "sheet.png", sheet([list(means.values())], titles, cell=size))
    for title, (name, mean) in zip(titles, means.items(), strict=True):
        say(f"{title}: {out / name}.png, sharpness {measures.measure(mean)['sharpness']:.2f}")
    say(f"the mean of {len(crops)} faces is {out / 'mean.png'}; {len(table)} files were left out")
    return SOME_FAILED if failed else OK


def _mean(faces: Sequence[Picture]) -> Picture:
    return np.mean(faces, axis=0).round().astype(np.uint8)


def _aligned_faces(
    sources: Sequence[PathLike], chosen: subset.Subset | None
) -> tuple[list, list, list, list, list, int]:
    """Return crops, aligned faces and their masks; who was skipped, what failed, how many are not in the subset."""
    crops, aligned, inside, skipped, failed, left_out = [], [], [], [], [], 0

    def add(path: PathLike, crop: Picture) -> None:
        # A crop may show part of a neighbour's face: its own is the largest.
        own = detection.largest(directions.detect(crop))
        if own is None:
            skipped.append((str(path), "shows no face"))
            return
        face, mask, misfit = alignment.align(crop, own.landmarks)
        if misfit > alignment.MAX_MISFIT:
            reason = "looks to the side, or its eyes, nose and mouth were not located well"
            skipped.append((str(path), f"{reason} (misfit {misfit:.2f} over {alignment.MAX_MISFIT})"))
            return
        crops.append(crop)
        aligned.append(face)
        inside.append(mask)

    with progress("aligning", unit="file") as bar:

        def report(done: int, total: int) -> None:
            bar(done, total, so_far=lambda: _mean(aligned) if aligned else None)

        for path, found, split, problem in each_file(sources, report, cropping.CROP_SIZE, chosen):
            for crop in found:
                add(path, crop)
            if problem:
                (skipped if split else failed).append((str(path), problem))
            left_out += not (found or problem)
    return crops, aligned, inside, skipped, failed, left_out
