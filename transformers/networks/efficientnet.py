"""EfficientNet-Lite0 (Tan and Le 2019), pretrained on ImageNet, for generators, losses, metrics and dreams.

Batch normalization is folded into kernels and biases, so that nothing depends on the batch.
"""

from functools import cache

from transformers.backend import Tensor, keras
from transformers.networks.lite0 import STAGES, last_block, stages, unknown_block
from transformers.pretrained import load

layers = keras.layers
STEM = 32  # channels of the first convolution, at half size
STRIDES = (2, 4, 8, 16, 32)  # of the feature maps
HEAD = 1280  # channels of the classifier's convolution
CLASSES = 1000


def features() -> keras.Model:
    """Load the encoder with its ImageNet weights, frozen; see `encoder`."""
    return _features(keras.config.dtype_policy().name)


@cache
def _features(policy: str, name: str = "efficientnet_lite0") -> keras.Model:
    """Load a network for a precision (`policy`), which its layers keep."""
    network = load(name)
    network.trainable = False
    return network


def network(names: tuple[str, ...] = (), logits: bool = False) -> keras.Model:
    """Load the network up to the blocks that are needed.

    Parameters
    ----------
    names : tuple of str
        Blocks and stages, see `lite0.layer_names`. Their outputs are linear: no ReLU6 follows a block.
    logits : bool
        Whether the logits of the 1000 classes of `transformers.imagenet` come last, ``(batch, 1000)``.

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] to a list of the blocks' outputs, in the order of `names`.
        Frozen.

    Raises
    ------
    ValueError
        When the network has no such block.
    """
    if wrong := unknown_block(names):
        raise ValueError(wrong)
    policy = keras.config.dtype_policy().name
    whole = _features(policy)
    # A block ends in its projection, or in the sum with its input.
    ends = {layer.name.rpartition("_")[0]: layer.output for layer in whole.layers if layer.name.startswith("stage")}
    outputs = [ends[last_block(name)] for name in names]
    if logits:
        outputs.append(_features(policy, "efficientnet_lite0.classifier")(whole.outputs[-1]))
    return keras.Model(whole.input, outputs, name="efficientnet_lite0")


def classifier(channels: int = STAGES[-1][3], head: int = HEAD, classes: int = CLASSES) -> keras.Model:
    """Build the part that follows the encoder, with random weights.

    Parameters
    ----------
    channels : int
        Of the encoder's last map.
    head : int
        Channels of its convolution.
    classes : int

    Returns
    -------
    keras.Model
        The last map ``(batch, height, width, channels)`` to logits ``(batch, classes)``.
    """
    maps = keras.Input((None, None, channels))
    x = _activation(layers.Conv2D(head, 1, name="head")(maps))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(maps, layers.Dense(classes, name="logits")(x), name="classifier")


def encoder(width: float = 1.0, depth: float = 1.0) -> keras.Model:
    """Build an EfficientNet-Lite without its classifier, with random weights.

    Parameters
    ----------
    width, depth : float
        Factors on all channels and on the number of blocks, see `lite0.stages`; the shipped weights fit 1 and 1.

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] (gray repeated three times) to a list of feature maps at
        1/2, 1/4, 1/8, 1/16 and 1/32 of the size. Each is the last of its size: the expansions before the
        next stride (of Lite0 96, 144, 240 and 672 channels), and the last block (320 channels).
    """
    inputs = keras.Input((None, None, 3))
    # It was trained on (x - 127) / 128 of values from 0 to 255.
    x = layers.Rescaling(127.5 / 128, offset=0.5 / 128)(inputs)
    stem = STEM if width >= 1 else max(4, round(STEM * width))
    x = _activation(layers.Conv2D(stem, 3, 2, padding="same", name="stem")(x))
    maps = []
    for stage, (size, stride, expansion, channels, blocks) in enumerate(stages(width, depth), 1):
        for block in range(blocks):
            x = _block(
                x,
                f"stage{stage}_block{block + 1}",
                size=size,
                stride=stride if block == 0 else 1,
                expansion=expansion,
                channels=channels,
                maps=maps,
            )
    return keras.Model(inputs, [*maps, x], name="efficientnet_lite0")


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
    return layers.Add(name=f"{name}_add")([start, x]) if same else x


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
