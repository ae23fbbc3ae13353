"""Noise → faces: generator, critic, encoder, and the GAN that trains them on few pictures.

After Liu et al., "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image
Synthesis" (2021, "FastGAN"), smaller: skip-layer excitation, and a critic that also has to reconstruct.
Before the critic joins, the generator learns as the decoder of a variational autoencoder (Kingma and
Welling 2014), which gives it the structure of a face within minutes; later a share of every batch stays
with that task (as in Larsen et al. 2016), so the structure is not lost to a critic that knows nothing
yet. When the critic joins, noise is given the distribution of the faces' codes (Ghosh et al. 2020), and
faces from noise are held to the features of real ones (Li et al. 2015). The DCGAN of Radford et al.
(2016) is there to measure against.
"""

import numpy as np

from transformers import augmentation, backend, features, losses
from transformers.backend import keras
from transformers.gan import LossWeights

layers = keras.layers
ops = keras.ops

LATENT = 128
START = (5, 4)  # height and width that the noise is laid out on
GROUP = 4  # pictures that the critic compares with one another
# Of the VGG-16, and their channels: what the critic is given at a quarter and an eighth of the size.
KNOWN = {"conv2_2": 128, "conv3_3": 256}
PERCEIVED = ("conv1_2", "conv2_2", "conv3_3")  # of the VGG-16, by which reconstructions are compared
# And those whose statistics over a face are to be like those of real ones.
MATCHED = ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3")
LOGARITHMS = (-8.0, 2.0)  # least and most of codes' variances: their exponentials must stay numbers
GROUPS = 8  # of channels, for group normalisation (Wu and He 2018)
# Channels at 5x4, 10x8, … for the generator, whose pictures have twice the last size; at a half, a
# quarter, … for critic and encoder.
PRESETS = {
    "tiny": {"generator": (8, 8, 8), "critic": (8, 8, 8)},
    "base": {"generator": (256, 192, 128, 64), "critic": (48, 96, 192, 256)},
    "large": {"generator": (256, 256, 128, 96), "critic": (64, 128, 256, 384)},
}


def picture_size(preset="base"):
    """``(width, height)`` of the pictures that a preset's generator gives: 64x80 but for tiny."""
    times = 2 ** len(PRESETS[preset]["generator"])
    return START[1] * times, START[0] * times


def _convolution(x, width, size=3, stride=1, **options):
    options.setdefault("kernel_initializer", "he_normal")
    return layers.Conv2D(width, size, stride, padding="same", **options)(x)


def _activation(x):
    return layers.LeakyReLU(0.2)(x)


