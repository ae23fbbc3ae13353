"""Networks from pictures to pictures at work, and pictures at the size of training."""

import cv2
import numpy as np

from experiments.core.codecs import SIZE, from_unit, to_unit
from filters.faces.cropping import cut, is_crop
from filters.faces.detection import detect
from filters.io.pictures import Picture, PictureError
from transformers.inference import generate


def run_on_image(network, picture: np.ndarray, gray: bool = False):
    """Return what a network from pictures to pictures makes of one, ``uint8`` RGB.

    Parameters
    ----------
    network : keras.Model
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    gray : bool
        Take the mean of the result's channels, where a training asked no more of them.
    """
    result = generate(network, to_unit(picture)[None])[0]
    return from_unit(result.mean(axis=2, keepdims=True).repeat(3, axis=2) if gray else result)


def at_training_size(picture: Picture):
    """Return a face crop at 256x320, the size of training; any other picture as it is."""
    if is_crop(picture):
        return cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
    return picture


def faces_at_training_size(picture: Picture) -> list[Picture]:
    """Return the faces of a photograph, or a face crop alone, as `cut` cuts them.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.

    Returns
    -------
    list of numpy.ndarray
        ``uint8`` RGB ``(320, 256, 3)``, from left to right.

    Raises
    ------
    PictureError
        When the photograph shows no face.
    """
    if is_crop(picture):
        return [at_training_size(picture)]
    faces = sorted(detect(picture), key=lambda face: face.box[0])
    if not faces:
        raise PictureError("it shows no face; choose another photograph, or cut the face out by hand as 3:4")
    return [cut(picture, face, SIZE) for face in faces]
