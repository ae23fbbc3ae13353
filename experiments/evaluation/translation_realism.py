"""Measure photograph ↔ drawing and baselines on people and drawings that were kept out of training."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

import filters
from experiments.cli.console import progress
from experiments.datasets.crops import load_crops
from experiments.datasets.domains import ImageDomain
from experiments.datasets.subset import evenly
from experiments.evaluation.metrics import kernel_distance, psnr, vgg_means
from experiments.inference.translating import Translator, load_translator
from experiments.reports.sheets import as_rgb, sheet
from filters.faces import detection
from filters.faces.detection import shared_area
from filters.io import pictures
from filters.io.pictures import Box, Picture
from filters.resizing import resized

SKETCHES = ("pencil", "xdog", "adaptive_threshold", "engraving")
LEAST_OVERLAP = 0.7  # intersection over union of two boxes, from which a face counts as still in its place
SHOWN = 6


def run(arguments: argparse.Namespace) -> int:
    """Measure the translation that the command line names, and print the results."""
    run = arguments.weights
    forward = load_translator(run or "photo_to_drawing")
    backward = load_translator(f"{run}:back" if run else "drawing_to_photo")
    # As large as they are drawn: in smaller pictures lines are lost, and with them what is to be measured.
    size = forward.size
    drawings = ImageDomain.load(arguments.drawings, True, size)
    with progress("reading", unit="file") as bar:
        photos, *_ = load_crops(arguments.photos, bar, size)
    photos = evenly(photos, arguments.limit)
    drawn = list(drawings.held_out)
    if arguments.all_drawings:
        drawn += [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in drawings.pictures]
    results, sheets = evaluate(forward, backward, photos, drawn)
    if arguments.json:
        print(json.dumps({"photographs": len(photos), "drawings": len(drawn), "results": results}, indent=2))
    else:
        print(f"{len(photos)} photographs, {len(drawn)} drawings")
        for name, value in results.items():
            print(f"{name:64} {value:10.4g}")
    if arguments.out:
        for name, page in sheets.items():
            pictures.write(Path(arguments.out) / f"{name}.png", page)
    return 0


def evaluate(
    forward: Translator, backward: Translator, photos: Sequence[Picture], drawings: Sequence[Picture]
) -> tuple[dict[str, float], dict[str, Picture]]:
    """Measure both directions, and classical sketches: kernel distances, closed cycles and faces kept in place.

    Parameters
    ----------
    forward, backward : Translator
        Photographs to drawings, and back.
    photos, drawings : sequence of numpy.ndarray
        ``uint8`` RGB, of the size of `forward`'s training.

    Returns
    -------
    results : dict
        What was measured → value.
    sheets : dict
        Name → sheet of some of the pictures, ``uint8`` RGB.
    """

    def photographed(drawing: Picture) -> Picture:
        return resized(backward.run(resized(drawing, backward.size)), drawing.shape[1::-1])

    made = {"translated": [*map(forward.run, photos)]}
    made |= {name: [as_rgb(filters.get(name)(p)) for p in photos] for name in SKETCHES}
    back = [*map(photographed, drawings)]
    again = [*map(photographed, made["translated"])]
    of_photos, of_drawings = vgg_means(photos), vgg_means(drawings)
    towards_drawings = {name: vgg_means(shown) for name, shown in made.items()}
    towards_drawings["untouched photographs"] = of_photos
    towards_photos = {"translated": vgg_means(back), "untouched drawings": of_drawings}
    results = {}
    for kind, real, found in (("drawings", of_drawings, towards_drawings), ("photos", of_photos, towards_photos)):
        for name, features in found.items():
            results[f"kernel distance to real {kind}, {name}"] = kernel_distance(features, real)
    closed = [psnr(*pair) for pair in zip(photos, again, strict=True)]
    results["photograph, drawn and back: PSNR, dB"] = float(np.mean(closed))
    results["faces kept in place, photographs drawn"] = faces_kept(photos, made["translated"])
    results["faces kept in place, drawings made photographs"] = faces_kept(drawings, back)
    chosen = range(0, len(photos), max(1, len(photos) // SHOWN))[:SHOWN]
    columns = [photos, made["translated"], again, *(made[name] for name in SKETCHES)]
    titles = ["photograph", "translated", "and back", *SKETCHES]
    pages = {"photo_to_drawing": sheet([[c[i] for c in columns] for i in chosen], titles)}
    pairs = [p for pair in zip(drawings, back, strict=True) for p in pair]
    pages["drawing_to_photo"] = sheet([pairs[i : i + 8] for i in range(0, min(40, len(pairs)), 8)])
    return results, pages


def faces_kept(originals: Sequence[Picture], results: Sequence[Picture]) -> float:
    """Return the share of the originals' faces that the results show in the same place.

    Parameters
    ----------
    originals, results : sequence of numpy.ndarray
        ``uint8`` RGB, equal sizes.

    Returns
    -------
    float
        0–1; nan if no original shows a face.
    """
    kept = []
    for original, result in zip(originals, results, strict=True):
        box = detection.largest(detection.detect(original))
        if box:
            other = detection.largest(detection.detect(result))
            kept.append(other is not None and overlap(box.box, other.box) >= LEAST_OVERLAP)
    return sum(kept) / len(kept) if kept else float("nan")


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes ``(x, y, width, height)``."""
    shared = shared_area(one, other)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)
