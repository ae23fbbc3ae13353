"""Compare both face detectors on the same pictures."""

import argparse
from collections.abc import Callable, Sequence

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather
from experiments.datasets.subset import evenly
from filters import PictureError, read
from filters.faces import detection
from filters.io.pictures import Box, Picture


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``detectors``."""
    photos, failures = gather(arguments.photos)
    photos, pictures = evenly(photos, arguments.limit), []
    for path in photos:
        try:
            pictures.append(read(path))
        except PictureError as error:
            failures.append(str(error))
    with progress("detecting") as bar:
        counts = compare(pictures, bar)
    for failure in failures:
        say(f"error: {failure}")
    print(f"{len(pictures)} pictures, {counts.pop('faces')} faces")
    print(f"{'detector':10}{'found':>8}{'missed':>8}{'false':>8}{'both eyes':>11}")
    for name, (found, missed, false, eyes) in counts.items():
        print(f"{name:10}{found:8}{missed:8}{false:8}{eyes:11}")
    return SOME_FAILED if failures else OK


def compare(pictures: Sequence[Picture], report: Callable = lambda done, total: None) -> dict:
    """Count the found, missed and false boxes of each detector, and the faces with both eyes found.

    YuNet's faces count as the true ones: check its crops by eye before you trust the table. A box whose centre
    lies in a face's box has found that face; every other box is false.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    report : callable
        Called with the number of pictures done and of all pictures.

    Returns
    -------
    dict
        ``"faces"`` → their number; detector → numbers of boxes ``(found, missed, false, with both eyes)``.
    """
    total = 0
    counts = {name: [0, 0, 0, 0] for name in detection.DETECTORS}
    for done, picture in enumerate(pictures, 1):
        truth = detection.detect(picture)
        total += len(truth)
        for name, count in counts.items():
            boxes = truth if name == "yunet" else detection.detect(picture, name)
            hit = {i for i, face in enumerate(truth) if any(_inside(box.box, face.box) for box in boxes)}
            count[0] += len(hit)
            count[1] += len(truth) - len(hit)
            count[2] += len(boxes) - len(hit)
            count[3] += sum(box.eyes == 2 for box in boxes)
        report(done, len(pictures))
    return {"faces": total, **{name: tuple(count) for name, count in counts.items()}}


def _inside(box: Box, face: Box) -> bool:
    """Tell whether the centre of a box lies in a face's box."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    return face[0] <= x <= face[0] + face[2] and face[1] <= y <= face[1] + face[3]
