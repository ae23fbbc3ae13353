"""Measures of a gallery's pictures beside the matrix: how close they come to originals, and how colourful."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from experiments.cli.console import progress
from experiments.evaluation import closeness
from experiments.reports.exhibits.folders import ORIGINAL
from experiments.reports.exhibits.model import Gallery, Item
from experiments.reports.exhibits.store import Store
from filters import measures, resizing
from filters.io import pictures
from filters.io.pictures import Picture, PictureError

VERSION = 1  # of what is computed; another one computes all anew
LONGEST = 1024  # pixels of the longer side at which pictures are measured, at most
SMALLEST = 7  # pixels of a side from which there is an SSIM
COLOUR = "colourfulness"


def measure(gallery: Gallery, store: Store) -> list[str]:
    """Measure photographs, translations and the faces of surveys; what an earlier build has is taken from it.

    Parameters
    ----------
    gallery : Gallery
        Its items get their measures.
    store : Store

    Returns
    -------
    list of str
        One line for each picture that could not be compared with its original. Those that cannot be read are told
        by `Store.images`.
    """
    lists = [(c.items, c.kind == "pictures") for c in gallery.collections if c.kind in ("pictures", "translations")]
    lists += [(items, False) for survey in gallery.surveys for items in survey.faces.values()]
    problems, done = [], 0
    with progress("measuring") as bar:
        try:
            for items, with_colour in lists:
                for place, item in enumerate(items):
                    try:
                        found = _measures(item, store)
                    except PictureError:
                        found = {}
                    except ValueError as error:
                        problems += [str(error)] if item.steps[0].title == ORIGINAL else []
                        found = {}
                    kept = {name: value for name, value in found.items() if with_colour or name != COLOUR}
                    items[place] = replace(item, measures=kept)
                    done += 1
                    bar(done, sum(len(each) for each, _ in lists))
        finally:  # whoever stops it finds what was finished
            store.save()
    return problems


def _measures(item: Item, store: Store) -> dict[str, float]:
    """Return the measures of an item's last step.

    Raises
    ------
    PictureError
        When a picture cannot be read.
    ValueError
        When original and result differ in shape.
    """
    if len(item.steps) < 2:
        return {}
    result = item.steps[-1].path
    # What came back from a translation is compared with what went there.
    original = item.steps[0].path if item.steps[0].title == ORIGINAL or len(item.steps) > 2 else None
    mark = "/".join(["pair", store.digest(original) if original else "", store.digest(result), str(VERSION)])
    known = store.measured(mark)
    if known is None:
        known = _computed(result, original)
        store.keep_measures(mark, known)
    return known


def _computed(result: Path, original: Path | None) -> dict[str, float]:
    made = resizing.smaller(pictures.read(result), LONGEST)
    found = {COLOUR: measures.colourfulness(made)}
    if original:
        truth = resizing.smaller(pictures.read(original), LONGEST)
        if not _alike(truth, made):
            raise ValueError(f"{result} has not the proportions of its original, {original}; it is not compared")
        truth, made = _of_one_size([truth, made])
        found["psnr"] = min(closeness.psnr(truth, made), closeness.MOST_DB)
        if min(made.shape[:2]) >= SMALLEST:
            found["ssim"] = closeness.ssim(truth, made)
        found["ciede2000"] = closeness.ciede2000(truth, made)
    return {name: round(value, 4) for name, value in found.items()}


def _alike(one: Picture, other: Picture) -> bool:
    """Tell whether pictures have the same proportions, but for rounding."""
    (height, width), (other_height, other_width) = one.shape[:2], other.shape[:2]
    return abs(height * other_width - other_height * width) <= 0.01 * height * other_width + max(height, width)


def _of_one_size(both: Sequence[Picture]) -> list[Picture]:
    """Return pictures at the size of the smallest."""
    height, width = min((picture.shape[:2] for picture in both), key=lambda shape: shape[0] * shape[1])
    return [p if p.shape[:2] == (height, width) else resizing.resized(p, (width, height)) for p in both]
