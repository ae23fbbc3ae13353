"""Pictures in, arrays out: reading, face cutting, filters, colour. OpenCV and NumPy only."""

from filters.library import (
    binary,
    canny,
    contours,
    gray,
    half_size,
    identity,
    quarter_size,
    shrink,
    worn_quarter_size,
)
from filters.pictures import PictureError, find_pictures, read, write
from filters.registry import FILTERS, Filter, get, register
from filters.sketches import adaptive_threshold, engraving, pencil, xdog

__all__ = [
    "FILTERS",
    "Filter",
    "PictureError",
    "adaptive_threshold",
    "binary",
    "canny",
    "contours",
    "engraving",
    "find_pictures",
    "get",
    "gray",
    "half_size",
    "identity",
    "pencil",
    "quarter_size",
    "read",
    "register",
    "shrink",
    "worn_quarter_size",
    "write",
    "xdog",
]
