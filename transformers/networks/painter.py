"""The fast painter: one network for one painting, one pass for one picture.

Johnson, Alahi and Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution"
(ECCV 2016), with instance normalisation (Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the
missing ingredient for fast stylization", 2016). Smaller than theirs: the body works at a quarter of the
picture's size, with 64 channels in place of 128. Unlike theirs it begins with the photograph in the
painting's colours, so that strokes are all that it has to learn.
"""

from transformers.backend import keras
from transformers.networks.blocks import Preset, finished, preset_of

layers = keras.layers
ops = keras.ops

# Channels at a half and at a quarter of the picture's size; residual blocks at a quarter.
PRESETS = {"tiny": Preset((8, 16), 1), "base": Preset((32, 64), 5), "large": Preset((32, 96), 6)}
COLORS = "colors"  # name of the network's first layer
LEAST_VARIANCE = 1e-3  # of a channel: a plain picture's grain is not to become a painting's contrast


@keras.saving.register_keras_serializable("transformers")
class ReflectPad(layers.Layer):
    """Rows and columns around a picture, by reflection: zeros would be painted as a frame.

    Parameters
    ----------
    amount : int
        Of pixels at each side; less than the picture has.
    """

    def __init__(self, amount, **options):
        super().__init__(**options)
        self.amount = amount

    def call(self, inputs):
        side = (self.amount, self.amount)
        return ops.pad(inputs, ((0, 0), side, side, (0, 0)), mode="reflect")

    def compute_output_shape(self, shape: tuple):
        larger = [None if side is None else side + 2 * self.amount for side in shape[1:3]]
        return (shape[0], *larger, shape[3])

    def get_config(self):
        return {**super().get_config(), "amount": self.amount}


@keras.saving.register_keras_serializable("transformers")
class PaintingColors(layers.Layer):
    """Gives each picture the mean colour of a painting, and the spread of its colours.

    A linear map of RGB that makes mean and covariance the painting's (Gatys, Bethge, Hertzmann and
    Shechtman, "Preserving color in neural artistic style transfer", 2016, section 4). Both are weights
    that are not trained: those of white noise, until `learn`.
    """

    def __init__(self, **options):
        super().__init__(dtype="float32", **options)

    def build(self, shape: tuple) -> None:
        self.mean = self.add_weight(shape=(3,), initializer="zeros", trainable=False, name="mean")
        self.root = self.add_weight(shape=(3, 3), initializer="identity", trainable=False, name="root")

    def learn(self, painting) -> None:
        """Take the colours of a painting, ``float32`` RGB ``(height, width, 3)`` in [-1, 1]."""
        mean, covariance = _moments(ops.convert_to_tensor(painting)[None])
        self.mean.assign(ops.reshape(mean, (3,)))
        self.root.assign(_power(covariance, 0.5)[0])

    def call(self, inputs):
        mean, covariance = _moments(inputs)
        matrix = ops.matmul(_power(covariance, -0.5), self.root)  # both are symmetric
        height, width = ops.shape(inputs)[1:3]
        flat = ops.reshape(inputs - mean, (-1, height * width, 3))
        matched = ops.reshape(ops.matmul(flat, matrix), ops.shape(inputs)) + self.mean
        return ops.clip(matched, -1, 1)

    def compute_output_shape(self, shape: tuple):
        return shape


def _moments(pictures):
    """Return the mean colours ``(batch, 1, 1, 3)`` and covariances of colours ``(batch, 3, 3)``."""
    mean = ops.mean(pictures, axis=(1, 2), keepdims=True)
    height, width = ops.shape(pictures)[1:3]
    flat = ops.reshape(pictures - mean, (-1, height * width, 3))
    covariance = ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / ops.cast(height * width, "float32")
    # A little noise in each channel, so that a gray picture's has an inverse.
    return mean, covariance + LEAST_VARIANCE * ops.eye(3)


def _power(matrices, exponent):
    """Return a power of symmetric positive matrices ``(batch, 3, 3)``."""
    values, vectors = ops.eigh(matrices)
    return ops.matmul(vectors * ops.expand_dims(values**exponent, 1), ops.transpose(vectors, (0, 2, 1)))


def _convolution(x, width, size=3, stride=1, **options):
    x = ReflectPad((size - 1) // 2)(x)
    return layers.Conv2D(width, size, stride, **options)(x)


def _normalized(x, width, size=3, stride=1, relu=True):
    """Convolution, instance normalisation (groups of one channel), ReLU."""
    x = _convolution(x, width, size, stride, use_bias=False)
    x = layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)
    return layers.ReLU()(x) if relu else x


def _doubled(x):
    """Return twice the size: pixels repeated, then the mean of each with its neighbours.

    Where pixels are alike in pairs a convolution can tell which of a pair it is at, and weaves a grid. (The
    bilinear interpolation of Keras cannot be traced for any size on TensorFlow.)
    """
    return layers.AveragePooling2D(3, 1)(ReflectPad(1)(layers.UpSampling2D(2)(x)))


def painter(preset: str = "base") -> keras.Model:
    """Return the network.

    Sizes are doubled by interpolation before a convolution, never by a transposed convolution, so
    what is plain in the picture is painted without a checkerboard (Odena et al. 2016).

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` to the same shape, in [-1, 1]; ``stride`` is what height and
        width must be multiples of, see `transformers.generate`.
    """
    size = preset_of(preset, PRESETS)
    half, quarter = size.widths
    inputs = keras.Input((None, None, 3))
    recolored = PaintingColors(name=COLORS)(inputs)
    # Kernels of even size: the places of the halved picture lie in the middle of the pixels they stand for.
    x = _normalized(recolored, half, size=6, stride=2)
    x = _normalized(x, quarter, size=4, stride=2)
    for _ in range(size.blocks):
        x = layers.Add()([x, _normalized(_normalized(x, quarter), quarter, relu=False)])
    x = _normalized(_doubled(x), half)
    x = _normalized(x, half // 2)
    faint = keras.initializers.RandomNormal(stddev=0.01)
    x = _convolution(_doubled(x), 3, size=5, kernel_initializer=faint)
    # It shines through as much as training finds good: all of it at first, so that the network need not learn
    # first what a photograph is.
    glaze = layers.Dense(3, use_bias=False, kernel_initializer="identity")(recolored)
    outputs = layers.Activation("tanh", dtype="float32")(layers.Add()([x, glaze]))
    # 8, not 4: at a quarter of the size there must be two pixels to reflect.
    return finished(keras.Model(inputs, outputs, name="painter"), 8, 1)
