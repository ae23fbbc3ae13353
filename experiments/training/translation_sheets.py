"""What is measured and shown while a translation is trained."""

from pathlib import Path

import numpy as np

from experiments.evaluation.metrics import psnr, vgg_kernel_distance
from experiments.reports.sheets import sheet
from filters.io import pictures

SHOWN = 5  # pictures of each kind in sheets


def measure(ways: tuple, held_out: list[list[np.ndarray]]) -> dict:
    """Return the kernel distances between translated and real held-out pictures, and how well cycles close.

    Parameters
    ----------
    ways : tuple
        For each kind: translations of its held-out pictures, and the ways back; empty lists where
        there is no generator.
    held_out : list of list of numpy.ndarray
        Pictures of both kinds.

    Returns
    -------
    dict
        ``kid_forward``, ``kid_backward``, their sum ``kid``, ``cycle_psnr`` in dB of the first kind.
    """
    (there, again), (back, _) = ways
    values = {}
    for name, made, real in (("kid_forward", there, held_out[1]), ("kid_backward", back, held_out[0])):
        if made and min(len(made), len(real)) > 1:
            values[name] = vgg_kernel_distance(made, real)
    values["kid"] = round(sum(values.values()), 5)
    if again:
        values["cycle_psnr"] = round(float(np.mean([psnr(*p) for p in zip(held_out[0], again, strict=True)])), 3)
    return values


def translation_sheet(first, second):
    """Show pictures of both kinds, their translations and the ways back."""
    columns = [c for c in (*first, *second) if c]
    titles = ["A", "to B", "and back", "B", "to A", "and back"]
    titles = [t for t, c in zip(titles, (*first, *second), strict=True) if c]
    rows = [[c[i] for c in columns if i < len(c)] for i in range(min(SHOWN, max(map(len, columns))))]
    return sheet(rows, titles, cell=(192, 240))


def stages_sheet(kinds, shown, folder: Path):
    """Show faces, and what becomes of their translations while the generator fits one drawing.

    `folder` has a file INDEX_STEP.png for every face and step, so a training that is resumed goes on with
    the sheet.
    """
    steps = sorted({int(path.stem.split("_")[1]) for path in folder.glob("*.png")})
    chosen = sorted({0, *(2**i for i in range(10) if 2**i < len(steps)), len(steps) - 1})
    rows = []
    for index, picture in enumerate(shown[:SHOWN]):
        made = [pictures.read(folder / f"{index}_{steps[n]:05d}.png") for n in chosen]
        rows.append([kinds[1].pictures[0], picture, *made])
    return sheet(rows, ["the drawing", "face", *(f"step {steps[n]}" for n in chosen)], cell=(160, 200))
