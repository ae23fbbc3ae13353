"""How sure a mean is."""

import numpy as np
from numpy.typing import ArrayLike


def confidence_interval(
    values: ArrayLike, people: ArrayLike, resamples: int = 2000, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Return the confidence interval of a mean by the percentile bootstrap over people (Efron 1979).

    People are resampled, not pictures: two pictures of one person are not independent observations.

    Parameters
    ----------
    values : array_like of float
        One per picture.
    people : array_like
        The person on each picture.
    resamples : int
    level : float
        Of confidence, between 0 and 1.
    seed : int

    Returns
    -------
    low, high : float
        In units of `values`.
    """
    _, person = np.unique(np.asarray(people), return_inverse=True)
    sums, counts = np.bincount(person, np.asarray(values, float)), np.bincount(person)
    drawn = np.random.default_rng(seed).integers(len(sums), size=(resamples, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
