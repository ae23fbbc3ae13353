"""Measure a transformation and trivial baselines on pictures that it was not trained on."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from experiments.cli.console import progress, say
from experiments.core import registry
from experiments.core.codecs import SIZE, filter_of
from experiments.core.models import find_transformation
from experiments.core.registry import Transformation
from experiments.datasets.crops import load_crops
from experiments.datasets.subset import evenly
from experiments.evaluation import identity, metrics, unseen
from experiments.evaluation.metrics import COLUMNS
from experiments.inference.restoration import load_generator, restore
from experiments.reports.sheets import as_rgb
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from transformers.backend import keras

Results = dict[str, dict[str, float]]  # name of a result or baseline → metric → mean over pictures


def run(arguments: argparse.Namespace) -> int:
    """Measure the transformation that the command line names, and print the results."""
    name, weights = find_transformation(arguments.transformation, arguments.weights)
    transformation = registry.find(name)
    with progress("reading", unit="file") as bar:
        crops, _, _, problems = load_crops(arguments.data, bar, SIZE)
    for problem in problems:
        say(problem)
    crops = evenly(crops, arguments.limit)
    generator = load_generator(transformation, argparse.Namespace(**vars(arguments) | {"weights": weights}))
    mean = load_mean(arguments.mean)
    extra = [measure for measure in EXTRA if getattr(arguments, measure)]
    results = evaluate(transformation, generator, crops, mean, not arguments.no_features, extra)
    if arguments.json:
        print(json.dumps({"pictures": len(crops), "results": results}, indent=2))
    else:
        print(as_text(results))
    return 1 if problems else 0


MEAN_FILE = Path(__file__).parent / "mean_face.png"


def load_mean(path: PathLike | None = None) -> Picture:
    """Return the mean picture of the training crops, or that of a file: ``uint8`` RGB, by default 256x320."""
    return pictures.read(path or MEAN_FILE)


def evaluate(
    transformation: Transformation,
    generator: keras.Model,
    crops: Sequence[Picture],
    mean: Picture,
    features: bool = True,
    extra: Sequence[str] = (),
) -> Results:
    """Measure a transformation and its baselines.

    Parameters
    ----------
    transformation : Transformation
    generator : keras.Model
    crops : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    mean : numpy.ndarray
        Mean picture of the training crops, ``uint8`` RGB.
    features : bool
        Whether to add the VGG feature distance, which takes longest.
    extra : sequence of str
        Names in `EXTRA` of measures to add, with their intervals; they need packages of their own, and each crop
        is taken for a person of its own.

    Returns
    -------
    dict
        Name of the transformation or baseline → metric → mean over pictures, see `metrics.summary`,
        `identity.summary` and `unseen.compare`.
    """
    originals = [cv2.resize(c, SIZE, interpolation=cv2.INTER_AREA) for c in crops]
    filtered = [filter_of(transformation)(p) for p in originals]
    restored = []
    with progress(transformation.name) as bar:
        for done, picture in enumerate(filtered, 1):
            restored.append(restore(generator, transformation, picture))
            bar(done, len(filtered))
    candidates = {transformation.name: restored, **baselines(transformation, filtered, mean)}
    tables = {name: metrics.compare(originals, shown, with_features=False) for name, shown in candidates.items()}
    if features:
        with progress("looking with VGG-16") as bar:
            distances = metrics.feature_distances_of_each(originals, candidates, report=bar)
        for name, table in tables.items():
            table["vgg_distance"] = distances[name]
    results = {name: metrics.summary(table) for name, table in tables.items()}
    for measure in extra:
        for name, values in EXTRA[measure](originals, candidates).items():
            results[name] |= values
    return results


def _identities(originals: Sequence[Picture], candidates: Mapping[str, Sequence[Picture]]) -> Results:
    """Return the `identity.summary` of each list of results."""
    boxes = identity.face_boxes(originals)
    found = {}
    for name, shown in {"original": originals, **candidates}.items():
        with progress(f"recognizing, {name}") as bar:
            found[name] = identity.embeddings(shown, boxes, bar)
    known = found.pop("original")
    return {name: identity.summary(identity.compare(known, values)) for name, values in found.items()}


EXTRA = {"identity": _identities, "unseen": unseen.compare}


def baselines(
    transformation: Transformation, filtered: Sequence[np.ndarray], mean: Picture
) -> dict[str, list[Picture]]:
    """Return the results that need no network, for each filtered picture.

    Parameters
    ----------
    transformation : Transformation
    filtered : sequence of numpy.ndarray
        ``uint8`` ``(height, width, channels)``, of one size.
    mean : numpy.ndarray
        Mean picture of the training crops, ``uint8`` RGB.

    Returns
    -------
    dict
        ``filter``: the filtered pictures themselves; ``mean colour``: the mean colour of the training crops
        everywhere; ``mean picture``: their mean picture. Where only chroma is predicted, the means give the chroma
        alone, joined to each picture's own luminance.
    """
    height, width = filtered[0].shape[:2]
    mean = cv2.resize(mean, (width, height), interpolation=cv2.INTER_AREA)
    even = np.broadcast_to(mean.mean(axis=(0, 1)).round().astype(np.uint8), mean.shape)
    output = transformation.representation()
    found = {"filter": [as_rgb(f) for f in filtered]}
    for name, picture in (("mean colour", even), ("mean picture", mean)):
        found[name] = [output.baseline(picture, f) for f in filtered]
    return found


def as_text(results: Mapping[str, Mapping[str, float]]) -> str:
    """Return a table for the terminal, and one with 95 % intervals for each of `EXTRA` that was measured."""
    first = next(iter(results.values()))
    columns = [c for c in COLUMNS if c in first]
    lines = [" " * 16 + "".join(f"{c:>22}" for c in columns)]
    for name, values in results.items():
        lines.append(f"{name:16}" + "".join(f"{values[c]:22.3f}" for c in columns))
    for columns in (identity.COLUMNS, unseen.COLUMNS):
        if columns[0] in first:
            lines += ["", " " * 16 + "".join(f"{c:>22}" for c in columns)]
            for name, values in results.items():
                lines.append(f"{name:16}" + "".join(f"{_with_interval(values, c):>22}" for c in columns))
    return "\n".join(lines)


def _with_interval(values: Mapping[str, float], name: str) -> str:
    mean, low, high = (f"{values[name + end]:.3f}" for end in ("", "_low", "_high"))
    return f"{mean} ({low}–{high})"
