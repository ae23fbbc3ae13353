"""Networks as published, for comparison: those of pix2pix and CycleGAN.

Isola et al. 2017, appendix 6.1; Zhu et al. 2017, appendix 7.2. All pictures are in [-1, 1]; logits are positive for
real.
"""

from transformers.backend import Tensor, keras
from transformers.networks.blocks import with_strides
from transformers.networks.painter import ReflectPad

layers = keras.layers
ENCODER = (64, 128, 256, 512, 512, 512, 512, 512)
DECODER = (512, 512, 512, 512, 256, 128, 64)


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.02)


def pix2pix_generator(input_channels: int = 3, output_channels: int = 3) -> keras.Model:
    """Build the U-Net of 54 million parameters: ``(batch, 256, 256, channels)`` to a picture of the same size."""
    inputs = keras.Input((256, 256, input_channels))
    x, skips = inputs, []
    for level, width in enumerate(ENCODER):
        if level:
            x = layers.LeakyReLU(0.2)(x)
        x = layers.Conv2D(width, 4, 2, padding="same", kernel_initializer=_normal())(x)
        if 0 < level < len(ENCODER) - 1:
            x = layers.BatchNormalization()(x)
        skips.append(x)
    for level, width in enumerate(DECODER):
        x = layers.ReLU()(x)
        x = layers.Conv2DTranspose(width, 4, 2, padding="same", kernel_initializer=_normal())(x)
        x = layers.BatchNormalization()(x)
        if level < 3:
            x = layers.Dropout(0.5)(x)
        x = layers.Concatenate()([x, skips[-2 - level]])
    x = layers.Conv2DTranspose(
        output_channels, 4, 2, padding="same", activation="tanh", kernel_initializer=_normal(), dtype="float32"
    )(layers.ReLU()(x))
    return with_strides(keras.Model(inputs, x, name="pix2pix"), 256, 1)


def pix2pix_discriminator(condition_channels: int = 3, picture_channels: int = 3) -> keras.Model:
    """Build the 70x70 PatchGAN C64-C128-C256-C512: ``[condition, picture]`` to logits ``(batch, 32, 32, 1)``."""
    condition = keras.Input((256, 256, condition_channels))
    picture = keras.Input((256, 256, picture_channels))
    x = layers.Concatenate()([condition, picture])
    for level, width in enumerate((64, 128, 256, 512)):
        stride = 2 if level < 3 else 1
        x = layers.Conv2D(width, 4, stride, padding="same", kernel_initializer=_normal())(x)
        if level:
            x = layers.BatchNormalization()(x)
        x = layers.LeakyReLU(0.2)(x)
    x = layers.Conv2D(1, 4, padding="same", dtype="float32", kernel_initializer=_normal())(x)
    return keras.Model([condition, picture], x, name="patch70")


def _block(x: Tensor, width: int, size: int = 3, stride: int = 1, transposed: bool = False, pad: int = 0) -> Tensor:
    """Apply a convolution, instance normalization (groups of one channel) and a ReLU."""
    kind = layers.Conv2DTranspose if transposed else layers.Conv2D
    if pad:
        x = ReflectPad(pad)(x)
    x = kind(width, size, stride, padding="valid" if pad else "same", kernel_initializer=_normal())(x)
    return layers.ReLU()(layers.GroupNormalization(groups=-1)(x))


def cyclegan_generator() -> keras.Model:
    """Build the ResNet of 9 blocks of 256 channels between two strided and two transposed convolutions.

    It takes RGB ``(batch, height, width, 3)``, sides multiples of 4, and returns the same shape.
    """
    inputs = keras.Input((None, None, 3))
    x = _block(inputs, 64, size=7, pad=3)
    for width in (128, 256):
        x = _block(x, width, stride=2)
    for _ in range(9):
        y = _block(x, 256, pad=1)
        y = layers.Conv2D(256, 3, kernel_initializer=_normal())(ReflectPad(1)(y))
        x = layers.Add()([x, layers.GroupNormalization(groups=-1)(y)])
    for width in (128, 64):
        x = _block(x, width, stride=2, transposed=True)
    head = layers.Conv2D(3, 7, activation="tanh", dtype="float32", kernel_initializer=_normal())
    outputs = head(ReflectPad(3)(x))
    return with_strides(keras.Model(inputs, outputs, name="cyclegan"), 4, 1)


def cyclegan_discriminator() -> keras.Model:
    """Build the 70x70 PatchGAN C64-C128-C256-C512 with instance normalization, of one RGB picture."""
    x = picture = keras.Input((None, None, 3))
    for level, width in enumerate((64, 128, 256, 512)):
        x = layers.Conv2D(width, 4, 2 if level < 3 else 1, padding="same", kernel_initializer=_normal())(x)
        if level:
            x = layers.GroupNormalization(groups=-1)(x)
        x = layers.LeakyReLU(0.2)(x)
    x = layers.Conv2D(1, 4, padding="same", dtype="float32", kernel_initializer=_normal())(x)
    return keras.Model(picture, x, name="patch70")
