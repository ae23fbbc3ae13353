"""Measures and sheets of a translation in training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.datasets.domains import ImageDomain
from experiments.evaluation.metrics import psnr, vgg_kernel_distance
from experiments.reports.sheets import sheet
from filters.io import pictures
from filters.io.pictures import Picture

SHOWN = 5  # pictures of each domain in sheets
Pictures = Sequence[Picture]
Ways = tuple[tuple[Pictures, Pictures], tuple[Pictures, Pictures]]


def measure(ways: Ways, held_out: Sequence[Pictures]) -> dict[str, float]:
    """Return the kernel distances between translated and real held-out pictures, and how well cycles close.

    Parameters
    ----------
    ways : tuple
        For each domain, translations of its held-out pictures, and these translated back: ``uint8`` RGB; empty
        where there is no generator.
    held_out : sequence of sequences of numpy.ndarray
        Pictures of both domains, ``uint8`` RGB of one size.

    Returns
    -------
    dict
        ``kid_forward``, ``kid_backward``, their sum ``kid``, and ``cycle_psnr`` of the first domain, in dB; those
        that can be measured.
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


def translation_sheet(first: Sequence[Pictures], second: Sequence[Pictures]) -> Picture:
    """Return a sheet of pictures of both domains, their translations, and these translated back.

    Parameters
    ----------
    first, second : sequence of sequences of numpy.ndarray
        Pictures of a domain, their translations, and these translated back: ``uint8`` RGB; empty ones are left out.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB.
    """
    columns = [c for c in (*first, *second) if c]
    titles = ["A", "to B", "and back", "B", "to A", "and back"]
    titles = [t for t, c in zip(titles, (*first, *second), strict=True) if c]
    rows = [[c[i] for c in columns if i < len(c)] for i in range(min(SHOWN, max(map(len, columns))))]
    return sheet(rows, titles, cell=(192, 240))


def stages_sheet(domains: Sequence[ImageDomain], shown: Pictures, folder: Path) -> Picture:
    """Return a sheet of faces, and of their translations while the generator fits one drawing.

    Parameters
    ----------
    domains : sequence of ImageDomain
        Of which the second one holds the drawing.
    shown : sequence of numpy.ndarray
        The faces, ``uint8`` RGB.
    folder : pathlib.Path
        Has a file ``INDEX_STEP.png`` for every face and step, so that a training that is resumed continues the
        sheet.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB.
    """
    steps = sorted({int(path.stem.split("_")[1]) for path in folder.glob("*.png")})
    chosen = sorted({0, *(2**i for i in range(10) if 2**i < len(steps)), len(steps) - 1})
    rows = []
    for index, picture in enumerate(shown[:SHOWN]):
        made = [pictures.read(folder / f"{index}_{steps[n]:05d}.png") for n in chosen]
        rows.append([domains[1].pictures[0], picture, *made])
    return sheet(rows, ["the drawing", "face", *(f"step {steps[n]}" for n in chosen)], cell=(160, 200))
