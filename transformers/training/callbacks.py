"""Callbacks for trainings with a discriminator."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from transformers.backend import keras

RECENT = 50  # batches, of which a mean tells how well a training goes
FOLLOWED = ("l1", "loss")  # losses that must not rise by much; of those that a training has, the first


class Schedule(keras.callbacks.Callback):
    """Turn on the adversarial loss at the model's epoch ``adversarial_from``."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        gan = self.model
        on = gan.loss_weights.adversarial > 0 and epoch >= gan.adversarial_from
        if on != gan.adversarial_on:
            gan.adversarial_on = on
            gan.make_train_function(force=True)


class Stages(keras.callbacks.Callback):
    """Turn on the flow at the model's epoch ``flow_from``, from a start that is fitted to the faces' codes.

    Parameters
    ----------
    faces : callable
        Takes nothing; returns batches for `transformers.training.flow.LatentFlow.fit_prior`.
    """

    def __init__(self, faces: Callable[[], Iterable[np.ndarray]]) -> None:
        super().__init__()
        self.faces = faces

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch == self.model.flow_from:
            self.model.fit_prior(self.faces())
        if (on := epoch >= self.model.flow_from) != self.model.flow_on:
            self.model.flow_on = on
            self.model.make_train_function(force=True)


class TrainingFailed(RuntimeError):
    """A training was stopped because it cannot succeed; the message says why and what to change."""


class Guard(keras.callbacks.Callback):
    """Stop a training whose losses are not finite or whose results have collapsed.

    Parameters
    ----------
    patience : int
        Number of consecutive collapsed epochs after which the training is stopped.
    min_output_std : float
        Standard deviation over the batch, of values in [-1, 1], below which all results count as equal.
    min_discriminator_loss : float
        Loss below which the discriminator teaches the generator nothing more.
    max_loss : float
        Value of a loss above which it counts as exploded.
    max_rise : float
        Factor by which the loss of `FOLLOWED`, averaged over about `RECENT` batches, may exceed the lowest
        that it has been.

    Attributes
    ----------
    healthy : bool
        Whether the present state is worth going back to.

    Raises
    ------
    TrainingFailed
        During the training.
    """

    def __init__(
        self,
        patience: int = 3,
        min_output_std: float = 1e-4,
        min_discriminator_loss: float = 1e-3,
        max_loss: float = 1e8,
        max_rise: float = 2.5,
    ) -> None:
        super().__init__()
        self.max_rise = max_rise
        self.sum = self.count = self.recent = self.batches = 0.0
        self.lowest = math.inf
        self.patience = patience
        self.min_output_std = min_output_std
        self.min_discriminator_loss = min_discriminator_loss
        self.max_loss = max_loss
        self.collapsed_epochs = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        for name, value in (logs or {}).items():
            if not math.isfinite(float(value)) or abs(float(value)) > self.max_loss:
                raise TrainingFailed(
                    f"the loss '{name}' became {float(value):g} in batch {batch + 1}; lower the "
                    "learning rate, or train in float32 (--precision float32)"
                )
        if followed := next((name for name in FOLLOWED if name in (logs or {})), None):
            tracker = self.model.trackers[followed]
            self._follow(followed, float(tracker.total), float(tracker.count))

    def _follow(self, name: str, total: float, count: float) -> None:
        """Follow a loss, of which `total` is the sum over the `count` batches of this epoch so far."""
        own, is_next = total - self.sum, count == self.count + 1
        self.sum, self.count = total, count
        if not is_next:  # the first batch after a stop in the middle of an epoch
            return
        self.batches += 1
        self.recent += (own - self.recent) / min(self.batches, RECENT)
        if self.batches >= RECENT:
            self.lowest = min(self.lowest, self.recent)
            if self.recent > self.max_rise * self.lowest:
                raise TrainingFailed(
                    f"the loss '{name}' rose from {self.lowest:.3g} to {self.recent:.3g}; lower the learning rate"
                )

    @property
    def healthy(self) -> bool:
        risen = self.batches >= RECENT and self.recent > (1 + self.max_rise) / 2 * self.lowest
        return not self.collapsed_epochs and not risen

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.sum = self.count = 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        same = logs.get("output_std", 1.0) < self.min_output_std
        won = logs.get("discriminator", 1.0) < self.min_discriminator_loss
        self.collapsed_epochs = self.collapsed_epochs + 1 if same or won else 0
        if self.collapsed_epochs >= self.patience:
            why = (
                f"all results have been the same picture for {self.patience} epochs; give L1 more weight, "
                "or lower the learning rate"
                if same
                else f"the discriminator has told real from fake without error for {self.patience} epochs; "
                "lower its learning rate, or start it later"
            )
            raise TrainingFailed(f"the training collapsed: {why}")
