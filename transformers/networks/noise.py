"""Networks that generate faces from noise: generators, discriminators and the encoder.

Smaller versions of those of Liu et al., "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot
Image Synthesis" (2021, "FastGAN"), with skip-layer excitation and a discriminator that also reconstructs. The DCGAN
of Radford et al. (2016) serves for comparison.
"""

from typing import Any

from transformers.backend import Size, Tensor, keras
from transformers.networks.flow import flow_generator

layers = keras.layers
ops = keras.ops

LATENT = 128
START = (5, 4)  # height and width of the generator's first map
GROUP = 4  # pictures that the discriminator compares with one another
# Layers of the VGG-16 and their channels, inputs of the discriminator at a quarter and an eighth of the size.
KNOWN = {"conv2_2": 128, "conv3_3": 256}
GROUPS = 8  # of channels, for group normalization (Wu and He 2018)
# Channels of the generator at 5x4, 10x8, …; its pictures have twice the last size. Channels of discriminator and
# encoder at 1/2, 1/4, … of the picture's size.
PRESETS = {
    "tiny": {"generator": (8, 8, 8), "discriminator": (8, 8, 8)},
    "base": {"generator": (256, 192, 128, 64), "discriminator": (48, 96, 192, 256)},
    "large": {"generator": (256, 256, 128, 96), "discriminator": (64, 128, 256, 384)},
}


def picture_size(preset: str = "base") -> Size:
    """Return the size of a preset's pictures.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    tuple of int
        ``(width, height)`` in pixels.

    Examples
    --------
    >>> picture_size("base"), picture_size("tiny")
    ((64, 80), (32, 40))
    """
    times = 2 ** len(PRESETS[preset]["generator"])
    return START[1] * times, START[0] * times


def _convolution(x: Tensor, width: int, size: int = 3, stride: int = 1, **options: Any) -> Tensor:
    options.setdefault("kernel_initializer", "he_normal")
    return layers.Conv2D(width, size, stride, padding="same", **options)(x)


def _activation(x: Tensor) -> Tensor:
    return layers.LeakyReLU(0.2)(x)


