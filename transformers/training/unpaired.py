"""Translation between two kinds of pictures of which no two show the same: CycleGAN and CUT."""

from collections.abc import Callable
from dataclasses import dataclass

from transformers import losses
from transformers.backend import keras
from transformers.networks import discriminators, features
from transformers.networks.generators import GENERATORS
from transformers.training import augmentation
from transformers.training.base import TrainingModel

ops = keras.ops
POOL = 50  # past results that a discriminator is shown (Shrivastava et al. 2017)
# Numbers in [0, 1) that one picture's step takes: augmentation of a real and of a generated one in the
# discriminator's loss, of a generated one in the generator's, and place and use of the pool.
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
        Factor on it once the discriminators have joined: what was learned from pairs is not forgotten.
    perceptual : float
        Distance of VGG-16 features, of pairs and, later, of a picture that went there and back.
    """

    content: float = 10.0
    identity: float = 5.0
    adversarial: float = 1.0
    pairs: float = 10.0
    kept: float = 0.0
    perceptual: float = 0.0


class Unpaired(TrainingModel):
    """What both methods share: discriminators, pools of past results, and a start with pairs.

    ``fit`` it on tuples of one dictionary: ``a``, ``b`` and ``pair``, each ``(batch, height, width, 3)``
    in [-1, 1], and ``draws`` ``(batch, 2 * DRAWS)``, uniform in [0, 1): all chance comes with the batch.
    ``pair`` stands in for b and shows what ``a`` shows (a classical filter made it): before the epoch
    `adversarial_from` the generators learn from a and its pair alone what content is.

    Attributes
    ----------
    generators, ema_generators : dict of keras.Model
        ``"forward"`` (from a to b) and, of `CycleGAN`, ``"backward"``; to be used are those with averaged weights.
    discriminators : dict of keras.Model
        Of the kind that the generator of the same name makes.

    Parameters
    ----------
    generator : str or callable
        Name in `transformers.networks.generators.GENERATORS`, or what builds one.
    preset : {"tiny", "base", "large"}
    discriminator : callable, optional
        What builds one (default: `transformers.patch` of pictures alone).
    loss_weights : LossWeights
    adversarial : {"least_squares", "bce", "hinge"}
    adversarial_from : int
        `transformers.training.callbacks.Schedule` (a callback) sees to it.
    ema_decay : float
        See `TrainingModel.start`.
    size : tuple of int
        ``(width, height)`` of the pictures.
    only : str, optional
        The one direction whose generator learns; by default all do.
    gray : tuple of str
        Directions whose results are gray. Else a cycle would hide colours in tints too faint for a discriminator.
    """

    directions = ("forward",)
    TRAINED = "generators"
    STATE = ("step", "pools", "pooled", "generators", "ema_generators", "discriminators")

    def __init__(
        self,
        generator: str | Callable[[], keras.Model] = "resnet",
        preset="base",
        *,
        discriminator=None,
        loss_weights=LossWeights(),
        adversarial="least_squares",
        adversarial_from=0,
        ema_decay=0.995,
        size=(256, 320),
        only=None,
        gray=(),
    ):
        super().__init__(name=type(self).__name__.lower())

        def each(build):
            return {name: build() for name in self.directions}

        build = generator if callable(generator) else lambda: GENERATORS[generator](3, 3, preset)
        self.generators, self.ema_generators = each(build), each(build)
        self.discriminators = each(discriminator or (lambda: discriminators.patch(0, 3, preset, "instance")))
        self.loss_weights = loss_weights
        self.only, self.gray = only, gray
        self.adversarial_from = adversarial_from
        self.adversarial_on = adversarial_from == 0
        self._discriminator_criterion, self._generator_criterion = losses.ADVERSARIAL[adversarial]
        self._features = features.vgg16() if loss_weights.perceptual else None
        self.pools = each(lambda: self.new_variable("pool", (POOL, size[1], size[0], 3), "uint8"))
        self.pooled = self.new_variable("pooled", dtype="int32")
        names = ("content", "identity", "contrast", "pairs", "perceptual", "adversarial", "discriminator")
        self.start(ema_decay, (*names, "output_std"))

    def compile(self, rate: float = 2e-4) -> None:
        """Choose the generators' learning rate; discriminators learn twice as fast (Heusel et al. 2017)."""
        self.set_optimizers(
            generator=keras.optimizers.Adam(rate, beta_1=0.9, clipnorm=1.0),
            discriminator=keras.optimizers.Adam(2 * rate, beta_1=0.5),
        )

    def set_learning_rate(self, rate: float) -> None:
        """Change the rate that `compile` chose."""
        self.optimizers["generator"].learning_rate = rate
        self.optimizers["discriminator"].learning_rate = 2 * rate

    def trained_variables(self):
        generators = [model for name, model in self.generators.items() if self.only in (None, name)]
        return {
            name: [variable for model in models for variable in model.trainable_variables]
            for name, models in (("generator", generators), ("discriminator", self.discriminators.values()))
        }

    def call(self, pictures, training: bool = False):
        return self._output("forward", self.ema_generators["forward"](pictures, training=False))

    def _output(self, direction, result):
        """Return what a generator gave, gray where it is to be."""
        gray = direction in self.gray
        return ops.repeat(ops.mean(result, axis=-1, keepdims=True), 3, axis=-1) if gray else result

    def _generate(self, direction, *batches):
        """Return what a generator makes of batches, which go through it at once: a list, one result each."""
        result = self._output(direction, self.generators[direction](ops.concatenate(batches), training=True))
        return ops.split(result, len(batches))

    def update(self, batch):
        a, b, pair = (batch[name] for name in ("a", "b", "pair"))
        if not self.adversarial_on:
            return self.minimize("generator", lambda: self._pair_loss(a, pair))[1]
        draws = dict(zip(self.directions, ops.split(batch["draws"], 2, axis=1), strict=False))
        _, (results, fakes) = self.minimize("generator", lambda: self._generator_loss(a, b, pair, draws))
        fakes = {name: self._from_pool(name, fakes[name], draws[name]) for name in self.directions}
        self.pooled.assign_add(ops.shape(a)[0])
        reals = {"forward": b, "backward": a}
        _, more = self.minimize("discriminator", lambda: self._discriminator_loss(reals, fakes, draws))
        return results | more

    def _pair_loss(self, a, pair):
        """Return the generators' loss on pairs, and its parts."""
        raise NotImplementedError

    def _generator_loss(self, a, b, pair, draws):
        """Return the loss once the discriminators have joined, its parts, and the results, by direction."""
        raise NotImplementedError

    def _perceptual_loss(self, *pairs):
        """Return the part of the loss that VGG-16 features are, of pictures that should be equal."""
        if not self._features:
            return {}
        sides, place = (64, 64), losses.place_of(self.step)
        distances = [
            losses.windowed_perceptual_loss(self._features, one, other, place, sides) for one, other in pairs
        ]
        return {"perceptual": sum(distances)}

    def _weighted_sum(self, parts):
        factors = {"pairs": self.loss_weights.kept} if self.adversarial_on else {}
        weighted = [getattr(self.loss_weights, n, 0.0) * factors.get(n, 1.0) * v for n, v in parts.items()]
        return sum(weighted)

    def _adversarial_loss(self, name, fake, draws):
        """Return the generator's adversarial loss."""
        draws = draws[name][:, -2 - augmentation.DRAWS : -2]
        return self._generator_criterion(self._discriminate(name, fake, draws, training=False))

    def _discriminate(self, name, pictures, draws, training):
        """Return a discriminator's logits for pictures, moved and with a hole: drawings are few.

        Colours stay as they are: tone is what tells a drawing from a photograph.
        """
        pictures = augmentation.cut_out(augmentation.shift(pictures, draws[:, 3:5]), draws[:, 5:7])
        return self.discriminators[name](pictures, training=training)

    def _discriminator_loss(self, reals, fakes, draws):
        """Return the discriminators' loss, and their mean loss by name."""
        total, count = 0.0, augmentation.DRAWS
        for name in self.directions:
            both = ops.concatenate([reals[name], fakes[name]])
            chosen = ops.concatenate([draws[name][:, :count], draws[name][:, count : 2 * count]])
            logits = self._discriminate(name, both, chosen, training=True)
            total = total + self._discriminator_criterion(*ops.split(logits, 2))
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
        stored = ops.where(ops.logical_or(exchange, filling), new, old)
        pool.assign(ops.scatter_update(pool, places[:, None], stored))
        return ops.where(exchange, ops.cast(old, "float32") / 127.5 - 1, fakes)
