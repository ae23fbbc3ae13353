"""Optimisers of one array between bounds: L-BFGS and Adam, whose state can be kept in a file.

Both walk in ``float32`` NumPy arrays: beside a feature network their arithmetic takes no time.
"""

import math

import numpy as np

ARMIJO = 1e-4  # of the decrease that the slope promises, what a step must give at least
MOST_TRIALS = 8
FIRST_CHANGE = 0.02  # root of the mean square of the first step


class LBFGS:
    """Limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.4), projected onto bounds.

    Values that lie at a bound and would cross it stay out of a step. Steps are halved and more until
    they give a decrease (Armijo's condition, by quadratic interpolation); mostly the first does.

    Parameters
    ----------
    function : callable
        Array to its value (float) and its gradient.
    start : numpy.ndarray
        ``float32``, any shape.
    low, high : float
        Bounds.
    memory : int
        Pairs of steps and changes of the gradient that are remembered.
    """

    def __init__(self, function, start, low=-1.0, high=1.0, memory=20):
        self.function, self.low, self.high, self.memory = function, low, high, memory
        self.x = np.clip(start, low, high).astype(np.float32)
        self.value, self.gradient = math.nan, None  # not known before the first step
        self._forget()
        self.first = FIRST_CHANGE

    def step(self):
        """Take one step and return the value after it; stay where it is when no step helps."""
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
                # Where the function curves downwards there is nothing to remember, but longer ways to go.
                self.first = FIRST_CHANGE if self.steps else 2 * length * self.first
                self.x, self.value, self.gradient = x, value, gradient
                return value
            best = -slope * length**2 / (2 * (value - self.value - slope * length))
            length = float(np.clip(best, 0.1 * length, 0.5 * length))
        self._forget()
        self.first *= length
        return self.value

    def _direction(self, steepest):
        """Return the inverse Hessian, as far as remembered, times the steepest descent."""
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

    def _remember(self, step, change):
        # Only pairs of positive curvature keep the approximation positive definite.
        curvature = _dot(step, change)
        if curvature > 1e-6 * _dot(step, step) ** 0.5 * _dot(change, change) ** 0.5:
            self.steps = [*self.steps, step][-self.memory :]
            self.changes = [*self.changes, change][-self.memory :]
            self.curvatures = [*self.curvatures, curvature][-self.memory :]

    def _forget(self):
        self.steps, self.changes, self.curvatures = [], [], []

    def state(self):
        """Return arrays by name, for `restore`."""
        arrays = {"x": self.x, "first": np.float64(self.first)}
        if self.gradient is not None:
            arrays.update(value=np.float64(self.value), gradient=self.gradient)
        arrays.update({f"step{i}": a for i, a in enumerate(self.steps)})
        arrays.update({f"change{i}": a for i, a in enumerate(self.changes)})
        return arrays

    def restore(self, arrays) -> None:
        """Take up a state; what follows is what would have followed then."""
        self.x, self.first = arrays["x"], float(arrays["first"])
        self.value = float(arrays.get("value", math.nan))
        self.gradient = arrays.get("gradient")
        count = sum(key.startswith("step") for key in arrays)
        self.steps = [arrays[f"step{i}"] for i in range(count)]
        self.changes = [arrays[f"change{i}"] for i in range(count)]
        self.curvatures = [_dot(*pair) for pair in zip(self.steps, self.changes, strict=True)]


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1), projected onto bounds. See `LBFGS` for the parameters."""

    def __init__(self, function, start, low=-1.0, high=1.0, rate=0.02, decay=(0.9, 0.999)):
        self.function, self.low, self.high, self.rate, self.decay = function, low, high, rate, decay
        self.x = np.clip(start, low, high).astype(np.float32)
        self.mean, self.square = np.zeros_like(self.x), np.zeros_like(self.x)
        self.count = 0

    def step(self):
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

    def state(self):
        """Return arrays by name, for `restore`."""
        return {"x": self.x, "mean": self.mean, "square": self.square, "count": np.int64(self.count)}

    def restore(self, arrays) -> None:
        """Take up a state; what follows is what would have followed then."""
        self.x, self.mean, self.square = (arrays[key].copy() for key in ("x", "mean", "square"))
        self.count = int(arrays["count"])


OPTIMIZERS = {"lbfgs": LBFGS, "adam": Adam}


def _dot(a, b):
    return float(np.dot(a.ravel(), b.ravel()))
