"""EfficientNet-Lite0 (Tan and Le 2019), pretrained on ImageNet, for generators, losses and metrics.

Batch normalization is folded into kernels and biases, so that nothing depends on the batch.
"""

from functools import cache

from transformers.backend import Tensor, keras
from transformers.pretrained import load

layers = keras.layers
STEM = 32  # channels of the first convolution, at half size
# Of each stage: kernel size, stride of its first block, expansion, channels, blocks.
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
STRIDES = (2, 4, 8, 16, 32)  # of the feature maps


def features() -> keras.Model:
    """Load the encoder with its ImageNet weights, frozen; see `encoder`."""
    return _features(keras.config.dtype_policy().name)


@cache
def _features(policy: str) -> keras.Model:
    """Load the encoder for a precision (`policy`), which its layers keep."""
    network = load("efficientnet_lite0")
    network.trainable = False
    return network


def encoder(width: float = 1.0) -> keras.Model:
    """Build an EfficientNet-Lite0 without its classifier, with random weights.

    Parameters
    ----------
    width : float
        Factor on all channels; the ImageNet weights fit 1.

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] (gray repeated three times) to a list of feature maps at
        1/2, 1/4, 1/8, 1/16 and 1/32 of the size. Each is the last of its size: the expansions before the
        next stride (96, 144, 240 and 672 channels), and the 320 channels of the last block.
    """
    inputs = keras.Input((None, None, 3))
    # It was trained on (x - 127) / 128 of values from 0 to 255.
    x = layers.Rescaling(127.5 / 128, offset=0.5 / 128)(inputs)
    x = _activation(layers.Conv2D(_scaled(STEM, width), 3, 2, padding="same", name="stem")(x))
    maps = []
    for stage, (size, stride, expansion, channels, blocks) in enumerate(STAGES, 1):
        for block in range(blocks):
            x = _block(
                x,
                f"stage{stage}_block{block + 1}",
                size=size,
                stride=stride if block == 0 else 1,
                expansion=expansion,
                channels=_scaled(channels, width),
                maps=maps,
            )
    return keras.Model(inputs, [*maps, x], name="efficientnet_lite0")


def _scaled(channels: int, width: float) -> int:
    return max(4, round(channels * width))


def _activation(x: Tensor) -> Tensor:
    return layers.ReLU(6.0)(x)


def _block(
    x: Tensor, name: str, *, size: int, stride: int, expansion: int, channels: int, maps: list[Tensor]
) -> Tensor:
    """Apply an inverted residual block (Sandler et al. 2018); add its expansion to `maps` before a stride."""
    start = x
    if expansion > 1:
        x = _activation(layers.Conv2D(expansion * x.shape[-1], 1, name=f"{name}_expand")(x))
    if stride > 1:
        maps.append(x)
    x = layers.DepthwiseConv2D(size, stride, padding="same", name=f"{name}_depthwise")(x)
    x = layers.Conv2D(channels, 1, name=f"{name}_project")(_activation(x))
    same = stride == 1 and start.shape[-1] == channels
    return layers.Add()([start, x]) if same else x


def train_from(network: keras.Model, stride: int | None) -> None:
    """Make the later layers of an encoder trainable, and no others.

    Depthwise convolutions of large maps have slow gradients on processors; objects are recognized in the small
    maps.

    Parameters
    ----------
    network : keras.Model
        From `encoder`.
    stride : {None, 1, 2, 4, 8, 16, 32}
        Trainable are layers whose input has 1 / `stride` of the picture's size or less; None: no layer.
    """
    size = 1
    for layer in network.layers:
        layer.trainable = stride is not None and size >= stride
        size *= getattr(layer, "strides", (1,))[0]
