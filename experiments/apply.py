"""Filter pictures, and let a generator find the way back."""

import numpy as np


def restore(generator, transformation, filtered):
    """What a generator makes of one filtered picture.

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
    from transformers.inference import generate

    output = transformation.representation()
    result = generate(generator, output.condition(filtered)[None].astype(np.float32))[0]
    return output.render(result, filtered)
