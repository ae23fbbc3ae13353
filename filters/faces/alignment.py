"""Bringing faces into one place: by landmarks, then densely, by flow.

A flow is ``float32`` ``(height, width, 2)``: the picture's content at ``(x, y)`` of the reference is at
``(x, y) + flow[y, x]`` of the picture, in pixels.
"""

import cv2
import numpy as np
from numpy.typing import ArrayLike

from filters.faces.cropping import CROP_SIZE
from filters.faces.detection import Face
from filters.io.pictures import Picture, Size

# Eyes, nose tip and mouth corners in a picture of CROP_SIZE: the median of faces as they are cut, made
# symmetric.
TEMPLATE = np.array([(131, 213), (229, 213), (180, 270), (137, 316), (223, 316)], np.float32)
# Where both eyes and both corners of the mouth go in a picture that the face fills, from the hair to below
# the chin: shares of width and height.
PLACES = np.array([(0.33, 0.46), (0.67, 0.46), (0.365, 0.745), (0.635, 0.745)], np.float32)
# Of the distance between the eyes: frontal faces fit the template to about 0.05; above, one looks aside.
MAX_MISFIT = 0.16


def similarity(source: ArrayLike, target: ArrayLike) -> tuple[np.ndarray, float]:
    """Return the rotation, scale and shift that bring points closest to others, and how close.

    Least squares, solved with complex numbers: ``w = a z + b``.

    Parameters
    ----------
    source, target : array_like
        ``(count, 2)`` points ``(x, y)``.

    Returns
    -------
    matrix : numpy.ndarray
        ``float64`` ``(2, 3)``, as `cv2.warpAffine` takes it.
    misfit : float
        Root mean square distance that is left, in the target's units.

    References
    ----------
    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", IEEE TPAMI 13
    (1991).

    Examples
    --------
    Twice as large, turned by a right angle and moved by (5, 0):

    >>> matrix, misfit = similarity([(0, 0), (1, 0), (0, 1)], [(5, 0), (5, 2), (3, 0)])
    >>> (matrix.round(6) + 0.0).tolist(), round(misfit, 6)
    ([[0.0, -2.0, 5.0], [2.0, 0.0, 0.0]], 0.0)
    """
    z, w = (np.asarray(points, np.float64) @ [1, 1j] for points in (source, target))
    centered = z - z.mean()
    turn = np.vdot(centered, w - w.mean()) / np.vdot(centered, centered).real
    shift = w.mean() - turn * z.mean()
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return matrix, float(np.sqrt((abs(turn * z + shift - w) ** 2).mean()))


def _reduced(picture: Picture, matrix: np.ndarray) -> tuple[Picture, np.ndarray]:
    """Return the picture and its `similarity`, the picture made smaller where sampling it would alias."""
    scale = np.hypot(*matrix[:, 0])
    if scale >= 0.6:
        return picture, matrix
    height, width = picture.shape[:2]
    small = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, small, interpolation=cv2.INTER_AREA), matrix / [scale, scale, 1]


def align(picture: Picture, landmarks: ArrayLike, size: Size = CROP_SIZE) -> tuple[Picture, np.ndarray, float]:
    """Turn, scale and shift a picture so that its face is in the one place for all.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    landmarks : array_like
        ``(5, 2)``: as `Face.landmarks`.
    size : tuple of int
        ``(width, height)`` of the result, 3:4.

    Returns
    -------
    aligned : numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``; beyond the picture its border goes on.
    inside : numpy.ndarray
        ``uint8`` ``(size[1], size[0])``: 255 where the picture is, 0 beyond it.
    misfit : float
        How far the landmarks are from the template, root mean square, in distances between the eyes.
        Above `MAX_MISFIT` the face looks aside, or the landmarks are wrong.
    """
    target = TEMPLATE * (size[0] / CROP_SIZE[0])
    matrix, misfit = similarity(landmarks, target)
    picture, matrix = _reduced(picture, matrix)
    aligned = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full(picture.shape[:2], 255, np.uint8), matrix, size)
    return aligned, inside, misfit / float(np.linalg.norm(target[1] - target[0]))


def align_face(picture: Picture, face: Face, size: Size) -> Picture:
    """Cut a face out so that its eyes and mouth come as close to fixed places as a similarity allows.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    face : filters.faces.detection.Face
        With landmarks.
    size : tuple of int
        ``(width, height)`` of the result, 4:5 or nearly.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``; past the picture's border it is reflected.

    Raises
    ------
    ValueError
        When the face has no landmarks.
    """
    if not face.landmarks:
        raise ValueError("a face without landmarks cannot be aligned; detect it with YuNet")
    points = [face.landmarks[i] for i in (0, 1, 3, 4)]
    matrix, _ = similarity(points, PLACES * size)
    picture, matrix = _reduced(picture, matrix)
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
