"""Time the training of transformations beside published pix2pix."""

import statistics
import time
from collections.abc import Mapping, Sequence

import numpy as np

from experiments.commands.train import Settings
from experiments.core import registry
from experiments.training.paired import build
from transformers import backend
from transformers.networks import published
from transformers.training.paired import GAN


def time_training(rounds: int, name: str = "gray_to_color", batch_size: int = 16) -> dict[str, float]:
    """Time steps of our training and of published pix2pix, in turn.

    Parameters
    ----------
    rounds : int
        How often each is timed.
    name : str
        Of the transformation that is trained.
    batch_size : int
        Of our training; pix2pix trains on one picture per step, as published.

    Returns
    -------
    dict
        Description → median pictures per second of both, and the median of the rounds' ratios.
    """
    backend.set_precision("float32")
    pix2pix = GAN(published.pix2pix_generator(), published.pix2pix_generator(), published.pix2pix_discriminator())
    pix2pix.compile()
    backend.set_precision("auto")
    transformation = registry.find(name)
    ours = build(transformation, Settings(transformation.name, data="", adversarial_from=0))
    rng = np.random.default_rng(0)

    def noise(*shape: int) -> np.ndarray:
        return rng.uniform(-1, 1, shape).astype(np.float32)

    output = transformation.representation()
    side = output.output_stride
    speeds = in_turn(
        {
            "ours": (
                ours,
                noise(batch_size, 320, 256, ours.generator.inputs[0].shape[-1]),
                noise(batch_size, 320 // side, 256 // side, output.channels),
            ),
            "pix2pix": (pix2pix, noise(1, 256, 256, 3), noise(1, 256, 256, 3)),
        },
        {"ours": 4 * batch_size, "pix2pix": 8},
        rounds,
    )
    return {
        "pictures a second, ours, 256x320": statistics.median(speeds["ours"]),
        "pictures a second, published pix2pix, 256x256": statistics.median(speeds["pix2pix"]),
        "ratio": statistics.median(a / b for a, b in zip(speeds["ours"], speeds["pix2pix"], strict=True)),
    }


def in_turn(jobs: Mapping[str, Sequence], pictures: Mapping[str, int], rounds: int) -> dict[str, list[float]]:
    """Time several trainings in turn, round by round.

    Parameters
    ----------
    jobs : dict
        Name → the model, and the arrays of its batch.
    pictures : dict
        Name → number of pictures per round.
    rounds : int
        Besides a first one, which compiles and is not timed.

    Returns
    -------
    dict
        Name → pictures per second in each round.
    """
    speeds = {name: [] for name in jobs}
    for turn in range(rounds + 1):
        for name, (gan, *batch) in jobs.items():
            first = batch[0]["a"] if isinstance(batch[0], dict) else batch[0]
            began = time.perf_counter()
            steps = pictures[name] // len(first)
            gan.fit((tuple(batch) for _ in iter(int, 1)), steps_per_epoch=steps, verbose=0, shuffle=False)
            if turn:  # the first round compiles
                speeds[name].append(pictures[name] / (time.perf_counter() - began))
    return speeds
