"""Discriminators, which tell real pictures from generated ones.

All take the condition (the generator's input) and the picture to judge, each ``(batch, height, width, channels)``;
the condition is resized to the picture's size. With a condition of 0 channels they take the picture alone.
"""

from transformers.backend import Tensor, keras
from transformers.networks.blocks import discriminator_inputs
from transformers.networks.projected import projected

layers = keras.layers
PRESETS = {"tiny": (8, 16), "base": (32, 64, 128), "large": (64, 128, 256)}
NORMALIZATIONS = ("spectral", "instance", "none")


def _convolution(x: Tensor, width: int, stride: int, normalization: str, normalize: bool = True) -> Tensor:
    layer = layers.Conv2D(width, 4, stride, padding="same")
    if normalization == "spectral":
        layer = layers.SpectralNormalization(layer)
    x = layer(x)
    if normalization == "instance" and normalize:
        # One group per channel: instance normalization (Ulyanov et al. 2016).
        x = layers.GroupNormalization(groups=-1)(x)
    return x


def _encoder(
    condition_channels: int, picture_channels: int, widths: tuple[int, ...], normalization: str, shrink: float
) -> tuple[Tensor, Tensor]:
    if normalization not in NORMALIZATIONS:
        known = ", ".join(NORMALIZATIONS)
        raise ValueError(f"normalization '{normalization}' is unknown; choose from {known}")
    inputs, condition, picture = discriminator_inputs(condition_channels, picture_channels, shrink)
    x = picture if condition is None else layers.Concatenate()([condition, picture])
    for level, width in enumerate(widths):
        x = _convolution(x, width, 2, normalization, normalize=level > 0)
        x = layers.LeakyReLU(0.2)(x)
    return inputs, x


def patch(
    condition_channels: int,
    picture_channels: int,
    preset: str = "base",
    normalization: str = "spectral",
    shrink: float = 1,
) -> keras.Model:
    """Build a PatchGAN: one logit for each overlapping patch of the picture (Isola et al. 2017).

    Parameters
    ----------
    condition_channels, picture_channels : int
        Channels of the inputs; a condition of 0 channels is none.
    preset : {"tiny", "base", "large"}
    normalization : {"spectral", "instance", "none"}
        Spectral: Miyato et al. 2018; instance: Ulyanov et al. 2016.
    shrink : float
        How many times larger the condition is than the picture; below 1 it is smaller.

    Returns
    -------
    keras.Model
        ``[condition, picture]``, or ``picture``, to logits ``(batch, h, w, 1)``, positive for real.

    Raises
    ------
    ValueError
        When the normalization is unknown.
    """
    widths = PRESETS[preset]
    inputs, x = _encoder(condition_channels, picture_channels, widths, normalization, shrink)
    x = _convolution(x, widths[-1], 1, normalization)
    x = layers.LeakyReLU(0.2)(x)
    x = layers.Conv2D(1, 3, padding="same")(x)
    return keras.Model(inputs, layers.Activation("linear", dtype="float32")(x), name="patch")


def classifier(
    condition_channels: int,
    picture_channels: int,
    preset: str = "base",
    normalization: str = "spectral",
    shrink: int = 1,
) -> keras.Model:
    """Build the article's discriminator: an encoder that ends in one categorical axis.

    The two classes are fake and real. The output is the log-odds of real, the difference of the two logits, so
    that the losses are those of `patch`. Features are averaged over the picture before the dense layer, so
    that it can be of any size.

    Parameters
    ----------
    condition_channels, picture_channels, preset, normalization, shrink
        As for `patch`.

    Returns
    -------
    keras.Model
        ``[condition, picture]``, or ``picture``, to logits ``(batch, 1)``, positive for real.

    Raises
    ------
    ValueError
        When the normalization is unknown.
    """
    widths = PRESETS[preset]
    inputs, x = _encoder(condition_channels, picture_channels, widths, normalization, shrink)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(widths[-1])(x)
    x = layers.LeakyReLU(0.2)(x)
    classes = layers.Dense(2, dtype="float32", name="fake_real")(x)
    log_odds = classes[:, 1:] - classes[:, :1]
    return keras.Model(inputs, log_odds, name="classifier")


def class_probabilities(log_odds: Tensor) -> Tensor:
    """Return the probabilities of fake and real.

    Parameters
    ----------
    log_odds : tensor
        ``(batch, 1)``, from `classifier`.

    Returns
    -------
    tensor
        ``(batch, 2)`` in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> np.asarray(class_probabilities(np.float32([[0.0]]))).tolist()
    [[0.5, 0.5]]
    """
    real = keras.ops.sigmoid(log_odds)
    return keras.ops.concatenate([1 - real, real], axis=-1)


DISCRIMINATORS = {"patch": patch, "classifier": classifier, "projected": projected}
