"""What networks are built of."""

from dataclasses import dataclass

import numpy as np

from transformers.backend import keras

layers = keras.layers


@dataclass(frozen=True)
class Preset:
    """The size of a generator.

    Attributes
    ----------
    widths : tuple of int
        Channels at a half, a quarter, an eighth … of the picture's size.
    blocks : int
        Residual blocks at each size.
    """

    widths: tuple
    blocks: int


def preset_of(name: str, presets):
    if name not in presets:
        raise ValueError(f"preset '{name}' is unknown; choose from {', '.join(presets)}")
    return presets[name]


@keras.saving.register_keras_serializable("transformers")
class DepthToSpace(layers.Layer):
    """Rearrange ``(h, w, 4 c)`` into ``(2 h, 2 w, c)`` (Shi et al. 2016, sub-pixel convolution)."""

    def call(self, inputs):
        return keras.ops.depth_to_space(inputs, 2)

    def compute_output_shape(self, shape: tuple):
        double = [None if side is None else side * 2 for side in shape[1:3]]
        return (shape[0], *double, shape[3] // 4)


@keras.saving.register_keras_serializable("transformers")
class NyquistNotch(layers.Layer):
    """Takes off what alternates from pixel to pixel: the grid that a sub-pixel convolution may leave.

    In each direction ``1 - sin(w / 2)^6`` of a frequency w stays: all of what is smooth, 7/8 of what
    repeats every four pixels, nothing of what repeats every two. No weights.
    """

    KERNEL = np.array([1, -6, 15, 44, 15, -6, 1]) / 64

    def call(self, inputs):
        count, reach = inputs.shape[-1], len(self.KERNEL) // 2
        kernel = keras.ops.convert_to_tensor(self.KERNEL[:, None, None] * np.eye(count), self.compute_dtype)
        # Reflected, what alternates goes on alternating beyond the border.
        x = keras.ops.pad(inputs, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "reflect")
        x = keras.ops.conv(x, kernel[:, None], padding="valid", data_format="channels_last")
        return keras.ops.conv(x, kernel[None], padding="valid", data_format="channels_last")

    def compute_output_shape(self, shape: tuple):
        return shape


@keras.saving.register_keras_serializable("transformers")
class SubpixelInitializer(keras.initializers.Initializer):
    """The same kernel for all four sub-pixels, so that training starts without a checkerboard.

    Aitken et al., "Checkerboard artifact free sub-pixel convolution" (2017).
    """

    def __call__(self, shape, dtype=None):
        kernel = keras.initializers.RandomNormal(stddev=0.002, seed=1)((*shape[:3], shape[3] // 4))
        return keras.ops.cast(keras.ops.tile(kernel, (1, 1, 1, 4)), dtype or "float32")


def convolution(x, width: int, size: int | tuple[int, int] = 3, stride: int = 1, **options):
    options.setdefault("kernel_initializer", "he_normal")
    return layers.Conv2D(width, size, stride, padding="same", **options)(x)


def activation(x):
    return layers.LeakyReLU(0.2)(x)


def residual(x):
    """Add a residual block: two convolutions; the last starts at zero, so no normalisation is needed.

    Zhang et al., "Fixup Initialization" (2019). Without normalisation a picture's result does not
    depend on the batch it is in, nor on its size, and training equals inference.
    """
    width = x.shape[-1]
    y = convolution(activation(x), width)
    y = convolution(activation(y), width, kernel_initializer="zeros")
    return layers.Add()([x, y])


def residuals(x, count: int):
    for _ in range(count):
        x = residual(x)
    return x


def head(x, channels: int):
    """Double the size and give `channels`, in float32 whatever the precision."""
    x = convolution(activation(x), 4 * channels, kernel_initializer=SubpixelInitializer())
    x = NyquistNotch(dtype="float32")(DepthToSpace()(x))
    return layers.Activation("tanh", dtype="float32")(x)


def with_context(x):
    """Add to each place what the whole picture says (the mean over all places)."""
    width = x.shape[-1]
    context = layers.GlobalAveragePooling2D(keepdims=True)(x)
    context = convolution(activation(context), width, size=1)
    return layers.Add()([x, context])


def finished(model, stride, output_stride):
    model.stride = stride
    model.output_stride = output_stride
    return model


def judged_inputs(condition_channels: int, picture_channels: int, shrink: float):
    """Return what a discriminator is given: its inputs, the condition as large as the picture, and the picture.

    Parameters
    ----------
    condition_channels : int
        0 for none: then the condition is None, and the picture the only input.
    picture_channels : int
    shrink : float
        How many times larger the condition is than the picture; below 1 it is smaller.
    """
    picture = keras.Input((None, None, picture_channels), name="picture")
    if not condition_channels:
        return picture, None, picture
    condition = fitting = keras.Input((None, None, condition_channels), name="condition")
    if shrink > 1:
        fitting = layers.AveragePooling2D(shrink)(condition)
    elif shrink < 1:
        fitting = layers.UpSampling2D(round(1 / shrink), interpolation="bilinear")(condition)
    return [condition, picture], fitting, picture