def _normalised(x):
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def _excited(x, low):
    """Skip-layer excitation: what is at low resolution gates the channels (Liu et al. 2021, equation 1)."""
    gate = layers.AveragePooling2D((low.shape[1] // START[0], low.shape[2] // START[1]))(low)
    gate = layers.Conv2D(x.shape[-1], START)(gate)
    gate = layers.Conv2D(x.shape[-1], 1, activation="sigmoid")(_activation(gate))
    return layers.Multiply()([x, gate])


def noise_generator(preset="base", latent=LATENT):
    """The generator.

    Parameters
    ----------
    preset : {"tiny", "base", "large"}
    latent : int
        Length of the noise.

    Returns
    -------
    keras.Model
        Noise ``(batch, latent)``, of N(0, 1), to RGB ``(batch, height, width, 3)`` in [-1, 1].
    """
    widths = PRESETS[preset]["generator"]
    noise = keras.Input((latent,), name="noise")
    x = layers.Dense(START[0] * START[1] * widths[0])(noise)
    x = layers.Reshape((*START, widths[0]))(x)
    levels = []
    for level, width in enumerate(widths):
        x = _normalised(_convolution(_enlarged(x, width) if level else x, width, use_bias=False))
        if level >= 2:
            x = _excited(x, levels[level - 2])
        levels.append(x)
    # Convolutions after the last enlargement, thin as they are: sub-pixels would leave a checkerboard.
    x = _normalised(_convolution(_enlarged(x, widths[-1] // 2), widths[-1] // 4, use_bias=False))
    outputs = layers.Activation("tanh", dtype="float32")(_convolution(x, 3))
    return keras.Model(noise, outputs, name="noise_generator")


def _enlarged(x, width):
    """Twice the size; fewer channels first, so that it costs what the smaller size did."""
    if width != x.shape[-1]:
        x = _convolution(x, width, size=1)
    return layers.UpSampling2D(2)(x)


class Spread(layers.Layer):
    """Adds a channel that tells how much the pictures of a group differ (Karras et al. 2018, section 3)."""

    def call(self, inputs):
        height, width, channels = inputs.shape[1:]
        groups = ops.reshape(ops.cast(inputs, "float32"), (-1, GROUP, height * width * channels))
        spread = ops.mean(ops.sqrt(ops.var(groups, axis=1) + 1e-8), axis=1)
        spread = ops.reshape(ops.repeat(spread, GROUP), (-1, 1, 1, 1))
        spread = ops.tile(ops.cast(spread, inputs.dtype), (1, height, width, 1))
        return ops.concatenate([inputs, spread], axis=3)

    def compute_output_shape(self, shape):
        return (*shape[:3], shape[3] + 1)


def critic(preset="base"):
    """The critic's trunk and verdict; batches are multiples of four.

    Two things make it a good judge from the first steps on. It is shown details apart, enhanced: in the
    plain picture they are drowned by light and colour. And it is given features of a network that knows
    pictures (`KNOWN`, of the picture at half size), as in Sauer et al., "Projected GANs Converge Faster"
    (2021).

    Returns
    -------
    keras.Model
        ``[picture, *features]`` to logits ``(batch, 5, 4, 1)``, positive for real, and a map
        ``(batch, 5, 4, channels)``, from which `reconstructor` has to find the picture again.
    """
    width, height = picture_size(preset)
    first, *widths = PRESETS[preset]["critic"]
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
    x = layers.GroupNormalization(GROUPS)(_convolution(Spread()(x), widths[-1]))
    logits = layers.Conv2D(1, 1, dtype="float32")(_activation(x))
    trunk = layers.Activation("linear", dtype="float32")(trunk)
    return keras.Model([picture, *known], [logits, trunk], name="critic")


def _projected(given, width):
    x = layers.GroupNormalization(GROUPS)(_convolution(given, width, 1))
    return _activation(x)


def reconstructor(preset="base"):
    """The critic's other task: from its features back to the picture at half size (Liu et al. 2021, 3.2)."""
    widths = PRESETS[preset]["critic"]
    trunk = keras.Input((*START, widths[-1]))
    x = trunk
    for channels in reversed(widths[:-1]):
        x = _activation(_convolution(_enlarged(x, channels // 2), channels // 2))
    outputs = layers.Activation("tanh", dtype="float32")(_convolution(x, 3))
    return keras.Model(trunk, outputs, name="reconstructor")


def encoder(preset="base", latent=LATENT):
    """Pictures to mean and logarithm of the variance of their noise, each ``(batch, latent)``."""
    width, height = picture_size(preset)
    picture = keras.Input((height, width, 3))
    x = picture
    for channels in PRESETS[preset]["critic"]:
        x = _activation(_convolution(x, channels, 4, 2))
    outputs = [layers.Dense(latent, dtype="float32")(layers.Flatten()(x)) for _ in range(2)]
    return keras.Model(picture, outputs, name="encoder")


def _published():
    return keras.initializers.RandomNormal(stddev=0.02)


def dcgan_generator(preset="base", latent=LATENT):
    """As `noise_generator`, by Radford et al. (2016): transposed convolutions and batch normalisation."""
    levels = len(PRESETS[preset]["generator"])
    widths = [PRESETS[preset]["critic"][0] * 2**i for i in reversed(range(levels))]
    noise = keras.Input((latent,), name="noise")
    x = layers.Dense(START[0] * START[1] * widths[0], kernel_initializer=_published())(noise)
    x = _normalised(layers.Reshape((*START, widths[0]))(x))
    for width in widths[1:]:
        x = layers.Conv2DTranspose(width, 4, 2, padding="same", kernel_initializer=_published(), use_bias=False)(x)
        x = _normalised(x)
    x = layers.Conv2DTranspose(3, 4, 2, padding="same", kernel_initializer=_published())(x)
    return keras.Model(noise, layers.Activation("tanh", dtype="float32")(x), name="dcgan_generator")


def dcgan_critic(preset="base"):
    """The discriminator of Radford et al. (2016): pictures to logits ``(batch, 1)`` and features."""
    width, height = picture_size(preset)
    picture = keras.Input((height, width, 3))
    x = picture
    for level in range(len(PRESETS[preset]["generator"])):
        x = _convolution(x, PRESETS[preset]["critic"][0] * 2**level, 4, 2, kernel_initializer=_published())
        x = _activation(layers.BatchNormalization(momentum=0.9)(x) if level else x)
    logits = layers.Dense(1, dtype="float32", kernel_initializer=_published())(layers.Flatten()(x))
    return keras.Model(picture, [logits, x], name="dcgan_critic")


KINDS = {"noise": noise_generator, "dcgan": dcgan_generator}


def build_generator(kind="noise", preset="base"):
    """`noise_generator` or `dcgan_generator`, by name."""
    if kind not in KINDS:
        raise ValueError(f"no generator from noise is named '{kind}'; known: {', '.join(KINDS)}")
    return KINDS[kind](preset)


class NoiseGAN(keras.Model):
    """Generator, critic, a running average of the generator, and what lets them learn from few pictures.

    ``fit`` it on tuples of one dictionary: ``picture`` ``(batch, height, width, 3)`` in [-1, 1], ``noise``
    ``(batch, LATENT)``, ``draws`` ``(batch, 3 * augmentation.DRAWS)``. All chance comes with the batch.
    Calling it runs the averaged generator.

    Parameters
    ----------
    kind : {"noise", "dcgan"}
        ``"dcgan"``: networks, loss and optimisers of Radford et al. (2016); no autoencoder,
        augmentation, second task or average.
    preset : {"tiny", "base", "large"}
    adversarial_from : int
        Epoch from which the critic takes part; before, generator and encoder learn alone.
        `transformers.gan.Schedule` (a callback) sees to it.
    loss_weights : LossWeights
        Of reconstruction (L1, and distance of VGG-16 features in a window of a quarter of the picture),
        which a quarter of every batch is for, and of the critic's verdict.
    divergence : float
        What the divergence of the encoder's distributions from N(0, 1) counts for, beside L1.
    kernel : float
        What the kernel distance to real faces counts for (`losses.kernel_distance` of means and
        deviations of VGG-16 features, as in the generative moment matching networks of Li et al. 2015),
        once the critic plays.
    calm : float
        What the critic's regularisation counts for (Tseng et al., "Regularizing Generative Adversarial
        Networks under Limited Data", 2021, equation 3).
    average_decay : float
        Of the exponential moving average of the generator's weights, per step; lower at first.
    """

    def __init__(
        self,
        kind="noise",
        preset="base",
        adversarial_from=0,
        *,
        loss_weights=LossWeights(l1=1.0, adversarial=0.5, perceptual=1.0),
        divergence=1e-3,
        kernel=3.0,
        calm=0.05,
        average_decay=0.995,
    ):
        super().__init__(name="noise_gan")
        self.plain = kind == "dcgan"
        self.generator, self.averaged = build_generator(kind, preset), build_generator(kind, preset)
        self.averaged.trainable = False
        self.averaged.set_weights(self.generator.get_weights())
        if self.plain:
            self.discriminator = dcgan_critic(preset)
        else:
            self.discriminator, self.reconstructor = critic(preset), reconstructor(preset)
            self.encoder = encoder(preset)
            self._known = features.vgg16(tuple(KNOWN))
            self._perceived = features.vgg16(PERCEIVED)
            self._matched = features.vgg16(MATCHED)
            # Codes to noise, once `settle` has found how they are distributed.
            self.center = self.add_weight(shape=(LATENT,), initializer="zeros", trainable=False, name="center")
            self.whitening = self.add_weight(
                shape=(LATENT, LATENT), initializer="identity", trainable=False, name="whitening"
            )
        self._real = None  # statistics of features of real faces, a table a layer; scales
        self.adversarial_from = 0 if self.plain else adversarial_from
        self.adversarial_on = self.adversarial_from == 0
        self.loss_weights = loss_weights
        self.divergence, self.kernel, self.calm = divergence, kernel, calm
        self.average_decay = 0.0 if self.plain else average_decay
        self._judge_loss, self._please_loss = losses.ADVERSARIAL["bce" if self.plain else "hinge"]
        names = ("l1", "perceptual", "divergence", "adversarial", "kernel", "discriminator", "reconstruction")
        self.trackers = {name: keras.metrics.Mean(name=name) for name in (*names, "spread")}
        self.step = self._number("step", "int64")
        # Running means of the verdicts on real and on generated pictures.
        self.verdicts = [self._number("real"), self._number("fake")]
        self.built = True

    def _number(self, name, dtype="float32"):
        return self.add_weight(shape=(), dtype=dtype, initializer="zeros", trainable=False, name=name)

    @property
    def metrics(self):
        return list(self.trackers.values())

    def compile(self, generator_rate=2e-4, discriminator_rate=None, decoder_rate=1e-3, **options):
        """Make the optimisers, Adam all of them.

        Parameters
        ----------
        generator_rate, discriminator_rate, decoder_rate : float
            Learning rates: of the generator and its critic once they play (of the critic, by default,
            3e-4, for the DCGAN 2e-4), and of the autoencoder before.
        """
        super().compile(jit_compile=False, **options)
        rate = discriminator_rate or (2e-4 if self.plain else 3e-4)
        clip = None if self.plain else 1.0
        self.generator_optimizer = keras.optimizers.Adam(generator_rate, beta_1=0.5, clipnorm=clip)
        self.discriminator_optimizer = keras.optimizers.Adam(rate, beta_1=0.5)
        self.optimizers = [self.generator_optimizer, self.discriminator_optimizer]
        self._judging = list(self.discriminator.trainable_variables)
        if not self.plain:
            self._judging += self.reconstructor.trainable_variables
            self._coding = [*self.generator.trainable_variables, *self.encoder.trainable_variables]
            self.decoder_optimizer = keras.optimizers.Adam(decoder_rate)
            self.decoder_optimizer.build(self._coding)
            self.optimizers.append(self.decoder_optimizer)
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self._judging)

    def call(self, noise, training=False):
        return self.averaged(noise, training=False)

    def match(self, pictures, batch_size=32):
        """Let the kernel distance be that to these faces; without them it is left out.

        Parameters
        ----------
        pictures : numpy.ndarray
            ``float32`` ``(count, height, width, 3)`` in [-1, 1].
        batch_size : int
        """
        found = [self._statistics(pictures[i : i + batch_size]) for i in range(0, len(pictures), batch_size)]
        tables = [np.concatenate([ops.convert_to_numpy(f) for f in layer]) for layer in zip(*found, strict=True)]
        scales = [float(np.sqrt(np.mean(np.square(t)))) for t in tables]
        self._real = [(t / scale, scale) for t, scale in zip(tables, scales, strict=True)]

    def _statistics(self, pictures):
        """Means and deviations over all places of features, ``(batch, 2 * channels)`` a layer.

        By means alone a faint grid all over a picture does as well as the few sharp edges of a face.
        """
        found = features.maps(self._matched, pictures)
        # The small number: where all places are alike, a square root has no derivative.
        deviations = [ops.sqrt(ops.var(layer, axis=(1, 2)) + 1e-4) for layer in found]
        means = [ops.mean(layer, axis=(1, 2)) for layer in found]
        return [ops.concatenate(both, axis=1) for both in zip(means, deviations, strict=True)]

    def settle(self, pictures, batch_size=64):
        """Make noise of N(0, 1) what codes of these faces are distributed like.

        The generator, so far the decoder of a variational autoencoder, takes codes that are rarely
        spread as they should be: a normal distribution is fitted to them (Ghosh et al., "From
        Variational to Deterministic Autoencoders", 2020, section 4) and becomes part of its first layer.

        Parameters
        ----------
        pictures : numpy.ndarray
            ``float32`` ``(count, height, width, 3)`` in [-1, 1].
        batch_size : int
        """
        parts = [pictures[i : i + batch_size] for i in range(0, len(pictures), batch_size)]
        found = zip(*(self.encoder.predict_on_batch(part) for part in parts), strict=True)
        means, logarithms = (np.concatenate(values).astype(np.float64) for values in found)
        center = means.mean(axis=0)
        variances = np.exp(np.clip(logarithms, *LOGARITHMS)).mean(axis=0)
        root = np.linalg.cholesky(np.cov(means.T) + np.diag(variances))  # code = center + root noise
        for generator in (self.generator, self.averaged):
            dense = generator.get_layer(index=1)
            kernel, bias = dense.get_weights()
            dense.set_weights([root.T @ kernel, center @ kernel + bias])
        self.center.assign(center)
        self.whitening.assign(np.linalg.inv(root).T)

    def train_step(self, *args):
        (batch,) = args[-1]
        picture, noise = batch["picture"], batch["noise"]
        if self.adversarial_on:
            results = self._play(picture, noise, ops.split(batch["draws"], 3, axis=1))
        else:
            results = self._decode(picture, noise)
        self.step.assign_add(1)
        backend.assign_average(self.averaged.weights, self.generator.weights, self.average_decay, self.step)
        for name, value in results.items():
            self.trackers[name].update_state(ops.stop_gradient(value))
        return {name: self.trackers[name].result() for name in results}

    def _encoded(self, picture, noise, training):
        """Noise that stands for a picture, and how far its distribution is from N(0, 1), in nats."""
        mean, logarithm = self.encoder(picture, training=training)
        logarithm = ops.clip(logarithm, *LOGARITHMS)
        divergence = ops.square(mean) + ops.exp(logarithm) - logarithm - 1
        code = mean + ops.exp(logarithm / 2) * noise
        return ops.matmul(code - self.center, self.whitening), ops.mean(ops.sum(divergence, axis=1)) / 2

    def _decode(self, picture, noise):
        """A step of the variational autoencoder."""

        def loss():
            code, divergence = self._encoded(picture, noise, training=True)
            again = self.generator(code, training=True)
            distance, parts = self._distance(picture, again)
            return distance + self.divergence * divergence, {**parts, "divergence": divergence}

        return backend.minimize(loss, self.decoder_optimizer, self._coding)[1]

    def _distance(self, picture, again):
        """What tells a reconstruction from its picture, and the parts of it."""
        weights = self.loss_weights
        sides = [side // 2 for side in picture.shape[1:3]]
        place = losses.place_of(self.step)
        parts = {
            "l1": losses.l1(picture, again),
            "perceptual": losses.window_distance(self._perceived, picture, again, place, sides),
        }
        return weights.l1 * parts["l1"] + weights.perceptual * parts["perceptual"], parts

    def _play(self, picture, noise, draws):
        """A step of the critic, and one of the generator."""
        fake = ops.stop_gradient(self.generator(noise, training=True))
        _, parts = backend.minimize(
            lambda: self._judge(self._seen(picture, draws[0]), self._seen(fake, draws[1])),
            self.discriminator_optimizer,
            self._judging,
        )
        _, more = backend.minimize(
            lambda: self._please(picture, noise, draws[2]),
            self.generator_optimizer,
            self.generator.trainable_variables,
        )
        return parts | more

    def _seen(self, pictures, draws):
        return pictures if self.plain else augmentation.augment(pictures, draws)

    def _verdict(self, pictures, training):
        """The critic's logits, and its trunk's map."""
        if self.plain:
            return self.discriminator(pictures, training=training)
        return self.discriminator([pictures, *self._known(ops.average_pool(pictures, 2))], training=training)

    def _judge(self, real, fake):
        """The critic's loss."""
        if self.plain:
            # One after the other: batch normalisation that sees both at once gives the fakes away.
            loss = self._judge_loss(*(self._verdict(p, training=True)[0] for p in (real, fake)))
            return loss, {"discriminator": loss}
        verdict, found = self._verdict(ops.concatenate([real, fake]), training=True)
        on_real, on_fake = ops.split(verdict, 2)
        loss = self._judge_loss(on_real, on_fake)
        again = self.reconstructor(ops.split(found, 2)[0], training=True)
        parts = {"discriminator": loss, "reconstruction": losses.l1(ops.average_pool(real, 2), again)}
        loss = loss + parts["reconstruction"] + self.calm * self._excitement(on_real, on_fake)
        return loss, parts

    def _excitement(self, on_real, on_fake):
        """How far verdicts are beyond the usual ones of the other side."""
        for usual, verdict in zip(self.verdicts, (on_real, on_fake), strict=True):
            usual.assign(0.99 * usual + 0.01 * ops.stop_gradient(ops.mean(verdict)))
        usual_real, usual_fake = (ops.stop_gradient(ops.convert_to_tensor(v)) for v in self.verdicts)
        return ops.mean(ops.square(ops.relu(on_real - usual_fake))) + ops.mean(
            ops.square(ops.relu(usual_real - on_fake))
        )

    def _please(self, picture, noise, draws):
        """The generator's loss; of a quarter of the batch it is known which picture is meant."""
        known = ops.shape(picture)[0] // 4
        if not self.plain:
            code, _ = self._encoded(picture[:known], noise[:known], training=False)
            noise = ops.concatenate([ops.stop_gradient(code), noise[known:]])
        made = self.generator(noise, training=True)
        verdict, _ = self._verdict(self._seen(made, draws), training=self.plain)
        parts = {"adversarial": self._please_loss(verdict), "spread": ops.mean(ops.std(made, axis=0))}
        loss = self.loss_weights.adversarial * parts["adversarial"]
        if not self.plain:
            distance, more = self._distance(picture[:known], made[:known])
            loss, parts = loss + distance, parts | more
        if self._real:
            parts["kernel"] = sum(
                losses.kernel_distance(found / scale, real)
                for found, (real, scale) in zip(self._statistics(made[known:]), self._real, strict=True)
            ) / len(self._real)
            loss = loss + self.kernel * parts["kernel"]
        return loss, parts


class Settling(keras.callbacks.Callback):
    """Calls `NoiseGAN.settle` when the critic joins a trained decoder.

    Parameters
    ----------
    pictures : numpy.ndarray
        As for `NoiseGAN.settle`.
    """

    def __init__(self, pictures):
        super().__init__()
        self.pictures = pictures

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.model.adversarial_from > 0:
            self.model.settle(self.pictures)
