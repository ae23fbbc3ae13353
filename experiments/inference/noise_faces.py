"""Random noise in, faces out: single pictures, a grid, and interpolations from face to face."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from experiments.cli.console import progress, say
from experiments.cli.results import Results
from experiments.commands.noise import KINDS
from experiments.core.codecs import from_unit
from experiments.core.models import find_weights
from experiments.inference.images import run_on_image
from experiments.reports.sheets import sheet
from filters.io import pictures
from filters.io.pictures import Picture
from transformers import backend, pretrained
from transformers.backend import keras
from transformers.networks import noise

HEIGHT = 320  # pixels, to which faces are enlarged
ENLARGERS = {2: "super_resolution_x2_sharp", 4: "super_resolution_x4_old"}  # the latter removes grain
ROWS, STEPS = 4, 8  # of the interpolation
TOGETHER = 8  # faces computed at once


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``noise``."""
    out = Path(arguments.out)
    generator = load_generator(arguments)
    enlarge = enlarger(generator)
    noise = arguments.truncation * noise_for(generator, arguments.count, arguments.seed)
    ways = arguments.truncation * interpolated(noise_for(generator, 2 * ROWS, arguments.seed))
    targets = [out / f"{number:03d}.png" for number in range(arguments.count)]
    grid, interpolation = out / "grid.png", out / "interpolation.png"
    with Results(out, arguments.overwrite).writing([*targets, grid, interpolation]), progress("faces") as bar:
        faces: list[Picture] = []
        for start in range(0, arguments.count, TOGETHER):
            group = noise[start : start + TOGETHER]
            # Always as many at once, so that a face does not depend on how many are made.
            padded = np.pad(group, ((0, TOGETHER - len(group)), (0, 0)))
            for face in make(generator, padded)[: len(group)]:
                faces.append(enlarge(face))
                pictures.write(targets[len(faces) - 1], faces[-1])
                bar(len(faces), arguments.count)
        ideal = max(2, round((len(faces) * 1.25) ** 0.5))
        columns = min((ideal, ideal - 1, ideal + 1), key=lambda number: -len(faces) % number)  # places left empty
        pictures.write(grid, sheet([faces[i : i + columns] for i in range(0, len(faces), columns)]))
        pictures.write(interpolation, sheet([[enlarge(f) for f in make(generator, row)] for row in ways]))
    say(f"{len(faces)} faces, grid.png and interpolation.png written to {out}")
    return 0


def load_generator(arguments: argparse.Namespace) -> keras.Model:
    """Load the generator with the shipped weights, or those of ``--weights``.

    Raises
    ------
    UsageError
        When ``--weights`` names a run of another network.
    transformers.pretrained.WeightsError
        When there are no weights, or they do not fit.
    """
    backend.set_precision(arguments.precision)
    if arguments.weights is None:
        return pretrained.load("noise")
    weights, config = find_weights(arguments.weights, *KINDS)
    kind = arguments.kind or config.get("kind", "noise")
    generator = noise.build_generator(kind, arguments.preset or config.get("preset", "base"))
    pretrained.load_weights(generator, weights)
    return generator


def draw(count: int, latent: int, seed: int) -> np.ndarray:
    """Draw noise from N(0, 1), ``float32`` ``(count, latent)``; each row depends on `seed` and its index alone."""
    return np.stack([np.random.default_rng([seed, i]).standard_normal(latent) for i in range(count)]).astype(
        np.float32
    )


def noise_for(generator: keras.Model, count: int, seed: int) -> np.ndarray:
    """Return `draw`'s noise in the length that a generator takes."""
    return draw(count, generator.inputs[0].shape[-1], seed)


def interpolated(ends: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """Interpolate noise along great arcs (Shoemake, "Animating Rotation with Quaternion Curves", 1985).

    In many dimensions, the middle of a straight line between two samples of N(0, 1) is shorter than any sample,
    and its face is an average one.

    Parameters
    ----------
    ends : numpy.ndarray
        ``(2 * rows, latent)``: each pair of rows is the start and the end of an arc.
    steps : int
        Samples on each arc, both ends included.

    Returns
    -------
    numpy.ndarray
        ``float32`` ``(rows, steps, latent)``.
    """
    first, last = ends[0::2, None], ends[1::2, None]
    lengths = [np.linalg.norm(e, axis=2, keepdims=True) for e in (first, last)]
    cosine = np.sum(first * last, axis=2, keepdims=True) / (lengths[0] * lengths[1])
    angle = np.maximum(np.arccos(np.clip(cosine, -1, 1)), 1e-4)  # equal ends have no arc
    share = np.linspace(0, 1, steps)[None, :, None]
    ways = (np.sin((1 - share) * angle) * first + np.sin(share * angle) * last) / np.sin(angle)
    return ways.astype(np.float32)


def make(generator: Callable[..., Any], noise: np.ndarray) -> np.ndarray:
    """Return the faces of noise ``(count, latent)``, ``uint8`` RGB ``(count, height, width, 3)``."""
    made = []
    with backend.without_gradient():
        for start in range(0, len(noise), 32):
            result = generator(noise[start : start + 32], training=False)
            made.append(from_unit(backend.keras.ops.convert_to_numpy(result)))
    return np.concatenate(made)


def enlarger(generator: keras.Model) -> Callable[[Picture], Picture]:
    """Return a function that enlarges a generator's faces to a height of `HEIGHT`, or of less than twice that.

    It uses the one of `ENLARGERS` that fits, if that is shipped, else bicubic interpolation.
    """
    times = max(1, HEIGHT // generator.output_shape[1])
    if ENLARGERS.get(times) not in pretrained.available():
        return lambda face: cv2.resize(face, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    network = pretrained.load(ENLARGERS[times])
    return lambda face: run_on_image(network, face)
