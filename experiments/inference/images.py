"""Networks from pictures to pictures at work, and pictures at the size of training."""

import cv2
import numpy as np

from experiments.core.codecs import SIZE, from_unit, to_unit
from filters.faces.cropping import is_crop
from filters.io.pictures import Picture
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
