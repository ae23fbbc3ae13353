"""The fast painter: one network for one painting, one pass for one picture.

Johnson, Alahi and Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution"
(ECCV 2016), with instance normalisation (Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the
missing ingredient for fast stylization", 2016). Smaller than theirs: the body works at a quarter of the
picture's size, with 64 channels in place of 128. Unlike theirs it begins with the photograph in the
painting's colours, so that strokes are all that it has to learn.
"""

from dataclasses import dataclass

import numpy as np

from transformers import backend, features
from transformers.backend import keras
from transformers.blocks import Preset, finished, preset_of

layers = keras.layers
ops = keras.ops

# Channels at a half and at a quarter of the picture's size; residual blocks at a quarter.
PRESETS = {"tiny": Preset((8, 16), 1), "base": Preset((32, 64), 5), "large": Preset((32, 96), 6)}
COLORS = "colors"  # name of the network's first layer
CONTENT_LAYER = "conv4_1"
LUMINANCE = np.float32([0.299, 0.587, 0.114])  # of red, green, blue (ITU-R BT.601)
PATCH = 16  # pixels
BORDER = 8  # pixels that feature maps leave out on all sides
LEAST_VARIANCE = 1e-3  # of a channel: a plain picture's grain is not to become a painting's contrast
# What each counts for: the deepest has strokes and swirls, the others colours and fine texture.
STYLE_LAYERS = {"conv1_1": 1.0, "conv2_1": 1.0, "conv3_1": 1.0, "conv4_1": 4.0}


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

    def compute_output_shape(self, shape):
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

    def build(self, shape):
        self.mean = self.add_weight(shape=(3,), initializer="zeros", trainable=False, name="mean")
        self.root = self.add_weight(shape=(3, 3), initializer="identity", trainable=False, name="root")

    def learn(self, painting):
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

    def compute_output_shape(self, shape):
        return shape


def _moments(pictures):
    """Mean colours ``(batch, 1, 1, 3)`` and covariances of colours ``(batch, 3, 3)``."""
    mean = ops.mean(pictures, axis=(1, 2), keepdims=True)
    height, width = ops.shape(pictures)[1:3]
    flat = ops.reshape(pictures - mean, (-1, height * width, 3))
    covariance = ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / ops.cast(height * width, "float32")
    # A little noise in each channel, so that a gray picture's has an inverse.
    return mean, covariance + LEAST_VARIANCE * ops.eye(3)


def _power(matrices, exponent):
    """A power of symmetric positive matrices ``(batch, 3, 3)``."""
    values, vectors = ops.eigh(matrices)
    return ops.matmul(vectors * ops.expand_dims(values**exponent, 1), ops.transpose(vectors, (0, 2, 1)))


def _convolution(x, width, size=3, stride=1, **options):
    x = ReflectPad((size - 1) // 2)(x)
    return layers.Conv2D(width, size, stride, **options)(x)


def _normalised(x, width, size=3, stride=1, relu=True):
    """Convolution, instance normalisation (groups of one channel), ReLU."""
    x = _convolution(x, width, size, stride, use_bias=False)
    x = layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)
    return layers.ReLU()(x) if relu else x


def _doubled(x):
    """Twice the size: pixels repeated, then the mean of each with its neighbours.

    Where pixels are alike in pairs a convolution can tell which of a pair it is at, and weaves a grid. (The
    bilinear interpolation of Keras cannot be traced for any size on TensorFlow.)
    """
    return layers.AveragePooling2D(3, 1)(ReflectPad(1)(layers.UpSampling2D(2)(x)))


