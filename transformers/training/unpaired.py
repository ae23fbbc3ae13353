"""Unpaired translation between two kinds of pictures: what all methods share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from transformers import losses
from transformers.backend import Size, Tensor, keras
from transformers.networks import discriminators, features
from transformers.networks.generators import GENERATORS
from transformers.training import augmentation
from transformers.training.base import TrainingModel

ops = keras.ops
POOL = 50  # past results that are kept for a discriminator (Shrivastava et al. 2017)
# Random numbers in [0, 1) for one picture in one step: the augmentation of a real and of a generated picture in the
# discriminator's loss, of a generated one in the generator's, whether the pool is used, and the place in it.
DRAWS = 3 * augmentation.DRAWS + 2


@dataclass(frozen=True)
class LossWeights:
    """Weights of the losses in the generators' sum; a loss of weight 0 is not computed.

    Attributes
    ----------
    content : float
        Preserves the content: the cycle consistency of `CycleGAN`, the contrast of patches of `CUT`.
    identity : float
        Preserves pictures that are of the target's kind already.
    adversarial : float
    pairs : float
        L1 of pairs, with which a training starts.
    kept : float
        Factor on `pairs` once the discriminators have joined, so that what was learned from pairs is not forgotten.
    perceptual : float
        Distance of VGG-16 features between pairs and, later, between a picture and its cycle.
    """

    content: float = 10.0
    identity: float = 5.0
    adversarial: float = 1.0
    pairs: float = 10.0
    kept: float = 0.0
    perceptual: float = 0.0


class Unpaired(TrainingModel):
    """What all methods share: discriminators, pools of past results, and a start with pairs.

    ``fit`` it on tuples of one dictionary: ``a``, ``seen``, ``b`` and ``pair``, each ``(batch, height, width, 3)``
    in [-1, 1], and ``draws`` ``(batch, 2 * DRAWS)``, uniform in [0, 1): all randomness comes with the batch.
    ``seen`` is what the generator from a to b is given: ``a``, or what was made of it. ``pair`` is a substitute for
    b with the content of ``a``, made by a classical filter: before the epoch `adversarial_from` the generators
    learn from a and its pair alone.

    Attributes
    ----------
    generators, ema_generators : dict of keras.Model
        ``"forward"`` (from a to b), ``"backward"``, or, of `CycleGAN`, both; ``ema_generators``, with averaged
        weights, are for inference.
    discriminators : dict of keras.Model
        Each judges the results of the generator of the same name.

    Parameters
    ----------
    generator : str or callable
        Name in `transformers.networks.generators.GENERATORS`, or a function that builds a generator.
    preset : {"tiny", "base", "large"}
    discriminator : callable, optional
        Builds a discriminator; by default `transformers.patch` without a condition.
    loss_weights : LossWeights
    adversarial : {"least_squares", "bce", "hinge"}
    adversarial_from : int
        First epoch, from 0, of the discriminators. Needs the callback `transformers.training.callbacks.Schedule`.
    ema_decay : float
        See `TrainingModel.start`.
    size : tuple of int
        ``(width, height)`` of the pictures, in pixels.
    only : str, optional
        Direction of the only generator that learns; by default all learn.
    gray : tuple of str
        Directions whose results are made gray. Otherwise a cycle hides colours in tints too faint for a
        discriminator.
    prepared : bool
        Whether ``seen`` is not ``a``: then the generator cannot be run on what the way back gives.
    """

    directions: tuple[str, ...] = ("forward",)
    TRAINED = "generators"
    STATE = ("step", "pools", "pooled", "generators", "ema_generators", "discriminators")

    def __init__(
        self,
        generator: str | Callable[[], keras.Model] = "resnet",
        preset: str = "base",
        *,
        discriminator: Callable[[], keras.Model] | None = None,
        loss_weights: LossWeights = LossWeights(),
        adversarial: str = "least_squares",
        adversarial_from: int = 0,
        ema_decay: float = 0.995,
        size: Size = (256, 320),
        only: str | None = None,
        gray: tuple[str, ...] = (),
        prepared: bool = False,
    ) -> None:
        super().__init__(name=type(self).__name__.lower())

        def each(build: Callable[[], Any]) -> dict[str, Any]:
            return {name: build() for name in self.directions}

        build = generator if callable(generator) else lambda: GENERATORS[generator](3, 3, preset)
        self.generators, self.ema_generators = each(build), each(build)
        self.discriminators = each(discriminator or (lambda: discriminators.patch(0, 3, preset, "instance")))
        self.loss_weights = loss_weights
        self.only, self.gray, self.prepared = only, gray, prepared
        self.adversarial_from = adversarial_from
        self.adversarial_on = adversarial_from == 0
        self._discriminator_criterion, self._generator_criterion = losses.ADVERSARIAL[adversarial]
        self._features = features.vgg16() if loss_weights.perceptual else None
        self.pools = each(lambda: self.new_variable("pool", (POOL, size[1], size[0], 3), "uint8"))
        self.pooled = self.new_variable("pooled", dtype="int32")
        names = ("content", "identity", "contrast", "pairs", "perceptual", "adversarial", "discriminator")
        self.start(ema_decay, (*names, "output_std"))

    def compile(self, rate: float = 2e-4) -> None:
        """Set the generators' learning rate; that of discriminators is twice as high (Heusel et al. 2017)."""
        self.set_optimizers(
            generator=keras.optimizers.Adam(rate, beta_1=0.9, clipnorm=1.0),
            discriminator=keras.optimizers.Adam(2 * rate, beta_1=0.5),
        )

    def set_learning_rate(self, rate: float) -> None:
        """Change the generators' learning rate, and with it that of the discriminators.

        Parameters
        ----------
        rate : float
            Of the generators, before it is lowered by `lower_rates`.
        """
        self.optimizers["generator"].learning_rate = rate * self.rate_scale
        self.optimizers["discriminator"].learning_rate = 2 * rate * self.rate_scale

    def trained_variables(self) -> dict[str, list[keras.Variable]]:
        generators = [model for name, model in self.generators.items() if self.only in (None, name)]
        return {
            name: [variable for model in models for variable in model.trainable_variables]
            for name, models in (("generator", generators), ("discriminator", self.discriminators.values()))
        }

    def call(self, pictures: Tensor, training: bool = False) -> Tensor:
        return self._output(self.directions[0], self.ema_generators[self.directions[0]](pictures, training=False))

    def _output(self, direction: str, result: Tensor) -> Tensor:
        """Return a generator's result, made gray in the directions of `gray`."""
        gray = direction in self.gray
        return ops.repeat(ops.mean(result, axis=-1, keepdims=True), 3, axis=-1) if gray else result

    def _generate(self, direction: str, *batches: Tensor) -> list[Tensor]:
        """Run a generator on several batches at once; return a list of their results."""
        result = self._output(direction, self.generators[direction](ops.concatenate(batches), training=True))
        return ops.split(result, len(batches))

    def update(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        a, seen, b, pair = (batch[name] for name in ("a", "seen", "b", "pair"))
        if not self.adversarial_on:
            return self.minimize("generator", lambda: self._pair_loss(a, seen, pair))[1]
        draws = dict(zip(self.directions, ops.split(batch["draws"], 2, axis=1), strict=False))
        _, (results, fakes) = self.minimize("generator", lambda: self._generator_loss(a, seen, b, pair, draws))
        fakes = {name: self._from_pool(name, fakes[name], draws[name]) for name in self.directions}
        self.pooled.assign_add(ops.shape(a)[0])
        reals = {"forward": b, "backward": a}
        _, more = self.minimize("discriminator", lambda: self._discriminator_loss(reals, fakes, draws))
        return results | more

    def _pair_loss(self, a: Tensor, seen: Tensor, pair: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the generators' loss on pairs, and losses by name."""
        raise NotImplementedError

    def _generator_loss(
        self, a: Tensor, seen: Tensor, b: Tensor, pair: Tensor, draws: dict[str, Tensor]
    ) -> tuple[Tensor, tuple]:
        """Return the generators' loss after the discriminators have joined, and two dictionaries.

        These are losses by name, and results by direction.
        """
        raise NotImplementedError

    def _perceptual_loss(self, *pairs: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Return the distance of VGG-16 features of pictures that should be equal, by its name; or nothing."""
        if not self._features:
            return {}
        sides, place = (64, 64), losses.place_of(self.step)
        distances = [
            losses.windowed_perceptual_loss(self._features, one, other, place, sides) for one, other in pairs
        ]
        return {"perceptual": sum(distances)}

    def _weighted_sum(self, parts: dict[str, Tensor]) -> Tensor:
        factors = {"pairs": self.loss_weights.kept} if self.adversarial_on else {}
        weighted = [getattr(self.loss_weights, n, 0.0) * factors.get(n, 1.0) * v for n, v in parts.items()]
        return sum(weighted)

    def _adversarial_loss(self, name: str, fake: Tensor, draws: dict[str, Tensor]) -> Tensor:
        """Return the generator's adversarial loss."""
        draws = draws[name][:, -2 - augmentation.DRAWS : -2]
        return self._generator_criterion(self._discriminate(name, fake, draws, training=False))

    def _discriminate(self, name: str, pictures: Tensor, draws: Tensor, training: bool) -> Tensor:
        """Return a discriminator's logits for pictures, which are augmented, since drawings are few."""
        return self.discriminators[name](augmentation.augment(pictures, draws), training=training)

    def _discriminator_loss(
        self, reals: dict[str, Tensor], fakes: dict[str, Tensor], draws: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the sum of the discriminators' losses, and their mean by name."""
        total, count = 0.0, augmentation.DRAWS
        for name in self.directions:
            both = ops.concatenate([reals[name], fakes[name]])
            chosen = ops.concatenate([draws[name][:, :count], draws[name][:, count : 2 * count]])
            logits = self._discriminate(name, both, chosen, training=True)
            total = total + self._discriminator_criterion(*ops.split(logits, 2))
        return total, {"discriminator": total / len(self.directions)}

    def _from_pool(self, name: str, fakes: Tensor, draws: Tensor) -> Tensor:
        """Return results or, with probability 1/2, older ones from the pool, which they replace there."""
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
