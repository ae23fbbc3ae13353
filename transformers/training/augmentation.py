"""Differentiable augmentation of real and generated pictures, before the discriminator.

After Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training" (2020): with few pictures a
discriminator overfits. Random changes of both real and generated pictures prevent that, and the generator does not
learn the changes.
"""

from transformers.backend import Tensor, keras

ops = keras.ops
DRAWS = 4  # random numbers in [0, 1) for the augmentation of one picture, see `augment`
SHIFT = 1 / 8  # largest shift, in sides of the picture
HOLE = 1 / 2  # side of the hole, in sides of the picture


def augment(pictures: Tensor, draws: Tensor) -> Tensor:
    """Shift, and cut a hole.

    Colours stay as they are: a drawing is recognized by its tones.

    Parameters
    ----------
    pictures : tensor
        ``float32`` ``(batch, height, width, channels)``.
    draws : tensor
        ``(batch, DRAWS)``, uniform in [0, 1): shift down and right, place of the hole down and right.

    Returns
    -------
    tensor
        Of the same shape, differentiable in `pictures`; 0 in the hole and where nothing was shifted in.
    """
    return cut_out(shift(pictures, draws[:, :2]), draws[:, 2:])


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