def _normalized(x: Tensor) -> Tensor:
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def _excited(x: Tensor, low: Tensor) -> Tensor:
    """Gate the channels of `x` by a smaller map: skip-layer excitation (Liu et al. 2021, equation 1)."""
    gate = layers.AveragePooling2D((low.shape[1] // START[0], low.shape[2] // START[1]))(low)
    gate = layers.Conv2D(x.shape[-1], START)(gate)
    gate = layers.Conv2D(x.shape[-1], 1, activation="sigmoid")(_activation(gate))
    return layers.Multiply()([x, gate])


def noise_generator(preset: str = "base", latent: int = LATENT) -> keras.Model:
    """Build the generator.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}
    latent : int
        Length of the noise.

    Returns
    -------
    keras.Model
        Noise ``(batch, latent)`` from N(0, 1) to RGB ``(batch, height, width, 3)`` in [-1, 1]; for the size see
        `picture_size`.
    """
    widths = PRESETS[preset]["generator"]
    noise = keras.Input((latent,), name="noise")
    x = layers.Dense(START[0] * START[1] * widths[0])(noise)
    x = layers.Reshape((*START, widths[0]))(x)
    levels = []
    for level, width in enumerate(widths):
        x = _normalized(_convolution(_enlarged(x, width) if level else x, width, use_bias=False))
        if level >= 2:
            x = _excited(x, levels[level - 2])
        levels.append(x)
    # Narrow convolutions after the last enlargement; sub-pixel convolution would leave a checkerboard.
    x = _normalized(_convolution(_enlarged(x, widths[-1] // 2), widths[-1] // 4, use_bias=False))
    outputs = layers.Activation("tanh", dtype="float32")(_convolution(x, 3))
    return keras.Model(noise, outputs, name="noise_generator")


def _enlarged(x: Tensor, width: int) -> Tensor:
    """Double the size, after reducing the channels at the smaller size, where that is cheaper."""
    if width != x.shape[-1]:
        x = _convolution(x, width, size=1)
    return layers.UpSampling2D(2)(x)


class MinibatchStdDev(layers.Layer):
    """Add a channel with the standard deviation over a group of pictures (Karras et al. 2018, section 3)."""

    def call(self, inputs: Tensor) -> Tensor:
        height, width, channels = inputs.shape[1:]
        groups = ops.reshape(ops.cast(inputs, "float32"), (-1, GROUP, height * width * channels))
        spread = ops.mean(ops.sqrt(ops.var(groups, axis=1) + 1e-8), axis=1)
        spread = ops.reshape(ops.repeat(spread, GROUP), (-1, 1, 1, 1))
        spread = ops.tile(ops.cast(spread, inputs.dtype), (1, height, width, 1))
        return ops.concatenate([inputs, spread], axis=3)

    def compute_output_shape(self, shape: tuple) -> tuple:
        return (*shape[:3], shape[3] + 1)


def discriminator(preset: str = "base") -> keras.Model:
    """Build the discriminator.

    Two inputs make it useful from the first steps on: details apart and amplified, since light and colour drown
    them in the picture, and features of a pretrained network (`KNOWN`, of the picture at half size), as in
    Sauer et al., "Projected GANs Converge Faster" (2021).

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        ``[picture, *features]`` to logits ``(batch, 5, 4, 1)``, positive for real, and a map
        ``(batch, 5, 4, channels)``, from which `reconstructor` recovers the picture. Batches are multiples of 4.
    """
    width, height = picture_size(preset)
    first, *widths = PRESETS[preset]["discriminator"]
    picture = keras.Input((height, width, 3), name="picture")
    known = [keras.Input((None, None, channels)) for channels in KNOWN.values()]
    smooth = layers.AveragePooling2D(3, 1, padding="same")(picture)
    details = layers.Rescaling(4.0)(layers.Subtract()([picture, smooth]))
    x = _activation(_convolution(layers.Concatenate()([picture, details]), first, 4, 2))
    for level, channels in enumerate(widths):
        shortcut = _convolution(layers.AveragePooling2D(2)(x), channels, 1)
        change = _activation(layers.GroupNormalization(GROUPS)(_convolution(x, channels, 4, 2)))
        x = trunk = layers.Add()([change, shortcut])
        if level < len(known):
            x = layers.Concatenate()([trunk, _projected(known[level], channels)])
    x = layers.GroupNormalization(GROUPS)(_convolution(MinibatchStdDev()(x), widths[-1]))
    logits = layers.Conv2D(1, 1, dtype="float32")(_activation(x))
    trunk = layers.Activation("linear", dtype="float32")(trunk)
    return keras.Model([picture, *known], [logits, trunk], name="discriminator")


def _projected(given: Tensor, width: int) -> Tensor:
    x = layers.GroupNormalization(GROUPS)(_convolution(given, width, 1))
    return _activation(x)


def reconstructor(preset: str = "base") -> keras.Model:
    """Build the decoder of the discriminator's second task (Liu et al. 2021, section 3.2).

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        The discriminator's map ``(batch, 5, 4, channels)`` to RGB at half the picture's size, in [-1, 1].
    """
    widths = PRESETS[preset]["discriminator"]
    trunk = keras.Input((*START, widths[-1]))
    x = trunk
    for channels in reversed(widths[:-1]):
        x = _activation(_convolution(_enlarged(x, channels // 2), channels // 2))
    outputs = layers.Activation("tanh", dtype="float32")(_convolution(x, 3))
    return keras.Model(trunk, outputs, name="reconstructor")


def encoder(preset: str = "base", latent: int = LATENT) -> keras.Model:
    """Build the encoder of the variational autoencoder.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}
    latent : int
        Length of the code.

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] to the mean and the log variance of its code, each
        ``(batch, latent)``.
    """
    width, height = picture_size(preset)
    picture = keras.Input((height, width, 3))
    x = picture
    for channels in PRESETS[preset]["discriminator"]:
        x = _activation(_convolution(x, channels, 4, 2))
    outputs = [layers.Dense(latent, dtype="float32")(layers.Flatten()(x)) for _ in range(2)]
    return keras.Model(picture, outputs, name="encoder")


def _published() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.02)


def dcgan_generator(preset: str = "base", latent: int = LATENT) -> keras.Model:
    """Build the DCGAN's generator (Radford et al. 2016); inputs and outputs as for `noise_generator`."""
    levels = len(PRESETS[preset]["generator"])
    widths = [PRESETS[preset]["discriminator"][0] * 2**i for i in reversed(range(levels))]
    noise = keras.Input((latent,), name="noise")
    x = layers.Dense(START[0] * START[1] * widths[0], kernel_initializer=_published())(noise)
    x = _normalized(layers.Reshape((*START, widths[0]))(x))
    for width in widths[1:]:
        x = layers.Conv2DTranspose(width, 4, 2, padding="same", kernel_initializer=_published(), use_bias=False)(x)
        x = _normalized(x)
    x = layers.Conv2DTranspose(3, 4, 2, padding="same", kernel_initializer=_published())(x)
    return keras.Model(noise, layers.Activation("tanh", dtype="float32")(x), name="dcgan_generator")


def dcgan_discriminator(preset: str = "base") -> keras.Model:
    """Build the DCGAN's discriminator (Radford et al. 2016).

    Parameters
    ----------
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] to logits ``(batch, 1)``, positive for real, and features.
    """
    width, height = picture_size(preset)
    picture = keras.Input((height, width, 3))
    x = picture
    for level in range(len(PRESETS[preset]["generator"])):
        x = _convolution(x, PRESETS[preset]["discriminator"][0] * 2**level, 4, 2, kernel_initializer=_published())
        x = _activation(layers.BatchNormalization(momentum=0.9)(x) if level else x)
    logits = layers.Dense(1, dtype="float32", kernel_initializer=_published())(layers.Flatten()(x))
    return keras.Model(picture, [logits, x], name="dcgan_discriminator")


KINDS = {"noise": noise_generator, "dcgan": dcgan_generator, "flow": flow_generator}


def build_generator(kind: str = "noise", preset: str = "base") -> keras.Model:
    """Build a generator by its name.

    Parameters
    ----------
    kind : {"noise", "dcgan", "flow"}
    preset : {"tiny", "base", "large"}

    Returns
    -------
    keras.Model
        See `noise_generator`, for the last kind `flow_generator`.

    Raises
    ------
    ValueError
        When the name is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"no generator from noise is named '{kind}'; known: {', '.join(KINDS)}")
    return KINDS[kind](preset)
