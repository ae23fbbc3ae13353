"""Discriminators, which tell real results from generated ones.

All take the condition (what the generator was given) and the picture to judge, each
``(batch, height, width, channels)``; the condition is made as large as the picture. With a
condition of 0 channels they take the picture alone.
"""

from transformers.backend import keras
from transformers.networks.blocks import judged_inputs
from transformers.networks.projected import projected

layers = keras.layers
PRESETS = {"tiny": (8, 16), "base": (32, 64, 128), "large": (64, 128, 256)}
NORMALIZATIONS = ("spectral", "instance", "none")


def _convolution(x, width, stride, normalization, normalize=True):
    layer = layers.Conv2D(width, 4, stride, padding="same")
    if normalization == "spectral":
        layer = layers.SpectralNormalization(layer)
    x = layer(x)
    if normalization == "instance" and normalize:
        # One group per channel: instance normalisation (Ulyanov et al. 2016).
        x = layers.GroupNormalization(groups=-1)(x)
    return x


def _encoder(condition_channels, picture_channels, widths, normalization, shrink):
    if normalization not in NORMALIZATIONS:
        known = ", ".join(NORMALIZATIONS)
        raise ValueError(f"normalization '{normalization}' is unknown; choose from {known}")
    inputs, condition, picture = judged_inputs(condition_channels, picture_channels, shrink)
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
    """Return a PatchGAN: one logit for each overlapping patch of the picture (Isola et al. 2017).

    Parameters
    ----------
    condition_channels, picture_channels : int
    preset : {"tiny", "base", "large"}
    normalization : {"spectral", "instance", "none"}
        Spectral: Miyato et al. 2018.
    shrink : float
        How many times larger the condition is than the picture; below 1 it is smaller.

    Returns
    -------
    keras.Model
        ``[condition, picture]``, or ``picture``, to logits ``(batch, h, w, 1)``, positive for real.
    """
    widths = PRESETS[preset]
    inputs, x = _encoder(condition_channels, picture_channels, widths, normalization, shrink)
    x = _convolution(x, widths[-1], 1, normalization)
    x = layers.LeakyReLU(0.2)(x)
    x = layers.Conv2D(1, 3, padding="same")(x)
    return keras.Model(inputs, layers.Activation("linear", dtype="float32")(x), name="patch")


def classifier(
    condition_channels, picture_channels, preset: str = "base", normalization: str = "spectral", shrink: int = 1
) -> keras.Model:
    """Return the article's discriminator: an encoder that flattens into one categorical axis.

    The two classes are fake and real; the result is the log-odds of real, the difference of both
    classes' logits, so that it serves the same losses as `patch`. Features are averaged over the
    picture before the dense layer, so that any size can be judged.

    Parameters
    ----------
    condition_channels, picture_channels, preset, normalization, shrink
        As for `patch`.

    Returns
    -------
    keras.Model
        ``[condition, picture]`` to logits ``(batch, 1)``, positive for real.
    """
    widths = PRESETS[preset]
    inputs, x = _encoder(condition_channels, picture_channels, widths, normalization, shrink)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(widths[-1])(x)
    x = layers.LeakyReLU(0.2)(x)
    classes = layers.Dense(2, dtype="float32", name="fake_real")(x)
    log_odds = classes[:, 1:] - classes[:, :1]
    return keras.Model(inputs, log_odds, name="classifier")


def class_probabilities(log_odds):
    """Return the probabilities of (fake, real), ``(batch, 2)``, from the log-odds of `classifier`."""
    real = keras.ops.sigmoid(log_odds)
    return keras.ops.concatenate([1 - real, real], axis=-1)


DISCRIMINATORS = {"patch": patch, "classifier": classifier, "projected": projected}
