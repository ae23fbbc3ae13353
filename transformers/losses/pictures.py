"""Losses of pictures: their difference from a target, their colours, their smoothness."""

from collections.abc import Callable

import numpy as np

from transformers.backend import Tensor, keras

ops = keras.ops


def l1(real: Tensor, fake: Tensor) -> Tensor:
    """Return the mean absolute difference of two tensors of one shape.

    Parameters
    ----------
    real, fake : tensor
        Of any shape.

    Returns
    -------
    tensor
        A number, at least 0.

    Examples
    --------
    >>> import numpy as np
    >>> float(l1(np.array([2.0, 0.0]), np.array([-1.0, 1.0])))
    2.0
    """
    return ops.mean(ops.abs(real - fake))


def repair(real: Tensor, fake: Tensor) -> Tensor:
    """Return the loss of a network that finds damage and fills it.

    The sum of three: the mean absolute difference of colours where there is damage, weighted by how plain it is; a
    quarter of that over the whole picture; and the binary cross-entropy of the mask. Damaged places count no more
    in it than sound ones, although they are few: to repair an eye is worse than to leave a scratch. No place counts
    as surer than 99 %, so that nothing drives the network to where its tanh has no gradient; a training collapsed
    there.

    Parameters
    ----------
    real, fake : tensor
        ``(batch, h, w, channels + 1)`` in [-1, 1]; the last channel is the mask: how plainly a place is damaged,
        from -1 for sound to 1.

    Returns
    -------
    tensor
        A number, at least 0.

    Examples
    --------
    >>> import numpy as np
    >>> real = np.float32([[[[0, 1], [0, -1]]]])  # two places, the first one damaged
    >>> round(float(repair(real, np.float32([[[[0.5, 1], [0, -1]]]]))), 2)  # filled badly: 0.5 + 0.25 / 4 + 0.01
    0.57
    >>> round(float(repair(real, np.float32([[[[0, 0], [0, -1]]]]))), 2)  # not sure of it: (ln 2 + 0.01) / 2
    0.35
    """
    real, fake = ops.cast(real, "float32"), ops.cast(fake, "float32")
    hurt = (real[..., -1] + 1) / 2
    found = (0.98 * fake[..., -1] + 1) / 2
    apart = ops.mean(ops.abs(real[..., :-1] - fake[..., :-1]), axis=-1)
    # The mean over a handful of places would have gradients that throw a training off.
    inside = ops.mean(hurt * apart) / ops.maximum(ops.mean(hurt), 0.02)
    surprise = -hurt * ops.log(found) - (1 - hurt) * ops.log(1 - found)
    return inside + ops.mean(apart) / 4 + ops.mean(surprise)


