"""Networks that turn a picture into a picture, and pictures at the size of training."""

import cv2

from experiments.core.codecs import SIZE, from_unit, to_unit
from filters.faces.cropping import cut, is_crop
from filters.faces.detection import Face, detect, largest
from filters.io.pictures import Picture, PictureError
from transformers.backend import keras
from transformers.inference import Compiled, generate


def run_on_image(network: keras.Model | Compiled, picture: Picture, gray: bool = False) -> Picture:
    """Return the picture that a network makes of a picture.

    Parameters
    ----------
    network : keras.Model
        From and to RGB in [-1, 1].
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    gray : bool
        Make the result gray by the mean of its channels: some trainings learn no colours.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB, of the picture's size times the network's factor.
    """
    result = generate(network, to_unit(picture)[None])[0]
    return from_unit(result.mean(axis=2, keepdims=True).repeat(3, axis=2) if gray else result)


def at_training_size(picture: Picture) -> Picture:
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
    return [cut(picture, face, SIZE) for face in sorted(_faces(picture), key=lambda face: face.box[0])]


def face_at_training_size(picture: Picture) -> Picture:
    """Return the largest face of a photograph; otherwise as `faces_at_training_size`."""
    if is_crop(picture):
        return at_training_size(picture)
    face = largest(_faces(picture))
    assert face is not None  # without any, `_faces` raises
    return cut(picture, face, SIZE)


def _faces(picture: Picture) -> list[Face]:
    faces = detect(picture)
    if not faces:
        raise PictureError("it shows no face; choose another photograph, or cut the face out by hand as 3:4")
    return faces
