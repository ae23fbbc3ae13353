"""Measure the colours of whole photographs against the true ones, with and without hints.

gain: PSNR above that of the gray picture, in dB. ratio: mean CIEDE2000, as a share of the gray picture's; 0 is
equal. vivid: colourfulness, as a share of the original's. green, blue: shares of what is truly green (leaves,
grass), and of what is blue in the upper half (sky), that come out so. hint_gain: what hints add to the gain, in dB.
at_hints: mean CIEDE2000 at the hinted places.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import filters
from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather
from experiments.commands.evaluate_color import HINT_RADIUS
from experiments.core import registry
from experiments.datasets.subset import evenly
from experiments.evaluation.metrics import MOST_DB, ciede2000, psnr
from experiments.inference.coloring import colorize
from experiments.inference.hints import Hint
from experiments.inference.restoration import load_generator
from filters import PictureError, measures, resizing
from filters.color import rgb_to_lab
from filters.io import pictures
from filters.io.pictures import Picture
from filters.measures import colourfulness

ALL = "all pictures"
COLUMNS = ("pictures", "gain", "ratio", "vivid", "green", "blue", "hint_gain", "at_hints")
Measures = dict[str, float]  # of one row of the table
Colorizer = Callable[[Picture, list[Hint]], Picture]


def run(arguments: argparse.Namespace) -> int:
    """Measure the colours that the command line asks for, and print them."""
    paths, failures = gather(arguments.photos)
    paths = evenly(sorted(set(paths)), arguments.limit)
    if paths:
        generator = load_generator(registry.find("gray_to_color"), arguments)

        def colour(gray: Picture, hints: list[Hint]) -> Picture:
            return colorize(gray, generator, hints=hints) if hints else colorize(gray, generator)

        rows, more = evaluate(paths, colour, arguments.size, arguments.hints, arguments.by_source)
        failures += more
        if rows and arguments.json:
            print(json.dumps({"pictures": rows[ALL]["pictures"], "results": _for_json(rows)}, indent=2))
        elif rows:
            print(as_text(rows))
    for failure in failures:
        say(f"error: {failure}")
    return SOME_FAILED if failures else OK


def evaluate(
    paths: Sequence[Path], colour: Colorizer, size: int, counts: Sequence[int] = (), by_source: bool = False
) -> tuple[dict[str, Measures], list[str]]:
    """Measure a way of colouring on photographs; those that cannot be used do not stop it.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Colour photographs.
    colour : callable
        Takes a gray picture, ``uint8`` RGB, and a list of hints as in `experiments.inference.hints`; returns
        ``uint8`` RGB of the same size.
    size : int
        Pixels; larger photographs are shrunk to this longer side.
    counts : sequence of int
        Numbers of hints to measure with, besides none.
    by_source : bool
        Whether to add a row for each beginning of file names, up to the first ``_``.

    Returns
    -------
    rows : dict
        Name of the row → measures, see `measure`; those with hints also have ``hint_gain`` and ``at_hints``.
        Empty when no photograph can be measured.
    failures : list of str
        One line for each photograph that cannot be read or is not in colour.
    """
    measured: dict[str, list[dict[int, Measures]]] = {ALL: []}
    failures: list[str] = []
    with progress("colouring") as bar:
        for index, path in enumerate(paths):
            try:
                found = _measure_file(path, index, colour, size, counts)
            except (PictureError, ValueError) as error:
                failures.append(str(error) if str(path) in str(error) else f"{path}: {error}")
            else:
                for name in (ALL, path.stem.partition("_")[0])[: 1 + by_source]:
                    measured.setdefault(name, []).append(found)
            bar(index + 1, len(paths))
    rows = {}
    for name in [ALL, *sorted(set(measured) - {ALL})] if measured[ALL] else []:
        plain = rows[name] = _summary(each[0] for each in measured[name])
        for count in counts:
            row = _summary(each[count] for each in measured[name])
            row["hint_gain"] = row["gain"] - plain["gain"]
            rows[f"{name}, {count} hint{'s' * (count > 1)}"] = row
    return rows, failures


def _measure_file(
    path: Path, index: int, colour: Colorizer, size: int, counts: Sequence[int]
) -> dict[int, Measures]:
    """Return number of hints → result of `_compare` for one photograph; `index` seeds the places of hints."""
    original = resizing.smaller(pictures.read(path), size)
    height, width = original.shape[:2]
    if counts and min(height, width) <= 2 * HINT_RADIUS:
        raise PictureError(f"{path} is {width}x{height} at this size, too narrow for hints; leave it out")
    if measures.is_gray(original, toned=False):
        raise PictureError(f"{path} has no colours to measure against; leave it out")
    gray = as_gray(original)
    found = {0: _compare(original, colour(gray, []))}
    for count in counts:
        hints = random_hints(original, count, np.random.default_rng([index, count]))
        result = colour(gray, hints)
        found[count] = _compare(original, result) | {"at_hints": _error_at(hints, original, result)}
    return found


def as_gray(picture: Picture) -> Picture:
    """Return the gray version of a picture in three equal channels, both ``uint8`` ``(height, width, 3)``."""
    return np.repeat(filters.gray(picture), 3, axis=2)


def random_hints(picture: Picture, count: int, rng: np.random.Generator) -> list[Hint]:
    """Return hints with the true colours at random places.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, both sides at least 7.
    count : int
    rng : numpy.random.Generator

    Returns
    -------
    list of Hint
        x and y in pixels, at least 3 from the border, and the mean RGB of the 7x7 pixels around.
    """
    height, width = picture.shape[:2]
    xs = rng.integers(HINT_RADIUS, width - HINT_RADIUS, count).tolist()
    ys = rng.integers(HINT_RADIUS, height - HINT_RADIUS, count).tolist()
    return [(x, y, tuple(_mean_around(picture, x, y).tolist())) for x, y in zip(xs, ys, strict=True)]


def _mean_around(picture: Picture, x: int, y: int) -> np.ndarray:
    """Return the mean of 7x7 pixels, ``uint8`` ``(3,)``."""
    seen = picture[y - HINT_RADIUS : y + HINT_RADIUS + 1, x - HINT_RADIUS : x + HINT_RADIUS + 1]
    return seen.mean(axis=(0, 1)).round().astype(np.uint8)


def _error_at(hints: Sequence[Hint], original: Picture, result: Picture) -> float:
    places = [(int(x), int(y)) for x, y, _ in hints]
    return ciede2000(*(np.stack([[_mean_around(p, x, y)] for x, y in places]) for p in (original, result)))


def measure(originals: Sequence[Picture], results: Sequence[Picture]) -> Measures:
    """Return how close the colours of results come to those of their originals.

    Parameters
    ----------
    originals, results : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``; sizes may differ from pair to pair.

    Returns
    -------
    dict
        The number of ``pictures``, and these measures, which are nan where there is nothing to measure:

        - ``gain``: PSNR of the result minus that of the original's gray version, in dB, mean over pictures;
          each PSNR at most 100.
        - ``ratio``: mean CIEDE2000 of the results, divided by that of the gray versions.
        - ``vivid``: mean colourfulness (`filters.measures.colourfulness`) of the results, divided by originals'.
        - ``green``: share of the originals' green pixels that come out green, over all pictures. Green in the
          original is a hue angle in Lab of 100 to 165 degrees, chroma from 15, L 15 to 90; in the result hue 90 to
          170, chroma from 8.
        - ``blue``: the same for blue in the upper halves: hue 220 to 290, chroma from 12, L from 45; in the result
          hue 205 to 295, chroma from 6.
    """
    return _summary(_compare(*pair) for pair in zip(originals, results, strict=True))


def _compare(original: Picture, result: Picture) -> Measures:
    """Return what `_summary` adds up, for one picture."""
    gray = as_gray(original)
    light, hue, chroma = _polar(rgb_to_lab(original))
    _, result_hue, result_chroma = _polar(rgb_to_lab(result))
    green = _within(hue, 100, 165) & (chroma >= 15) & _within(light, 15, 90)
    blue = _within(hue, 220, 290) & (chroma >= 12) & (light >= 45)
    blue[len(blue) // 2 :] = False
    return {
        "pictures": 1,
        "gain": min(psnr(original, result), MOST_DB) - min(psnr(original, gray), MOST_DB),
        "error": ciede2000(original, result),
        "gray_error": ciede2000(original, gray),
        "colours": colourfulness(result),
        "true_colours": colourfulness(original),
        "green": int((green & _within(result_hue, 90, 170) & (result_chroma >= 8)).sum()),
        "true_green": int(green.sum()),
        "blue": int((blue & _within(result_hue, 205, 295) & (result_chroma >= 6)).sum()),
        "true_blue": int(blue.sum()),
    }


def _polar(lab: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return L, hue angle in degrees from 0 to 360, and chroma."""
    light, a, b = np.moveaxis(lab, 2, 0)
    return light, np.degrees(np.arctan2(b, a)) % 360, np.hypot(a, b)