def painter(preset="base"):
    """The network.

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
    x = _normalised(recolored, half, size=6, stride=2)
    x = _normalised(x, quarter, size=4, stride=2)
    for _ in range(size.blocks):
        x = layers.Add()([x, _normalised(_normalised(x, quarter), quarter, relu=False)])
    x = _normalised(_doubled(x), half)
    x = _normalised(x, half // 2)
    faint = keras.initializers.RandomNormal(stddev=0.01)
    x = _convolution(_doubled(x), 3, size=5, kernel_initializer=faint)
    # It shines through as much as training finds good: all of it at first, so that the network need not learn
    # first what a photograph is.
    glaze = layers.Dense(3, use_bias=False, kernel_initializer="identity")(recolored)
    outputs = layers.Activation("tanh", dtype="float32")(layers.Add()([x, glaze]))
    # 8, not 4: at a quarter of the size there must be two pixels to reflect.
    return finished(keras.Model(inputs, outputs, name="painter"), 8, 1)


def gram(maps):
    """Gram matrices: products of every two channels, averaged over places (Gatys et al. 2016, equation 3).

    Parameters
    ----------
    maps : tensor
        Features ``(batch, height, width, channels)``.

    Returns
    -------
    tensor
        ``float32`` ``(batch, channels, channels)``.
    """
    height, width, channels = maps.shape[1:]
    flat = ops.reshape(maps, (-1, height * width, channels))
    product = ops.matmul(ops.transpose(flat, (0, 2, 1)), flat)
    return ops.cast(product, "float32") / (height * width)


def light(painted, pictures):
    """Mean squared difference of light and shade: of luminances over `PATCH` pixels, less each picture's mean.

    What a Gram matrix wants may be anywhere. Without this, all the dark blue of a painting ends in some blots,
    and where an eye is as well as elsewhere. A picture as a whole may become darker or lighter.
    """
    shades = []
    for values in (painted, pictures):
        luminance = ops.sum(ops.multiply(values, ops.convert_to_tensor(LUMINANCE)), axis=3, keepdims=True)
        shade = ops.average_pool(luminance, PATCH)
        shades.append(shade - ops.mean(shade, axis=(1, 2), keepdims=True))
    return ops.mean(ops.square(shades[0] - shades[1]))


def total_variation(pictures):
    """Mean squared difference of neighbouring pixels, down and across (Mahendran and Vedaldi 2015)."""
    down = ops.mean(ops.square(pictures[:, 1:] - pictures[:, :-1]))
    return down + ops.mean(ops.square(pictures[:, :, 1:] - pictures[:, :, :-1]))


@dataclass(frozen=True)
class PaintWeights:
    """What each loss counts for in the painter's sum.

    Attributes
    ----------
    content, style : float
        Both losses are shares: of the painting's own mean square features, and of its Gram matrices'.
    light : float
        Of `light`.
    variation : float
        Of `total_variation`.
    steadiness : float
        Of the squared difference of what is painted for two views of a picture, moved by some pixels
        and with other noise. It keeps films from flickering.
    """

    content: float = 1.5
    style: float = 30.0
    light: float = 4.0
    variation: float = 1.0
    steadiness: float = 4.0


class PainterTraining(keras.Model):
    """A painter that learns one painting, and the running average of its weights, which is what is kept.

    Use it as any Keras model: ``compile``, ``fit`` on batches of ``(views,)``; see `train_step`.

    Parameters
    ----------
    painting : numpy.ndarray
        ``float32`` RGB ``(height, width, 3)`` in [-1, 1], at the size at which its strokes are to be seen.
    preset : {"tiny", "base", "large"}
    weights : PaintWeights
    average_decay : float
        Of the running average, per step; lower in the first steps.
    """

    def __init__(self, painting, preset="base", weights=PaintWeights(), average_decay=0.99):
        super().__init__(name="painter_training")
        self.painter = painter(preset)
        self.averaged = painter(preset)
        self.averaged.trainable = False
        self.averaged.set_weights(self.painter.get_weights())
        self.loss_weights = weights
        self.average_decay = average_decay
        self.learn_colors(painting)
        with backend.without_gradient():
            maps = _maps(painting[None])
            self._style = [ops.convert_to_numpy(gram(m)) for m in maps.values()]
            self._content_scale = float(ops.mean(ops.square(maps[CONTENT_LAYER])))
        names = ("loss", "content", "style", "light", "variation", "steadiness")
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.step = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="step")
        self.built = True

    def learn_colors(self, painting):
        """Give both painters the colours of a painting: weights of another one bring their own."""
        for network in (self.painter, self.averaged):
            network.get_layer(COLORS).learn(painting)

    @property
    def metrics(self):
        return list(self.trackers.values())

    def compile(self, optimizer=None, **options):
        """Choose the optimiser, by default Adam with a rate of 1e-3 as in Johnson et al."""
        # XLA makes convolutions on processors slower.
        super().compile(optimizer=optimizer or keras.optimizers.Adam(1e-3), jit_compile=False, **options)
        self.optimizer.build(self.painter.trainable_variables)

    @property
    def optimizers(self):
        return [self.optimizer]

    def call(self, picture, training=False):
        return self.averaged(picture, training=False)

    def train_step(self, *args):
        """One step.

        Its batch is a dictionary: ``picture`` and ``other``, two views of the same photographs,
        ``(batch, height, width, 3)`` in [-1, 1], and ``shift``, ``int32`` ``(2,)``: how many rows and
        columns further down and right the other view begins, `MOST_SHIFT` at most.
        """
        (batch,) = args[-1]
        _, parts = backend.minimize(
            lambda: self._objective(batch), self.optimizer, self.painter.trainable_variables
        )
        self.step.assign_add(1)
        backend.assign_average(self.averaged.weights, self.painter.weights, self.average_decay, self.step)
        for name, value in parts.items():
            self.trackers[name].update_state(ops.stop_gradient(value))
        return {name: tracker.result() for name, tracker in self.trackers.items()}

    def score(self, picture):
        """What the best weights are chosen by, a number: all losses but steadiness, of the average."""
        with backend.without_gradient():
            return float(self._look(picture, self(picture))[0])

    def _objective(self, batch):
        both = self.painter(ops.concatenate([batch["picture"], batch["other"]]), training=True)
        painted, other = ops.split(both, 2)
        total, parts = self._look(batch["picture"], painted)
        parts["steadiness"] = steadiness(painted, other, batch["shift"])
        total = total + self.loss_weights.steadiness * parts["steadiness"]
        return total, {**parts, "loss": total}

    def _look(self, picture, painted):
        """The weighted sum of the losses that look at one view, and its parts."""
        weights = self.loss_weights
        # In the painting's colours, which are what it shall have: its own would pull the other way.
        picture = self.painter.get_layer(COLORS)(picture)
        maps, goal = _maps(painted), _maps(picture)[CONTENT_LAYER]
        parts = {
            "content": ops.mean(ops.square(maps[CONTENT_LAYER] - goal)) / self._content_scale,
            "style": style_distance([gram(m) for m in maps.values()], self._style, STYLE_LAYERS.values()),
            "light": light(painted, picture),
            "variation": total_variation(painted),
        }
        return sum(getattr(weights, name) * value for name, value in parts.items()), parts


def _maps(pictures):
    """Feature maps of all layers that are compared, by name.

    The network is asked for each time: held as an attribute it would be saved with the state. Its pooling is
    the mean, whose gradient goes to all places alike; that of maxima weaves a grid into what is painted. At the
    border it sees the zeros that it pads with, which would teach the painter to paint a frame.
    """
    network = features.network("vgg16", tuple(STYLE_LAYERS), pooling="average")
    margins = [BORDER // features.stride(name) for name in STYLE_LAYERS]
    return dict(zip(STYLE_LAYERS, features.maps(network, pictures, margins), strict=True))


def style_distance(grams, wanted, weights):
    """Weighted mean over layers of the squared distance of Gram matrices, as a share of the wanted one's square.

    Parameters
    ----------
    grams : list of tensors
        ``(batch, channels, channels)``, layer by layer.
    wanted : list of numpy.ndarray
        ``(1, channels, channels)``: of the painting.
    weights : collection of float
        Of the layers; only proportions matter.
    """
    shares = [
        weight * ops.mean(ops.sum(ops.square(g - ops.convert_to_tensor(w)), axis=(1, 2))) / float((w**2).sum())
        for g, w, weight in zip(grams, wanted, weights, strict=True)
    ]
    return sum(shares) / sum(weights)


MOST_SHIFT = 8  # pixels: twice what a place at a quarter of the size stands for


def steadiness(one, other, shift):
    """Mean squared difference of two views where they show the same.

    Parameters
    ----------
    one, other : tensors
        ``(batch, height, width, 3)``, both sides above `MOST_SHIFT`.
    shift : tensor
        ``int32`` ``(2,)``, each 0 to `MOST_SHIFT`: the other view begins so many rows and columns further.
    """
    one, other, shift = (ops.convert_to_tensor(values) for values in (one, other, shift))
    height, width = (side - MOST_SHIFT for side in one.shape[1:3])
    one = ops.take(one, shift[0] + ops.arange(height), axis=1)
    one = ops.take(one, shift[1] + ops.arange(width), axis=2)
    return ops.mean(ops.square(one - other[:, :height, :width]))
