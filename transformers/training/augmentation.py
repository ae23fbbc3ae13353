"""Differentiable augmentation of real and generated pictures, before the discriminator.

After Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training" (2020): with few pictures a
discriminator overfits. Random changes of both real and generated pictures prevent that, and the generator does not
learn the changes.
"""

from transformers.backend import Tensor, keras

ops = keras.ops
DRAWS = 7  # random numbers in [0, 1) for the augmentation of one picture, see `augment`
SHIFT = 1 / 8  # largest shift, in sides of the picture
HOLE = 1 / 2  # side of the hole, in sides of the picture


def augment(pictures: Tensor, draws: Tensor) -> Tensor:
    """Change brightness, saturation and contrast, shift, and cut a hole.

    Parameters
    ----------
    pictures : tensor
        ``float32`` ``(batch, height, width, 3)`` in [-1, 1].
    draws : tensor
        ``(batch, DRAWS)``, uniform in [0, 1): brightness, saturation, contrast, shift down and right, place of
        the hole down and right.

    Returns
    -------
    tensor
        Of the same shape, differentiable in `pictures`; 0 in the hole and where nothing was shifted in.
    """
    return cut_out(shift(recolor(pictures, draws[:, :3]), draws[:, 3:5]), draws[:, 5:7])


def recolor(pictures: Tensor, draws: Tensor) -> Tensor:
    """Add up to ±0.5 to the brightness, multiply saturation by 0 to 2 and contrast by 0.5 to 1.5.

    Parameters
    ----------
    pictures : tensor
        ``(batch, height, width, 3)``.
    draws : tensor
        ``(batch, 3)`` in [0, 1): brightness, saturation, contrast; 0.5 changes nothing.

    Returns
    -------
    tensor
        Of the same shape; values may leave [-1, 1].

    Examples
    --------
    >>> import numpy as np
    >>> pictures = np.float32([0, 0.25, 0.5]).reshape(1, 1, 1, 3)
    >>> np.round(np.asarray(recolor(pictures, np.float32([[1, 0, 0.5]]))), 3).ravel().tolist()  # brighter, gray
    [0.75, 0.75, 0.75]
    """
    pictures, draws = ops.convert_to_tensor(pictures), ops.convert_to_tensor(draws)
    brightness, saturation, contrast = (ops.reshape(draws[:, i], (-1, 1, 1, 1)) for i in range(3))
    pictures = pictures + (brightness - 0.5)
    gray = ops.mean(pictures, axis=3, keepdims=True)
    pictures = gray + (pictures - gray) * (2 * saturation)
    mean = ops.mean(pictures, axis=(1, 2, 3), keepdims=True)
    return mean + (pictures - mean) * (contrast + 0.5)


def shift(pictures: Tensor, draws: Tensor) -> Tensor:
    """Shift pictures by whole pixels, up to an eighth of each side, and fill with zeros.

    Rows and columns are shifted by multiplication with shifted unit matrices, which every backend can
    differentiate.

    Parameters
    ----------
    pictures : tensor
        ``float32`` ``(batch, height, width, channels)``.
    draws : tensor
        ``(batch, 2)`` in [0, 1): from the largest shift up to the largest down, from left to right.

    Returns
    -------
    tensor
        Of the same shape.
    """
    draws = ops.convert_to_tensor(draws)
    down, right = (_shifted_unit_matrix(draws[:, i], side) for i, side in enumerate(pictures.shape[1:3]))
    return ops.einsum("bxj,byjc->byxc", right, ops.einsum("byi,bixc->byxc", down, pictures))


def _shifted_unit_matrix(draw: Tensor, side: int) -> Tensor:
    most = int(side * SHIFT)
    by = ops.floor(draw * (2 * most + 1)) - most
    places = ops.arange(side, dtype="float32")
    return ops.cast(places[None, :, None] == places[None, None, :] + by[:, None, None], "float32")


def cut_out(pictures: Tensor, draws: Tensor) -> Tensor:
    """Cut a hole of half the sides, whose middle is anywhere in the picture.

    Parameters
    ----------
    pictures : tensor
        ``(batch, height, width, channels)``.
    draws : tensor
        ``(batch, 2)`` in [0, 1): place of the middle, from top to bottom and from left to right.

    Returns
    -------
    tensor
        Of the same shape, 0 in the hole.
    """
    draws, inside = ops.convert_to_tensor(draws), []
    for axis, side in enumerate(pictures.shape[1:3]):
        places = ops.arange(side, dtype="float32")[None]
        start = ops.floor(draws[:, axis, None] * side) - int(side * HOLE) // 2
        inside.append(ops.logical_and(places >= start, places < start + int(side * HOLE)))
    hole = ops.logical_and(inside[0][:, :, None, None], inside[1][:, None, :, None])
    return ops.where(hole, 0.0, pictures)
