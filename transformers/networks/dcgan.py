"""The DCGAN of Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks" (2016), to compare with."""

from typing import Any

from transformers.backend import Size, Tensor, keras

layers = keras.layers

LATENT = 128  # length of the noise
START = (5, 4)  # height and width of the generator's first map
# Channels of the discriminator at 1/2 of the picture's size; they double with each halving.
PRESETS = {"tiny": 8, "base": 48, "large": 64}
LEVELS = {"tiny": 3, "base": 4, "large": 4}  # halvings


def picture_size(preset: str = "base") -> Size:
    """Return the size of a preset's pictures, ``(width, height)`` in pixels.

    Examples
    --------
    >>> picture_size("base"), picture_size("tiny")
    ((64, 80), (32, 40))
    """
    times = 2 ** LEVELS[preset]
    return START[1] * times, START[0] * times


def _start() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.02)


def _convolution(kind: type, x: Tensor, width: int, **options: Any) -> Tensor:
    return kind(width, 4, 2, padding="same", kernel_initializer=_start(), **options)(x)


def _normalized(x: Tensor) -> Tensor:
    return layers.BatchNormalization(momentum=0.9)(x)


def dcgan_generator(preset: str = "base") -> keras.Model:
    """Build the generator.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        Noise ``(batch, LATENT)`` from N(0, 1) to RGB ``(batch, height, width, 3)`` in [-1, 1]; for the size see
        `picture_size`.
    """
    first, *widths = [PRESETS[preset] * 2**level for level in reversed(range(LEVELS[preset]))]
    noise = keras.Input((LATENT,), name="noise")
    x = layers.Dense(START[0] * START[1] * first, kernel_initializer=_start())(noise)
    x = layers.ReLU()(_normalized(layers.Reshape((*START, first))(x)))
    for width in widths:
        x = layers.ReLU()(_normalized(_convolution(layers.Conv2DTranspose, x, width, use_bias=False)))
    x = _convolution(layers.Conv2DTranspose, x, 3)
    return keras.Model(noise, layers.Activation("tanh", dtype="float32")(x), name="dcgan_generator")


def dcgan_discriminator(preset: str = "base") -> keras.Model:
    """Build the discriminator.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] to logits ``(batch, 1)``, positive for real.
    """
    width, height = picture_size(preset)
    picture = keras.Input((height, width, 3))
    x = picture
    for level in range(LEVELS[preset]):
        x = _convolution(layers.Conv2D, x, PRESETS[preset] * 2**level)
        x = layers.LeakyReLU(0.2)(_normalized(x) if level else x)
    logits = layers.Dense(1, dtype="float32", kernel_initializer=_start())(layers.Flatten()(x))
    return keras.Model(picture, logits, name="dcgan_discriminator")
