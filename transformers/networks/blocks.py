"""Layers and blocks that networks share.

Functions take and return symbolic tensors ``(batch, height, width, channels)`` and add layers between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from transformers.backend import Tensor, keras

layers = keras.layers


@dataclass(frozen=True)
class Preset:
    """The size of a generator.

    Attributes
    ----------
    widths : tuple of int
        Channels at 1/2, 1/4, 1/8 … of the picture's size.
    blocks : int
        Residual blocks at each size.
    """

    widths: tuple[int, ...]
    blocks: int


def preset_of(name: str, presets: Mapping[str, Preset]) -> Preset:
    """Return the preset of a name.

    Parameters
    ----------
    name : str
    presets : mapping of str to Preset

    Returns
    -------
    Preset

    Raises
    ------
    ValueError
        When the name is unknown; the message lists the known ones.
    """
    if name not in presets:
        raise ValueError(f"preset '{name}' is unknown; choose from {', '.join(presets)}")
    return presets[name]


@keras.saving.register_keras_serializable("transformers")
class DepthToSpace(layers.Layer):
    """Rearrange ``(h, w, 4 c)`` into ``(2 h, 2 w, c)`` (Shi et al. 2016, sub-pixel convolution)."""

    def call(self, inputs: Tensor) -> Tensor:
        return keras.ops.depth_to_space(inputs, 2)

    def compute_output_shape(self, shape: tuple) -> tuple:
        double = [None if side is None else side * 2 for side in shape[1:3]]
        return (shape[0], *double, shape[3] // 4)


@keras.saving.register_keras_serializable("transformers")
class NyquistNotch(layers.Layer):
    """Remove what alternates from pixel to pixel: the grid that a sub-pixel convolution may leave.

    In each direction the filter multiplies a frequency of w radians per pixel by ``1 - sin(w / 2)^6``: smooth
    parts stay as they are, what repeats every four pixels keeps 7/8, what repeats every two is gone. The layer
    has no weights.
    """

    KERNEL = np.array([1, -6, 15, 44, 15, -6, 1]) / 64

    def call(self, inputs: Tensor) -> Tensor:
        count, reach = inputs.shape[-1], len(self.KERNEL) // 2
        kernel = keras.ops.convert_to_tensor(self.KERNEL[:, None, None] * np.eye(count), self.compute_dtype)
        # Reflection continues an alternating pattern beyond the border.
        x = keras.ops.pad(inputs, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "reflect")
        x = keras.ops.conv(x, kernel[:, None], padding="valid", data_format="channels_last")
        return keras.ops.conv(x, kernel[None], padding="valid", data_format="channels_last")

    def compute_output_shape(self, shape: tuple) -> tuple:
        return shape


@keras.saving.register_keras_serializable("transformers")
class SubpixelInitializer(keras.initializers.Initializer):
    """Initialize all four sub-pixels with the same kernel, so that training starts without a checkerboard.

    Aitken et al., "Checkerboard artifact free sub-pixel convolution" (2017).
    """

    def __call__(self, shape: tuple[int, ...], dtype: str | None = None) -> Tensor:
        kernel = keras.initializers.RandomNormal(stddev=0.002, seed=1)((*shape[:3], shape[3] // 4))
        return keras.ops.cast(keras.ops.tile(kernel, (1, 1, 1, 4)), dtype or "float32")


def convolution(x: Tensor, width: int, size: int | tuple[int, int] = 3, stride: int = 1, **options: Any) -> Tensor:
    """Apply a convolution with He initialization that keeps the size, divided by `stride`."""
    options.setdefault("kernel_initializer", "he_normal")
    return layers.Conv2D(width, size, stride, padding="same", **options)(x)


def activation(x: Tensor) -> Tensor:
    """Apply a leaky ReLU of slope 0.2."""
    return layers.LeakyReLU(0.2)(x)


def residual(x: Tensor) -> Tensor:
    """Apply a residual block of two convolutions, the last of which starts at zero.

    So initialized, the block needs no normalization (Zhang et al., "Fixup Initialization", 2019). Without
    normalization the result for a picture depends neither on its batch nor on its size, and is the same in
    training and inference.
    """
    width = x.shape[-1]
    y = convolution(activation(x), width)
    y = convolution(activation(y), width, kernel_initializer="zeros")
    return layers.Add()([x, y])


def residuals(x: Tensor, count: int) -> Tensor:
    """Apply `residual` several times."""
    for _ in range(count):
        x = residual(x)
    return x


def head(x: Tensor, channels: int) -> Tensor:
    """Double the size and return pictures of `channels` in [-1, 1], ``float32`` whatever the precision."""
    x = convolution(activation(x), 4 * channels, kernel_initializer=SubpixelInitializer())
    x = NyquistNotch(dtype="float32")(DepthToSpace()(x))
    return layers.Activation("tanh", dtype="float32")(x)


def with_context(x: Tensor) -> Tensor:
    """Add to each place a linear map of the mean over all places."""
    width = x.shape[-1]
    context = layers.GlobalAveragePooling2D(keepdims=True)(x)
    context = convolution(activation(context), width, size=1)
    return layers.Add()([x, context])


def with_strides(model: keras.Model, stride: int, output_stride: float) -> keras.Model:
    """Return a generator with its ``stride`` and ``output_stride`` set, see `transformers.generate`."""
    model.stride = stride
    model.output_stride = output_stride
    return model


def discriminator_inputs(
    condition_channels: int, picture_channels: int, shrink: float
) -> tuple[Tensor, Tensor | None, Tensor]:
    """Make the inputs of a discriminator.

    Parameters
    ----------
    condition_channels : int
        0 for a discriminator without a condition.
    picture_channels : int
    shrink : float
        How many times larger the condition is than the picture; below 1 it is smaller.

    Returns
    -------
    inputs : tensor or list of tensor
        The condition and the picture, or the picture alone.
    condition : tensor or None
        The condition, resized to the picture's size.
    picture : tensor
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
