"""Generators with the discriminators that came with them, and how real a result looks to one."""

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.core.registry import Transformation
from experiments.core.runs import discriminator_weights
from filters.io.pictures import Picture
from transformers import backend, pretrained
from transformers.backend import keras
from transformers.inference import pad


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
