"""One face becomes another, and the next: an animation, and a strip of seven of its frames."""

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather, refuse_folder, refuse_inputs
from experiments.commands.morph import FRAMES, SECONDS
from filters import PictureError
from filters.faces import alignment, averaging, detection, directions
from filters.io import animations, pictures
from filters.io.pictures import PathLike, Picture

STRIP_FRAMES = 7
HOLD = 0.3  # share of the time during which faces stay as they are


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``morph``."""
    return morph(arguments.faces, arguments.out, arguments.frames, arguments.seconds)


def morph(sources: Sequence[PathLike], out: PathLike, frames: int = FRAMES, seconds: float = SECONDS) -> int:
    """Write an animation from face to face, and a strip of its frames.

    Parameters
    ----------
    sources : list of path-like
        Photographs or crops, or folders of them; the largest face of each is taken.
    out : path-like
        An animation (``.gif`` or ``.webp``), with ``NAME_strip.png`` beside it; or a folder, for
        ``morph.gif``, ``morph_strip.png`` and ``frame_NNN.png``.
    frames : int
        From one face to the next, both included; at least 2.
    seconds : float
        From one face to the next, with the time that faces stay.

    Returns
    -------
    int
        Exit code: 0, or 1 when a picture was left out.

    Raises
    ------
    PictureError
        When `out` cannot be an animation, or fewer than two pictures show a face.
    UsageError
        When a result would overwrite an input.
    """
    out = Path(out)
    to_folder = out.suffix.lower() not in pictures.ANIMATIONS
    if to_folder and out.suffix and not out.is_dir():
        raise PictureError(f"{out}: cannot write '{out.suffix}' animations; use .gif or .webp, or name a folder")
    if not to_folder:
        refuse_folder(out)
    paths, failures = gather(sources, repeated=True)
    animation = out / "morph.gif" if to_folder else out
    strip = animation.with_name(f"{animation.stem}_strip.png")
    refuse_inputs([animation, strip, *(out.glob("frame_*.png") if to_folder else ())], paths)
    faces = []
    with progress("aligning", unit="file") as bar:
        for done, path in enumerate(paths, 1):
            try:
                faces.append(_aligned(path))
            except PictureError as error:
                failures.append(str(error))
            bar(done, len(paths), so_far=lambda: faces[-1] if faces else None)
    for failure in failures:
        say(f"error: {failure}")
    if len(faces) < 2:
        raise PictureError(f"a morph takes two faces or more, of these pictures {len(faces)} can be used")
    shown = [faces[0]]
    with progress("morphing", unit="face") as bar:
        for done, (one, other) in enumerate(itertools.pairwise(faces), 1):
            shown.extend(averaging.between(one, other, _eased(frames))[1:])
            bar(done, len(faces) - 1, so_far=lambda: shown[-frames // 2])
    whole = seconds * (len(faces) - 1)
    times = np.full(len(shown), (1 - HOLD) * whole / len(shown))
    times[:: frames - 1] += HOLD * whole / len(faces)
    with progress("writing", unit="frame") as bar:
        animations.write_animation(animation, shown, times.tolist(), bar)
    if to_folder:
        for number, frame in enumerate(shown):
            pictures.write(out / f"frame_{number:03d}.png", frame)
    places = np.linspace(0, len(shown) - 1, STRIP_FRAMES).round().astype(int)
    pictures.write(strip, np.hstack([shown[i] for i in places]))
    say(f"{len(shown)} frames, {times.sum():.1f} seconds: {animation}")
    return SOME_FAILED if failures else OK


def _aligned(path: PathLike) -> Picture:
    """Return the largest face of a picture, aligned like all others."""
    picture = pictures.read(path)
    face = detection.largest(directions.detect(picture))
    if face is None:
        raise PictureError(f"{path} shows no face; choose another picture")
    return alignment.align(picture, face.landmarks)[0]


def _eased(count: int) -> list[float]:
    """Return shares from 0 to 1, slow at both ends (smoothstep)."""
    share = np.linspace(0, 1, count)
    return (share * share * (3 - 2 * share)).tolist()
