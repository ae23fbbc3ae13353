"""The registry of filters: what is listed here is known to survey, gallery and tests."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Filter:
    """A named pure function on pictures.

    Attributes
    ----------
    name : str
    function : callable
        Takes ``uint8`` RGB ``(height, width, 3)`` and keyword parameters, returns ``uint8``
        ``(height, width, channels)``.
    channels : int
        Channels of the result.
    summary : str
        One line for lists and galleries.
    """

    name: str
    function: Callable
    channels: int
    summary: str

    def __call__(self, picture, **parameters):
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise ValueError(
                f"filter '{self.name}' takes a uint8 RGB picture (height, width, 3), "
                f"not {picture.dtype} {picture.shape}"
            )
        return self.function(picture, **parameters)


FILTERS = {}


def register(channels: int):
    """Decorate a function to make it a registered filter under its own name.

    Parameters
    ----------
    channels : int
        Channels of what the function returns.
    """

    def add(function):
        if function.__name__ in FILTERS:
            raise ValueError(f"a filter named '{function.__name__}' is registered already")
        summary = (function.__doc__ or "").strip().split("\n")[0]
        FILTERS[function.__name__] = Filter(function.__name__, function, channels, summary)
        return function

    return add


def get(name: str):
    """Return the registered filter of that name; a ``KeyError`` lists the known names."""
    try:
        return FILTERS[name]
    except KeyError:
        raise KeyError(f"no filter is named '{name}'; known: {', '.join(FILTERS)}") from None
