"""How fast training is, beside published pix2pix."""

import statistics
import time

import numpy as np

from experiments.commands.train import Settings
from experiments.core import registry
from experiments.training.paired import build
from transformers import backend
from transformers.networks import published
from transformers.training.paired import GAN


def time_training(rounds, transformation="gray_to_color", batch_size: int = 16) -> dict:
    """Steps of our training and of published pix2pix, in turn.

    Returns
    -------
    dict
        Pictures a second of both, and the median of the rounds' ratios.
    """
    backend.set_precision("float32")
    pix2pix = GAN(published.pix2pix_generator(), published.pix2pix_generator(), published.pix2pix_discriminator())
    pix2pix.compile()
    backend.set_precision("auto")
    transformation = registry.find(transformation)
    ours = build(transformation, Settings(transformation.name, data="", adversarial_from=0))
    rng = np.random.default_rng(0)

    def noise(*shape):
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


def in_turn(jobs: dict, pictures: dict, rounds: int):
    """Return how many pictures a second several trainings take, round by round.

    Parameters
    ----------
    jobs : dict
        Name → model and what its batches consist of.
    pictures : dict
        Name → how many pictures a round takes.
    rounds : int
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
