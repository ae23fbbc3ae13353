"""Whether a face is still the same person's, by dlib's face recognition.

Its network turns a face into 128 numbers, an embedding: two pictures of one person are meant to be less than 0.6
apart (King, "High Quality Face Recognition with Deep Metric Learning", blog.dlib.net, 2017). A result is measured
where the face is in its original, so that one in which no detector finds a face counts too.
"""

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from experiments.cli.console import UsageError
from experiments.evaluation.intervals import confidence_interval
from filters.faces import detection
from filters.faces.cropping import CROP_HEIGHT, ROOM_ABOVE
from filters.io.pictures import Box, Picture

COLUMNS = ("identity_distance", "same_person", "rank_1")
SAME_PERSON = 0.6  # distance of embeddings, below which dlib takes two faces for one person's
FACE_ASPECT = 0.78  # width of a face box over its height, as YuNet gives it
Report = Callable[[int, int], object]  # called with the number of pictures done and the total number
PACKAGES = ("dlib", "face_recognition_models")


def available() -> bool:
    """Tell whether the packages of ``requirements-identity.txt`` are installed."""
    return all(importlib.util.find_spec(name) for name in PACKAGES)


def require() -> None:
    """Raise `UsageError` with the remedy unless the packages of ``requirements-identity.txt`` are installed."""
    if not available():
        raise UsageError(
            "dlib or its networks, which tell people apart, are not installed; "
            "run: .venv/bin/python -m pip install -r requirements-identity.txt"
        )


@cache
def _networks() -> tuple[Any, Any]:
    """Return dlib's predictor of 5 landmarks and its recognition network, loaded once."""
    require()
    dlib = importlib.import_module("dlib")
    # Found and not imported: its own code needs a package that recent environments lack.
    package = importlib.util.find_spec(PACKAGES[1])
    folder = Path(package.origin).with_name("models") if package and package.origin else Path()
    return (
        dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat")),
        dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat")),
    )


def face_boxes(pictures: Sequence[Picture]) -> list[Box]:
    """Return the box of the largest face of each picture.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, face crops.

    Returns
    -------
    list of tuple of float
        ``(x, y, width, height)`` in pixels, brow to chin; where no face is found, the place that faces have in
        crops with room all round (`filters.faces.cropping.cut`).
    """
    found = (detection.largest(detection.detect(picture)) for picture in pictures)
    return [face.box if face else _usual_box(picture) for face, picture in zip(found, pictures, strict=True)]


def _usual_box(picture: Picture) -> Box:
    height, width = picture.shape[:2]
    tall = height / CROP_HEIGHT
    return (width - FACE_ASPECT * tall) / 2, ROOM_ABOVE * tall, FACE_ASPECT * tall, tall


def embeddings(
    pictures: Sequence[Picture], boxes: Sequence[Box], report: Report = lambda done, total: None
) -> np.ndarray:
    """Return what dlib's recognition network makes of faces.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    boxes : sequence of tuple of float
        Where the face of each picture is, see `face_boxes`; landmarks are looked for inside.
    report : callable
        Called with the number of pictures done and the total number.

    Returns
    -------
    numpy.ndarray
        ``float64`` ``(count, 128)``.

    Raises
    ------
    UsageError
        When dlib or its networks are not installed; the message names the remedy.
    """
    landmarks, network = _networks()
    rectangle = importlib.import_module("dlib").rectangle
    found = np.zeros((len(pictures), 128))
    for index, (picture, (x, y, width, height)) in enumerate(zip(pictures, boxes, strict=True)):
        picture = np.ascontiguousarray(picture)
        shape = landmarks(picture, rectangle(*(round(side) for side in (x, y, x + width, y + height))))
        found[index] = network.compute_face_descriptor(picture, shape)
        report(index + 1, len(pictures))
    return found


def compare(originals: ArrayLike, results: ArrayLike, people: ArrayLike | None = None) -> pd.DataFrame:
    """Return how close the embeddings of results are to those of their originals.

    Parameters
    ----------
    originals, results : array_like of float
        ``(count, d)``: a row for each picture, in the same order.
    people : array_like, optional
        The person on each picture; by default each picture has its own.

    Returns
    -------
    pandas.DataFrame
        A row for each result. ``identity_distance``: Euclidean distance to its original. ``same_person``: 1 where
        that is below 0.6, else 0. ``rank_1``: 1 where of all originals one of the same person is nearest, or as
        near as the nearest, else 0. So another picture of the person counts as right only where `people` tells of
        it, and a copy of the same picture always does.
    """
    originals, results = np.asarray(originals, np.float64), np.asarray(results, np.float64)
    people = np.arange(len(originals)) if people is None else np.asarray(people)
    own, recognized = np.zeros(len(results)), np.zeros(len(results))
    for index, result in enumerate(results):
        distances = np.linalg.norm(originals - result, axis=1)
        own[index] = distances[index]
        recognized[index] = distances[people == people[index]].min() <= distances.min()
    return pd.DataFrame(dict(zip(COLUMNS, (own, (own < SAME_PERSON).astype(float), recognized), strict=True)))


def summary(table: pd.DataFrame, people: ArrayLike | None = None) -> dict[str, float]:
    """Return the means of a table from `compare`, each with a 95 % interval by the bootstrap over people.

    Parameters
    ----------
    table : pandas.DataFrame
    people : array_like, optional
        As for `compare`.

    Returns
    -------
    dict
        Name in `COLUMNS` → mean; with ``_low`` and ``_high`` behind the name, the ends of the interval. ``rank_1``
        searches all originals in each draw.
    """
    people = np.arange(len(table)) if people is None else people
    values = {}
    for name in COLUMNS:
        each = table[name].to_numpy(np.float64)
        values[name] = float(each.mean())
        values[f"{name}_low"], values[f"{name}_high"] = confidence_interval(each, people)
    return values
