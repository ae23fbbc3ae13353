"""Networks that generate faces by a flow in the codes of an autoencoder.

An encoder describes a face by few numbers at 10x8 places, and a decoder draws it again (Rombach et al.,
"High-Resolution Image Synthesis with Latent Diffusion Models", 2022). Noise is first brought to the mean and the
covariance of such codes. From there a transformer (Peebles and Xie, "Scalable Diffusion Models with Transformers",
2023) says in which direction it has to move to become one (Lipman et al., "Flow Matching for Generative Modeling",
2023).
"""

from dataclasses import dataclass

import numpy as np

from transformers import backend
from transformers.backend import Size, Tensor, keras
from transformers.networks.blocks import activation, convolution, head, residuals

layers = keras.layers
ops = keras.ops

GRID = (10, 8)  # height and width of the codes
CHANNELS = 16  # of a code at each place
NUMBERS = GRID[0] * GRID[1] * CHANNELS  # of a code
RANK = 256  # directions in which the covariance of codes is known; for the rest, variances are
LATENT = NUMBERS + RANK  # length of the noise
ROUGHNESS = 0.2  # deviation of the noise on codes in training, so that codes near a face's are drawn as faces
STEPS = 16  # of the integration, each with two evaluations
FREQUENCIES = 32  # that describe the time


@dataclass(frozen=True)
class Preset:
    """The size of the networks.

    Attributes
    ----------
    widths : tuple of int
        Channels of encoder and decoder at 1/2, 1/4, … of the picture's size; the last are those of the grid.
    blocks : int
        Residual blocks of the decoder at each size; the encoder has one.
    width, depth, heads : int
        Of the transformer.
    """

    widths: tuple[int, ...]
    blocks: int
    width: int
    depth: int
    heads: int


PRESETS = {
    "tiny": Preset((8, 8), 1, 16, 1, 2),
    "base": Preset((32, 64, 128, 192), 2, 192, 6, 4),
    "large": Preset((48, 96, 160, 256), 2, 256, 8, 4),
}


def picture_size(preset: str = "base") -> Size:
    """Return the size of a preset's pictures, ``(width, height)`` in pixels.

    Examples
    --------
    >>> picture_size("base"), picture_size("tiny")
    ((128, 160), (32, 40))
    """
    times = 2 ** len(PRESETS[preset].widths)
    return GRID[1] * times, GRID[0] * times


def encoder(preset: str = "base") -> keras.Model:
    """Build the encoder.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] to codes ``(batch, 10, 8, CHANNELS)``, whose numbers at each
        place have a mean of 0 and a variance of 1.
    """
    width, height = picture_size(preset)
    picture = keras.Input((height, width, 3))
    x = picture
    for channels in PRESETS[preset].widths:
        x = residuals(activation(convolution(x, channels, 4, 2)), 1)
    return keras.Model(picture, _standardized(convolution(x, CHANNELS)), name="encoder")


def decoder(preset: str = "base") -> keras.Model:
    """Build the decoder: codes, as the `encoder` gives them, to RGB in [-1, 1]."""
    size = PRESETS[preset]
    codes = keras.Input((*GRID, CHANNELS))
    x = residuals(convolution(_standardized(codes), size.widths[-1]), size.blocks)
    for channels in reversed(size.widths[:-1]):
        x = layers.UpSampling2D(2, interpolation="bilinear")(convolution(activation(x), channels, 1))
        x = residuals(convolution(x, channels), size.blocks)
    return keras.Model(codes, head(x, 3), name="decoder")


def _standardized(x: Tensor) -> Tensor:
    return layers.LayerNormalization(center=False, scale=False, dtype="float32")(x)


class Added(layers.Layer):
    """Add to each item of a batch what the network has learned, a tensor of one item's shape."""

    def __init__(self, stddev: float = 0.0, **options: object) -> None:
        super().__init__(**options)
        self.start = keras.initializers.RandomNormal(stddev=stddev) if stddev else "zeros"

    def build(self, shape: tuple) -> None:
        self.table = self.add_weight(shape=shape[1:], initializer=self.start, name="table")

    def call(self, inputs: Tensor) -> Tensor:
        return inputs + ops.cast(self.table, inputs.dtype)


class Waves(layers.Layer):
    """Describe a time, ``(batch, 1)`` from 0 to 1, by sines and cosines, ``(batch, 2 * FREQUENCIES)``."""

    def call(self, inputs: Tensor) -> Tensor:
        rates = ops.convert_to_tensor(np.geomspace(1, 1000, FREQUENCIES).astype(np.float32))
        angles = ops.cast(inputs, "float32") * rates
        return ops.concatenate([ops.cos(angles), ops.sin(angles)], axis=-1)

    def compute_output_shape(self, shape: tuple) -> tuple:
        return (*shape[:-1], 2 * FREQUENCIES)


class Centered(layers.Layer):
    """Subtract the mean of all codes."""

    def build(self, shape: tuple) -> None:
        self.mean = self.add_weight(shape=shape[1:], initializer="zeros", trainable=False, name="mean")

    def call(self, inputs: Tensor) -> Tensor:
        return ops.cast(inputs, "float32") - self.mean


