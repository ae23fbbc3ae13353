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


def kid_interval(
    one: np.ndarray, other: np.ndarray, resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Return the confidence interval of `metrics.kid` by the percentile bootstrap over the rows of both sets.

    Pairs of a row with itself, which a resample holds when it draws a row twice, are left out as in the distance
    itself; with them all resamples would seem further apart than the sets are.

    Parameters
    ----------
    one, other : numpy.ndarray
        ``(count, d)``, at least two rows each.
    resamples : int
    level : float
        Of confidence, between 0 and 1.
    seed : int

    Returns
    -------
    low, high : float
    """
    own, others, across = cubic_kernels(one, other)
    np.fill_diagonal(own, 0)
    np.fill_diagonal(others, 0)
    generator = np.random.default_rng(seed)

    def among(kernel: np.ndarray, counts: np.ndarray) -> np.ndarray:
        pairs = counts.sum(axis=1) ** 2 - np.square(counts).sum(axis=1)
        with np.errstate(invalid="ignore"):  # of few rows, a resample can hold one alone: it has no pairs
            return np.einsum("ri,ij,rj->r", counts, kernel, counts, optimize=True) / pairs

    # How often each resample holds each row.
    drawn = [generator.multinomial(n, np.full(n, 1 / n), resamples).astype(float) for n in across.shape]
    between = np.einsum("ri,ij,rj->r", drawn[0], across, drawn[1], optimize=True) / across.size
    values = among(own, drawn[0]) + among(others, drawn[1]) - 2 * between
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def cubic_kernels(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the kernel of `metrics.kid` among one set's rows, among the other's, and between both, as matrices."""
    one, other = (np.asarray(v, np.float64) for v in (one, other))
    return tuple((a @ b.T / a.shape[1] + 1) ** 3 for a, b in ((one, one), (other, other), (one, other)))
