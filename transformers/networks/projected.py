"""The projected discriminator: small heads on frozen ImageNet features."""

import numpy as np

from transformers.backend import Tensor, keras
from transformers.networks import efficientnet
from transformers.networks.blocks import discriminator_inputs

layers = keras.layers
ops = keras.ops
LEVELS = (1, 2, 3, 4)  # of the encoder's maps: at 1/4, 1/8, 1/16 and 1/32 of the size
PRESETS = {"tiny": (8, 16), "base": (64, 64), "large": (96, 128)}  # channels of the projections and of the heads
# From XYZ relative to white (D65) to linear red, green and blue: IEC 61966-2-1.
XYZ_TO_RGB = np.array(
    [[3.0799, -1.5372, -0.5428], [-0.9211, 1.8760, 0.0452], [0.0529, -0.2040, 1.1511]], np.float32
)


@keras.saving.register_keras_serializable("transformers")
class LabToRGB(layers.Layer):
    """Convert Lab to red, green and blue, differentiably.

    The input ``(batch, h, w, 3)`` has ``L / 50 - 1``, ``a / 100`` and ``b / 100``; the output, of the same
    shape, is sRGB in [-1, 1], clipped to what a screen can show. The layer has no weights.
    """

    def call(self, inputs: Tensor) -> Tensor:
        lab = ops.cast(inputs, "float32")
        y = ((lab[..., :1] + 1) * 50 + 16) / 116
        f = ops.concatenate([y + lab[..., 1:2] / 5, y, y - lab[..., 2:] / 2], axis=-1)
        xyz = ops.where(f > 6 / 29, f**3, (f - 4 / 29) * (3 * (6 / 29) ** 2))
        linear = ops.clip(ops.matmul(xyz, ops.convert_to_tensor(XYZ_TO_RGB.T)), 0.0, 1.0)
        # The power has no finite gradient at 0, which would spoil that of the other branch, too.
        power = 1.055 * ops.maximum(linear, 1e-3) ** (1 / 2.4) - 0.055
        return 2 * ops.where(linear > 0.0031308, power, 12.92 * linear) - 1

    def compute_output_shape(self, shape: tuple) -> tuple:
        return shape


class Frozen(layers.Layer):
    """The maps of the EfficientNet-Lite0, whose weights are none of this layer's.

    So files and states of a discriminator hold the heads alone: the encoder is shipped once, for all.
    """

    def __init__(self) -> None:
        super().__init__(name="frozen")
        network = efficientnet.features()
        self._maps = lambda pictures: network(pictures, training=False)  # a function is not tracked

    def call(self, inputs: Tensor) -> list[Tensor]:
        return self._maps(inputs)


class OnTop(layers.Layer):
    """Add a map of half the size to a map; odd sides of the larger one leave out the last row or column."""

    def call(self, inputs: list[Tensor]) -> Tensor:
        x, below = inputs
        _, height, width, _ = ops.shape(x)
        size = ops.shape(below)
        doubled = ops.image.resize(below, (2 * size[1], 2 * size[2]), interpolation="bilinear")
        return x + ops.cast(doubled, x.dtype)[:, :height, :width]

    def compute_output_shape(self, shapes: list[tuple]) -> tuple:
        return shapes[0]


def projected(
    condition_channels: int,
    picture_channels: int,
    preset: str = "base",
    normalization: str = "spectral",
    shrink: float = 1,
) -> keras.Model:
    """Build a projected discriminator (Sauer et al., "Projected GANs Converge Faster", 2021).

    An EfficientNet-Lite0 finds features of the picture. Fixed random convolutions mix its maps across channels,
    and from coarse to fine across scales, so that no head can rely on the easiest features alone. A head at
    each scale gives logits at 1/32 of the picture's size; only the heads learn.

    Parameters
    ----------
    condition_channels : int
        The heads take the condition, too, at their scale; 0 for none.
    picture_channels : {2, 3}
        3 for RGB in [-1, 1]; 2 for chroma, whose luminance is the condition's first channel.
    preset : {"tiny", "base", "large"}
    normalization : {"spectral", "none"}
        Of the heads.
    shrink : float
        As for `transformers.patch`.

    Returns
    -------
    keras.Model
        ``[condition, picture]``, or ``picture``, to logits ``(batch, h / 32, w / 32, 4)``, one channel a
        scale, positive for real; sides that are no multiples of 32 count as if they were the next.

    Raises
    ------
    ValueError
        When the pictures are neither RGB nor chroma with a condition.
    """
    if picture_channels not in (2, 3) or (picture_channels == 2 and not condition_channels):
        raise ValueError(
            f"a projected discriminator sees red, green and blue, or chroma, not {picture_channels} channels"
        )
    mixed, width = PRESETS[preset]
    inputs, condition, picture = discriminator_inputs(condition_channels, picture_channels, shrink)
    seen = picture
    if picture_channels == 2:
        assert condition is not None  # refused above
        seen = LabToRGB(dtype="float32")(layers.Concatenate()([condition[..., :1], picture]))
    maps = Frozen()(seen)
    below, verdicts = None, []
    for level in reversed(LEVELS):
        x = _fixed(mixed, 1, f"across_channels_{level}")(maps[level])
        if below is not None:
            x = OnTop()([x, below])
        below = _fixed(mixed, 3, f"across_scales_{level}")(x)
        verdicts.append(_head(below, condition, level, width, normalization))
    return keras.Model(inputs, layers.Concatenate(dtype="float32")(verdicts), name="projected")


def _fixed(width: int, size: int, name: str) -> keras.layers.Layer:
    """Return a convolution with random weights that are never trained."""
    # Seeded by its name: two trainings of one seed see the same.
    seed = sum(ord(letter) * place for place, letter in enumerate(name, 1))
    start = keras.initializers.VarianceScaling(1.0, "fan_in", "untruncated_normal", seed=seed)
    layer = layers.Conv2D(width, size, padding="same", use_bias=False, kernel_initializer=start, name=name)
    layer.trainable = False
    return layer


def _head(x: Tensor, condition: Tensor | None, level: int, width: int, normalization: str) -> Tensor:
    """Return the logits of one scale, brought down to 1/32 of the size."""

    def convolution(x: Tensor, channels: int, stride: int, size: int) -> Tensor:
        layer = layers.Conv2D(channels, size, stride, padding="same")
        return (layers.SpectralNormalization(layer) if normalization == "spectral" else layer)(x)

    if condition is not None:
        small = layers.AveragePooling2D(2 ** (level + 1), padding="same")(condition)
        x = layers.Concatenate()([x, small])
    for _ in range(len(LEVELS) - level):
        x = layers.LeakyReLU(0.2)(convolution(x, width, 2, 4))
    x = layers.LeakyReLU(0.2)(convolution(x, width, 1, 3))
    return convolution(x, 1, 1, 3)
