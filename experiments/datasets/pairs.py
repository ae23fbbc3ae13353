"""Training pairs: what a generator is given, and what it should give."""

import queue
import threading

import numpy as np

from experiments.core.codecs import SIZE, filter_of
from experiments.datasets import scenes
from experiments.datasets.augmentation import NO_AUGMENTATION, augmented, old_print
from filters.io.pictures import Picture


def pair(
    transformation,
    picture: Picture,
    rng: np.random.Generator | None = None,
    augmentation=NO_AUGMENTATION,
    other=None,
):
    """Return the condition and the target of one picture, ``float32`` ``(h, w, channels)``.

    Where `other` is given, it is the target's picture.
    """
    output = transformation.representation()
    rng = rng or np.random.default_rng(0)  # from which nothing is drawn where nothing is augmented
    seen = picture
    if augmentation.old_print and rng.random() < augmentation.old_print:
        seen = old_print(picture, rng)
    if augmentation.scratches and rng.random() < augmentation.scratches:
        seen = scenes.scratched(seen, rng)
    drawn = {name: values[rng.integers(len(values))] for name, values in augmentation.parameters.items()}
    condition = output.condition(filter_of(transformation)(seen, **drawn))
    target = output.target(picture if other is None else other)
    if augmentation.hints and rng.random() < augmentation.hints:
        condition = output.with_hints(condition, output.random_hints(target, rng))
    return condition, target


class Pairs:
    """An endless, repeatable stream of training batches.

    Every picture is drawn with a generator seeded by ``(seed, epoch, place)``, so that a training
    that stops and resumes sees what one that never stopped would have seen.

    Parameters
    ----------
    transformation : Transformation
    crops : sequence of numpy.ndarray
        ``uint8`` ``(height, width, 3)``.
    batch_size : int
    augmentation : Augmentation
    seed : int
    size : tuple of int
        ``(width, height)``.
    shares : numpy.ndarray, optional
        How often each picture is drawn; without, all of them once an epoch.
    """

    def __init__(self, transformation, crops, batch_size, augmentation, seed=0, size=SIZE, shares=None):
        self.transformation = transformation
        self.crops = crops
        self.batch_size = batch_size
        self.augmentation = augmentation
        self.seed = seed
        self.size = size
        self.shares = shares

    @property
    def steps(self):
        """Batches of an epoch."""
        return max(1, len(self.crops) // self.batch_size)

    def batch(self, epoch: int, step):
        """Return conditions and targets of one batch."""
        order, pairs = self._order(epoch), []
        whole = self.transformation.pictures == "whole"
        for place in range(step * self.batch_size, (step + 1) * self.batch_size):
            rng = np.random.default_rng([self.seed, epoch, place])
            index = order[place % len(order)]
            picture = augmented(self.crops, index, rng, self.augmentation, self.size, whole)
            other = None
            if self.transformation.pairs == "any":
                index = (index + rng.integers(1, max(2, len(order)))) % len(order)
                other = augmented(self.crops, index, rng, self.augmentation, self.size, whole)
            pairs.append(pair(self.transformation, picture, rng, self.augmentation, other))
        conditions, targets = zip(*pairs, strict=True)
        return np.stack(conditions), np.stack(targets)

    def _order(self, epoch):
        """Return which picture is at which place of an epoch."""
        rng, count = np.random.default_rng([self.seed, epoch]), len(self.crops)
        return rng.permutation(count) if self.shares is None else rng.choice(count, count, p=self.shares)

    def stream(self, epoch: int = 0):
        """Return batches from an epoch on, without end; the next ones are made while one is used."""
        return prefetch(lambda key: self.batch(*key), numbered(epoch, self.steps))


def numbered(epoch: int, steps: int):
    """Yield numbers ``(epoch, step)`` of all steps from an epoch on, without end."""
    while True:
        yield from ((epoch, step) for step in range(steps))
        epoch += 1


def prefetch(function, keys, depth: int = 3):
    """Yield results of `function` in order, computed by a thread, at most `depth` ahead."""
    waiting = queue.Queue(depth)
    stopped = threading.Event()

    def work() -> None:
        for key in keys:
            try:
                item = function(key), None
            except Exception as error:  # handed to whoever waits
                item = None, error
            while not stopped.is_set():
                try:
                    waiting.put(item, timeout=0.2)
                    break
                except queue.Full:
                    continue
            if stopped.is_set():
                return

    threading.Thread(target=work, daemon=True).start()
    try:
        while True:
            result, error = waiting.get()
            if error:
                raise error
            yield result
    finally:
        stopped.set()
