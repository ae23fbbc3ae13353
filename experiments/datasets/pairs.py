"""Training pairs: what a generator is given, and what it should give."""

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from experiments.core.codecs import SIZE, Chroma, filter_of
from experiments.core.registry import Transformation
from experiments.datasets.augmentation import NO_AUGMENTATION, Augmentation, augmented
from experiments.datasets.old_prints import old_print, scratched
from filters.io.pictures import Batch, Picture, Size

_Key = TypeVar("_Key")
_Result = TypeVar("_Result")


def pair(
    transformation: Transformation,
    picture: Picture,
    rng: np.random.Generator | None = None,
    augmentation: Augmentation = NO_AUGMENTATION,
    other: Picture | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the condition and the target of one picture.

    Parameters
    ----------
    transformation : Transformation
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    rng : numpy.random.Generator, optional
        Needed where something is augmented.
    augmentation : Augmentation
        Of which the changes of the condition alone are made here, for the others see `augmented`.
    other : numpy.ndarray, optional
        The picture that the target shows, where that is not `picture`.

    Returns
    -------
    condition, target : numpy.ndarray
        ``float32`` ``(h, w, channels)``, see `experiments.core.codecs`.
    """
    output = transformation.representation()
    rng = rng or np.random.default_rng(0)  # nothing is drawn from it where nothing is augmented
    seen = picture
    if augmentation.old_print and rng.random() < augmentation.old_print:
        seen = old_print(picture, rng)
    if augmentation.scratches and rng.random() < augmentation.scratches:
        seen = scratched(seen, rng)
    drawn = {name: values[int(rng.integers(len(values)))] for name, values in augmentation.parameters.items()}
    if augmentation.first and rng.random() < augmentation.first:
        drawn = {name: values[0] for name, values in augmentation.parameters.items()}
    condition, target = output.pair(filter_of(transformation), seen, picture if other is None else other, drawn)
    if isinstance(output, Chroma) and augmentation.hints and rng.random() < augmentation.hints:
        condition = output.with_hints(condition, output.random_hints(target, rng))
    return condition, target


class Pairs:
    """An endless, repeatable stream of training batches.

    Every picture is drawn with a generator seeded by ``(seed, epoch, place)``, so that a training
    that is resumed sees what it would have seen without the stop.

    Parameters
    ----------
    transformation : Transformation
    crops : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    batch_size : int
    augmentation : Augmentation
    seed : int
    size : tuple of int
        ``(width, height)`` in pixels.
    shares : numpy.ndarray, optional
        ``(count,)``: how often each picture is drawn, with a sum of 1; without them, each is drawn once an epoch.

    Attributes
    ----------
    steps : int
        Batches of an epoch.
    """

    def __init__(
        self,
        transformation: Transformation,
        crops: Sequence[Picture] | np.ndarray,
        batch_size: int,
        augmentation: Augmentation,
        seed: int = 0,
        size: Size = SIZE,
        shares: np.ndarray | None = None,
    ) -> None:
        self.transformation = transformation
        self.crops = crops
        self.batch_size = batch_size
        self.augmentation = augmentation
        self.seed = seed
        self.size = size
        self.shares = shares
        self.steps = max(1, len(crops) // batch_size)

    def batch(self, epoch: int, step: int) -> tuple[Batch, Batch]:
        """Return the conditions and targets of one batch, ``float32`` ``(count, h, w, channels)``."""
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

    def _order(self, epoch: int) -> np.ndarray:
        """Return the indices of the pictures in the order of an epoch."""
        rng, count = np.random.default_rng([self.seed, epoch]), len(self.crops)
        return rng.permutation(count) if self.shares is None else rng.choice(count, count, p=self.shares)

    def stream(self, epoch: int = 0, step: int = 0) -> Generator[tuple[Batch, Batch]]:
        """Yield batches from a step of an epoch on, without end; the next ones are made while one is used."""
        return prefetch(lambda key: self.batch(*key), numbered(epoch, self.steps, step))


def numbered(epoch: int, steps: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """Yield ``(epoch, step)`` of all steps from the first one of an epoch on, without end."""
    while True:
        yield from ((epoch, step) for step in range(first, steps))
        epoch, first = epoch + 1, 0


def prefetch(function: Callable[[_Key], _Result], keys: Iterable[_Key], depth: int = 3) -> Generator[_Result]:
    """Yield the results of a function in order, computed by a thread that is a few ahead.

    Parameters
    ----------
    function : callable
        Takes one of `keys`. An error that it raises is raised here.
    keys : iterable
        Without end.
    depth : int
        How many results may wait.
    """
    waiting: queue.Queue[tuple[Any, Exception | None]] = queue.Queue(depth)
    stopped = threading.Event()

    def work() -> None:
        for key in keys:
            try:
                item = function(key), None
            except Exception as error:  # raised where the result is taken
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
