"""The way back: what a generator makes of a filtered picture."""

import argparse

import numpy as np

from experiments.core.codecs import Pixels
from experiments.core.registry import Transformation
from filters.io.pictures import Picture
from transformers import backend, pretrained
from transformers.backend import keras
from transformers.inference import Compiled, generate

MOST_MIRRORED = 400_000  # pixels of a picture whose mirror image is asked too


def load_generator(transformation: Transformation, arguments: argparse.Namespace | None = None) -> keras.Model:
    """Load the generator of a transformation.

    Parameters
    ----------
    transformation : Transformation
    arguments : argparse.Namespace, optional
        Of `experiments.cli.options.add_generator_arguments`; without them the shipped weights are loaded.

    Returns
    -------
    keras.Model

    Raises
    ------
    UsageError
        When ``--weights`` names a run of another transformation.
    transformers.pretrained.WeightsError
        When there are no weights, or they do not fit.
    """
    backend.set_precision(arguments.precision if arguments else "auto")
    if arguments is None or arguments.weights is None:
        return pretrained.load(transformation.name)
    from experiments.core.models import find_weights  # used by few

    weights, config = find_weights(arguments.weights, transformation.name)
    generator = transformation.build_generator(arguments.preset or config.get("preset"))
    pretrained.load_weights(generator, weights)
    return generator


def restore(generator: keras.Model, transformation: Transformation, filtered: np.ndarray) -> Picture:
    """Return what a generator makes of one filtered picture.

    Parameters
    ----------
    generator : keras.Model
    transformation : Transformation
    filtered : numpy.ndarray
        From the transformation's filter, ``uint8`` ``(height, width, channels)``, of any size.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    output = transformation.representation()
    if output.local:
        from experiments.inference.tiles import enlarged  # used by few

        height, width = filtered.shape[:2]
        return enlarged(filtered[:: transformation.scale, :: transformation.scale], generator)[:height, :width]
    return output.render(predict(generator, output, output.condition(output.seen(filtered))), filtered)


def predict(
    generator: keras.Model | Compiled, output: Pixels, condition: np.ndarray, mirror: bool = True
) -> np.ndarray:
    """Return a generator's result for one condition.

    Where `mirror` and that of `output` are true, the result for the mirror image is averaged in: the mean of both
    is closer to the truth than either. Large pictures are run once, to save time.

    Parameters
    ----------
    generator : keras.Model
    output : experiments.core.codecs.Pixels
        The codec of the generator's arrays.
    condition : numpy.ndarray
        ``(height, width, channels)``, from `output`.
    mirror : bool

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(ceil(height / stride), ceil(width / stride), channels)``, for `output` to render.
    """
    height, width = condition.shape[:2]
    if mirror and output.mirror and height * width <= MOST_MIRRORED:
        return mean_with_mirror(generator, condition, output.output_stride)
    return generate(generator, condition[None].astype(np.float32))[0]


def mean_with_mirror(
    generator: keras.Model | Compiled, condition: np.ndarray, output_stride: float = 1
) -> np.ndarray:
    """Return the mean of a generator's results for a condition and for its mirror image, see `predict`."""
    both = (condition, condition[:, ::-1])
    result, mirrored = (generate(generator, each[None].astype(np.float32))[0] for each in both)
    # An incomplete last column has no counterpart in the mirror image.
    shared = result.shape[1] - bool(condition.shape[1] % output_stride)
    result[:, :shared] = (result[:, :shared] + mirrored[:, :shared][:, ::-1]) / 2
    return result
