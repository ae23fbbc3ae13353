"""The fast painter: one network for one painting, one pass for one picture.

Johnson, Alahi and Fei-Fei, "Perceptual losses for real-time style transfer and super-resolution"
(ECCV 2016), with instance normalisation (Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the
missing ingredient for fast stylization", 2016). Smaller than theirs: the body works at a quarter of the
picture's size, with 64 channels in place of 128.
"""

from dataclasses import dataclass

import numpy as np

from transformers import backend, features
from transformers.backend import keras
from transformers.generators import Preset, _finished, _preset

layers = keras.layers
ops = keras.ops

# Channels at a half and at a quarter of the picture's size; residual blocks at a quarter.
PRESETS = {"tiny": Preset((8, 16), 1), "base": Preset((32, 64), 5), "large": Preset((32, 96), 6)}
CONTENT_LAYER = "conv3_3"
LUMINANCE = np.float32([0.299, 0.587, 0.114])  # of red, green, blue (ITU-R BT.601)
PATCH = 16  # pixels
# Johnson et al. have a block more. Without it a step takes two thirds of the time, and strokes are there all the
# same: a place of conv3_3 sees 40 pixels.
STYLE_LAYERS = ("conv1_2", "conv2_2", "conv3_3")


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


def _convolution(x, width, size=3, stride=1, **options):
    x = ReflectPad((size - 1) // 2)(x)
    return layers.Conv2D(width, size, stride, **options)(x)


def _normalised(x, width, size=3, stride=1, relu=True):
    """Convolution, instance normalisation (groups of one channel), ReLU."""
    x = _convolution(x, width, size, stride, use_bias=False)
    x = layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)
    return layers.ReLU()(x) if relu else x


def painter(preset="base"):
    """The network.

    Sizes are doubled by repeating pixels before a convolution, never by a transposed convolution, so
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
    size = _preset(preset, PRESETS)
    half, quarter = size.widths
    inputs = keras.Input((None, None, 3))
    # Kernels of even size: the places of the halved picture lie in the middle of the pixels they stand for.
    x = _normalised(inputs, half, size=6, stride=2)
    x = _normalised(x, quarter, size=4, stride=2)
    for _ in range(size.blocks):
        x = layers.Add()([x, _normalised(_normalised(x, quarter), quarter, relu=False)])
    x = _normalised(layers.UpSampling2D(2)(x), half)
    x = _normalised(x, half // 2)
    faint = keras.initializers.RandomNormal(stddev=0.01)
    x = _convolution(layers.UpSampling2D(2)(x), 3, size=5, kernel_initializer=faint)
    # The photograph shines through as much as training finds good: all of it at first, so that the network has
    # to learn strokes only, and not first what a photograph is.
    glaze = layers.Dense(3, use_bias=False, kernel_initializer="identity")(inputs)
    outputs = layers.Activation("tanh", dtype="float32")(layers.Add()([x, glaze]))
    # 8, not 4: at a quarter of the size there must be two pixels to reflect.
    return _finished(keras.Model(inputs, outputs, name="painter"), 8, 1)


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

    content: float = 1.0
    style: float = 10.0
    light: float = 10.0
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
        with backend.without_gradient():
            maps = dict(zip(STYLE_LAYERS, features.vgg16(STYLE_LAYERS)(painting[None]), strict=True))
            self._style = [ops.convert_to_numpy(gram(m)) for m in maps.values()]
            self._content_scale = float(ops.mean(ops.square(ops.cast(maps[CONTENT_LAYER], "float32"))))
        names = ("loss", "content", "style", "light", "variation", "steadiness")
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.step = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="step")
        self.built = True

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
        # Feature networks are asked for each time: held as an attribute they would be saved with the state.
        (goal,) = features.maps(features.vgg16((CONTENT_LAYER,)), picture)
        maps = dict(zip(STYLE_LAYERS, features.maps(features.vgg16(STYLE_LAYERS), painted), strict=True))
        reached = maps[CONTENT_LAYER]
        parts = {
            "content": ops.mean(ops.square(reached - goal)) / self._content_scale,
            "style": style_distance([gram(m) for m in maps.values()], self._style),
            "light": light(painted, picture),
            "variation": total_variation(painted),
        }
        return sum(getattr(weights, name) * value for name, value in parts.items()), parts


def style_distance(grams, wanted):
    """Mean over layers of the squared distance of Gram matrices, as a share of the wanted one's square.

    Parameters
    ----------
    grams : list of tensors
        ``(batch, channels, channels)``, layer by layer.
    wanted : list of numpy.ndarray
        ``(1, channels, channels)``: of the painting.
    """
    shares = [
        ops.mean(ops.sum(ops.square(g - ops.convert_to_tensor(w)), axis=(1, 2))) / float(np.sum(np.square(w)))
        for g, w in zip(grams, wanted, strict=True)
    ]
    return sum(shares) / len(shares)


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