class Drift(layers.Layer):
    """The velocity that would be right if codes had a normal distribution, and noise the same one.

    On straight ways from noise to codes, the deviation of what is met at a time t is sqrt((1 - t)² + t²) times that
    of codes; the velocity that follows it has this factor's logarithmic derivative as its rate.
    """

    def call(self, inputs: list[Tensor]) -> Tensor:
        centered, time = (ops.cast(x, "float32") for x in inputs)
        rate = (2 * time - 1) / (ops.square(1 - time) + ops.square(time))
        return ops.reshape(rate, (-1, 1, 1, 1)) * centered

    def compute_output_shape(self, shapes: list[tuple]) -> tuple:
        return shapes[0]


def velocity(preset: str = "base") -> keras.Model:
    """Build the transformer.

    Each block is told the time by scales, shifts and gates of its channels (Peebles and Xie 2023, "adaLN-Zero"),
    which differ from block to block by a table alone (Chen et al., "PixArt-α", 2024, section 2.3). All start at 0:
    an untrained network gives the `Drift`.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        ``[codes, time]``, codes ``(batch, 10, 8, CHANNELS)`` between noise at time 0 and a face's at time 1, and
        times ``(batch, 1)``, to the change of the codes by time, ``float32``.
    """
    size = PRESETS[preset]
    codes, time = keras.Input((*GRID, CHANNELS)), keras.Input((1,))
    known = layers.Dense(size.width, activation="silu")(Waves(dtype="float32")(time))
    known = layers.Dense(6 * size.width, kernel_initializer="zeros")(known)
    known = layers.Reshape((1, 6 * size.width))(known)
    centered = Centered(name="centered", dtype="float32")(codes)
    x = Added(0.02)(layers.Reshape((GRID[0] * GRID[1], size.width))(convolution(centered, size.width)))
    for _ in range(size.depth):
        shift, scale, gate, shift_2, scale_2, gate_2 = ops.split(Added()(known), 6, axis=-1)
        seen = _told(x, shift, scale)
        x = x + gate * layers.MultiHeadAttention(size.heads, size.width // size.heads)(seen, seen)
        wide = layers.Dense(4 * size.width, activation="relu")(_told(x, shift_2, scale_2))
        x = x + gate_2 * layers.Dense(size.width)(wide)
    shift, scale = ops.split(Added()(known), 6, axis=-1)[:2]
    x = layers.Reshape((*GRID, size.width))(_told(x, shift, scale))
    change = layers.Conv2D(CHANNELS, 3, padding="same", kernel_initializer="zeros", dtype="float32")(x)
    outputs = layers.Add(dtype="float32")([change, Drift(dtype="float32")([centered, time])])
    return keras.Model([codes, time], outputs, name="velocity")


def _told(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return layers.LayerNormalization(center=False, scale=False)(x) * (1 + scale) + shift


class Prior(layers.Layer):
    """Bring noise, ``(batch, LATENT)`` from N(0, 1), to the mean and the covariance of codes."""

    def build(self, shape: tuple) -> None:
        def weight(name: str, shape: tuple, start: str) -> keras.Variable:
            return self.add_weight(shape=shape, initializer=start, trainable=False, name=name)

        self.mean = weight("mean", (NUMBERS,), "zeros")
        self.factor = weight("factor", (RANK, NUMBERS), "zeros")
        self.rest = weight("rest", (NUMBERS,), "ones")

    def call(self, inputs: Tensor) -> Tensor:
        x = ops.cast(inputs, "float32")
        codes = self.mean + ops.matmul(x[:, :RANK], self.factor) + self.rest * x[:, RANK:]
        return ops.reshape(codes, (-1, *GRID, CHANNELS))

    def compute_output_shape(self, shape: tuple) -> tuple:
        return (shape[0], *GRID, CHANNELS)


class Flow(layers.Layer):
    """Move noise along a `velocity` network's flow, from time 0 to 1, by Heun's rule.

    Parameters
    ----------
    network : keras.Model
    steps : int
    """

    def __init__(self, network: keras.Model, steps: int = STEPS, **options: object) -> None:
        super().__init__(**options)
        self.network, self.steps = network, steps
        # Three times as fast; all steps in one would take longer to compile than to run.
        self._velocity = backend.compiled(lambda x, time: network([x, time], training=False))

    def call(self, inputs: Tensor) -> Tensor:
        x, length = ops.cast(inputs, "float32"), 1 / self.steps
        for step in range(self.steps):
            first = self._at(x, step * length)
            second = self._at(x + length * first, (step + 1) * length)
            x = x + length / 2 * (first + second)
        return x

    def _at(self, x: Tensor, time: float) -> Tensor:
        return self._velocity(x, ops.full((ops.shape(x)[0], 1), time))

    def compute_output_shape(self, shape: tuple) -> tuple:
        return shape


def flow_generator(preset: str = "base") -> keras.Model:
    """Build the generator: noise, moved to a code, and drawn.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        Noise ``(batch, LATENT)`` from N(0, 1) to RGB ``(batch, height, width, 3)`` in [-1, 1]; for the size see
        `picture_size`. Its layers ``"prior"``, ``"flow"`` and ``"decoder"`` are the parts.
    """
    noise = keras.Input((LATENT,), name="noise")
    start = Prior(name="prior", dtype="float32")(noise)
    codes = Flow(velocity(preset), name="flow", dtype="float32")(start)
    return keras.Model(noise, decoder(preset)(codes), name="flow_generator")
