"""What a generator's encoder sees in a photograph."""

import cv2
import numpy as np

from filters.io.pictures import Size
from transformers import backend
from transformers.backend import keras
from transformers.inference import pad

COARSEST = 32  # pixels of the photograph that one place of the coarsest map stands for


def encoder_maps(light: np.ndarray, encoder: keras.Model) -> list[np.ndarray]:
    """Return an encoder's feature maps of a luminance, fine to coarse.

    Parameters
    ----------
    light : numpy.ndarray
        L of Lab, 0–100, ``float32`` ``(height, width)``.
    encoder : keras.Model
        From `transformers.networks.efficientnet.encoder`.

    Returns
    -------
    list of numpy.ndarray
        ``float32`` ``(h, w, channels)``, at 1/2 to 1/32 of the size, rounded up.
    """
    picture = pad(np.repeat((light / 50 - 1)[None, ..., None], 3, axis=3), COARSEST)
    with backend.without_gradient():
        maps = [
            keras.ops.convert_to_numpy(keras.ops.cast(m, "float32"))[0] for m in encoder(picture, training=False)
        ]
    strides = [picture.shape[1] // m.shape[0] for m in maps]
    sizes = [[-(-side // stride) for side in light.shape] for stride in strides]
    return [m[:rows, :columns] for m, (rows, columns) in zip(maps, sizes, strict=True)]


def unit(values: np.ndarray) -> np.ndarray:
    """Return features ``(…, channels)`` scaled to unit length at every place."""
    return values / np.maximum(np.linalg.norm(values, axis=-1, keepdims=True), 1e-6)


def objects(light: np.ndarray, encoder: keras.Model, size: Size) -> np.ndarray:
    """Return unit features that are alike at places of one thing, and differ between things.

    Parameters
    ----------
    light, encoder
        As for `encoder_maps`.
    size : tuple of int
        ``(width, height)`` of the result.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(height, width, channels)``: the map at 1/8 of the photograph's size, with
        each channel standardised to mean 0 and standard deviation 1.
    """
    found = encoder_maps(light, encoder)[2]
    found = (found - found.mean(axis=(0, 1))) / (found.std(axis=(0, 1)) + 1e-3)
    # OpenCV resizes 512 channels at most; these are 240.
    return unit(cv2.resize(found, size, interpolation=cv2.INTER_LINEAR))
