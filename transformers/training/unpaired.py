"""Translation between two kinds of pictures of which no two show the same: CycleGAN and CUT."""

from dataclasses import dataclass

from transformers import backend, losses
from transformers.backend import keras
from transformers.networks import discriminators, features
from transformers.networks.generators import GENERATORS
from transformers.training import augmentation

ops = keras.ops
layers = keras.layers
POOL = 50  # past results that a critic is shown (Shrivastava et al. 2017)
# Numbers in [0, 1) that one picture's step takes: augmentation of a real and of a generated one seen by
# the critic, of a generated one seen by the generator, and place and use of the pool.
DRAWS = 3 * augmentation.DRAWS + 2


@dataclass(frozen=True)
class LossWeights:
    """What each loss counts for in the generators' sum; a loss of weight 0 is not computed.

    Attributes
    ----------
    content : float
        That the content stays: of `CycleGAN` the cycle consistency, of `CUT` the contrast of patches.
    identity : float
        That a picture that is of the wanted kind already stays as it is.
    adversarial : float
    pairs : float
        Of pairs, by which a training starts: L1.
    kept : float
        Factor on it once the critics have joined: what was learned from pairs is not forgotten.
    perceptual : float
        Distance of VGG-16 features, of pairs and, later, of a picture that went there and back.
    """

    content: float = 10.0
    identity: float = 5.0
    adversarial: float = 1.0
    pairs: float = 10.0
    kept: float = 0.0
    perceptual: float = 0.0


