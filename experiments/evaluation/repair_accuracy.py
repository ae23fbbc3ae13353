"""Measure repairs of damaged photographs, beside OpenCV's inpainting; the command's help explains the columns."""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather
from experiments.commands.restore import TRANSFORMATION
from experiments.core import registry
from experiments.datasets.subset import evenly
from experiments.evaluation.metrics import psnr
from experiments.inference.repairing import joined, repairs
from experiments.inference.restoration import load_generator
from filters import gray, resizing
from filters.io import pictures
from filters.io.pictures import Picture, PictureError
from filters.wear import wear

Repairer = Callable[[Picture], tuple[Picture, np.ndarray]]  # a damaged picture → repaired, and what was replaced
MEDIAN, APART = 7, 24  # of the median filter that finds damage: its side, and how far a gray value is from it
RADIUS = 3  # pixels, of OpenCV's inpainting
MOST_DB = 60.0  # of what is equal: means stay finite


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``evaluate-restoration``."""
    paths, failures = gather(arguments.photos)
    paths = evenly(sorted(set(paths)), arguments.limit)
    if paths:
        generator = load_generator(registry.find(TRANSFORMATION), arguments)

        def repairer(picture: Picture) -> tuple[Picture, np.ndarray]:
            fill, share = repairs(picture, generator)
            return joined(picture, fill, share), resizing.resized(share, picture.shape[1::-1])

        table, more = evaluate(paths, repairer, arguments.size, arguments.amount, arguments.seed)
        failures += more
        means = table.mean()
        if arguments.json:
            print(json.dumps({"pictures": len(table), "results": means.to_dict()}, indent=2))
        elif len(table):
            print(means.to_frame(f"mean of {len(table)}").T.to_string(float_format="%.2f"))
    for failure in failures:
        say(f"error: {failure}")
    return SOME_FAILED if failures else OK


def evaluate(
    paths: Iterable[Path], repairer: Repairer, size: int = 400, amount: float = 1.0, seed: int = 0
) -> tuple[pd.DataFrame, list[PictureError]]:
    """Damage photographs, repair them, and compare.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Of photographs without damage.
    repairer : callable
        Takes a damaged picture, ``uint8`` RGB ``(h, w, 3)``; returns the repaired one, and how much of each place
        was replaced, ``(h, w)``, 0–1.
    size : int
        Pixels of the longer side, at most.
    amount : float
        See `filters.wear.wear`.
    seed : int

    Returns
    -------
    table : pandas.DataFrame
        A row for each photograph that was damaged at all; the columns are explained by the command's help.
    failures : list of PictureError
    """
    rows, failures, paths = [], [], list(paths)
    with progress("repairing", unit="picture") as bar:
        for number, path in enumerate(paths):
            try:
                picture = resizing.smaller(pictures.read(path), size)
            except PictureError as error:
                failures.append(error)
                continue
            draws = {"amount": amount, "seed": 10_000_019 * (seed + 1) + number}
            worn, sound, mask = wear(picture, **draws)
            if mask.any():
                rows.append(compared(worn, sound, mask, repairer))
                black_and_white = gray(picture).repeat(3, axis=2)
                worn, sound, mask = wear(black_and_white, **draws)
                if mask.any():
                    rows[-1]["gray"] = inside(repairer(worn)[0], sound, mask) - inside(worn, sound, mask)
            bar(number + 1, len(paths))
    return pd.DataFrame(rows), failures


def compared(worn: Picture, sound: Picture, mask: np.ndarray, repairer: Repairer) -> dict[str, float]:
    """Return the measures of one damaged picture; see the command's help."""
    repaired, share = repairer(worn)
    before, found = inside(worn, sound, mask), share > 0.5
    change = np.abs(repaired.astype(np.float32) - worn).mean(axis=2)
    return {
        "worn": before,
        "median": inside(_inpainted(worn, _seen_by_a_median(worn)), sound, mask) - before,
        "perfect_mask": inside(_inpainted(worn, mask), sound, mask) - before,
        "repaired": inside(repaired, sound, mask) - before,
        "precision": float((found & mask).sum() / max(1, found.sum())),
        "recall": float((found & mask).sum() / mask.sum()),
        "sound": float(change[~mask].mean()) if (~mask).any() else 0.0,
    }


def inside(picture: Picture, sound: Picture, mask: np.ndarray) -> float:
    """Return the PSNR of what a mask, ``bool`` ``(h, w)``, shows of a picture, dB; at most `MOST_DB`."""
    return min(psnr(sound[mask], picture[mask]), MOST_DB)


def _seen_by_a_median(picture: Picture) -> np.ndarray:
    light = np.ascontiguousarray(gray(picture)[..., 0])
    return cv2.absdiff(light, cv2.medianBlur(light, MEDIAN)) > APART


def _inpainted(picture: Picture, mask: np.ndarray) -> Picture:
    return cv2.inpaint(np.ascontiguousarray(picture), mask.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)
