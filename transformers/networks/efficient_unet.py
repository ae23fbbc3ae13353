"""A U-Net whose encoder is pretrained on ImageNet, so that it recognizes a lawn, a sky or a hand."""

from typing import Any

from transformers.backend import Tensor, keras
from transformers.networks import efficientnet
from transformers.networks.blocks import (
    Preset,
    activation,
    convolution,
    head,
    preset_of,
    residuals,
    with_context,
    with_strides,
)

layers = keras.layers
ops = keras.ops
# Channels of the decoder at 1/2, 1/4, 1/8, 1/16 and 1/32 of the size; `blocks` residual ones at each.
PRESETS = {
    "tiny": Preset((8, 8, 8, 12, 16), 1),
    "base": Preset((32, 48, 112, 176, 256), 1),
    "large": Preset((48, 96, 160, 224, 288), 2),
}
ENCODER_WIDTHS = {"tiny": 1 / 8, "base": 1.0, "large": 1.0}
HINT_CHANNELS = 3  # two of colour, and a mask


@keras.saving.register_keras_serializable("transformers")
class HintPyramid(layers.Layer):
    """Reduce hints to 1/4, 1/8, 1/16 and 1/32 of their size.

    The input ``(batch, h, w, 3)`` has two channels of colour, and a mask that is 1 at hints. The four outputs
    have, for each cell, the mean colour of its hints, 0 where there are none, and 1 where there are some. The
    layer has no weights.
    """

    def call(self, inputs: Tensor) -> Tensor:
        colour, mask = inputs[..., :2], inputs[..., 2:]
        sums = ops.average_pool(ops.concatenate([colour * mask, mask], axis=-1), 4, 4)
        found = []
        for level in range(4):
            if level:
                sums = ops.average_pool(sums, 2, 2)
            share = sums[..., 2:]
            there = ops.cast(share > 0, sums.dtype)
            found.append(ops.concatenate([sums[..., :2] / (share + 1e-8), there], axis=-1))
        return found

    def compute_output_shape(self, shape: tuple) -> list[tuple]:
        sides = [[None if side is None else side // 2**level for side in shape[1:3]] for level in (2, 3, 4, 5)]
        return [(shape[0], *side, HINT_CHANNELS) for side in sides]


@keras.saving.register_keras_serializable("transformers")
class HintAttention(layers.Layer):
    """Carry hinted colours to places that look similar, even distant ones.

    All places attend to those that have a hint (Vaswani et al. 2017), by features and by distance, and to one
    further entry that stands for "none of the hints".

    Parameters
    ----------
    depth : int
        Channels of queries and keys.
    width : int
        Channels of the output.
    """

    def __init__(self, depth: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.depth, self.width = depth, width
        self.query = layers.Dense(depth, dtype=self.dtype_policy)
        self.key = layers.Dense(depth, dtype=self.dtype_policy)
        self.value = layers.Dense(width, use_bias=False, dtype=self.dtype_policy)

    def build(self, shapes: list[tuple]) -> None:
        features, hints = shapes
        self.query.build(features)
        self.key.build(features)
        self.value.build(hints)
        self.nothing = self.add_weight(shape=(), initializer="zeros", name="nothing")
        self.nearness = self.add_weight(shape=(), initializer="zeros", name="nearness")
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        features, hints = inputs
        batch, height, width = ops.shape(features)[:3]

        def rows(values: Tensor, channels: int) -> Tensor:
            return ops.reshape(values, (batch, height * width, channels))

        query, key = rows(self.query(features), self.depth), rows(self.key(features), self.depth)
        alike = ops.cast(ops.matmul(query, ops.transpose(key, (0, 2, 1))), "float32") / self.depth**0.5
        y, x = ops.arange(height, dtype="float32"), ops.arange(width, dtype="float32")
        down, across = ops.abs(y[:, None] - y), ops.abs(x[:, None] - x)
        distance = ops.reshape(down[:, None, :, None] + across[None, :, None, :], (height * width,) * 2)
        alike = alike - 0.5 * ops.softplus(ops.cast(self.nearness, "float32")) * distance
        there = rows(hints[..., 2:], 1)[..., 0]
        alike = ops.where(there[:, None, :] > 0, alike, -1e9)
        nothing = ops.broadcast_to(ops.cast(self.nothing, "float32"), (batch, height * width, 1))
        shares = ops.softmax(ops.concatenate([alike, nothing], axis=-1))[..., :-1]
        values = rows(self.value(hints), self.width)
        return ops.reshape(ops.matmul(ops.cast(shares, values.dtype), values), (batch, height, width, self.width))

    def compute_output_shape(self, shapes: list[tuple]) -> tuple:
        return (*shapes[0][:3], self.width)

    def get_config(self) -> dict:
        return super().get_config() | {"depth": self.depth, "width": self.width}


def efficient_unet(
    input_channels: int,
    output_channels: int = 3,
    preset: str = "base",
    output_stride: int = 1,
    hints: bool = False,
    logits: bool = False,
) -> keras.Model:
    """Build a U-Net (Ronneberger et al. 2015) on the feature maps of an EfficientNet-Lite0.

    The decoder doubles sizes by interpolation and joins each of the encoder's maps through a 1x1 convolution;
    the mean features of the whole picture tell what kind of scene it is.

    Parameters
    ----------
    input_channels : int
        The encoder takes three: one channel is repeated, other numbers go through a 1x1 convolution.
    output_channels : int
    preset : {"tiny", "base", "large"}
        Of the decoder. Tiny has a narrow encoder, too, which the ImageNet weights do not fit.
    output_stride : {1, 2, 4}
        See `transformers.networks.generators.unet`; always 4 with `logits`, and only then.
    hints : bool
        Whether the last 3 input channels are hints: what the first two channels of the output should be at
        some places, and a mask that is 1 there, else 0.
    logits : bool
        Whether the output are unbounded numbers, at a quarter of the size.

    Returns
    -------
    keras.Model
        See `transformers.networks.generators.unet`; in place of ``taps`` it has ``encoder``, see
        `transformers.networks.efficientnet.encoder`.

    Raises
    ------
    ValueError
        When the preset is unknown.
    """
    size = preset_of(preset, PRESETS)
    inputs = layers.Input((None, None, input_channels))
    picture, levels = inputs, [[] for _ in size.widths]
    if hints:
        picture, given = inputs[..., :-HINT_CHANNELS], inputs[..., -HINT_CHANNELS:]
        levels = [[], *([level] for level in HintPyramid(dtype="float32")(given))]
    encoder = efficientnet.encoder(ENCODER_WIDTHS[preset])
    if picture.shape[-1] == 1:
        picture = layers.Concatenate()([picture] * 3)
    elif picture.shape[-1] != 3:
        picture = convolution(picture, 3, size=1)
    *maps, x = encoder(picture)
    maps.append(x)

    def joined(level: int, below: Tensor | None = None) -> Tensor:
        """Return the decoder's map of a level: of the encoder's, the hints and the coarser level's."""
        width = size.widths[level]
        parts = [convolution(maps[level], width, size=1), *levels[level]]
        if hints and level == 3:
            parts.append(HintAttention(32, 16)([parts[0], levels[level][0]]))
        if below is not None:
            parts.append(layers.UpSampling2D(2, interpolation="bilinear")(convolution(below, width, size=1)))
        x = parts[0] if len(parts) == 1 else layers.Concatenate()(parts)
        return residuals(convolution(activation(x), width), size.blocks)

    x = with_context(joined(4))
    finest = 1 if logits else output_stride.bit_length() - 1
    for level in range(3, finest - 1, -1):
        x = joined(level, x)
    likely = layers.Conv2D(output_channels, 1, dtype="float32")
    outputs = likely(activation(x)) if logits else head(x, output_channels)
    model = with_strides(keras.Model(inputs, outputs, name="efficient_unet"), 32, output_stride)
    model.encoder = encoder
    return model
