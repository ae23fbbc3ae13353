"""Generators: networks that turn one picture into another.

All take ``(batch, height, width, channels)`` in [-1, 1] and are built for any height and width
that are multiples of their ``stride``; `transformers.inference.generate` pads the rest.
"""

import numpy as np

from transformers.backend import keras
from transformers.networks.blocks import (
    DepthToSpace,
    Preset,
    activation,
    convolution,
    head,
    preset_of,
    residual,
    residuals,
    with_context,
    with_strides,
)
from transformers.networks.efficient_unet import efficient_unet

layers = keras.layers
PRESETS = {
    "tiny": Preset((8, 16, 32), 1),
    "base": Preset((32, 48, 96, 128, 192, 256), 1),
    "large": Preset((32, 64, 128, 192, 256, 320), 2),
}
MORE_FINE = {"tiny": 1, "base": 3, "large": 4}  # residual blocks of a `repairer` at each of its two finest sizes
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


def unet(
    input_channels: int, output_channels: int = 3, preset: str = "base", output_stride: int = 1
) -> keras.Model:
    """Build a U-Net with a strided stem and residual blocks (after Ronneberger et al. 2015).

    The first convolution halves the picture, so that nothing costly runs at full resolution; the last
    rearranges channels into pixels. Between them, sizes are doubled by interpolation, not by a transposed
    convolution, which leaves a checkerboard (Odena et al. 2016).

    Parameters
    ----------
    input_channels, output_channels : int
    preset : {"tiny", "base", "large"}
    output_stride : {1, 2}
        The output has ``1 / output_stride`` of the input's height and width.

    Returns
    -------
    keras.Model
        ``(batch, h, w, input_channels)`` to ``(batch, h / output_stride, w / output_stride,
        output_channels)``, in [-1, 1]. Its ``stride`` is the number of which h and w must be multiples; its
        ``taps`` are those of `resnet`.

    Raises
    ------
    ValueError
        When the preset is unknown.

    Examples
    --------
    >>> network = unet(1, 3, "tiny")
    >>> network.stride, network.output_shape
    (8, (None, None, None, 3))
    """
    return _unet("unet", preset_of(preset, PRESETS), input_channels, output_channels, output_stride)


def repairer(
    input_channels: int, output_channels: int = 4, preset: str = "base", output_stride: int = 1
) -> keras.Model:
    """Build a `unet` with more residual blocks where details are fine, at 1/2 and 1/4 of the size.

    A scratch is as wide as a pixel, and so is a wire or a hair: what tells them apart are the few pixels around,
    over which a `unet`, most of whose layers are coarse, passes quickly. The blocks start as the identity
    (`transformers.networks.blocks.residual`), so that training can go on from the weights of a `unet` (Chen et
    al., "Net2Net", 2016).

    Parameters
    ----------
    input_channels, output_channels, preset, output_stride
        See `unet`.

    Returns
    -------
    keras.Model
        See `unet`.
    """
    size = preset_of(preset, PRESETS)
    return _unet("repairer", size, input_channels, output_channels, output_stride, MORE_FINE[preset])


def _unet(
    name: str, size: Preset, input_channels: int, output_channels: int, output_stride: int, more_fine: int = 0
) -> keras.Model:
    """Return a `unet`, with so many more residual blocks at each of the two finest sizes of the decoder."""
    first = output_stride.bit_length() - 1  # the level, counted from the stem, where decoding ends
    inputs = keras.Input((None, None, input_channels))
    x = convolution(inputs, size.widths[0], size=4, stride=2)
    skips = []
    for level, width in enumerate(size.widths):
        if level:
            x = convolution(activation(x), width, stride=2)
        if level >= first:  # finer levels have no decoder that could use them
            x = residuals(x, size.blocks if level else 0)
            skips.append(x)
    taps = list(skips)
    x = with_context(skips.pop())
    while skips:
        skip = skips.pop()
        width = skip.shape[-1]
        x = convolution(x, width, size=1)
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
        x = layers.Concatenate()([x, skip])
        x = residuals(convolution(activation(x), width), size.blocks + (more_fine if len(skips) < 2 else 0))
    outputs = head(x, output_channels)
    model = with_strides(keras.Model(inputs, outputs, name=name), 2 ** len(size.widths), output_stride)
    model.taps = taps
    return model


