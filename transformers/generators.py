"""Generators: networks that turn one picture into another.

All take ``(batch, height, width, channels)`` in [-1, 1] and are built for any height and width
that are multiples of their ``stride``; `transformers.inference.generate` pads the rest.
"""

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


PRESETS = {
    "tiny": Preset((8, 16, 32), 1),
    "base": Preset((32, 48, 96, 128, 192, 256), 1),
    "large": Preset((32, 64, 128, 192, 256, 320), 2),
}

RESNETS = {
    "tiny": Preset((8, 16), 1),
    "base": Preset((48, 96), 6),
    "large": Preset((64, 128), 9),
}

UPSCALERS = {
    "tiny": Preset((8, 16), 1),
    "base": Preset((64, 96, 128), 2),
    "large": Preset((96, 128, 192), 3),
}


def _preset(name, presets=PRESETS):
    if name not in presets:
        raise ValueError(f"preset '{name}' is unknown; choose from {', '.join(presets)}")
    return presets[name]


@keras.saving.register_keras_serializable("transformers")
class DepthToSpace(layers.Layer):
    """Rearrange ``(h, w, 4 c)`` into ``(2 h, 2 w, c)`` (Shi et al. 2016, sub-pixel convolution)."""

    def call(self, inputs):
        return keras.ops.depth_to_space(inputs, 2)

    def compute_output_shape(self, shape):
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

    def compute_output_shape(self, shape):
        return shape