class Unpaired(keras.Model):
    """What both methods share: critics, pools of past results, running averages, and a start with pairs.

    ``fit`` it on tuples of one dictionary: ``a``, ``b`` and ``pair``, each ``(batch, height, width, 3)``
    in [-1, 1], and ``draws`` ``(batch, 2 * DRAWS)``, uniform in [0, 1): all chance comes with the batch.
    ``pair`` stands in for b and shows what ``a`` shows (a classical filter made it): before the epoch
    `adversarial_from` the generators learn from a and its pair alone what content is.

    Attributes
    ----------
    generators, averaged : dict of keras.Model
        ``"forward"`` (from a to b) and, of `CycleGAN`, ``"backward"``; to be used are the averaged ones.
    critics : dict of keras.Model
        Of the kind that the generator of the same name makes.

    Parameters
    ----------
    generator : str or callable
        Name in `transformers.networks.generators.GENERATORS`, or what builds one.
    preset : {"tiny", "base", "large"}
    critic : callable, optional
        What builds one (default: `transformers.patch` of pictures alone).
    loss_weights : LossWeights
    adversarial : {"least_squares", "bce", "hinge"}
    adversarial_from : int
        `transformers.training.callbacks.Schedule` (a callback) sees to it.
    average_decay : float
        Of the exponential moving average of weights, per step; lower in the first steps.
    size : tuple of int
        ``(width, height)`` of the pictures.
    only : str, optional
        The one direction whose generator learns; by default all do.
    gray : tuple of str
        Directions whose results are gray. Else a cycle would hide colours in tints too faint for a critic.
    """

    directions = ("forward",)

    def __init__(
        self,
        generator="resnet",
        preset="base",
        *,
        critic=None,
        loss_weights=LossWeights(),
        adversarial="least_squares",
        adversarial_from=0,
        average_decay=0.995,
        size=(256, 320),
        only=None,
        gray=(),
    ):
        super().__init__(name=type(self).__name__.lower())

        def each(build):
            return {name: build() for name in self.directions}

        build = generator if callable(generator) else lambda: GENERATORS[generator](3, 3, preset)
        self.generators, self.averaged = each(build), each(build)
        self.critics = each(critic or (lambda: discriminators.patch(0, 3, preset, "instance")))
        self.average()
        for model in self.averaged.values():
            model.trainable = False
        self.loss_weights = loss_weights
        self.only, self.gray = only, gray
        self.adversarial_from = adversarial_from
        self.adversarial_on = adversarial_from == 0
        self.average_decay = average_decay
        self._judge_loss, self._please_loss = losses.ADVERSARIAL[adversarial]
        self._features = features.vgg16() if loss_weights.perceptual else None
        shape = (POOL, size[1], size[0], 3)
        self.pools = each(lambda: self._variable(shape, "uint8", "pool"))
        self.pooled = self._variable((), "int32", "pooled")
        self.step = self._variable((), "int64", "step")
        names = ("content", "identity", "contrast", "pairs", "perceptual", "adversarial", "discriminator", "spread")
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.built = True

    def _variable(self, shape, dtype, name):
        return self.add_weight(shape=shape, dtype=dtype, initializer="zeros", trainable=False, name=name)

    @property
    def metrics(self):
        return list(self.trackers.values())

    @property
    def optimizers(self):
        return [self.generator_optimizer, self.discriminator_optimizer]

    def average(self) -> None:
        """Set the averaged generators to the present ones, for instance when weights were loaded."""
        for name, model in self.generators.items():
            self.averaged[name].set_weights(model.get_weights())

    def compile(self, rate: float = 2e-4, **options) -> None:
        """Choose the generators' learning rate; critics learn twice as fast (Heusel et al. 2017)."""
        super().compile(jit_compile=False, **options)
        self.generator_optimizer = keras.optimizers.Adam(rate, beta_1=0.9, clipnorm=1.0)
        self.discriminator_optimizer = keras.optimizers.Adam(2 * rate, beta_1=0.5)
        self._judging = [v for critic in self.critics.values() for v in critic.trainable_variables]
        self.generator_optimizer.build(self._translating())
        self.discriminator_optimizer.build(self._judging)

    def _translating(self):
        """Return all that the generators' optimiser may change."""
        models = [model for name, model in self.generators.items() if self.only in (None, name)]
        return [v for model in models for v in model.trainable_variables]

    def call(self, pictures, training: bool = False):
        return self._shown("forward", self.averaged["forward"](pictures, training=False))

    def _shown(self, direction, made):
        """Return what a generator made, gray where it is to be."""
        return ops.repeat(ops.mean(made, axis=-1, keepdims=True), 3, axis=-1) if direction in self.gray else made

    def _make(self, direction, *batches):
        """Return what a generator makes of batches, which go through it at once: a list, one result each."""
        made = self._shown(direction, self.generators[direction](ops.concatenate(batches), training=True))
        return ops.split(made, len(batches))

    def train_step(self, *args):
        (batch,) = args[-1]
        a, b, pair = (batch[name] for name in ("a", "b", "pair"))
        variables = self._translating()
        if self.adversarial_on:
            draws = dict(zip(self.directions, ops.split(batch["draws"], 2, axis=1), strict=False))
            _, (results, fakes) = backend.minimize(
                lambda: self._translate(a, b, pair, draws), self.generator_optimizer, variables
            )
            shown = {name: self._from_pool(name, fakes[name], draws[name]) for name in self.directions}
            self.pooled.assign_add(ops.shape(a)[0])
            reals = dict(zip(("forward", "backward"), (b, a), strict=True))
            _, judged = backend.minimize(
                lambda: self._judge(reals, shown, draws), self.discriminator_optimizer, self._judging
            )
            results = results | judged
        else:
            _, results = backend.minimize(lambda: self._imitate(a, pair), self.generator_optimizer, variables)
        self.step.assign_add(1)
        for name, model in self.generators.items():
            backend.assign_average(self.averaged[name].weights, model.weights, self.average_decay, self.step)
        for name, value in results.items():
            self.trackers[name].update_state(ops.stop_gradient(value))
        return {name: self.trackers[name].result() for name in results}

    def _imitate(self, a, pair):
        """Return the generators' loss on pairs, and its parts."""
        raise NotImplementedError

    def _translate(self, a, b, pair, draws):
        """Return the loss once the critics have joined, its parts, and what is to be judged, by direction."""
        raise NotImplementedError

    def _perceptual(self, *pairs):
        """Return the part of the loss that VGG-16 features are, of pictures that should be equal."""
        if not self._features:
            return {}
        sides, place = (64, 64), losses.place_of(self.step)
        distances = [losses.windowed_perceptual_loss(self._features, *pair, place, sides) for pair in pairs]
        return {"perceptual": sum(distances)}

    def _sum(self, parts):
        factors = {"pairs": self.loss_weights.kept} if self.adversarial_on else {}
        weighted = [getattr(self.loss_weights, n, 0.0) * factors.get(n, 1.0) * v for n, v in parts.items()]
        return sum(weighted)

    def _verdict_on(self, name, fake, draws):
        """Return the generator's adversarial loss."""
        return self._please_loss(self._seen(name, fake, draws[name][:, -2 - augmentation.DRAWS : -2], False))

    def _seen(self, name, pictures, draws, training):
        """Return a critic's verdict on pictures, moved and with a hole: drawings are few.

        Colours stay as they are: tone is what tells a drawing from a photograph.
        """
        pictures = augmentation.cut_out(augmentation.shift(pictures, draws[:, 3:5]), draws[:, 5:7])
        return self.critics[name](pictures, training=training)

    def _judge(self, reals, fakes, draws):
        """Return the critics' loss."""
        total, count = 0.0, augmentation.DRAWS
        for name in self.directions:
            both = ops.concatenate([reals[name], fakes[name]])
            seen = ops.concatenate([draws[name][:, :count], draws[name][:, count : 2 * count]])
            total = total + self._judge_loss(*ops.split(self._seen(name, both, seen, True), 2))
        return total, {"discriminator": total / len(self.directions)}

    def _from_pool(self, name, fakes, draws):
        """Return new results, or with probability 1/2 older ones, whose place in the pool they take."""
        pool, count = self.pools[name], ops.shape(fakes)[0]
        filling = self.pooled < POOL
        first = ops.where(filling, self.pooled, ops.cast(draws[0, -1] * POOL, "int32"))
        places = ops.mod(first + ops.arange(count, dtype="int32"), POOL)
        old = ops.take(pool, places, axis=0)
        new = ops.cast(ops.round((fakes + 1) * 127.5), "uint8")
        exchange = ops.logical_and(ops.logical_not(filling), draws[:, -2] < 0.5)[:, None, None, None]
        kept = ops.where(ops.logical_or(exchange, filling), new, old)
        pool.assign(ops.scatter_update(pool, places[:, None], kept))
        return ops.where(exchange, ops.cast(old, "float32") / 127.5 - 1, fakes)
