"""Flows: where each pixel of a picture is found in another one."""

import cv2
import numpy as np

from filters.io.pictures import Picture, Size


def warp(picture: Picture, flow, interpolation=cv2.INTER_LINEAR):
    """Show a picture in the shape of the reference: at each place what the flow points to."""
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], interpolation, borderMode=cv2.BORDER_REPLICATE)


def compose(first, second):
    """Return the flow that goes along `first`, and from there along `second`."""
    return first + warp(second, first)


def invert(flow, steps: int = 12):
    """Return the flow back: ``compose(invert(flow), flow)`` is zero where the flow folds nothing.

    Fixed-point iteration (Chen et al., "A simple fixed-point approach to invert a deformation
    field", 2008).
    """
    back = np.zeros_like(flow)
    for _ in range(steps):
        back = -warp(flow, back)
    return back


def resize_flow(flow, size: Size):
    """Return a flow for pictures of another ``(width, height)``."""
    height, width = flow.shape[:2]
    if (width, height) == tuple(size):
        return np.float32(flow)
    return cv2.resize(np.float32(flow), size) * np.float32([size[0] / width, size[1] / height])
