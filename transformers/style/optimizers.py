"""Optimizers of one array between bounds, L-BFGS and Adam, whose state can be saved in a file.

Both compute with ``float32`` NumPy arrays: compared with a feature network, their arithmetic takes no time.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

Function = Callable[[np.ndarray], tuple[float, np.ndarray]]  # array to value and gradient
ARMIJO = 1e-4  # the least share of the decrease predicted by the slope that a step must achieve
MOST_TRIALS = 8  # step lengths
FIRST_CHANGE = 0.02  # root mean square of the first step


class LBFGS:
    """Limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.4), projected onto bounds.

    Values at a bound that would cross it take no part in a step. Steps are shortened, to a half or less, until
    the value decreases enough (Armijo's condition, with quadratic interpolation); mostly the first one is taken.

    Parameters
    ----------
    function : callable
        Array to its value (float) and its gradient (array).
    start : numpy.ndarray
        Of any shape.
    low, high : float
        Bounds.
    memory : int
        Number of past steps, with their changes of the gradient, to keep.

    Attributes
    ----------
    x : numpy.ndarray
        ``float32``, the array so far.
    value : float
        Of the function at `x`; not a number before the first step.
    """

    def __init__(
        self, function: Function, start: np.ndarray, low: float = -1.0, high: float = 1.0, memory: int = 20
    ) -> None:
        self.function, self.low, self.high, self.memory = function, low, high, memory
        self.x = np.clip(start, low, high).astype(np.float32)
        self.value, self.gradient = math.nan, None  # not known before the first step
        self._forget()
        self.first = FIRST_CHANGE

    def step(self) -> float:
        """Take one step and return the value after it; where no step decreases the value, `x` stays."""
        if self.gradient is None:
            self.value, self.gradient = self.function(self.x)
        free = ~(((self.x <= self.low) & (self.gradient > 0)) | ((self.x >= self.high) & (self.gradient < 0)))
        steepest = -self.gradient * free
        direction = self._direction(steepest) * free
        slope = _dot(self.gradient, direction)
        if slope >= 0:
            self._forget()
            direction = self._direction(steepest)
            slope = _dot(self.gradient, direction)
        if slope == 0:
            return self.value
        length = 1.0
        for _ in range(MOST_TRIALS):
            x = np.clip(self.x + length * direction, self.low, self.high)
            value, gradient = self.function(x)
            if value <= self.value + ARMIJO * length * slope:
                self._remember(x - self.x, gradient - self.gradient)
                # Where the function curves downwards nothing is remembered, and the next step may be longer.
                self.first = FIRST_CHANGE if self.steps else 2 * length * self.first
                self.x, self.value, self.gradient = x, value, gradient
                return value
            best = -slope * length**2 / (2 * (value - self.value - slope * length))
            length = float(np.clip(best, 0.1 * length, 0.5 * length))
        self._forget()
        self.first *= length
        return self.value

    def _direction(self, steepest: np.ndarray) -> np.ndarray:
        """Return the approximate inverse Hessian times the direction of steepest descent."""
        if not self.steps:
            return steepest * (self.first / max(float(np.sqrt(np.mean(np.square(steepest)))), 1e-30))
        q, factors, room = steepest.copy(), [], np.empty_like(steepest)
        pairs = list(zip(self.steps, self.changes, self.curvatures, strict=True))
        for step, change, curvature in reversed(pairs):
            factors.append(_dot(step, q) / curvature)
            q -= np.multiply(change, np.float32(factors[-1]), out=room)
        step, change, curvature = pairs[-1]
        q *= np.float32(curvature / _dot(change, change))
        for (step, change, curvature), factor in zip(pairs, reversed(factors), strict=True):
            q += np.multiply(step, np.float32(factor - _dot(change, q) / curvature), out=room)
        return q

    def _remember(self, step: np.ndarray, change: np.ndarray) -> None:
        # Only pairs of positive curvature keep the approximation positive definite.
        curvature = _dot(step, change)
        if curvature > 1e-6 * _dot(step, step) ** 0.5 * _dot(change, change) ** 0.5:
            self.steps = [*self.steps, step][-self.memory :]
            self.changes = [*self.changes, change][-self.memory :]
            self.curvatures = [*self.curvatures, curvature][-self.memory :]

    def _forget(self) -> None:
        self.steps, self.changes, self.curvatures = [], [], []

    def state(self) -> dict[str, np.ndarray]:
        """Return all that the next step depends on, as arrays by name, for `restore`."""
        arrays = {"x": self.x, "first": np.float64(self.first)}
        if self.gradient is not None:
            arrays.update(value=np.float64(self.value), gradient=self.gradient)
        arrays.update({f"step{i}": a for i, a in enumerate(self.steps)})
        arrays.update({f"change{i}": a for i, a in enumerate(self.changes)})
        return arrays

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Continue from a state that `state` returned, with the same results."""
        self.x, self.first = arrays["x"], float(arrays["first"])
        self.value = float(arrays.get("value", math.nan))
        self.gradient = arrays.get("gradient")
        count = sum(key.startswith("step") for key in arrays)
        self.steps = [arrays[f"step{i}"] for i in range(count)]
        self.changes = [arrays[f"change{i}"] for i in range(count)]
        self.curvatures = [_dot(*pair) for pair in zip(self.steps, self.changes, strict=True)]


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1), projected onto bounds.

    Parameters
    ----------
    function, start, low, high
        See `LBFGS`.
    rate : float
        Step size.
    decay : tuple of float
        Of the means of gradients and of their squares (beta 1 and beta 2).

    Attributes
    ----------
    x : numpy.ndarray
        ``float32``, the array so far.
    """

    def __init__(
        self,
        function: Function,
        start: np.ndarray,
        low: float = -1.0,
        high: float = 1.0,
        rate: float = 0.02,
        decay: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        self.function, self.low, self.high, self.rate, self.decay = function, low, high, rate, decay
        self.x = np.clip(start, low, high).astype(np.float32)
        self.mean, self.square = np.zeros_like(self.x), np.zeros_like(self.x)
        self.count = 0

    def step(self) -> float:
        """Take one step and return the value before it."""
        value, gradient = self.function(self.x)
        self.count += 1
        one, two = self.decay
        self.mean += np.float32(1 - one) * (gradient - self.mean)
        self.square += np.float32(1 - two) * (gradient**2 - self.square)
        mean, square = self.mean / (1 - one**self.count), self.square / (1 - two**self.count)
        step = np.float32(self.rate) * mean / (np.sqrt(square) + np.float32(1e-8))
        self.x = np.clip(self.x - step, self.low, self.high).astype(np.float32)
        return value

    def state(self) -> dict[str, np.ndarray]:
        """Return all that the next step depends on, as arrays by name, for `restore`."""
        return {"x": self.x, "mean": self.mean, "square": self.square, "count": np.asarray(self.count)}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Continue from a state that `state` returned, with the same results."""
        self.x, self.mean, self.square = (arrays[key].copy() for key in ("x", "mean", "square"))
        self.count = int(arrays["count"])


OPTIMIZERS = {"lbfgs": LBFGS, "adam": Adam}


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.dot(a.ravel(), b.ravel()))
