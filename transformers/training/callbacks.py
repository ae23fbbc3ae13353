"""Callbacks for trainings with a discriminator."""

import math
from typing import Any

import numpy as np

from transformers.backend import keras


class Schedule(keras.callbacks.Callback):
    """Turn on the adversarial loss at the model's epoch ``adversarial_from``."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        gan = self.model
        on = gan.loss_weights.adversarial > 0 and epoch >= gan.adversarial_from
        if on != gan.adversarial_on:
            gan.adversarial_on = on
            gan.make_train_function(force=True)


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
    ) -> None:
        super().__init__()
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


class FitLatentPrior(keras.callbacks.Callback):
    """Call `transformers.training.noise.NoiseGAN.fit_latent_prior` when the discriminator joins.

    Parameters
    ----------
    pictures : numpy.ndarray
        ``float32`` ``(count, height, width, 3)`` in [-1, 1].
    """

    def __init__(self, pictures: np.ndarray) -> None:
        super().__init__()
        self.pictures = pictures

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch == self.model.adversarial_from > 0:
            self.model.fit_latent_prior(self.pictures)
