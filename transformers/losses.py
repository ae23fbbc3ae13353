"""Losses of generators and discriminators. All return one float32 number, the mean."""

from transformers.backend import keras

ops = keras.ops


def l1(real, fake):
    """Mean absolute difference."""
    return ops.mean(ops.abs(real - fake))


def _binary_cross_entropy(logits, is_real):
    """``-log sigmoid(logits)`` for real, ``-log sigmoid(-logits)`` for fake."""
    return ops.mean(ops.softplus(-logits if is_real else logits))


def bce_discriminator(real, fake):
    """Goodfellow et al. 2014: the cross-entropy of real against fake, halved."""
    return 0.5 * (_binary_cross_entropy(real, True) + _binary_cross_entropy(fake, False))


def bce_generator(fake):
    """Goodfellow et al. 2014, the non-saturating form."""
    return _binary_cross_entropy(fake, True)


def least_squares_discriminator(real, fake):
    """Mao et al. 2017: real towards 1, fake towards 0."""
    return 0.5 * (ops.mean(ops.square(real - 1)) + ops.mean(ops.square(fake)))


def least_squares_generator(fake):
    """Mao et al. 2017: fake towards 1."""
    return ops.mean(ops.square(fake - 1))


def hinge_discriminator(real, fake):
    """Lim and Ye 2017: real above 1, fake below -1, halved."""
    return 0.5 * (ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake)))


def hinge_generator(fake):
    """Lim and Ye 2017."""
    return -ops.mean(fake)


# name: (loss of the discriminator, loss of the generator)
ADVERSARIAL = {
    "bce": (bce_discriminator, bce_generator),
    "least_squares": (least_squares_discriminator, least_squares_generator),
    "hinge": (hinge_discriminator, hinge_generator),
}


def feature_distance(real, fake):
    """Distance of two lists of feature maps, each scaled to unit length at every place.

    The mean over layers of the squared difference, summed over channels (Zhang et al. 2018,
    equation 1, without its learned weights).

    Parameters
    ----------
    real, fake : list of tensors
        Features ``(batch, height, width, channels)``, layer by layer.
    """
    return ops.mean(feature_distances(real, fake))


def feature_distances(real, fake):
    """As `feature_distance`, one number per picture: ``(batch,)``."""
    total = 0.0
    for a, b in zip(real, fake, strict=True):
        a, b = (_unit_length(ops.cast(f, "float32")) for f in (a, b))
        total = total + ops.mean(ops.sum(ops.square(a - b), axis=-1), axis=(1, 2))
    return total / len(real)


def _unit_length(features):
    return features * ops.rsqrt(ops.sum(ops.square(features), axis=-1, keepdims=True) + 1e-10)
