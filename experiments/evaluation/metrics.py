"""How close results are to originals, or to real pictures: PSNR, SSIM, CIEDE2000, colourfulness, features."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.core.codecs import to_unit
from experiments.evaluation.closeness import MOST_DB, ciede2000, psnr, ssim
from experiments.evaluation.intervals import cubic_kernels
from filters.io.pictures import Picture
from filters.measures import colourfulness
from transformers import backend, losses
from transformers.networks import features

COLUMNS = ("psnr", "ssim", "ciede2000", "colourfulness_ratio", "vgg_distance")
DESCRIPTIONS = {
    "psnr": "peak signal-to-noise ratio, dB; higher is closer",
    "ssim": "structural similarity (Wang et al. 2004), 1 is equal",
    "ciede2000": "mean colour difference CIEDE2000; lower is closer, 1 is hardly visible",
    "colourfulness_ratio": "colourfulness (Hasler and Süsstrunk 2003), divided by the original's; 1 is equal",
    "vgg_distance": "distance of VGG-16 features (not LPIPS: no learned weights); lower is closer",
}


def feature_distances(
    originals: Sequence[Picture],
    results: Sequence[Picture],
    network: str | backend.keras.Model = "vgg16",
    batch_size: int = 8,
) -> list[float]:
    """Return the distances between the features of originals and of results.

    Parameters
    ----------
    originals, results : sequence of numpy.ndarray
        ``uint8`` RGB, equal sizes.
    network : {"vgg16", "efficientnet_lite0"} or keras.Model
        A name, or what gives a list of feature maps.
    batch_size : int

    Returns
    -------
    list of float
        A distance for each pair, see `transformers.losses.feature_distance`.
    """
    return feature_distances_of_each(originals, {"results": results}, network, batch_size)["results"]


def feature_distances_of_each(
    originals: Sequence[Picture],
    candidates: Mapping[str, Sequence[Picture]],
    network: str | backend.keras.Model = "vgg16",
    batch_size: int = 8,
    report: Callable[[int, int], object] = lambda done, total: None,
) -> dict[str, list[float]]:
    """Return the `feature_distances` of each list of results; the features of originals are computed once.

    `report` is called with the number of originals that are done, and of all.
    """
    model = features.by_name(network) if isinstance(network, str) else network
    distances: dict[str, list[float]] = {name: [] for name in candidates}
    with backend.without_gradient():
        for start in range(0, len(originals), batch_size):
            batch = slice(start, start + batch_size)
            real = model(to_unit(np.stack(originals[batch])), training=False)
            for name, results in candidates.items():
                found = losses.feature_distances(real, model(to_unit(np.stack(results[batch])), training=False))
                distances[name] += backend.keras.ops.convert_to_numpy(found).tolist()
            report(min(batch.stop, len(originals)), len(originals))
    return distances


def compare(originals: Sequence[Picture], results: Sequence[Picture], with_features: bool = True) -> pd.DataFrame:
    """Return all metrics of results against their originals.

    Parameters
    ----------
    originals, results : sequence of numpy.ndarray
        ``uint8`` RGB, equal sizes.
    with_features : bool
        Whether to add the VGG feature distance, which takes longest.

    Returns
    -------
    pandas.DataFrame
        A row for each picture; its columns are what `summary` takes.
    """
    rows = [
        {
            "psnr": psnr(original, result),
            "ssim": ssim(original, result),
            "ciede2000": ciede2000(original, result),
            "original_colourfulness": colourfulness(original),
            "colourfulness": colourfulness(result),
        }
        for original, result in zip(originals, results, strict=True)
    ]
    table = pd.DataFrame(rows)
    if with_features:
        table["vgg_distance"] = feature_distances(originals, results)
    return table


def summary(table: pd.DataFrame) -> dict[str, float]:
    """Return the means over the pictures of a table from `compare`, by the names in `COLUMNS`.

    A PSNR counts for at most 100 dB. ``colourfulness_ratio`` is the ratio of both means.
    """
    values = table.assign(psnr=table["psnr"].clip(upper=MOST_DB)).mean().to_dict()
    values["colourfulness_ratio"] = values.pop("colourfulness") / max(values.pop("original_colourfulness"), 1e-9)
    return {name: values[name] for name in COLUMNS if name in values}


def kid(one: np.ndarray, other: np.ndarray) -> float:
    """Return the kernel distance of two sets of features: the unbiased squared maximum mean discrepancy.

    The kernel is cubic, ``k(x, y) = (x·y / d + 1)³`` (Bińkowski et al., "Demystifying MMD GANs", 2018, section 4),
    the estimator that of Gretton et al. (2012), equation 3. It is zero on average for sets from the same
    distribution, so single values may be below zero.

    Parameters
    ----------
    one, other : numpy.ndarray
        ``(count, d)``, at least two rows each.

    Returns
    -------
    float
    """

    def among(values: np.ndarray) -> float:
        return (values.sum() - np.trace(values)) / (len(values) * (len(values) - 1))

    own, others, across = cubic_kernels(one, other)
    return float(among(own) + among(others) - 2 * across.mean())


def kernel_distance(features: np.ndarray, real: np.ndarray) -> float:
    """Return the `kid` of features and real ones, after a scaling that gives the real ones a mean square of 1.

    The cubic kernel is meant for features of about that size.

    Parameters
    ----------
    features, real : numpy.ndarray
        ``(count, d)``, at least two rows each.
    """
    size = np.sqrt(np.mean(np.square(real)))
    return kid(features / size, real / size)


def vgg_means(pictures: Sequence[Picture] | np.ndarray, layer: str = "conv5_3", batch_size: int = 32) -> np.ndarray:
    """Return the spatial means of the feature maps of a VGG-16 layer.

    Parameters
    ----------
    pictures : numpy.ndarray or sequence of them
        ``uint8`` RGB, equal sizes.
    layer : str
    batch_size : int

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(count, channels)``.
    """
    ops = backend.keras.ops
    network = features.vgg16((layer,))
    found = []
    with backend.without_gradient():
        for start in range(0, len(pictures), batch_size):
            (values,) = features.maps(network, to_unit(np.asarray(pictures[start : start + batch_size])))
            found.append(ops.convert_to_numpy(ops.mean(values, axis=(1, 2))))
    return np.concatenate(found)


def vgg_kernel_distance(made: Sequence[Picture] | np.ndarray, real: Sequence[Picture] | np.ndarray) -> float:
    """Return the `kernel_distance` of the `vgg_means` of two sets of pictures, rounded to 5 decimals."""
    return round(kernel_distance(*(vgg_means(list(p)) for p in (made, real))), 5)
