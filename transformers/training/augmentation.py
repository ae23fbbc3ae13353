"""Differentiable augmentation of real and generated pictures, before the discriminator.

After Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training" (2020): with few pictures a
discriminator overfits. Where it is given real and generated pictures with random changes alone, it does not,
and the generator does not learn the changes.
"""

from transformers.backend import keras

ops = keras.ops
# Numbers in [0, 1) that one picture's augmentation takes: see `augment`.
DRAWS = 7
SHIFT = 1 / 8  # of a side, at most
HOLE = 1 / 2  # side of the hole, of the picture's


def augment(pictures, draws):
    """Change brightness, saturation, contrast and place, and cut a hole.

    Parameters
    ----------
    pictures : tensor
        ``float32`` ``(batch, height, width, 3)`` in [-1, 1].
    draws : tensor
        ``(batch, DRAWS)``, uniform in [0, 1): brightness, saturation, contrast, shift down and to
        the right, top and left of the hole.

    Returns
    -------
    tensor
        Of the same shape; differentiable in `pictures`. Where nothing is left there is 0.
    """
    return cut_out(shift(recolor(pictures, draws[:, :3]), draws[:, 3:5]), draws[:, 5:7])


def recolor(pictures, draws):
    """Add up to ±0.5 of brightness, multiply saturation by 0–2 and contrast by 0.5–1.5."""
    pictures, draws = ops.convert_to_tensor(pictures), ops.convert_to_tensor(draws)
    brightness, saturation, contrast = (ops.reshape(draws[:, i], (-1, 1, 1, 1)) for i in range(3))
    pictures = pictures + (brightness - 0.5)
    gray = ops.mean(pictures, axis=3, keepdims=True)
    pictures = gray + (pictures - gray) * (2 * saturation)
    mean = ops.mean(pictures, axis=(1, 2, 3), keepdims=True)
    return mean + (pictures - mean) * (contrast + 0.5)


def shift(pictures, draws):
    """Move by whole pixels, up to an eighth of each side; zeros come in.

    Rows and columns are moved by multiplication with shifted unit matrices, which every backend
    differentiates.
    """
    draws = ops.convert_to_tensor(draws)
    down, right = (_shifted_unit_matrix(draws[:, i], side) for i, side in enumerate(pictures.shape[1:3]))
    return ops.einsum("bxj,byjc->byxc", right, ops.einsum("byi,bixc->byxc", down, pictures))


def _shifted_unit_matrix(draw, side):
    most = int(side * SHIFT)
    by = ops.floor(draw * (2 * most + 1)) - most
    places = ops.arange(side, dtype="float32")
    return ops.cast(places[None, :, None] == places[None, None, :] + by[:, None, None], "float32")


def cut_out(pictures, draws):
    """Cut a hole of half the sides; its middle is anywhere in the picture."""
    draws, inside = ops.convert_to_tensor(draws), []
    for axis, side in enumerate(pictures.shape[1:3]):
        places = ops.arange(side, dtype="float32")[None]
        start = ops.floor(draws[:, axis, None] * side) - int(side * HOLE) // 2
        inside.append(ops.logical_and(places >= start, places < start + int(side * HOLE)))
    hole = ops.logical_and(inside[0][:, :, None, None], inside[1][:, None, :, None])
    return ops.where(hole, 0.0, pictures)
