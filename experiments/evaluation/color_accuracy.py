"""Measure the colours of whole photographs against the true ones, with and without hints.

gain: PSNR above that of the gray picture, dB. ratio: mean CIEDE2000, of the gray picture's; 0 is equal.
vivid: colourfulness, of the original's. green, blue: shares of what is truly green (leaves, grass) and of
blue in the upper half (sky) that come out so. hint_gain: what hints add to the gain. at_hints: mean
CIEDE2000 at the hinted places.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

import filters
from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather
from experiments.commands.evaluate_color import HINT_RADIUS
from experiments.core import registry
from experiments.datasets.subset import evenly
from experiments.evaluation.metrics import ciede2000, psnr
from experiments.inference.coloring import colorize
from experiments.inference.restoration import load_generator
from filters import PictureError, measures, resizing
from filters.color import rgb_to_lab
from filters.io import pictures
from filters.measures import colourfulness

ALL = "all pictures"
COLUMNS = ("pictures", "gain", "ratio", "vivid", "green", "blue", "hint_gain", "at_hints")
MOST_DB = 100.0  # a picture that is met exactly has no finite PSNR; 8 bits cannot tell more apart


def run(arguments: argparse.Namespace) -> int:
    paths, failures = gather(arguments.photos)
    paths = evenly(sorted(set(paths)), arguments.limit)
    if paths:
        generator = load_generator(registry.find("gray_to_color"), arguments)

        def colour(gray, hints):
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
    paths: Sequence[Path], colour: Callable, size: int, counts: Sequence[int] = (), by_source: bool = False
) -> tuple[dict[str, dict], list[str]]:
    """Measure a way of colouring on photographs, whatever becomes of the others.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Colour photographs.
    colour : callable
        Takes a gray picture, ``uint8`` RGB, and a list of hints as in `experiments.inference.hints`; returns
        ``uint8`` RGB of the same size.
    size : int
        Pixels; larger photographs are shrunk so that this is their longer side.
    counts : sequence of int
        Numbers of hints to measure with, besides none.
    by_source : bool
        Also give rows for each beginning of file names, up to the first ``_``.

    Returns
    -------
    rows : dict
        Name of the row → as from `measure`; those with hints also have ``hint_gain`` and ``at_hints``.
        Empty when no photograph can be measured.
    failures : list of str
        One line for each photograph that cannot be read or is not in colour.
    """
    measured, failures = {ALL: []}, []
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


def _measure_file(path, index, colour, size, counts):
    """Return number of hints → as from `_compare`, of one photograph; `index` seeds the places of hints."""
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


def as_gray(picture: np.ndarray) -> np.ndarray:
    """Return the gray version of a picture in three equal channels, both ``uint8`` ``(height, width, 3)``."""
    return np.repeat(filters.gray(picture), 3, axis=2)


def random_hints(picture: np.ndarray, count: int, rng: np.random.Generator) -> list:
    """Return hints of true colours at random places.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, both sides at least 7.
    count : int
    rng : numpy.random.Generator

    Returns
    -------
    list
        Hints as in `inference.hints`: x and y in pixels, at least 3 from the border, and the mean RGB of
        the 7x7 pixels around.
    """
    height, width = picture.shape[:2]
    xs = rng.integers(HINT_RADIUS, width - HINT_RADIUS, count).tolist()
    ys = rng.integers(HINT_RADIUS, height - HINT_RADIUS, count).tolist()
    return [(x, y, tuple(_mean_around(picture, x, y).tolist())) for x, y in zip(xs, ys, strict=True)]


def _mean_around(picture, x, y):
    """Return the mean of 7x7 pixels, ``uint8`` ``(3,)``."""
    seen = picture[y - HINT_RADIUS : y + HINT_RADIUS + 1, x - HINT_RADIUS : x + HINT_RADIUS + 1]
    return seen.mean(axis=(0, 1)).round().astype(np.uint8)


def _error_at(hints, original, result):
    return ciede2000(*(np.stack([[_mean_around(p, x, y)] for x, y, _ in hints]) for p in (original, result)))


def measure(originals: Sequence[np.ndarray], results: Sequence[np.ndarray]) -> dict:
    """Return how close the colours of results come to those of their originals.

    Parameters
    ----------
    originals, results : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``; sizes may differ from pair to pair.

    Returns
    -------
    dict
        Each nan where there is nothing to measure, but the number of ``pictures``.

        - ``gain``: PSNR of the result minus that of the original's gray version, dB, mean over pictures;
          each PSNR at most 100.
        - ``ratio``: mean CIEDE2000 of the results, of that of the gray versions.
        - ``vivid``: mean colourfulness (`filters.measures.colourfulness`) of the results, of the originals'.
        - ``green``: share of the originals' green pixels that come out green: hue angle in Lab 100 to 165
          degrees, chroma from 15, L 15 to 90, to hue 90 to 170, chroma from 8. Over all pixels of all pictures.
        - ``blue``: the same of blue in the upper halves: hue 220 to 290, chroma from 12, L from 45, to
          hue 205 to 295, chroma from 6.
    """
    return _summary(_compare(*pair) for pair in zip(originals, results, strict=True))


def _compare(original, result):
    """Return what `_summary` adds up, of one picture."""
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


def _polar(lab):
    """Return L, hue angle in degrees from 0 to 360, and chroma."""
    light, a, b = np.moveaxis(lab, 2, 0)
    return light, np.degrees(np.arctan2(b, a)) % 360, np.hypot(a, b)


def _within(values, low, high):
    return (values >= low) & (values <= high)


def _summary(compared: Iterable[dict]) -> dict:
    """Return measures of several pictures from what `_compare` says of each."""
    total = Counter()
    for one in compared:
        total.update(one)

    def share(name: str, of):
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


def as_text(rows: dict[str, dict]) -> str:
    """Return a table for the terminal; what is nan or not measured is ``-``."""
    columns = [c for c in COLUMNS if any(c in row for row in rows.values())]
    margin = max(map(len, rows)) + 2
    lines = [" " * margin + "".join(f"{c:>11}" for c in columns)]
    for name, row in rows.items():
        lines.append(f"{name:{margin}}" + "".join(f"{_cell(row.get(c)):>11}" for c in columns))
    return "\n".join(lines)


def _cell(value):
    if value is None or value != value:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _for_json(rows):
    """Return the same with None for nan, which JSON does not know."""
    return {name: {k: None if v != v else v for k, v in row.items()} for name, row in rows.items()}