def resnet(
    input_channels: int, output_channels: int = 3, preset: str = "base", output_stride: int = 1
) -> keras.Model:
    """Build a ResNet: residual blocks at a quarter of the size, between a strided stem and its mirror image.

    After Johnson et al. (2016) and CycleGAN (Zhu et al. 2017), without their convolutions at full
    resolution, normalization and transposed convolutions: see `unet`.

    Parameters
    ----------
    input_channels, output_channels : int
    preset : {"tiny", "base", "large"}
    output_stride : {1}

    Returns
    -------
    keras.Model
        See `unet`. Its ``taps`` are tensors of intermediate features, from fine to coarse, for losses that
        compare places (`transformers.training.contrastive.CUT`).

    Raises
    ------
    ValueError
        When the preset is unknown or the output stride not 1.
    """
    if output_stride != 1:
        raise ValueError(f"a resnet gives pictures of its input's size; output_stride is 1, not {output_stride}")
    size = preset_of(preset, RESNETS)
    inputs = keras.Input((None, None, input_channels))
    x, taps = inputs, []
    for level, width in enumerate(size.widths):
        x = convolution(activation(x) if level else x, width, size=3 if level else 4, stride=2)
        taps.append(x)
    for block in range(size.blocks):
        x = residual(x)
        if block in (size.blocks // 2, size.blocks - 1):
            taps.append(x)
    for width in reversed(size.widths[:-1]):
        x = convolution(x, width, size=1)
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
        x = residual(convolution(activation(x), width))
    model = keras.Model(inputs, head(x, output_channels), name="resnet")
    model.taps = taps
    return with_strides(model, 2 ** len(size.widths), output_stride)


def autoencoder(
    input_channels: int, output_channels: int = 3, preset: str = "base", output_stride: int = 1
) -> keras.Model:
    """Build the article's autoencoder: the whole picture passes a bottleneck, without skip connections.

    Convolutions are 3x3, the first with stride 2, then with max pooling; the decoder enlarges and convolves.
    Residual blocks replace the article's batch normalization and dropout: with those, a batch of four was
    twice as far from its originals in training (L1 0.162) as at inference (0.084).

    Parameters
    ----------
    input_channels, output_channels, preset, output_stride
        See `unet`.

    Returns
    -------
    keras.Model
        See `unet`; without ``taps``.

    Raises
    ------
    ValueError
        When the preset is unknown.
    """
    size = preset_of(preset, PRESETS)
    widths = size.widths[:4]
    first = output_stride.bit_length() - 1
    inputs = keras.Input((None, None, input_channels))
    x = activation(convolution(inputs, widths[0], stride=2))
    for width in widths[1:]:
        x = layers.MaxPooling2D(2)(activation(convolution(x, width)))
        x = residuals(x, size.blocks)
    for width in reversed(widths[first:-1]):
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
        x = residuals(activation(convolution(x, width)), size.blocks)
    outputs = head(x, output_channels)
    model = keras.Model(inputs, outputs, name="autoencoder")
    return with_strides(model, 2 ** len(widths), output_stride)


def upscaler(
    input_channels: int, output_channels: int = 3, preset: str = "base", output_stride: float = 1 / 4
) -> keras.Model:
    """Build a network that enlarges pictures: it adds details to a bilinear enlargement.

    All but the last steps run at the small picture's size, after EDSR (Lim et al. 2017): residual blocks
    without normalization, then sub-pixel convolutions. Coarser levels with skip connections (as in `unet`) add
    context at low cost: whether a place belongs to an eye, to hair, to the edge of a chin.

    Parameters
    ----------
    input_channels, output_channels : int
        Must be equal.
    preset : {"tiny", "base", "large"}
    output_stride : float
        1 / 2 to enlarge by 2, 1 / 4 by 4, and so on.

    Returns
    -------
    keras.Model
        ``(batch, h, w, channels)`` to ``(batch, h / output_stride, w / output_stride, channels)``,
        in [-1, 1]. It has ``stride`` as `unet` has, and ``reach``: the number of input pixels to each side
        that a pixel of the output depends on.

    Raises
    ------
    ValueError
        When the preset is unknown, the channels differ or the output stride is none of 1/2, 1/4 ….
    """
    scale = round(1 / output_stride)
    if input_channels != output_channels or scale < 2 or scale & (scale - 1):
        raise ValueError(
            "an upscaler has as many channels in as out and an output_stride of 1/2, 1/4 …, not "
            f"{input_channels}, {output_channels} and {output_stride}"
        )
    size = preset_of(preset, UPSCALERS)
    inputs = keras.Input((None, None, input_channels))
    x = convolution(inputs, size.widths[0])
    reach, skips = 1, []
    for level, width in enumerate(size.widths):
        if level:
            x = convolution(activation(x), width, stride=2)
            reach += 2 ** (level - 1)
        x = residuals(x, size.blocks)
        reach += 2 * size.blocks * 2**level
        skips.append(x)
    x = skips.pop()
    for level, skip in reversed(list(enumerate(skips))):
        x = convolution(x, skip.shape[-1], size=1)
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
        x = residuals(layers.Add()([x, skip]), size.blocks)
        reach += 2 ** (level + 1) + 2 * size.blocks * 2**level
    for _ in range(scale.bit_length() - 2):
        x = convolution(activation(x), 2 * size.widths[0])
        x = DepthToSpace()(x)
    # Zeros: training starts from the bilinear enlargement, without a checkerboard.
    x = convolution(activation(x), 4 * output_channels, kernel_initializer="zeros")
    details = layers.Activation("linear", dtype="float32")(DepthToSpace()(x))
    enlarged = layers.UpSampling2D(scale, interpolation="bilinear", dtype="float32")(inputs)
    outputs = keras.ops.clip(layers.Add(dtype="float32")([enlarged, details]), -1, 1)
    model = with_strides(keras.Model(inputs, outputs, name="upscaler"), 2 ** (len(size.widths) - 1), output_stride)
    model.reach = reach + 2
    return model


GENERATORS = {
    "unet": unet,
    "resnet": resnet,
    "autoencoder": autoencoder,
    "upscaler": upscaler,
    "repairer": repairer,
    "efficient_unet": efficient_unet,
}


def count_parameters(model: keras.Model) -> int:
    """Return the number of trainable parameters."""
    return int(sum(np.prod(v.shape) for v in model.trainable_variables))
