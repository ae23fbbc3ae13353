"""Several plausible colourings of one photograph, drawn from the generator's distribution of colours.

Each place drawn by itself would give confetti. So a colour is drawn for one place, the least sure one, and
told to the generator as a hint; what belongs to that place follows, and the next place is drawn.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from experiments.inference.coloring import chroma_of
from experiments.inference.restoration import predict
from experiments.inference.view import View, color_codec
from experiments.reports.sheets import sheet
from filters.io import pictures
from filters.io.pictures import Picture

DRAWN = 5  # places of a proposal whose colours are drawn
# Training gives rare, saturated colours more weight than they have; below 1 takes that back.
TEMPERATURE = 0.55
NEAR = 0.25  # distance of colours, as `Distribution.centers` has them, whose mean stands for the drawn one
REACH = 1 / 16  # of the longer side: what is asked at once, and how far apart drawn places are


def propose(
    condition: np.ndarray, output, predict: Callable, count: int, seed: int = 0, hints: Sequence[tuple] = ()
) -> list[list[tuple]]:
    """Return the hints of several proposals; the first has none of its own.

    Parameters
    ----------
    condition : numpy.ndarray
        ``(height, width, 4)``, without hints.
    output : experiments.core.codecs.Distribution
    predict : callable
        Takes a condition, gives logits ``(height / 4, width / 4, colours)``.
    count : int
        Proposals.
    seed : int
    hints : sequence of tuple
        ``(x, y, (a, b))``, as `Distribution.with_hints` takes them: given by the user, part of every proposal.
    """
    proposals = [list(hints)]
    for number in range(1, count):
        rng = np.random.default_rng([seed, number])
        drawn = list(hints)
        for place in range(DRAWN):
            likely = _likely(predict(output.with_hints(condition, drawn)), condition.shape)
            x, y, shares = _least_sure(likely, output.centers, [hint[:2] for hint in drawn])
            # First colours are drawn from equal parts of all that is likely, so that proposals differ.
            draw = (number - rng.random()) / (count - 1) if place == 0 else rng.random()
            order = np.argsort(np.arctan2(*output.centers.T), kind="stable")
            index = order[min(np.searchsorted(np.cumsum(shares[order]), draw), len(order) - 1)]
            near = np.linalg.norm(output.centers - output.centers[index], axis=1) < NEAR
            drawn.append((x, y, shares[near] @ output.centers[near] / shares[near].sum()))
        proposals.append(drawn)
    return proposals


def _likely(logits, shape):
    """Return probabilities, the mean over what is asked at once."""
    likely = np.exp((logits - logits.max(axis=-1, keepdims=True)) / TEMPERATURE)
    likely /= likely.sum(axis=-1, keepdims=True)
    side = max(1, round(REACH * max(shape[:2]) / 4))
    # OpenCV blurs any number of channels only one by one; it is the same along each axis.
    return np.stack([cv2.blur(likely[..., i], (side, side)) for i in range(likely.shape[-1])], axis=-1)


def _least_sure(likely, centers, taken):
    """Return the place whose colours differ most, far from those that are taken, and its probabilities."""
    mean = likely @ centers
    spread = likely @ (centers**2).sum(axis=1) - (mean**2).sum(axis=-1)
    height, width = spread.shape
    y, x = np.mgrid[:height, :width]
    reach = 2 * REACH * max(height, width)
    for there_x, there_y in taken:
        spread = np.where((x - there_x / 4) ** 2 + (y - there_y / 4) ** 2 < reach**2, 0, spread)
    row, column = np.unravel_index(spread.argmax(), spread.shape)
    return 4 * column + 2, 4 * row + 2, likely[row, column]


def colorize_variously(
    picture, generator, count: int, seed: int = 0, hints=(), saturation: float = 1.0, warmth: float = 0.0, like=None
) -> list[np.ndarray]:
    """Colour one photograph in several plausible ways; the first is that of `colorize`.

    Parameters
    ----------
    count : int
        How many.
    seed : int
        The same one gives the same colours.
    picture, generator, hints, saturation, warmth, like
        As for `colorize`.

    Returns
    -------
    list of numpy.ndarray
        ``uint8`` RGB, all with the picture's own luminance.
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


def write_candidates(target, picture: Picture, results) -> None:
    """Write several colourings of one photograph, numbered, and a sheet, into a folder beside its result."""
    folder = target.with_name(f"{target.stem} candidates")
    for number, result in enumerate(results, 1):
        pictures.write(folder / f"{number}.png", result)
    titles = ["original", *map(str, range(1, len(results) + 1))]
    pictures.write(folder / "sheet.png", sheet([[picture, *results]], titles, (320, 320)))
