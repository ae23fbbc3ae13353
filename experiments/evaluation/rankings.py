"""The best and worst results of each generator for the same faces.

They are ranked twice: by the score of the discriminator that came with the generator (how real a result looks), and
by the VGG feature distance to the original (how similar it is).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.core.codecs import filter_of
from experiments.core.registry import Transformation
from experiments.core.runs import discriminator_weights
from experiments.evaluation import metrics
from experiments.inference.restoration import restore
from experiments.reports.sheets import sheet
from filters.io.pictures import Picture
from transformers import backend, pretrained
from transformers.backend import keras
from transformers.inference import pad

SHOWN = 4  # best results, and as many worst ones
Ranking = list[tuple[float, Picture, np.ndarray, Picture]]  # score, original, filtered, restored; the best first


def rankings(
    transformation: Transformation,
    generator: keras.Model,
    discriminator: keras.Model | None,
    crops: Sequence[Picture],
) -> dict[str, Ranking]:
    """Rank results for some crops, from best to worst.

    Parameters
    ----------
    transformation : Transformation
    generator : keras.Model
    discriminator : keras.Model or None
        Without it, its ranking is left out.
    crops : sequence of numpy.ndarray
        ``uint8`` RGB, equal sizes.

    Returns
    -------
    dict
        Caption of the ranking → list of ``(score, original, filtered, restored)``, the best first.
    """
    filtered = [filter_of(transformation)(crop) for crop in crops]
    restored = [restore(generator, transformation, picture) for picture in filtered]
    distances = metrics.feature_distances(crops, restored)
    scores = {"VGG feature distance to the original (lower is closer)": (distances, 1)}
    if discriminator is not None:
        logits = [
            discriminator_score(discriminator, transformation, *pair)
            for pair in zip(filtered, restored, strict=True)
        ]
        scores["Discriminator's score (higher looks more real to it)"] = (logits, -1)
    found = {}
    for caption, (values, sign) in scores.items():
        order = sorted(range(len(crops)), key=lambda i, v=values, s=sign: s * v[i])
        found[caption] = [(values[i], crops[i], filtered[i], restored[i]) for i in order]
    return found


def discriminator_score(
    discriminator: keras.Model, transformation: Transformation, filtered: np.ndarray, restored: Picture
) -> float:
    """Return the mean of a discriminator's logits over a picture; higher looks more real to it.

    Parameters
    ----------
    discriminator : keras.Model
    transformation : Transformation
    filtered : numpy.ndarray
        ``uint8`` ``(height, width, channels)``.
    restored : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    output = transformation.representation()
    # Sides that the discriminator's strides do not divide are extended by reflection.
    condition, result = (pad(a[None], 8) for a in (output.condition(filtered), output.target(restored)))
    with backend.without_gradient():
        return float(backend.keras.ops.mean(discriminator([condition, result], training=False)))


def sheet_of(ranking: Ranking, shown: int = SHOWN) -> Picture:
    """Return a sheet of best and worst side by side: originals, filtered and restored pictures.

    Parameters
    ----------
    ranking : list of tuple
        As from `rankings`.
    shown : int
        How many of the best, and of the worst.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB.
    """
    count = min(shown, (len(ranking) + 1) // 2)
    chosen = [*ranking[:count], *ranking[max(count, len(ranking) - count) :]]
    names = ["best"] * count + ["worst"] * (len(chosen) - count)
    titles = [f"{name} {entry[0]:.3f}" for name, entry in zip(names, chosen, strict=True)]
    return sheet([list(row) for row in list(zip(*chosen, strict=True))[1:]], titles)


def networks(name: str) -> tuple[keras.Model, keras.Model | None]:
    """Return the shipped generator of a transformation, and its discriminator if that is shipped too."""
    other = f"{name}.discriminator"
    return pretrained.load(name), pretrained.load(other) if other in pretrained.available() else None


def networks_of_run(
    folder: Path, transformation: Transformation, preset: str
) -> tuple[keras.Model, keras.Model | None]:
    """Return the best generator of a run, and its discriminator if it was trained."""
    generator = transformation.build_generator(preset)
    pretrained.load_weights(generator, folder / "best.weights.h5")
    discriminator = None
    if weights := trained_discriminator(folder):
        discriminator = transformation.build_discriminator(preset)
        pretrained.load_weights(discriminator, weights)
    return generator, discriminator


def trained_discriminator(folder: Path) -> Path | None:
    """Return the path of the weights of a run's discriminator, or None if it was not trained."""
    trained = "discriminator" in pd.read_csv(folder / "history.csv")
    return discriminator_weights(folder) if trained else None
