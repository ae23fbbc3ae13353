"""The best and the worst that each generator makes of the same faces.

Ranked twice: by the score of the discriminator that came with the generator (how real it looks) and by the
VGG feature distance to the original (how like it is).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.core.codecs import filter_of
from experiments.core.runs import discriminator_weights
from experiments.evaluation import metrics
from experiments.inference.restoration import restore
from experiments.reports.sheets import sheet
from transformers import backend, pretrained
from transformers.inference import pad

SHOWN = 4  # best and as many worst


def rankings(transformation, generator, discriminator, crops: list[np.ndarray]) -> dict:
    """Rank results on some crops, from best to worst.

    Parameters
    ----------
    transformation : Transformation
    generator : keras.Model
    discriminator : keras.Model or None
        Without it, there is no ranking by it.
    crops : list of numpy.ndarray
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


def discriminator_score(discriminator, transformation, filtered: np.ndarray, restored):
    """Return the mean of the discriminator's logits over a picture."""
    output = transformation.representation()
    # Smaller sides than the discriminator's strides need are filled by reflection.
    condition, result = (pad(a[None], 8) for a in (output.condition(filtered), output.target(restored)))
    with backend.without_gradient():
        return float(backend.keras.ops.mean(discriminator([condition, result], training=False)))


def sheet_of(ranking, shown=SHOWN):
    """Show best and worst side by side: originals, what the filter left, what came back."""
    count = min(shown, (len(ranking) + 1) // 2)
    chosen = [*ranking[:count], *ranking[max(count, len(ranking) - count) :]]
    names = ["best"] * count + ["worst"] * (len(chosen) - count)
    titles = [f"{name} {entry[0]:.3f}" for name, entry in zip(names, chosen, strict=True)]
    return sheet([list(row) for row in list(zip(*chosen, strict=True))[1:]], titles)


def networks(name: str):
    """Return the shipped generator of a transformation, and its discriminator or None."""
    other = f"{name}.discriminator"
    return pretrained.load(name), pretrained.load(other) if other in pretrained.available() else None


def networks_of_run(folder: Path, transformation, preset: str):
    """Return the best generator of a run, and its discriminator if it took part."""
    generator = transformation.build_generator(preset)
    pretrained.load_weights(generator, folder / "best.weights.h5")
    discriminator = None
    if weights := trained_discriminator(folder):
        discriminator = transformation.build_discriminator(preset)
        pretrained.load_weights(discriminator, weights)
    return generator, discriminator


def trained_discriminator(folder: Path):
    """Return the path of the weights of a run's discriminator, or None where it was not trained."""
    trained = "discriminator" in pd.read_csv(folder / "history.csv")
    return discriminator_weights(folder) if trained else None
