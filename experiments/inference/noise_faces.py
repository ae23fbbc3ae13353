"""Random noise in, faces out: single pictures, a grid, and ways from face to face."""

import argparse
from pathlib import Path

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
from transformers import backend, pretrained
from transformers.networks import noise

ENLARGER = "super_resolution_x4_old"  # it takes grain away
ENLARGED = 4
ROWS, STEPS = 4, 8  # of the interpolation


def run(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    generator = load_generator(arguments)
    enlarge = enlarger()
    latent = generator.inputs[0].shape[-1]
    noise = arguments.truncation * draw(arguments.count, latent, arguments.seed)
    ways = arguments.truncation * interpolated(draw(2 * ROWS, latent, arguments.seed))
    targets = [out / f"{number:03d}.png" for number in range(arguments.count)]
    grid, interpolation = out / "grid.png", out / "interpolation.png"
    with Results(out, arguments.overwrite).writing([*targets, grid, interpolation]), progress("faces") as bar:
        faces = []
        for one, target in zip(noise, targets, strict=True):
            faces.append(enlarge(make(generator, one[None])[0]))
            pictures.write(target, faces[-1])
            bar(len(faces), arguments.count)
        ideal = max(2, round((len(faces) * 1.25) ** 0.5))
        columns = min((ideal, ideal - 1, ideal + 1), key=lambda number: -len(faces) % number)  # places left empty
        pictures.write(grid, sheet([faces[i : i + columns] for i in range(0, len(faces), columns)]))
        pictures.write(interpolation, sheet([[enlarge(f) for f in make(generator, row)] for row in ways]))
    say(f"{len(faces)} faces, grid.png and interpolation.png written to {out}")
    return 0


def load_generator(arguments: argparse.Namespace):
    """Return the generator of the shipped weights, or of ``--weights``."""
    backend.set_precision(arguments.precision)
    if arguments.weights is None:
        return pretrained.load("noise")
    weights, config = find_weights(arguments.weights, *KINDS)
    kind = arguments.kind or config.get("kind", "noise")
    generator = noise.build_generator(kind, arguments.preset or config.get("preset", "base"))
    pretrained.load_weights(generator, weights)
    return generator


def draw(count: int, latent, seed: int):
    """Return noise of N(0, 1), ``float32`` ``(count, latent)``; a face does not depend on how many there are."""
    return np.stack([np.random.default_rng([seed, i]).standard_normal(latent) for i in range(count)]).astype(
        np.float32
    )


def interpolated(ends: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """Return noise on great arcs (spherical interpolation, Shoemake 1985).

    On the straight way between two samples of N(0, 1) in many dimensions the middle is shorter than
    any sample, and the face there the mean one.

    Parameters
    ----------
    ends : numpy.ndarray
        ``(2 rows, latent)``: each two rows are start and end of a way.
    steps : int

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


def make(generator, noise):
    """Return faces from noise ``(count, latent)``: ``uint8`` RGB ``(count, height, width, 3)``."""
    made = []
    with backend.without_gradient():
        for start in range(0, len(noise), 32):
            result = generator(noise[start : start + 32], training=False)
            made.append(from_unit(backend.keras.ops.convert_to_numpy(result)))
    return np.concatenate(made)


def enlarger():
    """Return what enlarges a face by `ENLARGED`: super resolution where its weights are shipped, else bicubic."""
    if ENLARGER not in pretrained.available():
        return lambda face: cv2.resize(face, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
    network = pretrained.load(ENLARGER)

    def enlarge(face):
        return run_on_image(network, face)

    return enlarge
