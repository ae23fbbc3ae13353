"""Callbacks of trainings with a discriminator."""

import math

from transformers.backend import keras


class Schedule(keras.callbacks.Callback):
    """Turns the adversarial loss on at the epoch ``adversarial_from`` of the model."""

    def on_epoch_begin(self, epoch: int, logs=None) -> None:
        gan = self.model
        on = gan.loss_weights.adversarial > 0 and epoch >= gan.adversarial_from
        if on != gan.adversarial_on:
            gan.adversarial_on = on
            gan.make_train_function(force=True)


class TrainingFailed(RuntimeError):
    """A training was stopped because it cannot succeed; the message says why and what to change."""


class Guard(keras.callbacks.Callback):
    """Stops a training whose losses are not finite or whose results have collapsed.

    Parameters
    ----------
    patience : int
        Epochs in a row that must look collapsed before the training is stopped.
    min_output_std : float
        Standard deviation over the batch, in [-1, 1], below which all results count as equal.
    min_discriminator_loss : float
        Below it the generator learns nothing more from the discriminator.
    """

    def __init__(self, patience=3, min_output_std=1e-4, min_discriminator_loss=1e-3):
        super().__init__()
        self.patience = patience
        self.min_output_std = min_output_std
        self.min_discriminator_loss = min_discriminator_loss
        self.collapsed_epochs = 0

    def on_train_batch_end(self, batch, logs=None) -> None:
        for name, value in (logs or {}).items():
            if not math.isfinite(float(value)):
                raise TrainingFailed(
                    f"the loss '{name}' became {float(value)} in batch {batch + 1}; lower the "
                    "learning rate, or train in float32 (--precision float32)"
                )

    def on_epoch_end(self, epoch: int, logs=None) -> None:
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
    """Calls `transformers.training.noise.NoiseGAN.fit_latent_prior` when the discriminator joins.

    Parameters
    ----------
    pictures : numpy.ndarray
        As for it.
    """

    def __init__(self, pictures):
        super().__init__()
        self.pictures = pictures

    def on_epoch_begin(self, epoch: int, logs=None) -> None:
        if epoch == self.model.adversarial_from > 0:
            self.model.fit_latent_prior(self.pictures)
