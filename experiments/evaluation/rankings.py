"""The best and the worst that each generator makes of the same faces.

Ranked twice: by the critic's score (how real it looks to the discriminator that came with the
generator) and by the VGG feature distance to the original (how like it is).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.core.codecs import filter_of
from experiments.evaluation import metrics
from experiments.inference.restoration import restore
from experiments.reports.sheets import sheet
from transformers import backend, pretrained
from transformers.inference import pad

SHOWN = 4  # best and as many worst


def rankings(transformation, generator, critic, crops: list[np.ndarray]) -> dict:
    """Rank results on some crops, from best to worst.

    Parameters
    ----------
    transformation : Transformation
    generator : keras.Model
    critic : keras.Model or None
        The discriminator; without, there is no ranking by it.
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
    if critic is not None:
        verdicts = [critic_score(critic, transformation, *pair) for pair in zip(filtered, restored, strict=True)]
        scores["Critic's score (higher looks more real to it)"] = (verdicts, -1)
    found = {}
    for caption, (values, sign) in scores.items():
        order = sorted(range(len(crops)), key=lambda i, v=values, s=sign: s * v[i])
        found[caption] = [(values[i], crops[i], filtered[i], restored[i]) for i in order]
    return found


def critic_score(critic, transformation, filtered: np.ndarray, restored):
    """Return the mean of the discriminator's logits over a picture."""
    output = transformation.representation()
    # Smaller sides than the critic's strides need are filled by reflection.
    condition, result = (pad(a[None], 8) for a in (output.condition(filtered), output.target(restored)))
    with backend.without_gradient():
        return float(backend.keras.ops.mean(critic([condition, result], training=False)))


def sheet_of(ranking, shown=SHOWN):
    """Show best and worst side by side: originals, what the filter left, what came back."""
    count = min(shown, (len(ranking) + 1) // 2)
    chosen = [*ranking[:count], *ranking[max(count, len(ranking) - count) :]]
    names = ["best"] * count + ["worst"] * (len(chosen) - count)
    titles = [f"{name} {entry[0]:.3f}" for name, entry in zip(names, chosen, strict=True)]
    return sheet([list(row) for row in list(zip(*chosen, strict=True))[1:]], titles)


def networks(name: str):
    """Return the shipped generator of a transformation, and its critic or None."""
    critic = f"{name}.critic"
    return pretrained.load(name), pretrained.load(critic) if critic in pretrained.available() else None


def networks_of_run(folder: Path, transformation, preset: str):
    """Return the best generator of a run, and its critic if the adversarial loss took part."""
    generator = transformation.build_generator(preset)
    pretrained.load_weights(generator, folder / "best.weights.h5")
    if not has_critic(folder):
        return generator, None
    critic = transformation.build_discriminator(preset)
    pretrained.load_weights(critic, folder / "critic.weights.h5")
    return generator, critic


def has_critic(folder: Path) -> bool:
    """Tell whether the critic of a run folder was trained."""
    return "discriminator" in pd.read_csv(folder / "history.csv") and (folder / "critic.weights.h5").is_file()
