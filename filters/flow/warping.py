"""Flows: where each pixel of a picture is found in another one."""

import cv2
import numpy as np

from filters.io.pictures import Flow, Size

STEEPEST = 0.8  # pixels by which a flow may change from one pixel to the next


def warp(picture: np.ndarray, flow: Flow, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
    """Show a picture in the shape of the reference: at each place what the flow points to.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` or ``float32``, ``(height, width)`` or ``(height, width, channels)``.
    flow : numpy.ndarray
        ``float32`` ``(flow_height, flow_width, 2)``: across and down, in pixels.
    interpolation : int
        Of OpenCV's.

    Returns
    -------
    numpy.ndarray
        Like `picture`, ``(flow_height, flow_width, ...)``; beyond the border that goes on.

    Examples
    --------
    >>> flow = np.float32([[[1, 0], [1, 0], [1, 0]]])
    >>> warp(np.uint8([[10, 20, 30]]), flow).tolist()
    [[20, 30, 30]]
    """
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], interpolation, borderMode=cv2.BORDER_REPLICATE)


def compose(first: Flow, second: Flow) -> Flow:
    """Return the flow that goes along `first`, and from there along `second`.

    Parameters
    ----------
    first, second : numpy.ndarray
        ``float32`` ``(height, width, 2)``, in pixels.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width, 2)``: ``first + warp(second, first)``.
    """
    return first + warp(second, first)


def invert(flow: Flow, steps: int = 12) -> Flow:
    """Return the flow back: ``compose(invert(flow), flow)`` is zero where the flow folds nothing.

    Parameters
    ----------
    flow : numpy.ndarray
        ``float32`` ``(height, width, 2)``, in pixels.
    steps : int
        Of the fixed-point iteration.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width, 2)``.

    References
    ----------
    Chen et al., "A simple fixed-point approach to invert a deformation field", Medical Physics 35 (2008).
    """
    back = np.zeros_like(flow)
    for _ in range(steps):
        back = -warp(flow, back)
    return back


def resize_flow(flow: np.ndarray, size: Size) -> Flow:
    """Return a flow for pictures of another size: as many places, and their distances scaled.

    Parameters
    ----------
    flow : numpy.ndarray
        Floats of any precision, ``(height, width, 2)``, in pixels.
    size : tuple of int
        ``(width, height)`` of the result.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(size[1], size[0], 2)``, in pixels of that size.

    Examples
    --------
    >>> resize_flow(np.float32([[[1, 1], [1, 1]]]), (4, 3))[0, 0].tolist()
    [2.0, 3.0]
    """
    height, width = flow.shape[:2]
    flow = flow.astype(np.float32)
    if (width, height) == tuple(size):
        return flow
    return cv2.resize(flow, size) * np.array([size[0] / width, size[1] / height], np.float32)


def steepness(flow: Flow) -> np.ndarray:
    """Return how much a flow changes from one pixel to the next: the Frobenius norm of its Jacobian.

    Parameters
    ----------
    flow : numpy.ndarray
        ``float32`` ``(height, width, 2)``, in pixels.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width)``, without unit.

    Examples
    --------
    >>> across = np.arange(4, dtype=np.float32)
    >>> steepness(np.dstack([[0.5 * across] * 3, [0 * across] * 3])).tolist()[0]
    [0.5, 0.5, 0.5, 0.5]
    """
    down, across = np.gradient(flow, axis=(0, 1))
    return np.sqrt((down**2).sum(axis=-1) + (across**2).sum(axis=-1))


def unfolded(flow: Flow, sigma: float = 6.0) -> Flow:
    """Blur a flow where it is too steep, until it is so nowhere.

    Where the steepness stays below 1, no two places go to one, and `invert` finds the way back.

    Parameters
    ----------
    flow : numpy.ndarray
        ``float32`` ``(height, width, 2)``, in pixels.
    sigma : float
        Of the first blur, in pixels; each further one is wider.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width, 2)``, of a `steepness` of at most `STEEPEST`.
    """
    while (steep := (steepness(flow) > STEEPEST).astype(np.float32)).any():
        near = np.clip(4 * cv2.GaussianBlur(cv2.dilate(steep, np.ones((9, 9))), (0, 0), sigma), 0, 1)[..., None]
        flow = flow + near * (cv2.GaussianBlur(flow, (0, 0), sigma) - flow)
        sigma *= 1.2
    return flow
