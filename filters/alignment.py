"""Faces turned, scaled and moved so that eyes and mouth lie in the same places in every picture."""

import cv2
import numpy as np

# Where both eyes and both corners of the mouth go, in shares of width and height: the face fills the
# picture, from the hair to below the chin.
PLACES = np.float32([(0.33, 0.46), (0.67, 0.46), (0.365, 0.745), (0.635, 0.745)])


def similarity(source, target):
    """The rotation, scale and shift that bring points closest to others, and how close.

    Least squares (Umeyama 1991), solved with complex numbers: ``w = a z + b``.

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
    """
    z, w = (np.asarray(points, np.float64) @ [1, 1j] for points in (source, target))
    centered = z - z.mean()
    turn = np.vdot(centered, w - w.mean()) / np.vdot(centered, centered).real
    shift = w.mean() - turn * z.mean()
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return matrix, float(np.sqrt((abs(turn * z + shift - w) ** 2).mean()))


def align_face(picture, face, size):
    """Cut a face out so that its eyes and mouth come as close to fixed places as a similarity allows.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    face : filters.faces.Face
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
    scale = np.hypot(*matrix[:, 0])
    if scale < 0.6:  # sampling every second pixel would alias: make it smaller first
        height, width = picture.shape[:2]
        small = max(1, round(width * scale)), max(1, round(height * scale))
        picture = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        matrix[:, :2] /= scale
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
