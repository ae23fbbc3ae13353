"""Losses of feature maps: how far apart pictures are to a pretrained network."""

from collections.abc import Sequence

from transformers.backend import Tensor, keras

ops = keras.ops


def feature_distance(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """Return the perceptual distance of two batches of pictures, the mean over the batch.

    Feature vectors are scaled to unit length at every place. The distance is their squared difference, summed
    over channels and averaged over places and layers (Zhang et al. 2018, equation 1, without its learned
    weights).

    Parameters
    ----------
    real, fake : sequence of tensor
        Feature maps ``(batch, height, width, channels)``, layer by layer.

    Returns
    -------
    tensor
        A number from 0, equal directions, to 4, opposite ones.

    Examples
    --------
    >>> import numpy as np
    >>> one, other = np.float32([5, 0]).reshape(1, 1, 1, 2), np.float32([0, 0.1]).reshape(1, 1, 1, 2)
    >>> round(float(feature_distance([one], [other])), 3)  # at right angles
    2.0
    """
    return ops.mean(feature_distances(real, fake))


def feature_distances(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """Return the perceptual distance of each pair of pictures; see `feature_distance`.

    Parameters
    ----------
    real, fake : sequence of tensor
        Feature maps ``(batch, height, width, channels)``, layer by layer.

    Returns
    -------
    tensor
        ``(batch,)``, from 0 to 4.
    """
    total = 0.0
    for a, b in zip(real, fake, strict=True):
        a, b = (_unit_length(ops.cast(f, "float32")) for f in (a, b))
        total = total + ops.mean(ops.sum(ops.square(a - b), axis=-1), axis=(1, 2))
    return total / len(real)


def _unit_length(features: Tensor) -> Tensor:
    return features * ops.rsqrt(ops.sum(ops.square(features), axis=-1, keepdims=True) + 1e-10)


def place_of(step: Tensor, focus: float = 0.0) -> Tensor:
    """Return the place of a step's window: a point of the R2 sequence, which covers a square evenly.

    Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences" (2018). The sequence has no random state
    that a resumed training would have to restore.

    Parameters
    ----------
    step : int or tensor
        Number of the step, from 0.
    focus : float
        From 0, all places are as likely, to 1: how far places are drawn to the middle, where a crop has its face.
        The middle is 1 / (1 - focus)² times as likely as it would be without.

    Returns
    -------
    tensor
        ``float32`` ``(2,)`` in [0, 1).
    """
    place = ops.mod(ops.cast(step, "float32") * ops.array([0.7548777, 0.5698403]), 1.0)
    off = place - 0.5
    return 0.5 + off * (1 - focus + focus * 4 * ops.square(off))


def windowed_perceptual_loss(
    network: keras.Model, real: Tensor, fake: Tensor, place: Tensor, sides: Sequence[int]
) -> Tensor:
    """Return the feature distance of two batches of pictures inside a window.

    A VGG-16 takes more time than a generator and its discriminator together. The distance inside a window that
    is elsewhere in every step is on average that of the whole picture.

    Parameters
    ----------
    network : keras.Model
        Pictures to a list of feature maps, see `transformers.networks.features`.
    real, fake : tensor
        ``(batch, height, width, 3)`` in [-1, 1].
    place : tensor
        ``(2,)``: place of the window, from 0 (top, left) to 1 (bottom, right); see `place_of`.
    sides : sequence of int
        Height and width of the window in pixels; larger than the picture means all of it.

    Returns
    -------
    tensor
        A number, see `feature_distance`.
    """
    sides = [min(side, whole) for side, whole in zip(sides, real.shape[1:3], strict=True)]
    room = ops.array([whole - side for side, whole in zip(sides, real.shape[1:3], strict=True)], "float32")
    top, left = ops.unstack(ops.cast(ops.round(room * place), "int32"), 2)

    def features(pictures: Tensor) -> Tensor:
        pictures = ops.take(pictures, top + ops.arange(sides[0]), axis=1)
        return network(ops.take(pictures, left + ops.arange(sides[1]), axis=2))

    return feature_distance(features(real), features(fake))


def gram_matrix(features: Tensor, region: Tensor | None = None) -> Tensor:
    """Return the Gram matrix of features, which tells what occurs together (Gatys et al. 2016, equation 3).

    Products are summed over places and not divided by their number, so that the sums of tiles add up.

    Parameters
    ----------
    features : tensor
        ``(..., height, width, channels)``; in half precision, products are in half precision, too.
    region : tensor, optional
        ``(..., height, width)`` in [0, 1]: the weight of each place.

    Returns
    -------
    tensor
        ``float32`` ``(..., channels, channels)``. Its gradient is right for losses whose gradient with respect
        to the matrix is symmetric, such as squared differences of symmetric matrices.

    Examples
    --------
    >>> import numpy as np
    >>> maps = np.float32([[[1, 2], [3, 4]]])  # two places, two channels
    >>> np.asarray(gram_matrix(maps)).tolist()
    [[10.0, 14.0], [14.0, 20.0]]
    """
    features = ops.convert_to_tensor(features)
    weighted = features if region is None else features * ops.cast(region, features.dtype)[..., None]
    # One product for each row: the errors of half precision even out in their float32 sum.
    # By the product rule the gradient has two terms, equal by symmetry: one is computed, and doubled.
    product = ops.matmul(ops.swapaxes(ops.stop_gradient(features), -1, -2), weighted)
    product = ops.sum(ops.cast(product, "float32"), axis=-3)
    return 2 * product - ops.stop_gradient(product)
