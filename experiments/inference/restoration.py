"""Ways back: what a generator makes of a filtered picture."""

import argparse

import numpy as np

from transformers import backend, pretrained
from transformers.inference import generate

MOST_MIRRORED = 400_000  # pixels


def load_generator(transformation, arguments: argparse.Namespace | None = None):
    """Load the generator of a transformation.

    Parameters
    ----------
    transformation : Transformation
    arguments : argparse.Namespace, optional
        As from `experiments.cli.options.add_generator_arguments`; without, the shipped weights are loaded.

    Raises
    ------
    transformers.pretrained.WeightsError
        When there are none, or they do not fit.
    """
    backend.set_precision(arguments.precision if arguments else "auto")
    if arguments is None or arguments.weights is None:
        return pretrained.load(transformation.name)
    from experiments.core.models import find_weights  # used by few

    weights, config = find_weights(arguments.weights, transformation.name)
    generator = transformation.build_generator(arguments.preset or config.get("preset"))
    pretrained.load_weights(generator, weights)
    return generator


def restore(generator, transformation, filtered: np.ndarray) -> np.ndarray:
    """Return what a generator makes of one filtered picture.

    Parameters
    ----------
    generator : keras.Model
    transformation : Transformation
    filtered : numpy.ndarray
        ``uint8`` ``(height, width, channels)``, any size.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    output = transformation.representation()
    return output.render(predict(generator, output, output.condition(filtered)), filtered)


def predict(generator, output, condition, mirror: bool = True):
    """Return a generator's result for one condition, both ``(height, width, channels)``.

    Where `output` says so, and `mirror` is not false, the mirrored picture is asked too: the mean of both
    answers is closer to the truth than either, for colours, which blurring does not hurt. Large pictures,
    of groups and rooms, are asked once: there it is the time that counts.
    """
    condition = condition[None].astype(np.float32)
    if not (mirror and output.mirror) or condition.shape[1] * condition.shape[2] > MOST_MIRRORED:
        return generate(generator, condition)[0]
    result, mirrored = (generate(generator, c)[0] for c in (condition, condition[:, :, ::-1]))
    # A last column that is not whole has no mirror twin.
    shared = result.shape[1] - bool(condition.shape[2] % output.output_stride)
    result[:, :shared] = (result[:, :shared] + mirrored[:, :shared][:, ::-1]) / 2
    return result
