"""The painter of any painting: one network, which is shown the painting as well, and paints in one pass.

Adaptive instance normalization (AdaIN: Huang and Belongie, "Arbitrary style transfer in real-time with adaptive
instance normalization", 2017) gives the photograph's VGG-16 features the mean and the deviation that each channel
has in the painting, and a decoder turns them into a picture. Two things are other than in the article. Features of
four depths are adapted, not the deepest alone, so that faces keep their features. And, as in
`transformers.networks.painter`, the photograph in the painting's colours, which nothing has to learn, shows through
the paint, and the decoder adds strokes.

The alternative, a network that predicts the normalizations of a painter (Ghiasi et al., "Exploring the structure of
a real-time, arbitrary neural artistic stylization network", 2017), has to learn from paintings what a painting asks
for; they took 80,000. Here that is computed, and the decoder can practise on photographs too. A step of training
takes nearly as long for either: most of it is the VGG-16 of the losses, which here finds features as well. It is
that of `transformers.networks.features`; the decoder alone is shipped.
"""

from typing import Any

import numpy as np

from transformers.backend import Tensor, keras
from transformers.networks import features
from transformers.networks.blocks import Preset, preset_of, with_strides
from transformers.networks.painter import colors_of, doubled, reflected_convolution, with_colors

layers = keras.layers
ops = keras.ops

# Layers that are adapted, fine to coarse → channels, and about the root mean square of a photograph's features.
LAYERS = {"conv1_1": (64, 32.0), "conv2_1": (128, 32.0), "conv3_1": (256, 11.0), "conv4_1": (512, 4.5)}
# Channels at the picture's size, a half, a quarter and an eighth of it; residual blocks at all but the first.
PRESETS = {
    "tiny": Preset((4, 8, 8, 16), 1),
    "base": Preset((16, 64, 128, 192), 1),
    "large": Preset((32, 96, 160, 256), 2),
}
LEAST_VARIANCE = 1e-3  # of a channel: what a plain picture has in it must not become a painting's contrast
FRAME = 8  # pixels: least side of a picture, and half of what its reflection adds on all sides
STRIDE = 8  # pixels


def any_painter(preset: str = "base") -> keras.Model:
    """Build the decoder.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        From a list to a picture, RGB ``(batch, height, width, 3)`` in [-1, 1]. The list is the photograph in the
        painting's colours, of the same shape and range, and adapted features of each of `LAYERS`; `PainterLike`
        computes them.

    Raises
    ------
    ValueError
        When the preset is unknown.
    """
    size = preset_of(preset, PRESETS)
    recolored = keras.Input((None, None, 3), name="recolored")
    maps = [keras.Input((None, None, channels), name=name) for name, (channels, _) in LAYERS.items()]
    x = layers.ReLU()(reflected_convolution(maps[-1], size.widths[-1]))
    x = _residuals(x, size.blocks)
    for level in reversed(range(len(LAYERS) - 1)):
        width = size.widths[level]
        # Before sizes are doubled, channels become fewer: after that it would cost four times as much.
        x = doubled(reflected_convolution(x, width))
        x = layers.ReLU()(layers.Add()([x, layers.Conv2D(width, 1, use_bias=False)(maps[level])]))
        x = _residuals(x, size.blocks if level else 0)
    faint = keras.initializers.RandomNormal(stddev=0.001)
    x = reflected_convolution(x, 3, size=5, kernel_initializer=faint)
    glaze = layers.Dense(3, use_bias=False, kernel_initializer="identity")(recolored)
    outputs = layers.Activation("tanh", dtype="float32")(layers.Add()([x, glaze]))
    return keras.Model([recolored, *maps], outputs, name="any_painter")


def _residuals(x: Tensor, count: int) -> Tensor:
    for _ in range(count):
        y = layers.ReLU()(reflected_convolution(x, x.shape[-1], kernel_initializer="he_normal"))
        y = reflected_convolution(y, x.shape[-1], kernel_initializer="zeros")  # so that it begins as the identity
        x = layers.Add()([x, y])
    return x


def encoded(pictures: Tensor) -> list[Tensor]:
    """Return the features of pictures: of each of `LAYERS`, ``float32``, with a mean square of about 1.

    Parameters
    ----------
    pictures : tensor
        RGB ``(batch, height, width, 3)`` in [-1, 1].

    Returns
    -------
    list of tensor
        ``(batch, h, w, channels)``, fine to coarse.
    """
    # The means of pooling, unlike its maxima, have gradients that weave no grid into what is trained.
    network = features.network("vgg16", tuple(LAYERS), pooling="average")
    maps = features.maps(network, pictures)
    return [values / scale for values, (_, scale) in zip(maps, LAYERS.values(), strict=True)]


