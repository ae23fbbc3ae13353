"""The fast painter: one network for each painting, which paints a picture in one pass.

Johnson, Alahi and Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution"
(ECCV 2016), with instance normalization (Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the
missing ingredient for fast stylization", 2016). The network is smaller than theirs: the body works at a quarter of
the picture's size, with 64 channels in place of 128. It begins by giving the photograph the painting's colours, so
that it only has to learn the strokes.
"""

from typing import Any

import numpy as np

from transformers.backend import Tensor, keras
from transformers.networks.blocks import Preset, preset_of, with_strides

layers = keras.layers
ops = keras.ops

# Channels at a half and at a quarter of the picture's size; residual blocks at a quarter.
PRESETS = {"tiny": Preset((8, 16), 1), "base": Preset((32, 64), 5), "large": Preset((32, 96), 6)}
COLORS = "colors"  # name of the network's first layer
LEAST_VARIANCE = 1e-3  # of a channel: the grain of a plain picture must not become a painting's contrast


@keras.saving.register_keras_serializable("transformers")
class ReflectPad(layers.Layer):
    """Pad pictures by reflection; zeros would be painted as a frame.

    Parameters
    ----------
    amount : int
        Pixels at each side, fewer than the picture has.
    """

    def __init__(self, amount: int, **options: Any) -> None:
        super().__init__(**options)
        self.amount = amount

    def call(self, inputs: Tensor) -> Tensor:
        side = (self.amount, self.amount)
        return ops.pad(inputs, ((0, 0), side, side, (0, 0)), mode="reflect")

    def compute_output_shape(self, shape: tuple) -> tuple:
        larger = [None if side is None else side + 2 * self.amount for side in shape[1:3]]
        return (shape[0], *larger, shape[3])

    def get_config(self) -> dict:
        return {**super().get_config(), "amount": self.amount}


@keras.saving.register_keras_serializable("transformers")
class PaintingColors(layers.Layer):
    """Give each picture the mean and the covariance of a painting's colours.

    Applies a linear map of RGB (Gatys, Bethge, Hertzmann and Shechtman, "Preserving color in neural artistic
    style transfer", 2016, section 4), then clips to [-1, 1]. The painting's mean and covariance are weights that
    are not trained: 0 and the unit matrix, until `learn` sets them.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(dtype="float32", **options)

    def build(self, shape: tuple) -> None:
        self.mean = self.add_weight(shape=(3,), initializer="zeros", trainable=False, name="mean")
        self.root = self.add_weight(shape=(3, 3), initializer="identity", trainable=False, name="root")

    def learn(self, painting: np.ndarray) -> None:
        """Set the weights from a painting, ``float32`` RGB ``(height, width, 3)`` in [-1, 1]."""
        mean, root = colors_of(ops.convert_to_tensor(painting)[None])
        self.mean.assign(ops.reshape(mean, (3,)))
        self.root.assign(root[0])

    def call(self, inputs: Tensor) -> Tensor:
        return with_colors(inputs, self.mean, self.root)

    def compute_output_shape(self, shape: tuple) -> tuple:
        return shape


def colors_of(paintings: Tensor) -> tuple[Tensor, Tensor]:
    """Return what `with_colors` gives to pictures.

    Parameters
    ----------
    paintings : tensor
        RGB ``(batch, height, width, 3)`` in [-1, 1].

    Returns
    -------
    mean, root : tensor
        Mean colours ``(batch, 1, 1, 3)``, and square roots of the covariances of colours ``(batch, 3, 3)``.
    """
    mean, covariance = _moments(paintings)
    return mean, _power(covariance, 0.5)


def with_colors(pictures: Tensor, mean: Tensor, root: Tensor) -> Tensor:
    """Give each picture a mean and a covariance of colours; see `PaintingColors`.

    Parameters
    ----------
    pictures : tensor
        RGB ``(batch, height, width, 3)`` in [-1, 1].
    mean, root : tensor
        From `colors_of`, one for each picture or one for all.

    Returns
    -------
    tensor
        RGB ``(batch, height, width, 3)`` in [-1, 1].
    """
    own, covariance = _moments(pictures)
    matrix = ops.matmul(_power(covariance, -0.5), root)  # both are symmetric
    height, width = ops.shape(pictures)[1:3]
    flat = ops.reshape(pictures - own, (-1, height * width, 3))
    return ops.clip(ops.reshape(ops.matmul(flat, matrix), ops.shape(pictures)) + mean, -1, 1)


def _moments(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean colours ``(batch, 1, 1, 3)`` and covariances of colours ``(batch, 3, 3)``."""
    mean = ops.mean(pictures, axis=(1, 2), keepdims=True)
    height, width = ops.shape(pictures)[1:3]
    flat = ops.reshape(pictures - mean, (-1, height * width, 3))
    covariance = ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / ops.cast(height * width, "float32")
    # As if there were a little noise in each channel, so that a gray picture's covariance has an inverse.
    return mean, covariance + LEAST_VARIANCE * ops.eye(3)


