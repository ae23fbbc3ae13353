"""Running a generator on pictures of any size."""

import functools
import math
from typing import Any

import numpy as np

from transformers import backend
from transformers.backend import Batch, Tensor, keras


def pad(batch: Batch, multiple: int) -> Batch:
    """Pad pictures at the right and the bottom, so that both sides are multiples of a number.

    Parameters
    ----------
    batch : numpy.ndarray
        ``(batch, height, width, channels)``.
    multiple : int
        In pixels.

    Returns
    -------
    numpy.ndarray
        The padding is the picture's reflection as far as that reaches, then its last row or column repeated.

    Examples
    --------
    >>> pad(np.array([0, 1, 2]).reshape(1, 1, 3, 1), 5)[0, :, :, 0].tolist()
    [[0, 1, 2, 1, 0], [0, 1, 2, 1, 0], [0, 1, 2, 1, 0], [0, 1, 2, 1, 0], [0, 1, 2, 1, 0]]
    """
    for axis in (1, 2):
        missing = -batch.shape[axis] % multiple
        reflected = min(missing, batch.shape[axis] - 1)
        reflection, repetition = [(0, 0)] * 4, [(0, 0)] * 4
        reflection[axis], repetition[axis] = (0, reflected), (0, missing - reflected)
        if missing:
            batch = np.pad(np.pad(batch, reflection, "reflect"), repetition, "edge")
    return batch


def generate(generator: "keras.Model | Compiled", batch: Batch) -> Batch:
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
        the generator's ``output_stride``, below 1 for a generator that enlarges.

    Examples
    --------
    >>> from transformers import unet
    >>> generate(unet(1, 3, "tiny"), np.zeros((1, 30, 45, 1), np.float32)).shape
    (1, 30, 45, 3)
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
    """A generator compiled for many pictures of a few sizes, such as the frames of a film; twice as fast.

    `generate` takes it in place of a generator. Each new size takes seconds to compile; the last `SIZES` are kept.

    Parameters
    ----------
    generator : keras.Model
        As for `generate`; its encoder, where it has one, is compiled, too.
    """

    SIZES = 8

    def __init__(self, generator: keras.Model) -> None:
        self.stride, self.output_stride = generator.stride, generator.output_stride
        self.encoder: Any = _BySize(generator.encoder, self.SIZES) if hasattr(generator, "encoder") else None
        self._run = _BySize(generator, self.SIZES)

    def __call__(self, batch: Tensor, training: bool = False) -> Tensor:
        return self._run(batch)


class _BySize:
    """A network compiled anew for each size of its pictures: not every layer of Keras takes one that is unknown."""

    def __init__(self, network: keras.Model, most: int) -> None:
        self._compiled = functools.lru_cache(most)(
            lambda shape: backend.compiled(lambda batch: network(batch, training=False))
        )

    def __call__(self, batch: Tensor, training: bool = False) -> Any:
        return self._compiled(tuple(batch.shape))(keras.ops.convert_to_tensor(batch))