def moments(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of each channel over all places.

    Parameters
    ----------
    maps : tensor
        ``(batch, height, width, channels)``.

    Returns
    -------
    mean, deviation : tensor
        ``(batch, 1, 1, channels)``; `LEAST_VARIANCE` is added to the variance.

    Examples
    --------
    >>> mean, deviation = moments(np.float32([1, 3]).reshape(1, 1, 2, 1))
    >>> float(mean[0, 0, 0, 0]), round(float(deviation[0, 0, 0, 0]), 2)
    (2.0, 1.0)
    """
    mean, variance = ops.moments(maps, axes=(1, 2), keepdims=True)
    return mean, ops.sqrt(variance + LEAST_VARIANCE)


def adapted(maps: Tensor, mean: Tensor, deviation: Tensor, strength: Tensor | float = 1.0) -> Tensor:
    """Return features with the mean and deviation of others (Huang and Belongie 2017, equation 8).

    Parameters
    ----------
    maps : tensor
        ``(batch, height, width, channels)``.
    mean, deviation : tensor
        Of the others, from `moments`.
    strength : float or tensor
        From 0, features as they are, to 1.

    Returns
    -------
    tensor
        ``(batch, height, width, channels)``.

    Examples
    --------
    >>> maps = np.float32([1, 3]).reshape(1, 1, 2, 1)  # one before and one after their mean
    >>> np.round(np.asarray(adapted(maps, 10.0, 5.0)).ravel(), 1).tolist()
    [5.0, 15.0]
    """
    maps, mean, deviation = (ops.convert_to_tensor(values, "float32") for values in (maps, mean, deviation))
    own, spread = moments(maps)
    mean, deviation = (there + strength * (wanted - there) for there, wanted in ((own, mean), (spread, deviation)))
    return (maps - own) / spread * deviation + mean


class PainterLike(keras.Model):
    """The network at work on one painting; a generator for `transformers.generate`, of pictures of any size.

    Parameters
    ----------
    decoder : keras.Model
        From `any_painter`.
    painting : numpy.ndarray
        ``float32`` RGB ``(height, width, 3)`` in [-1, 1], at the size at which its strokes are to appear.
    strength : float
        From 0, the photograph's own colours and features, to 1, the painting's.
    """

    def __init__(self, decoder: keras.Model, painting: np.ndarray, strength: float = 1.0) -> None:
        super().__init__(name="painter_like", dtype="float32")
        self.decoder = decoder
        seen = ops.convert_to_tensor(painting)[None]
        channels = [values for maps in encoded(seen) for values in moments(maps)]
        # As weights, they are part of what results depend on, see `transformers.inference.weights_of`.
        told = enumerate((strength, *colors_of(seen), *channels))
        self.told = [self._kept(f"told_{index}", values) for index, values in told]
        with_strides(self, STRIDE, 1)
        self.built = True

    def _kept(self, name: str, values: Tensor | float) -> keras.Variable:
        array = np.asarray(ops.convert_to_numpy(values), np.float32)
        variable = self.add_weight(shape=array.shape, trainable=False, name=name)
        variable.assign(array)
        return variable

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        # What is near the border would look like a frame: there VGG-16 sees its zero padding.
        inputs = _framed(_framed(ops.convert_to_tensor(inputs)))
        strength, mean, root, *channels = self.told
        recolored = inputs + strength * (with_colors(inputs, mean, root) - inputs)
        pairs = zip(encoded(recolored), channels[::2], channels[1::2], strict=True)
        maps = [adapted(values, mean, deviation, strength) for values, mean, deviation in pairs]
        frame = slice(2 * FRAME, -2 * FRAME)
        return self.decoder([recolored, *maps], training=False)[:, frame, frame]

    def compute_output_shape(self, shape: tuple, **_: Any) -> tuple:
        return shape


def _framed(pictures: Tensor) -> Tensor:
    """Add reflections of `FRAME` pixels, the border included, on all sides: any side of as many will do."""
    for axis in (1, 2):
        first = ops.take(pictures, ops.arange(FRAME), axis=axis)
        last = ops.take(pictures, ops.shape(pictures)[axis] - FRAME + ops.arange(FRAME), axis=axis)
        pictures = ops.concatenate([ops.flip(first, axis), pictures, ops.flip(last, axis)], axis=axis)
    return pictures
