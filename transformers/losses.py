"""Losses of generators and discriminators. All return one float32 number, the mean."""

from collections.abc import Callable, Sequence

import numpy as np

from transformers.backend import keras

ops = keras.ops

KERNELS = (0.2, 0.5, 1.0, 2.0, 5.0)  # exponents of rational quadratic kernels


def l1(real, fake):
    """Return the mean absolute difference."""
    return ops.mean(ops.abs(real - fake))


def cross_entropy(
    centers: np.ndarray, width: float, balance: float, temperature: float = 1.0, mean_weight: float = 0.0
) -> Callable:
    """Return the loss of a distribution over colours, where the target is a colour.

    After Zhang, Isola and Efros, "Colorful Image Colorization" (2016), equation 2: the target becomes
    a distribution over the centers near it, and rare colours count more. Rare are the saturated ones;
    here a place counts by the target's distance from gray in place of a table of frequencies.

    Parameters
    ----------
    centers : numpy.ndarray
        ``(colours, channels)``.
    width : float
        Standard deviation of the Gaussian by which the target is spread over the centers.
    balance : float
        What a place counts for is 1 + `balance` times its target's distance from 0, divided by the mean
        of that over the batch.
    temperature, mean_weight : float
        What the mean absolute error of the annealed mean (their equation 5) counts for beside the
        cross-entropy: a distribution may be right and yet have a mean that is none of its colours.

    Returns
    -------
    callable
        Takes targets ``(batch, 2 h, 2 w, channels)`` and logits ``(batch, h, w, colours)``. Of each picture
        a quarter of the places is looked at, since there are many colours.
    """

    def loss(real, fake):
        real, fake = _every_fourth(ops.average_pool(ops.cast(real, "float32"), 2, 2)), _every_fourth(fake)
        points = ops.convert_to_tensor(centers, "float32")
        squares = ops.sum(ops.square(points), axis=1) - 2 * ops.matmul(real, ops.transpose(points))
        wanted = ops.softmax(-squares / (2 * width**2), axis=-1)
        surprise = -ops.sum(wanted * ops.log_softmax(fake, axis=-1), axis=-1)
        counts = 1 + balance * ops.sqrt(ops.sum(ops.square(real), axis=-1) + 1e-12)
        total = ops.mean(counts * surprise) / ops.mean(counts)
        if mean_weight:
            total = total + mean_weight * l1(real, annealed_mean(centers, temperature)(fake))
        return total

    return loss


def annealed_mean(centers: np.ndarray, temperature: float) -> Callable:
    """Return the function from logits to the annealed mean of their colours (Zhang et al. 2016, equation 5).

    Parameters
    ----------
    centers : numpy.ndarray
        ``(colours, channels)``.
    temperature : float

    Returns
    -------
    callable
        Logits ``(..., colours)`` to ``(..., channels)``.
    """
    return lambda logits: ops.matmul(
        ops.softmax(logits / temperature, axis=-1), ops.convert_to_tensor(centers, "float32")
    )