def _within(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return (values >= low) & (values <= high)


def _summary(compared: Iterable[Measures]) -> Measures:
    """Return the measures of several pictures from the results of `_compare`."""
    total: Any = Counter()
    for one in compared:
        total.update(one)

    def share(name: str, of: str) -> float:
        return total[name] / total[of] if total[of] else float("nan")

    row = {
        "pictures": total["pictures"],
        "gain": share("gain", "pictures"),
        "ratio": share("error", "gray_error"),
        "vivid": share("colours", "true_colours"),
        "green": share("green", "true_green"),
        "blue": share("blue", "true_blue"),
    }
    return row | ({"at_hints": share("at_hints", "pictures")} if "at_hints" in total else {})


def as_text(rows: Mapping[str, Measures]) -> str:
    """Return a table for the terminal, with ``-`` for what is nan or not measured."""
    columns = [c for c in COLUMNS if any(c in row for row in rows.values())]
    margin = max(map(len, rows)) + 2
    lines = [" " * margin + "".join(f"{c:>11}" for c in columns)]
    for name, row in rows.items():
        lines.append(f"{name:{margin}}" + "".join(f"{_cell(row.get(c)):>11}" for c in columns))
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    if value is None or value != value:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _for_json(rows: Mapping[str, Measures]) -> dict[str, dict[str, float | None]]:
    """Return the rows with None in place of nan, which JSON lacks."""
    return {name: {k: None if v != v else v for k, v in row.items()} for name, row in rows.items()}
