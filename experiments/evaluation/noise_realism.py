"""How close faces from noise are to real ones, and whether any of them is a copy of a training face."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from experiments.cli.console import say
from experiments.core.codecs import to_unit
from experiments.datasets.aligned import load_faces
from experiments.evaluation import unseen
from experiments.evaluation.metrics import kid, vgg_means
from experiments.inference.noise_faces import enlarger, load_generator, make, noise_for
from experiments.reports.sheets import sheet
from filters import resizing
from filters.faces import detection
from filters.io import pictures
from filters.io.pictures import Picture

NEIGHBOURS = 3
SHOWN = 8
SEARCHED = 320  # pixels: pictures are enlarged to this height for the face detector


def run(arguments: argparse.Namespace) -> int:
    """Measure faces from the noise generator that the command line names, and print the results."""
    generator = load_generator(arguments)
    enlarge = enlarger(generator)
    noise = arguments.truncation * noise_for(generator, arguments.count, arguments.seed)
    made = make(generator, noise)
    # Features of the network that no training has seen are those of faces as they are shown.
    shown = np.stack([enlarge(face) for face in made]) if arguments.unseen else made
    size = shown.shape[2], shown.shape[1]
    real = {"held out": load_faces(arguments.data, size)[0]}
    if arguments.training:
        real["training"] = load_faces(arguments.training, size)[0]
    own = made.shape[2], made.shape[1]
    small = {name: np.stack([resizing.resized(face, own) for face in faces]) for name, faces in real.items()}
    training = small.get("training")
    results, nearest = compare(made, small["held out"], training)
    if arguments.unseen:
        held_out = real.pop("held out")
        results |= unseen_distances({"made": shown, **real}, held_out)
    if arguments.json:
        print(json.dumps(results, indent=2))
    else:
        for name, value in results.items():
            print(f"{name:60} {value:10.5g}")
    if arguments.out and training is not None:
        path = Path(arguments.out) / "neighbours.png"
        pictures.write(path, neighbour_sheet(made, training, nearest))
        say(f"{path}: faces, their nearest training faces by VGG features, and by pixels")
    return 0


def compare(
    made: np.ndarray, held_out: np.ndarray, training: np.ndarray | None = None
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Measure kernel distances, and how near faces are to those of the training.

    Parameters
    ----------
    made, held_out, training : numpy.ndarray
        ``uint8`` RGB ``(count, height, width, 3)``, of one size.

    Returns
    -------
    results : dict
        What was measured → value. Confidences are means over faces of YuNet's, which plays no part in training; a
        picture without a face counts as 0. For the distances to the nearest training face, the median and the
        least are given, also of held-out faces, which are no copies.
    nearest : dict
        ``"features"`` and ``"pixels"`` → indices in `training` of the nearest faces, ``(count, NEIGHBOURS)``; empty
        without `training`.
    """
    names = {"made": made, "held out": held_out}
    if training is not None:
        names["training"] = training
    features = {name: vgg_means(faces) for name, faces in names.items()}
    scale = np.sqrt(np.mean(np.square(features["held out"])))
    features = {name: values / scale for name, values in features.items()}
    results = {"kernel distance, made to held-out": kid(features["made"], features["held out"])}
    for name, faces in (("made", made), ("held out", held_out)):
        results[f"confidence that there is a face, {name}"] = confidence(faces)
    nearest: dict[str, np.ndarray] = {}
    if training is None:
        return results, nearest
    results["kernel distance, training to held-out"] = kid(features["training"], features["held out"])
    pixels = {name: thumbnails(faces) for name, faces in names.items()}
    mirrored = vgg_means(training[:, :, ::-1]) / scale, thumbnails(training[:, :, ::-1])
    for what, values, twins in (("features", features, mirrored[0]), ("pixels", pixels, mirrored[1])):
        for name in ("made", "held out"):
            distances = np.minimum(*(pairwise(values[name], v) for v in (values["training"], twins)))
            closest = distances.min(axis=1)
            results[f"{what}, {name} to nearest training face, median"] = float(np.median(closest))
            results[f"{what}, {name} to nearest training face, least"] = float(closest.min())
            if name == "made":
                nearest[what] = np.argsort(distances, axis=1)[:, :NEIGHBOURS]
    return results, nearest


def unseen_distances(kinds: Mapping[str, np.ndarray], held_out: np.ndarray) -> dict[str, float]:
    """Return the kernel distances of kinds of faces to those held out, on a network that no training has seen.

    Parameters
    ----------
    kinds : mapping of str to numpy.ndarray
        Name → ``uint8`` RGB ``(count, height, width, 3)``.
    held_out : numpy.ndarray
        The same.
    """
    real, results = unseen.features(held_out), {}
    for name, faces in kinds.items():
        measured = unseen.kernel_distance(unseen.features(faces), real)
        for end, value in zip(("", ", low", ", high"), measured, strict=True):
            results[f"kernel distance on Lite2, {name} to held-out{end}"] = value
    return results


def confidence(pictures: np.ndarray) -> float:
    """Return the mean confidence of a face detector that ``uint8`` RGB pictures of one size show faces, 0–1."""
    scale = SEARCHED / pictures.shape[1]
    larger = (cv2.resize(p, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) for p in pictures)
    found = map(detection.detect, larger)
    return float(np.mean([max((face.score for face in each), default=0.0) for each in found]))


def thumbnails(faces: np.ndarray) -> np.ndarray:
    """Return ``uint8`` faces at half size, for comparing pixels: ``float32`` -1–1, one row for each face."""
    small = [cv2.resize(f, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for f in faces]
    return to_unit(np.stack(small)).reshape(len(faces), -1)


def pairwise(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the root mean square differences between all rows of two tables, ``(rows, rows of the other)``."""
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    return np.sqrt(np.maximum(squares, 0) / one.shape[1])


def neighbour_sheet(
    made: Sequence[Picture] | np.ndarray,
    training: Sequence[Picture] | np.ndarray,
    nearest: Mapping[str, np.ndarray],
    count: int = SHOWN,
) -> Picture:
    """Return a sheet of made faces, with their nearest training faces by features and by pixels.

    Parameters
    ----------
    made, training, nearest
        As for `compare`, and from it.
    count : int
        How many made faces to show.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB.
    """
    rows = [
        [made[i], *(training[j] for what in ("features", "pixels") for j in nearest[what][i])]
        for i in range(min(count, len(made)))
    ]
    titles = ["made", *(f"{what} {n + 1}" for what in ("features", "pixels") for n in range(NEIGHBOURS))]
    return sheet(rows, titles=titles, cell=(128, 160))
