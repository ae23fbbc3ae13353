"""The registry of filters: what is listed here is known to survey, gallery and tests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from filters.io.pictures import Picture


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
    function: Callable[..., np.ndarray]
    channels: int
    summary: str

    def __call__(self, picture: Picture, **parameters: Any) -> np.ndarray:
        """Return the filtered picture.

        Parameters
        ----------
        picture : numpy.ndarray
            ``uint8`` RGB ``(height, width, 3)``.
        **parameters
            The function's own.

        Returns
        -------
        numpy.ndarray
            ``uint8`` ``(height, width, channels)``.

        Raises
        ------
        ValueError
            When the picture is no ``uint8`` RGB array.
        """
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise ValueError(
                f"filter '{self.name}' takes a uint8 RGB picture (height, width, 3), "
                f"not {picture.dtype} {picture.shape}"
            )
        return self.function(picture, **parameters)


FILTERS: dict[str, Filter] = {}
_Function = TypeVar("_Function", bound=Callable[..., np.ndarray])


def register(channels: int) -> Callable[[_Function], _Function]:
    """Decorate a function to make it a registered filter under its own name.

    Parameters
    ----------
    channels : int
        Channels of what the function returns.

    Returns
    -------
    callable
        The decorator, which returns the function unchanged.

    Raises
    ------
    ValueError
        From the decorator, when a filter of that name is registered already.
    """

    def add(function: _Function) -> _Function:
        name = function.__name__
        if name in FILTERS:
            raise ValueError(f"a filter named '{name}' is registered already")
        summary = (function.__doc__ or "").strip().split("\n")[0]
        FILTERS[name] = Filter(name, function, channels, summary)
        return function

    return add


def get(name: str) -> Filter:
    """Return the registered filter of that name.

    Parameters
    ----------
    name : str

    Returns
    -------
    Filter

    Raises
    ------
    KeyError
        When there is none; the message lists the known names.
    """
    try:
        return FILTERS[name]
    except KeyError:
        raise KeyError(f"no filter is named '{name}'; known: {', '.join(FILTERS)}") from None