def cross_entropy(
    centers: np.ndarray, width: float, balance: float, temperature: float = 1.0, mean_weight: float = 0.0
) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the loss of a distribution over colours, where the target is a colour.

    After Zhang, Isola and Efros, "Colorful Image Colorization" (2016), equation 2: the target becomes
    a distribution over the centers near it, and rare colours count more. Saturated colours are rare, so each
    pixel is weighted by its target's distance from gray, in place of a table of frequencies.

    Parameters
    ----------
    centers : numpy.ndarray
        ``(colours, channels)``, in the units of the target.
    width : float
        Standard deviation of the Gaussian that spreads the target over the centers.
    balance : float
        The weight of a pixel is 1 + `balance` times its target's distance from 0, divided by the mean of
        these weights over the batch.
    temperature : float
        Of the annealed mean, see `annealed_mean`.
    mean_weight : float
        Weight of the mean absolute error of the annealed mean, added to the cross-entropy: a distribution
        may be right and yet have a mean that is none of its colours.

    Returns
    -------
    callable
        Takes targets ``(batch, 2 h, 2 w, channels)`` and logits ``(batch, h, w, colours)``, h and w even.
        Since there are many colours, a quarter of each picture's pixels is compared.
    """

    def loss(real: Tensor, fake: Tensor) -> Tensor:
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


def annealed_mean(centers: np.ndarray, temperature: float) -> Callable[[Tensor], Tensor]:
    """Return the function from logits to the annealed mean of their colours (Zhang et al. 2016, equation 5).

    Parameters
    ----------
    centers : numpy.ndarray
        ``(colours, channels)``.
    temperature : float
        Above 0. At 1 the function gives the mean of the distribution; the nearer to 0, the more its mode.

    Returns
    -------
    callable
        Logits ``(..., colours)`` to ``(..., channels)``.

    Examples
    --------
    >>> import numpy as np
    >>> mean = annealed_mean(np.array([[0.0, 0.0], [4.0, 2.0]]), temperature=1.0)
    >>> np.round(np.asarray(mean(np.log(np.float32([[1, 3]])))), 3).tolist()  # shares 1/4 and 3/4
    [[3.0, 1.5]]
    """
    return lambda logits: ops.matmul(
        ops.softmax(logits / temperature, axis=-1), ops.convert_to_tensor(centers, "float32")
    )


def _every_fourth(values: Tensor) -> Tensor:
    """Return a quarter of a batch's pixels, different ones in each of four pictures: neighbours are much alike."""
    return ops.concatenate([values[i::4, i // 2 :: 2, i % 2 :: 2] for i in range(4)])


def colourfulness(chroma: Tensor) -> Tensor:
    """Return how colourful pictures are, the mean over the batch (Hasler and Süsstrunk 2003, metric M1).

    ``std + 0.37 mean`` over the pixels of a picture: the standard deviation of a and b together, and the mean
    distance from gray.

    Parameters
    ----------
    chroma : tensor
        ``(batch, height, width, 2)``: a and b, in any unit.

    Returns
    -------
    tensor
        A number in the unit of `chroma`, at least 0.

    Examples
    --------
    >>> import numpy as np
    >>> chroma = np.float32([[3, 4], [-3, -4]]).reshape(1, 1, 2, 2)  # both pixels are 5 from gray
    >>> round(float(colourfulness(chroma)), 3)
    6.85
    """
    spread = ops.sqrt(ops.sum(ops.var(chroma, axis=(1, 2)), axis=-1) + 1e-8)
    distance = ops.mean(ops.sqrt(ops.sum(ops.square(chroma), axis=-1) + 1e-8), axis=(1, 2))
    return ops.mean(spread + 0.37 * distance)


def total_variation(pictures: Tensor) -> Tensor:
    """Return the sum of the squared differences of neighbouring pixels, down and across.

    Mahendran and Vedaldi, "Understanding Deep Image Representations by Inverting Them" (2015), section 2, with
    beta 2.

    Parameters
    ----------
    pictures : tensor
        ``(..., height, width, channels)``.

    Returns
    -------
    tensor
        ``(...)``: the sum over each picture's pixels and channels.

    Examples
    --------
    >>> import numpy as np
    >>> float(total_variation(np.float32([[0, 1], [0, 3]])[..., None]))  # 0² + 2² down, 1² + 3² across
    14.0
    """
    down = ops.square(pictures[..., 1:, :, :] - pictures[..., :-1, :, :])
    across = ops.square(pictures[..., 1:, :] - pictures[..., :-1, :])
    return ops.sum(down, axis=(-3, -2, -1)) + ops.sum(across, axis=(-3, -2, -1))


def faint_variation(pictures: Tensor, weights: Tensor, limit: float) -> Tensor:
    """Return the variation of neighbouring pixels, down and across, in which faint differences count most.

    As `total_variation`, but of a difference above a limit only the part that grows linearly (Huber 1964): grain
    costs as much as there, and strokes keep their edges.

    Parameters
    ----------
    pictures : tensor
        ``(..., height, width, channels)``.
    weights : tensor
        ``(..., height, width)``: of each pixel. A difference counts by the smaller of its two pixels' weights.
    limit : float
        Above 0.

    Returns
    -------
    tensor
        ``(...)``: the sum over each picture's pixels and channels.

    Examples
    --------
    >>> import numpy as np
    >>> float(faint_variation(np.float32([[0, 1, 4]])[..., None], np.float32([[1, 1, 1]]), 2.0))  # 1² + 2 (2·3 - 2)
    9.0
    """

    def cost(differences: Tensor) -> Tensor:
        size = ops.abs(differences)
        faint = ops.minimum(size, limit)
        return ops.sum(faint * (2 * size - faint), axis=-1)

    down = ops.minimum(weights[..., 1:, :], weights[..., :-1, :])
    across = ops.minimum(weights[..., 1:], weights[..., :-1])
    down = down * cost(pictures[..., 1:, :, :] - pictures[..., :-1, :, :])
    across = across * cost(pictures[..., 1:, :] - pictures[..., :-1, :])
    return ops.sum(down, axis=(-2, -1)) + ops.sum(across, axis=(-2, -1))
