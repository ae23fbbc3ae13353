"""The shared GAN: one Keras model that trains every transformation."""

from dataclasses import dataclass

from transformers import backend, losses
from transformers.backend import keras
from transformers.networks import features

ops = keras.ops


@dataclass(frozen=True)
class LossWeights:
    """What each loss counts for in the generator's sum; a loss of weight 0 is not computed."""

    l1: float = 100.0
    adversarial: float = 1.0
    perceptual: float = 0.0
    colourfulness: float = 0.0


class GAN(keras.Model):
    """A generator, its discriminator and a running average of the generator.

    Use it as any Keras model: ``compile``, ``fit`` on pairs ``(condition, target)``, ``evaluate``.
    Calling it runs the averaged generator.

    Parameters
    ----------
    generator : keras.Model
        Condition to result, see `transformers.networks.generators`.
    averaged : keras.Model
        Another generator of the same architecture; takes the average of the weights.
    discriminator : keras.Model
        ``[condition, picture]`` to logits, see `transformers.networks.discriminators`.
    loss_weights : LossWeights
    adversarial : {"least_squares", "bce", "hinge"}
    average_decay : float
        Of the exponential moving average of weights (EMA), per step; lower in the first steps.
    adversarial_from : int
        The epoch, counted from 0, from which the discriminator takes part; before, the generator
        learns to reconstruct alone. `Schedule` (a callback) sees to it.
    perceptual_network : {"vgg16", "efficientnet_lite0"}
        Whose features the perceptual loss compares.
    perceptual_window : int
        Side in pixels of the square in which the perceptual loss looks, see `losses.windowed_perceptual_loss`.
    reconstruction : callable
        Of target and result; what ``l1`` names in weights and history.
    chroma_of : callable
        From a result to its chroma, whose colourfulness is rewarded.
    """

    def __init__(
        self,
        generator,
        averaged,
        discriminator,
        *,
        loss_weights=LossWeights(),
        adversarial="least_squares",
        average_decay=0.999,
        adversarial_from=0,
        perceptual_network="vgg16",
        perceptual_window=96,
        reconstruction=losses.l1,
        chroma_of=lambda result: result,
    ):
        super().__init__(name="gan")
        if adversarial not in losses.ADVERSARIAL:
            known = ", ".join(losses.ADVERSARIAL)
            raise ValueError(f"adversarial loss '{adversarial}' is unknown; choose from {known}")
        self.generator = generator
        self.averaged = averaged
        self.averaged.trainable = False
        self.averaged.set_weights(generator.get_weights())
        self.discriminator = discriminator
        self.loss_weights = loss_weights
        self.average_decay = average_decay
        self.adversarial_from = adversarial_from
        self.perceptual_window = perceptual_window
        self.reconstruction, self.chroma_of = reconstruction, chroma_of
        self.adversarial_on = adversarial_from == 0 and loss_weights.adversarial > 0
        self._discriminator_loss, self._generator_loss = losses.ADVERSARIAL[adversarial]
        self._features = features.by_name(perceptual_network) if loss_weights.perceptual else None
        self.trackers = {
            name: keras.metrics.Mean(name=name)
            for name in ("loss", "l1", "adversarial", "perceptual", "discriminator", "spread", "score")
        }
        self.step = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="step")
        self.built = True

    @property
    def metrics(self):
        return list(self.trackers.values())

    def compile(self, generator_optimizer=None, discriminator_optimizer=None, **options) -> None:
        """Choose both optimisers, by default Adam as in pix2pix (2e-4, beta_1 0.5)."""
        # XLA makes convolutions on processors slower, by a factor of three when measured.
        super().compile(jit_compile=False, **options)
        self.generator_optimizer = generator_optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.discriminator_optimizer = discriminator_optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    @property
    def optimizers(self):
        return [self.generator_optimizer, self.discriminator_optimizer]

    def call(self, condition, training: bool = False):
        return self.averaged(condition, training=False)

    def train_step(self, *args):
        # TensorFlow's trainer hands over the batch alone, PyTorch's too; Keras allows for a state.
        condition, target = args[-1][:2]
        _, results = backend.minimize(
            lambda: self._reconstruct(condition, target),
            self.generator_optimizer,
            self.generator.trainable_variables,
        )
        self._average()
        for name, value in results.items():
            self.trackers[name].update_state(ops.stop_gradient(value))
        return {name: self.trackers[name].result() for name in results}

    def _reconstruct(self, condition, target):
        """Return the generator's loss, and its parts by name; the discriminator learns from the same result."""
        weights = self.loss_weights
        fake = self.generator(condition, training=True)
        target = ops.cast(target, fake.dtype)
        parts = {"l1": self.reconstruction(target, fake)}
        total = weights.l1 * parts["l1"]
        if weights.colourfulness:
            total = total - weights.colourfulness * losses.colourfulness(self.chroma_of(fake[:, ::2, ::2]))
        if self.adversarial_on:
            parts["discriminator"] = self._judge(condition, target, ops.stop_gradient(fake))
            verdict = self.discriminator([condition, fake], training=False)
            parts["adversarial"] = self._generator_loss(verdict)
            total = total + weights.adversarial * parts["adversarial"]
        if weights.perceptual:
            parts["perceptual"] = self._perceptual(target, fake, losses.place_of(self.step))
            total = total + weights.perceptual * parts["perceptual"]
        # How much results differ from one another: near zero, all have become the same.
        parts["spread"] = ops.mean(ops.std(fake[:, ::4, ::4], axis=0))
        parts["loss"] = total
        return total, parts

    def _judge(self, condition, target, fake):
        """Take a step of the discriminator, and return its loss before."""

        def judge():
            # One pass over both halves: they share the spectral norms and one call.
            pairs = [ops.concatenate([condition, condition]), ops.concatenate([target, fake])]
            return self._discriminator_loss(*ops.split(self.discriminator(pairs, training=True), 2)), None

        variables = self.discriminator.trainable_variables
        return backend.minimize(judge, self.discriminator_optimizer, variables)[0]

    def _perceptual(self, target, fake, place):
        return losses.windowed_perceptual_loss(self._features, target, fake, place, (self.perceptual_window,) * 2)

    def _average(self):
        self.step.assign_add(1)
        backend.assign_average(self.averaged.weights, self.generator.weights, self.average_decay, self.step)

    def test_step(self, *args):
        """Return the L1 and the score by which the best weights are chosen: all losses but the adversarial one."""
        condition, target = args[-1][:2]
        fake = self(condition)
        target = ops.cast(target, fake.dtype)
        l1 = self.reconstruction(target, fake)
        score = self.loss_weights.l1 * l1
        if self.loss_weights.perceptual:  # in the middle of the picture: eyes, nose and mouth
            middle = ops.full((2,), 0.5)
            score = score + self.loss_weights.perceptual * self._perceptual(target, fake, middle)
        values = {"l1": l1, "score": score}
        for name, value in values.items():
            self.trackers[name].update_state(value)
        return {name: self.trackers[name].result() for name in values}
