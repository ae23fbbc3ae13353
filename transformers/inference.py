"""Running a generator on pictures of any size."""

import math

import numpy as np

from transformers import backend
from transformers.backend import keras


def pad(batch: np.ndarray, multiple: int) -> np.ndarray:
    """Pad height and width, at the right and the bottom, to multiples, by reflection.

    Parameters
    ----------
    batch : numpy.ndarray
        ``(batch, height, width, channels)``.
    multiple : int

    Returns
    -------
    numpy.ndarray
        Reflected as far as the picture reaches, beyond that its last row or column is repeated.
    """
    for axis in (1, 2):
        missing = -batch.shape[axis] % multiple
        reflected = min(missing, batch.shape[axis] - 1)
        reflection, repetition = [(0, 0)] * 4, [(0, 0)] * 4
        reflection[axis], repetition[axis] = (0, reflected), (0, missing - reflected)
        if missing:
            batch = np.pad(np.pad(batch, reflection, "reflect"), repetition, "edge")
    return batch


def generate(generator: keras.Model, batch: np.ndarray) -> np.ndarray:
    """Run a generator on pictures of any size.

    Parameters
    ----------
    generator : keras.Model
        From `transformers.networks.generators` or `transformers.load`.
    batch : numpy.ndarray
        ``float32`` ``(batch, height, width, channels)`` in [-1, 1].

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(batch, ceil(height / s), ceil(width / s), channels)`` in [-1, 1], where s is
        the generator's ``output_stride``, below 1 for one that enlarges.
    """
    height, width = batch.shape[1:3]
    stride = generator.output_stride
    with backend.without_gradient():
        result = generator(pad(batch, generator.stride), training=False)
    result = keras.ops.convert_to_numpy(result)
    return result[:, : math.ceil(height / stride), : math.ceil(width / stride)]


def weights_of(network: keras.Model) -> list:
    """Return all that the results of a network depend on besides its input: backend, precision and weights.

    Parameters
    ----------
    network : keras.Model

    Returns
    -------
    list of str and numpy.ndarray
    """
    return [backend.name(), keras.config.dtype_policy().name, *network.get_weights()]


class Compiled:
    """A generator for many pictures of one size, as a film has them: traced once, then twice as fast.

    Parameters
    ----------
    generator : keras.Model
        What `generate` takes; so is this.
    """

    def __init__(self, generator):
        self.stride, self.output_stride = generator.stride, generator.output_stride
        self._run = backend.compiled(lambda batch: generator(batch, training=False))

    def __call__(self, batch, training=False):
        return self._run(keras.ops.convert_to_tensor(batch))
