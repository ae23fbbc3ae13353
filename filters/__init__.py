"""Pictures in, arrays out: reading, face cutting, filters, colour. OpenCV and NumPy; PyAV for films.

The filters are here by their names, for instance ``filters.gray``, with their registry (``FILTERS``, ``get``,
``register``). The modules that define them are imported when the first is asked for.
"""

import importlib
import importlib.util
from typing import Any

from filters.io.pictures import PictureError, find_pictures, read, write

__all__ = ["PictureError", "find_pictures", "read", "write"]
_KINDS = ("registry", "library", "resolution", "sketches", "wear")


def __getattr__(name: str) -> Any:
    # `from filters import color` asks for an attribute before it looks for a module.
    if not name.startswith("_") and importlib.util.find_spec(f"filters.{name}") is None:
        kinds = [importlib.import_module(f"filters.{kind}") for kind in _KINDS]
        for kind in kinds:
            if hasattr(kind, name):
                return getattr(kind, name)
    raise AttributeError(f"module 'filters' has no attribute '{name}'")