@keras.saving.register_keras_serializable("transformers")
class SubpixelInitializer(keras.initializers.Initializer):
    """The same kernel for all four sub-pixels, so that training starts without a checkerboard.

    Aitken et al., "Checkerboard artifact free sub-pixel convolution" (2017).
    """

    def __call__(self, shape, dtype=None):
        kernel = keras.initializers.RandomNormal(stddev=0.002, seed=1)((*shape[:3], shape[3] // 4))
        return keras.ops.cast(keras.ops.tile(kernel, (1, 1, 1, 4)), dtype or "float32")


def _convolution(x, width, size=3, stride=1, **options):
    options.setdefault("kernel_initializer", "he_normal")
    return layers.Conv2D(width, size, stride, padding="same", **options)(x)


def _activation(x):
    return layers.LeakyReLU(0.2)(x)


def _residual(x):
    """Two convolutions beside a short cut; the last starts at zero, so no normalisation is needed.

    Zhang et al., "Fixup Initialization" (2019). Without normalisation a picture's result does not
    depend on the batch it is in, nor on its size, and training equals inference.
    """
    width = x.shape[-1]
    y = _convolution(_activation(x), width)
    y = _convolution(_activation(y), width, kernel_initializer="zeros")
    return layers.Add()([x, y])


def _residuals(x, count):
    for _ in range(count):
        x = _residual(x)
    return x


def _head(x, channels):
    """Double the size and give `channels`, in float32 whatever the precision."""
    x = _convolution(_activation(x), 4 * channels, kernel_initializer=SubpixelInitializer())
    x = NyquistNotch(dtype="float32")(DepthToSpace()(x))
    return layers.Activation("tanh", dtype="float32")(x)


def unet(input_channels, output_channels=3, preset="base", output_stride=1):
    """A U-Net with a strided stem and residual blocks (after Ronneberger et al. 2015).

    The first convolution halves the picture, so nothing costly runs at full resolution; the
    last rearranges channels into pixels; between them sizes are doubled by interpolation, never
    by a bare transposed convolution, which leaves a checkerboard (Odena et al. 2016).

    Parameters
    ----------
    input_channels, output_channels : int
    preset : {"tiny", "base", "large"}
    output_stride : {1, 2}
        The result has ``1 / output_stride`` of the input's height and width.

    Returns
    -------
    keras.Model
        ``(batch, h, w, input_channels)`` to ``(batch, h / output_stride, w / output_stride,
        output_channels)``, in [-1, 1]; ``stride`` is what h and w must be multiples of, ``taps`` as
        of `resnet`.
    """
    size = _preset(preset)
    first = output_stride.bit_length() - 1  # the level, counted from the stem, where decoding ends
    inputs = keras.Input((None, None, input_channels))
    x = _convolution(inputs, size.widths[0], size=4, stride=2)
    skips = []
    for level, width in enumerate(size.widths):
        if level:
            x = _convolution(_activation(x), width, stride=2)
        if level >= first:  # finer levels have no decoder that could use them
            x = _residuals(x, size.blocks if level else 0)
            skips.append(x)
    taps = list(skips)
    x = _with_context(skips.pop())
    for skip in reversed(skips):
        width = skip.shape[-1]
        x = _convolution(x, width, size=1)
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
        x = layers.Concatenate()([x, skip])
        x = _residuals(_convolution(_activation(x), width), size.blocks)
    outputs = _head(x, output_channels)
    model = _finished(keras.Model(inputs, outputs, name="unet"), 2 ** len(size.widths), output_stride)
    model.taps = taps
    return model


def resnet(input_channels, output_channels=3, preset="base", output_stride=1):
    """Residual blocks at a quarter of the size, between a strided stem and its mirror image.

    After Johnson et al. (2016) and CycleGAN (Zhu et al. 2017), without their convolutions at full
    resolution, normalisation and transposed convolutions: see `unet`.

    Parameters
    ----------
    input_channels, output_channels : int
    preset : {"tiny", "base", "large"}
    output_stride : {1}

    Returns
    -------
    keras.Model
        As from `unet`; beside ``stride`` it has ``taps``: what it finds on its way, from fine to coarse,
        for losses that compare places (`transformers.unpaired.CUT`).
    """
    if output_stride != 1:
        raise ValueError(f"a resnet gives pictures of its input's size; output_stride is 1, not {output_stride}")
    size = _preset(preset, RESNETS)
    inputs = keras.Input((None, None, input_channels))
    x, taps = inputs, []
    for level, width in enumerate(size.widths):
        x = _convolution(_activation(x) if level else x, width, size=3 if level else 4, stride=2)
        taps.append(x)
    for block in range(size.blocks):
        x = _residual(x)
        if block in (size.blocks // 2, size.blocks - 1):
            taps.append(x)
    for width in reversed(size.widths[:-1]):
        x = _convolution(x, width, size=1)
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
        x = _residual(_convolution(_activation(x), width))
    model = keras.Model(inputs, _head(x, output_channels), name="resnet")
    model.taps = taps
    return _finished(model, 2 ** len(size.widths), output_stride)


def _with_context(x):
    """Add to each place what the whole picture says (the mean over all places)."""
    width = x.shape[-1]
    context = layers.GlobalAveragePooling2D(keepdims=True)(x)
    context = _convolution(_activation(context), width, size=1)
    return layers.Add()([x, context])


def autoencoder(input_channels, output_channels=3, preset="base", output_stride=1):
    """The article's autoencoder: all of the picture passes a narrow waist, no skip connections.

    Convolutions 3x3, one with stride 2 at the start, then max pooling; the decoder enlarges and
    convolves. Residual blocks stand where the article has batch normalisation and dropout: with
    those, a batch of four came out twice as far from its originals in training (L1 0.162) as the
    same pictures at inference (0.084).

    Parameters
    ----------
    input_channels, output_channels, preset, output_stride
        As for `unet`.

    Returns
    -------
    keras.Model
        As from `unet`.
    """
    size = _preset(preset)
    widths = size.widths[:4]
    first = output_stride.bit_length() - 1
    inputs = keras.Input((None, None, input_channels))
    x = _activation(_convolution(inputs, widths[0], stride=2))
    for width in widths[1:]:
        x = layers.MaxPooling2D(2)(_activation(_convolution(x, width)))
        x = _residuals(x, size.blocks)
    for width in reversed(widths[first:-1]):
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
        x = _residuals(_activation(_convolution(x, width)), size.blocks)
    outputs = _head(x, output_channels)
    model = keras.Model(inputs, outputs, name="autoencoder")
    return _finished(model, 2 ** len(widths), output_stride)


def _finished(model, stride, output_stride):
    model.stride = stride
    model.output_stride = output_stride
    return model


def upscaler(input_channels, output_channels=3, preset="base", output_stride=1 / 4):
    """Enlarges a picture: what the network gives is added to a bilinear enlargement.

    All but the last steps run at the small picture's size, after EDSR (Lim et al. 2017): residual
    blocks without normalisation, then sub-pixel convolutions. Coarser levels with skips beside
    them (as in `unet`) show it what a place belongs to, for little: an eye, hair, the edge of a chin.

    Parameters
    ----------
    input_channels, output_channels : int
        Equal.
    preset : {"tiny", "base", "large"}
    output_stride : float
        1 / 2 to enlarge by 2, 1 / 4 by 4, and so on.

    Returns
    -------
    keras.Model
        ``(batch, h, w, channels)`` to ``(batch, h / output_stride, w / output_stride, channels)``,
        in [-1, 1]; beside ``stride`` it has ``reach``: how many pixels of the input, to each side,
        a place of the result depends on.
    """
    scale = round(1 / output_stride)
    if input_channels != output_channels or scale < 2 or scale & (scale - 1):
        raise ValueError(
            "an upscaler has as many channels in as out and an output_stride of 1/2, 1/4 …, not "
            f"{input_channels}, {output_channels} and {output_stride}"
        )
    size = _preset(preset, UPSCALERS)
    inputs = keras.Input((None, None, input_channels))
    x = _convolution(inputs, size.widths[0])
    reach, skips = 1, []
    for level, width in enumerate(size.widths):
        if level:
            x = _convolution(_activation(x), width, stride=2)
            reach += 2 ** (level - 1)
        x = _residuals(x, size.blocks)
        reach += 2 * size.blocks * 2**level
        skips.append(x)
    x = skips.pop()
    for level, skip in reversed(list(enumerate(skips))):
        x = _convolution(x, skip.shape[-1], size=1)
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
        x = _residuals(layers.Add()([x, skip]), size.blocks)
        reach += 2 ** (level + 1) + 2 * size.blocks * 2**level
    for _ in range(scale.bit_length() - 2):
        x = _convolution(_activation(x), 2 * size.widths[0])
        x = DepthToSpace()(x)
    # From zero: training starts with the plain enlargement, without a checkerboard.
    x = _convolution(_activation(x), 4 * output_channels, kernel_initializer="zeros")
    details = layers.Activation("linear", dtype="float32")(DepthToSpace()(x))
    enlarged = layers.UpSampling2D(scale, interpolation="bilinear", dtype="float32")(inputs)
    outputs = keras.ops.clip(layers.Add(dtype="float32")([enlarged, details]), -1, 1)
    model = _finished(keras.Model(inputs, outputs, name="upscaler"), 2 ** (len(size.widths) - 1), output_stride)
    model.reach = reach + 2
    return model


GENERATORS = {"unet": unet, "resnet": resnet, "autoencoder": autoencoder, "upscaler": upscaler}


def count_parameters(model):
    """Numbers that training can change."""
    return int(sum(np.prod(v.shape) for v in model.trainable_variables))
