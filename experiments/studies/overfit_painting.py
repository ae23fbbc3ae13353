"""Train an autoencoder on one painting, show it a photograph, and compare that with style transfer."""

import argparse
from collections.abc import Iterator

import numpy as np

from experiments.cli.console import progress, say
from experiments.cli.results import Results
from experiments.commands.overfit_painting import TITLES, files
from experiments.core.codecs import to_unit
from experiments.inference.images import run_on_image
from experiments.inference.style_transfer import Painting, Settings
from experiments.reports.sheets import sheet
from filters.io import pictures
from filters.io.pictures import Picture
from filters.resizing import at_size
from transformers import backend
from transformers.backend import keras
from transformers.networks import generators

CROP = 128  # pixels of the painting, in each direction, that a training step sees
BATCH = 8


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``overfit-painting``."""
    photo, painting = (at_size(pictures.read(path), arguments.size) for path in (arguments.photo, arguments.style))
    backend.set_precision("auto")
    network = overfit(painting, arguments.epochs, arguments.seed, arguments.preset)
    made = Painting(photo, [painting], Settings(size=arguments.size, steps=arguments.steps))
    with progress("style transfer", unit="%") as bar:
        while not made.finished:
            made.step()
            bar(round(100 * made.share, 1), 100)
    shown = [photo, painting, run_on_image(network, painting), run_on_image(network, photo), made.picture()]
    height, width = photo.shape[:2]
    shown.append(sheet([shown], list(TITLES), cell=(width, height)))
    targets = files(arguments.out)
    with Results(arguments.out, arguments.overwrite).writing(targets):
        for file, picture in zip(targets, shown, strict=True):
            pictures.write(file, picture)
    say(f"{len(TITLES)} pictures and sheet.png written to {arguments.out}")
    return 0


def overfit(painting: Picture, epochs: int, seed: int = 0, preset: str = "base") -> keras.Model:
    """Train an autoencoder on crops of one painting, mirrored or not, and on nothing else.

    Parameters
    ----------
    painting : numpy.ndarray
        ``uint8`` RGB, both sides at least 16 pixels.
    epochs : int
        Of 20 steps each.
    seed : int
        Same seed, same weights.
    preset : {"tiny", "base", "large"}
        Size of the network.

    Returns
    -------
    keras.Model
        From `transformers.networks.generators.autoencoder`.
    """
    backend.prepare_training(seed)
    rng = np.random.default_rng(seed)
    values = to_unit(painting)
    side = min(CROP, *(s - s % 16 for s in values.shape[:2]))

    def crop() -> np.ndarray:
        y, x = (rng.integers(0, s - side + 1) for s in values.shape[:2])
        return values[y : y + side, x : x + side][:, :: rng.choice((-1, 1))]

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        while True:
            batch = np.stack([crop() for _ in range(BATCH)])
            yield batch, batch

    network = generators.autoencoder(3, 3, preset)
    # Pyright takes options for strings whose default is "auto".
    network.compile(
        keras.optimizers.Adam(2e-3),
        loss="mean_absolute_error",
        jit_compile=False,  # pyright: ignore[reportArgumentType]
    )
    with progress("training", unit="epoch") as bar:
        seen = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: bar(epoch + 1, epochs, f"l1 {logs['loss']:.3f}")
        )
        network.fit(
            batches(),
            steps_per_epoch=20,
            epochs=epochs,
            verbose=0,  # pyright: ignore[reportArgumentType]
            shuffle=False,
            callbacks=[seen],
        )
    return network