def _power(matrices: Tensor, exponent: float) -> Tensor:
    """Return a power of symmetric positive definite matrices ``(batch, 3, 3)``."""
    values, vectors = ops.eigh(matrices)
    return ops.matmul(vectors * ops.expand_dims(values**exponent, 1), ops.transpose(vectors, (0, 2, 1)))


def reflected_convolution(x: Tensor, width: int, size: int = 3, stride: int = 1, **options: Any) -> Tensor:
    """Apply a convolution to a picture that its reflection continues."""
    x = ReflectPad((size - 1) // 2)(x)
    return layers.Conv2D(width, size, stride, **options)(x)


def _normalized(x: Tensor, width: int, size: int = 3, stride: int = 1, relu: bool = True) -> Tensor:
    """Apply a convolution, instance normalization (groups of one channel) and, if `relu`, a ReLU."""
    x = reflected_convolution(x, width, size, stride, use_bias=False)
    x = layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)
    return layers.ReLU()(x) if relu else x


def doubled(x: Tensor) -> Tensor:
    """Double the size: repeat pixels, then average each with its neighbours.

    In pairs of equal pixels a convolution could tell the first from the second, and would weave a grid. (The
    bilinear interpolation of Keras cannot be traced for variable sizes on TensorFlow.)
    """
    return layers.AveragePooling2D(3, 1)(ReflectPad(1)(layers.UpSampling2D(2)(x)))


def painter(preset: str = "base") -> keras.Model:
    """Build the fast painter.

    Sizes are doubled by interpolation before a convolution, not by a transposed convolution, so that plain parts
    of the picture are painted without a checkerboard (Odena et al. 2016).

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] to the same shape and range; height and width must be
        multiples of its ``stride``, see `transformers.generate`.

    Raises
    ------
    ValueError
        When the preset is unknown.
    """
    size = preset_of(preset, PRESETS)
    half, quarter = size.widths
    inputs = keras.Input((None, None, 3))
    recolored = PaintingColors(name=COLORS)(inputs)
    # Kernels of even size center each place of the smaller map on the pixels that it stands for.
    x = _normalized(recolored, half, size=6, stride=2)
    x = _normalized(x, quarter, size=4, stride=2)
    for _ in range(size.blocks):
        x = layers.Add()([x, _normalized(_normalized(x, quarter), quarter, relu=False)])
    x = _normalized(doubled(x), half)
    x = _normalized(x, half // 2)
    faint = keras.initializers.RandomNormal(stddev=0.01)
    x = reflected_convolution(doubled(x), 3, size=5, kernel_initializer=faint)
    # The recolored photograph shows through as much as training finds good: fully at first, so that the network
    # need not learn to reproduce it.
    glaze = layers.Dense(3, use_bias=False, kernel_initializer="identity")(recolored)
    outputs = layers.Activation("tanh", dtype="float32")(layers.Add()([x, glaze]))
    # 8, not 4: at a quarter of the size there must be two pixels to reflect.
    return with_strides(keras.Model(inputs, outputs, name="painter"), 8, 1)