def _every_fourth(values):
    """Return a quarter of a batch's places, other ones in each of four pictures: neighbours say nearly the same."""
    return ops.concatenate([values[i::4, i // 2 :: 2, i % 2 :: 2] for i in range(4)])


def colourfulness(chroma):
    """Return how colourful chroma is, mean over the batch: Hasler and Süsstrunk (2003), metric M1.

    ``std + 0.37 mean`` over a picture's places: of a and b together, and of their distance from gray.

    Parameters
    ----------
    chroma : tensor
        ``(batch, height, width, 2)``.
    """
    spread = ops.sqrt(ops.sum(ops.var(chroma, axis=(1, 2)), axis=-1) + 1e-8)
    distance = ops.mean(ops.sqrt(ops.sum(ops.square(chroma), axis=-1) + 1e-8), axis=(1, 2))
    return ops.mean(spread + 0.37 * distance)


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
    """Return the distance of two lists of feature maps, each scaled to unit length at every place.

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


def place_of(step):
    """Return where to look in this step: the R2 sequence, which covers a square evenly, ``(2,)`` in [0, 1).

    Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences" (2018). No random state, so a
    training that is taken up again needs none.
    """
    return ops.mod(ops.cast(step, "float32") * ops.array([0.7548777, 0.5698403]), 1.0)


def windowed_perceptual_loss(network: keras.Model, real, fake, place, sides: Sequence[int]):
    """Return the feature distance of a window of two batches of pictures.

    A VGG-16 costs more than a generator and its discriminator together; what it says of a part,
    another one in every step, is on average what it says of the whole.

    Parameters
    ----------
    network : keras.Model
        Pictures to a list of feature maps, see `transformers.networks.features`.
    real, fake : tensor
        ``(batch, height, width, 3)`` in [-1, 1].
    place : tensor
        ``(2,)``: of the window, from 0 (top, left) to 1 (bottom, right).
    sides : sequence of int
        Height and width of the window, at most those of the pictures.
    """
    sides = [min(side, whole) for side, whole in zip(sides, real.shape[1:3], strict=True)]
    room = ops.array([whole - side for side, whole in zip(sides, real.shape[1:3], strict=True)], "float32")
    top, left = ops.unstack(ops.cast(ops.round(room * place), "int32"), 2)

    def features(pictures):
        pictures = ops.take(pictures, top + ops.arange(sides[0]), axis=1)
        return network(ops.take(pictures, left + ops.arange(sides[1]), axis=2))

    return feature_distance(features(real), features(fake))


def kernel_distance(one, other):
    """Return the squared maximum mean discrepancy of two sets of features, with rational quadratic kernels.

    ``k(x, y) = (1 + |x - y|² / (2 a d))^-a``, the mean over several a (Bińkowski et al. 2018, section 4).
    To be minimised over `one`: what does not depend on it is left out, so values may be below zero.
    The cubic kernel of `experiments.evaluation.metrics.kid` is for measuring: with few faces a step, it lets
    some of them have features many times too large.

    Parameters
    ----------
    one, other : tensor
        ``float32`` ``(count, d)``, of a mean square of about 1; at least two rows in `one`.
    """
    count = ops.cast(ops.shape(one)[0], "float32")

    def kernel(x, y):
        squares = ops.mean(ops.square(x), axis=1)[:, None] + ops.mean(ops.square(y), axis=1)
        distances = ops.relu(squares - 2 * ops.matmul(x, ops.transpose(y)) / x.shape[1])
        return sum((1 + distances / (2 * a)) ** -a for a in KERNELS) / len(KERNELS)

    among = (ops.sum(kernel(one, one)) - count) / (count * (count - 1))  # without each beside itself
    return among - 2 * ops.mean(kernel(one, other))


def gram_matrix(features, region=None):
    """Return which features are found together, wherever that is (Gatys et al. 2016, equation 3).

    Summed over places and not divided by their number, so that the sums of tiles add up.

    Parameters
    ----------
    features : tensor
        ``(height, width, channels)``; in half precision products are, too.
    region : tensor, optional
        ``(height, width)``, from 0 to 1: how much each place counts.

    Returns
    -------
    tensor
        ``float32`` ``(channels, channels)``. Its gradient is right for losses whose own gradient by the
        matrix is symmetric, as that of every function of a symmetric matrix's squared differences is.
    """
    weighted = features if region is None else features * ops.cast(region, features.dtype)[..., None]
    # Row by row, so that what half precision rounds is evened out in the sum of rows, a float32.
    # The product rule gives two terms, equal by symmetry: one is computed, and doubled.
    product = ops.matmul(ops.transpose(ops.stop_gradient(features), (0, 2, 1)), weighted)
    product = ops.sum(ops.cast(product, "float32"), axis=0)
    return 2 * product - ops.stop_gradient(product)


def total_variation(picture: np.ndarray):
    """Return the mean squared difference of neighbours, down plus across, of ``(height, width, channels)``.

    Mahendran and Vedaldi 2015, equation 8 with beta 2, divided by the number of values.
    """
    down = ops.sum(ops.square(picture[1:] - picture[:-1]))
    across = ops.sum(ops.square(picture[:, 1:] - picture[:, :-1]))
    return (down + across) / ops.cast(ops.size(picture), "float32")
