"""Several plausible colourings of one photograph, drawn from the generator's distribution of colours.

Drawing each place by itself would give confetti. So a colour is drawn for one place, the least certain, and
given to the generator as a hint; what belongs to that place follows, and the next place is drawn.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from experiments.cli.console import progress
from experiments.core.codecs import Distribution
from experiments.inference.coloring import chroma_of
from experiments.inference.hints import Hint
from experiments.inference.restoration import predict
from experiments.inference.view import View, color_codec
from experiments.reports.sheets import sheet
from filters.io import pictures
from filters.io.pictures import Picture
from transformers.backend import keras
from transformers.inference import Compiled

DRAWN = 5  # places per proposal whose colours are drawn
# Training gives rare, saturated colours more weight than they deserve; a temperature below 1 corrects that.
TEMPERATURE = 0.55
NEAR = 0.25  # colours as near as this to the drawn one are averaged with it, in units of `Distribution.centers`
REACH = 1 / 16  # of the longer side: what is averaged around a place, and half the distance of drawn places


def propose(
    condition: np.ndarray,
    output: Distribution,
    predict: Callable[[np.ndarray], np.ndarray],
    count: int,
    seed: int = 0,
    hints: Sequence[tuple] = (),
) -> list[list[tuple]]:
    """Return the hints of several proposals; the first has none of its own.

    Parameters
    ----------
    condition : numpy.ndarray
        What the generator is given, ``float32`` ``(height, width, 4)``, without hints.
    output : experiments.core.codecs.Distribution
    predict : callable
        Takes a condition and returns logits ``(height / 4, width / 4, colours)``.
    count : int
        Number of proposals.
    seed : int
        Same seed, same proposals.
    hints : sequence of tuple
        ``(x, y, (a, b))``, as `Distribution.with_hints` takes them: given by the user, part of every proposal.

    Returns
    -------
    list of list of tuple
        Hints like `hints`, for each proposal.
    """
    proposals = [list(hints)]
    with progress("proposals", "place", delay=1) as report:
        for number in range(1, count):
            rng = np.random.default_rng([seed, number])
            drawn = list(hints)
            for place in range(DRAWN):
                likely = _likely(predict(output.with_hints(condition, drawn)), condition.shape)
                x, y, shares = _least_sure(likely, output.centers, [hint[:2] for hint in drawn])
                # First colours are drawn from equal parts of the distribution, one each, so that proposals differ.
                draw = (number - rng.random()) / (count - 1) if place == 0 else rng.random()
                order = np.argsort(np.arctan2(*output.centers.T), kind="stable")
                index = order[min(np.searchsorted(np.cumsum(shares[order]), draw), len(order) - 1)]
                near = np.linalg.norm(output.centers - output.centers[index], axis=1) < NEAR
                drawn.append((x, y, shares[near] @ output.centers[near] / shares[near].sum()))
                report((number - 1) * DRAWN + place + 1, (count - 1) * DRAWN)
            proposals.append(drawn)
    return proposals


def _likely(logits: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the probabilities of colours, averaged around each place."""
    likely = np.exp((logits - logits.max(axis=-1, keepdims=True)) / TEMPERATURE)
    likely /= likely.sum(axis=-1, keepdims=True)
    side = max(1, round(REACH * max(shape[:2]) / 4))
    # OpenCV blurs so many channels only one by one.
    return np.stack([cv2.blur(likely[..., i], (side, side)) for i in range(likely.shape[-1])], axis=-1)


def _least_sure(likely: np.ndarray, centers: np.ndarray, taken: Sequence) -> tuple[int, int, np.ndarray]:
    """Return the x and y of the place whose colours vary most, far from those taken, and its probabilities."""
    mean = likely @ centers
    spread = likely @ (centers**2).sum(axis=1) - (mean**2).sum(axis=-1)
    height, width = spread.shape
    y, x = np.mgrid[:height, :width]
    reach = 2 * REACH * max(height, width)
    for there_x, there_y in taken:
        spread = np.where((x - there_x / 4) ** 2 + (y - there_y / 4) ** 2 < reach**2, 0, spread)
    row, column = np.unravel_index(spread.argmax(), spread.shape)
    return 4 * int(column) + 2, 4 * int(row) + 2, likely[row, column]


def colorize_variously(
    picture: Picture | View,
    generator: keras.Model | Compiled,
    count: int,
    seed: int = 0,
    hints: Sequence[Hint] = (),
    saturation: float = 1.0,
    warmth: float = 0.0,
    like: Picture | None = None,
) -> list[Picture]:
    """Colour one photograph in several plausible ways, the first of which is that of `colorize`.

    Parameters
    ----------
    count : int
        Number of colourings, from 2.
    seed : int
        Same seed, same colours.
    picture, generator, hints, saturation, warmth, like
        As for `colorize`.

    Returns
    -------
    list of numpy.ndarray
        ``uint8`` RGB of the picture's size, all with its own luminance.
    """
    view = picture if isinstance(picture, View) else View(picture)
    output = color_codec()
    given, borrowed = view.hints(hints), view.borrowed(like, generator)
    told = [(x, y, chroma / output.scale) for x, y, chroma in (*borrowed, *given)]
    condition = output.with_hints(output.of_luminance(view.seen), told)
    results = []
    for drawn in propose(condition, output, lambda c: predict(generator, output, c, mirror=False), count, seed):
        more = [*borrowed, *((x, y, chroma * output.scale) for x, y, chroma in drawn)]
        results.append(view.join(chroma_of(view.seen, generator, given, saturation, warmth, more)))
    return results


def write_candidates(target: Path, picture: Picture, results: Sequence[Picture]) -> None:
    """Write several colourings of one photograph, numbered, and a sheet of them into ``NAME candidates``.

    Parameters
    ----------
    target : pathlib.Path
        The photograph's own result; the folder is beside it.
    picture : numpy.ndarray
        The photograph, ``uint8`` RGB.
    results : sequence of numpy.ndarray
        From `colorize_variously`.
    """
    folder = target.with_name(f"{target.stem} candidates")
    for number, result in enumerate(results, 1):
        pictures.write(folder / f"{number}.png", result)
    titles = ["original", *map(str, range(1, len(results) + 1))]
    pictures.write(folder / "sheet.png", sheet([[picture, *results]], titles, (320, 320)))
