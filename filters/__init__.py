"""Pictures in, arrays out: reading, face cutting, filters, colour. OpenCV and NumPy only."""

from filters.library import binary, canny, contours, gray, identity
from filters.pictures import PictureError, find_pictures, read, write
from filters.registry import FILTERS, Filter, get, register

__all__ = [
    "FILTERS",
    "Filter",
    "PictureError",
    "binary",
    "canny",
    "contours",
    "find_pictures",
    "get",
    "gray",
    "identity",
    "read",
    "register",
    "write",
]
