"""How much of a face survives each filter? The same generator, the same budget, every filter."""

import argparse
import json
import math
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
import pandas as pd
from matplotlib import pyplot

import filters
from experiments.cli.console import UsageError, progress, say
from experiments.commands.train import Settings
from experiments.core.codecs import SIZE
from experiments.core.registry import Transformation
from experiments.datasets.augmentation import Augmentation
from experiments.datasets.crops import load_crops
from experiments.datasets.pairs import Pairs
from experiments.evaluation import identity, metrics, unseen
from experiments.evaluation.intervals import confidence_interval
from experiments.evaluation.reconstruction import baselines
from experiments.inference.restoration import restore
from experiments.reports.plots import save_figure
from experiments.reports.sheets import sheet
from experiments.training.paired import build
from filters import resizing
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from transformers import backend, pretrained
from transformers.backend import keras
from transformers.training.paired import GAN

BATCH_SIZE = 16
LEARNING_RATE = 5e-4
# As for the ways back, but for their discriminator, which takes longer than this to be of use.
LOSS_WEIGHTS = {"l1": 20.0, "perceptual": 60.0, "adversarial": 0.0}
FOCUS = 0.6
SHOWN = 4  # pictures on the sheet
TIMED = 24  # steps by which the speed of training is measured
# Column: title, digits, which values are closer to the originals. The last four are there where their packages are.
MEASURES = {
    "psnr": ("PSNR, dB", 2, "higher"),
    "ssim": ("SSIM", 3, "higher"),
    "ciede2000": ("CIEDE2000", 2, "lower"),
    "vgg_distance": ("VGG feature distance", 3, "lower"),
    "lite2_distance": ("Lite2 feature distance", 3, "lower"),
    "identity_distance": ("distance of identity", 3, "lower"),
    "same_person": ("same person, share", 2, "higher"),
    "rank_1": ("recognized, share", 2, "higher"),
}
RANKED_BY = ("lite2_distance", "vgg_distance")  # the first that is there
BASELINE = "mean picture"
PANELS = 4  # beside each other in the plot


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``survey``."""
    names = arguments.filters or list(filters.FILTERS)
    out = Path(arguments.out)
    crops, held_out, people = _load(arguments)
    _keep_settings(arguments, out)
    steps = _read(out / "steps.json")
    for number, name in enumerate(names, 1):
        if (out / name / "measures.csv").is_file():
            say(f"{name}: measured already")
            continue
        say(f"{number}/{len(names)} {name}")
        steps = _survey_one(name, arguments, crops, held_out, people, steps, out)
    report(out, names)
    say(f"{out}: survey.csv, survey.png and faces.png are there")
    return 0


def _load(arguments: argparse.Namespace) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return crops to train on, held-out crops, and the person on each of the latter."""

    def load(folder: PathLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with progress("reading", unit="file") as bar:
            crops, names, splits, _ = load_crops(folder, bar)
        return crops, np.array(names), np.array(splits) == "validation"

    crops, names, chosen = load(arguments.data)
    if arguments.validation:
        held_out, names, _ = load(arguments.validation)
    elif 0 < chosen.sum() < len(crops):
        held_out, names, crops = crops[chosen], names[chosen], crops[~chosen]
    else:
        raise UsageError("too few sources to hold some people out; give --validation DIR")
    # Evenly spread over the list, which is sorted by name and so by source.
    some = np.unique(np.linspace(0, len(held_out) - 1, arguments.limit).round().astype(int))
    people = [(re.search(arguments.person, name) or [name, name])[1] for name in names[some]]
    return crops, held_out[some], people


def _keep_settings(arguments: argparse.Namespace, out: Path) -> None:
    """Save the settings: a survey goes on where it stopped, but only with the settings that it began with."""
    wanted = {k: v for k, v in vars(arguments).items() if k not in ("out", "filters")}
    wanted["size"] = "x".join(map(str, arguments.size))
    before = _read(out / "config.json")
    if before and before != wanted:
        changed = ", ".join(k for k in wanted if before.get(k) != wanted[k])
        raise UsageError(f"{out} holds a survey with other settings ({changed}); choose another --out")
    pictures.write_bytes(out / "config.json", json.dumps(wanted, indent=2).encode())


def _read(path: Path) -> Any:
    return json.loads(path.read_text()) if path.is_file() else None


def _survey_one(
    name: str,
    arguments: argparse.Namespace,
    crops: np.ndarray,
    held_out: np.ndarray,
    people: list[str],
    steps: int | None,
    out: Path,
) -> int:
    """Train on one filter, and measure on the held-out people; return the number of steps for all filters."""
    backend.set_precision("auto")
    size = arguments.size
    transformation = Transformation(
        name=name, summary="", filter=name, loss_weights=LOSS_WEIGHTS, perceptual_focus=FOCUS
    )
    settings = Settings(
        name,
        arguments.data,
        size=size,
        preset=arguments.preset,
        learning_rate=LEARNING_RATE,
        schedule="cosine",
        epochs=1,
    )

    def fit(gan: GAN, count: int, callbacks: Sequence = ()) -> None:
        # Without rotation, training pictures are squeezed just like those that are measured.
        augmentation = Augmentation(rotation=0.0)
        stream = Pairs(transformation, crops, BATCH_SIZE, augmentation, arguments.seed, size).stream()
        gan.fit(
            stream,
            steps_per_epoch=count,
            epochs=1,
            verbose=0,  # pyright: ignore[reportArgumentType]: its default is "auto", which is taken for its type
            shuffle=False,
            callbacks=list(callbacks),
        )
        stream.close()

    if steps is None:
        # Equal budgets are equal numbers of steps: how many fit into the time?
        trial = build(transformation, settings)
        fit(trial, 2)  # the first few are slower than the rest
        began = time.monotonic()
        fit(trial, TIMED)
        steps = max(1, round(arguments.minutes * 60 * TIMED / (time.monotonic() - began)))
        pictures.write_bytes(out / "steps.json", json.dumps(steps).encode())
    keras.utils.set_random_seed(arguments.seed)
    gan = build(transformation, settings, steps)
    with progress(f"training {name}", unit="step") as bar:
        tell = keras.callbacks.LambdaCallback(on_train_batch_end=lambda step, logs: bar(step + 1, steps))
        fit(gan, steps, [tell])
    (out / name).mkdir(parents=True, exist_ok=True)
    pretrained.save_weights(gan.ema_generator, out / name / "generator.weights.h5")
    originals = [cv2.resize(crop, size, interpolation=cv2.INTER_AREA) for crop in held_out]
    filtered = [filters.get(name)(picture) for picture in originals]
    restored = [restore(gan.ema_generator, transformation, picture) for picture in filtered]
    with progress(f"measuring {name}") as bar:
        bar(0, 1)
        table = _compare(originals, restored, people)
    for index in np.linspace(0, len(originals) - 1, SHOWN).round().astype(int):
        for kind, shown in (("original", originals), ("filtered", filtered), ("restored", restored)):
            pictures.write(out / name / f"{kind}_{index:04d}.png", shown[index])
    mean = np.round(crops.mean(axis=0, dtype=np.float64)).astype(np.uint8)
    if not (out / "baseline.csv").is_file():
        same = _compare(originals, baselines(transformation, filtered, mean)[BASELINE], people)
        pictures.write_bytes(out / "baseline.csv", same.to_csv(index=False).encode())
    # Last, because this file marks the filter as done.
    pictures.write_bytes(out / name / "measures.csv", table.to_csv(index=False).encode())
    return steps


def _compare(originals: Sequence[Picture], results: Sequence[Picture], people: Sequence[str]) -> pd.DataFrame:
    """Return the measures of each result, those on Lite2 and of identity too if their packages are installed."""
    table = metrics.compare(originals, results)
    table.insert(0, "person", people)
    if unseen.available():
        table["lite2_distance"] = unseen.distances(originals, results)
    if identity.available():
        # Faces that a training size has squeezed get their proportions back.
        whole = [[resizing.resized(picture, SIZE) for picture in each] for each in (originals, results)]
        boxes = identity.face_boxes(whole[0])
        known, found = (identity.embeddings(each, boxes) for each in whole)
        table = table.join(identity.compare(known, found, people))
    return table


def report(out: Path, names: Sequence[str]) -> None:
    """Write ``survey.csv``, ``survey.md``, ``survey.png`` and ``faces.png`` from what was measured.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the survey.
    names : sequence of str
        The filters.
    """
    tables = {name: pd.read_csv(out / name / "measures.csv") for name in names}
    rows = []
    for name, table in {**tables, BASELINE: pd.read_csv(out / "baseline.csv")}.items():
        row = {"filter": name, "pictures": len(table), "people": table["person"].nunique()}
        for measure in (m for m in MEASURES if m in table):
            # An exact result has no finite PSNR; 100 dB is beyond what 8 bits can resolve.
            values = table[measure].clip(upper=100)
            row[measure] = values.mean()
            row[f"{measure}_low"], row[f"{measure}_high"] = confidence_interval(values, table["person"])
        rows.append(row)
    result = pd.DataFrame(rows)
    result = result.sort_values(next(measure for measure in RANKED_BY if measure in result))
    pictures.write_bytes(out / "survey.csv", result.round(4).to_csv(index=False).encode())
    pictures.write_bytes(out / "survey.md", as_markdown(result).encode())
    plot(result, out / "survey.png")
    _faces(out, [n for n in result["filter"] if n in names])


def as_markdown(table: pd.DataFrame) -> str:
    """Return the survey as a Markdown table: means and, in brackets, 95 % intervals."""
    measures = [m for m in MEASURES if m in table]
    lines = [f"| filter | {' | '.join(MEASURES[m][0] for m in measures)} |", "|---" * (1 + len(measures)) + "|"]
    for row in table.to_dict("records"):
        cells = []
        for measure in measures:
            digits = MEASURES[measure][1]
            mean, low, high = (f"{row[measure + end]:.{digits}f}" for end in ("", "_low", "_high"))
            cells.append("–" if mean == "nan" else f"{mean} ({low}–{high})")
        lines.append(f"| {row['filter']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def plot(table: pd.DataFrame, path: Path) -> None:
    """Plot a survey's table, a panel for each measure, as PNG."""
    matplotlib.use("Agg")
    measures = [m for m in MEASURES if m in table]
    lines = math.ceil(len(measures) / PANELS)
    size = (3.75 * min(len(measures), PANELS), lines * (0.38 * len(table) + 1.2))
    figure, axes = pyplot.subplots(lines, min(len(measures), PANELS), figsize=size, sharey=True, squeeze=False)
    colors = ["#b5623a" if name != BASELINE else "#999" for name in table["filter"]]
    for axis in axes.flat[len(measures) :]:
        axis.set_visible(False)
    for axis, measure in zip(axes.flat, measures, strict=False):
        title, _, closer = MEASURES[measure]
        middle = table[measure]
        errors = [middle - table[f"{measure}_low"], table[f"{measure}_high"] - middle]
        errors = [e.clip(lower=0) for e in errors]  # equal values differ by rounding
        axis.barh(table["filter"], middle, color=colors, xerr=errors, error_kw={"elinewidth": 1, "capsize": 2})
        axis.set_title(f"{title} ({closer} is closer)", fontsize=10)
        axis.grid(axis="x", alpha=0.3)
        axis.set_axisbelow(True)
    axes[0, 0].invert_yaxis()
    save_figure(figure, path)


def _faces(out: Path, names: Sequence[str]) -> None:
    """Write a sheet: held-out people, what each filter leaves of them, and what the generator makes of that."""

    def shown(name: str, kind: str) -> list[Picture]:
        return [pictures.read(p) for p in sorted((out / name).glob(f"{kind}_*.png"))]

    rows = []
    for name in names:
        both = zip(shown(name, "filtered"), shown(name, "restored"), strict=True)
        rows.append([picture for pair in both for picture in pair])
    first = shown(names[0], "original")
    rows.insert(0, [p for picture in first for p in (picture, picture)])
    pictures.write(out / "faces.png", sheet(rows, cell=(144, 192), sides=["original", *names]))
