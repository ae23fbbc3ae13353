"""Time unpaired training beside published CycleGAN."""

import statistics

import numpy as np

from experiments.benchmarks.training import in_turn
from experiments.commands.unpaired import Settings
from experiments.training.unpaired import build
from transformers import backend
from transformers.networks import published
from transformers.training import cyclegan, unpaired


def time_unpaired(rounds: int, batch_size: int = 4) -> dict[str, float]:
    """Time steps of our training and of CycleGAN as published, both with all losses, at 256x320, in turn.

    Parameters
    ----------
    rounds : int
        How often each is timed.
    batch_size : int
        Of our training; CycleGAN trains on one pair per step, as published.

    Returns
    -------
    dict
        Description → median pairs of pictures per second of both, and the median of the rounds' ratios.
    """
    backend.set_precision("float32")
    theirs = cyclegan.CycleGAN(published.cyclegan_generator, discriminator=published.cyclegan_discriminator)
    theirs.compile()
    backend.set_precision("auto")
    settings = {"name": "", "a": "", "b": "", "adversarial_from": 0}
    ours = {name: build(Settings(generator=name, **settings)) for name in ("resnet", "unet")}
    rng = np.random.default_rng(0)

    def batch(count: int) -> dict[str, np.ndarray]:
        a, b = rng.uniform(-1, 1, (2, count, 320, 256, 3)).astype(np.float32)
        return {"a": a, "b": b, "pair": b, "draws": rng.random((count, 2 * unpaired.DRAWS), np.float32)}

    jobs = {name: (gan, batch(batch_size)) for name, gan in ours.items()}
    speeds = in_turn(
        jobs | {"published": (theirs, batch(1))}, dict.fromkeys(ours, 3 * batch_size) | {"published": 1}, rounds
    )
    results = {f"pairs a second, {name}, 256x320": statistics.median(values) for name, values in speeds.items()}
    for name in ours:
        ratios = [a / b for a, b in zip(speeds[name], speeds["published"], strict=True)]
        results[f"ratio, {name} to published"] = statistics.median(ratios)
    return results
