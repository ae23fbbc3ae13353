"""Adversarial losses, by name in ``ADVERSARIAL``.

Each has two functions, one for the discriminator and one for the generator.
"""

from transformers.backend import Tensor, keras

ops = keras.ops


def _binary_cross_entropy(logits: Tensor, is_real: bool) -> Tensor:
    """Return the mean of ``-log sigmoid(logits)`` for real, of ``-log sigmoid(-logits)`` for generated pictures."""
    return ops.mean(ops.softplus(-logits if is_real else logits))


def bce_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the binary cross-entropy, the mean of both halves (Goodfellow et al. 2014, equation 1).

    Parameters
    ----------
    real, fake : tensor
        Logits of real and of generated pictures, of any shape; positive for real.

    Returns
    -------
    tensor
        A number, at least 0.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(bce_discriminator(np.zeros(2), np.zeros(2))), 4)  # undecided: log 2
    0.6931
    """
    return 0.5 * (_binary_cross_entropy(real, True) + _binary_cross_entropy(fake, False))


def bce_generator(fake: Tensor) -> Tensor:
    """Return the generator's binary cross-entropy, non-saturating (Goodfellow et al. 2014, section 3).

    Parameters
    ----------
    fake : tensor
        Logits of generated pictures, of any shape; positive for real.

    Returns
    -------
    tensor
        A number, at least 0.
    """
    return _binary_cross_entropy(fake, True)


def least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return half the squared distances of real from 1 and of fake from 0 (Mao et al. 2017, equation 9).

    Parameters
    ----------
    real, fake : tensor
        Logits of real and of generated pictures, of any shape; positive for real.

    Returns
    -------
    tensor
        A number, at least 0.

    Examples
    --------
    >>> import numpy as np
    >>> float(least_squares_discriminator(np.array([2.0, 0.0]), np.array([-1.0, 1.0])))
    1.0
    """
    return 0.5 * (ops.mean(ops.square(real - 1)) + ops.mean(ops.square(fake)))


def least_squares_generator(fake: Tensor) -> Tensor:
    """Return the squared distance of fake from 1 (Mao et al. 2017, equation 9, without its factor of a half).

    Parameters
    ----------
    fake : tensor
        Logits of generated pictures, of any shape; positive for real.

    Returns
    -------
    tensor
        A number, at least 0.
    """
    return ops.mean(ops.square(fake - 1))


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return half of how far real is below 1 and fake above -1 (Lim and Ye, "Geometric GAN", 2017).

    Parameters
    ----------
    real, fake : tensor
        Logits of real and of generated pictures, of any shape; positive for real.

    Returns
    -------
    tensor
        A number, at least 0.

    Examples
    --------
    >>> import numpy as np
    >>> float(hinge_discriminator(np.array([2.0, 0.0]), np.array([-1.0, 1.0])))
    0.75
    """
    return 0.5 * (ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake)))


def hinge_generator(fake: Tensor) -> Tensor:
    """Return the negative mean logit (Lim and Ye 2017).

    Parameters
    ----------
    fake : tensor
        Logits of generated pictures, of any shape; positive for real.

    Returns
    -------
    tensor
        A number.
    """
    return -ops.mean(fake)


# name: (loss of the discriminator, loss of the generator)
ADVERSARIAL = {
    "bce": (bce_discriminator, bce_generator),
    "least_squares": (least_squares_discriminator, least_squares_generator),
    "hinge": (hinge_discriminator, hinge_generator),
}
