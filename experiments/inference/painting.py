"""Paint photographs in the style of paintings: the picture itself is optimised (Gatys et al. 2016)."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather, result_names, told
from experiments.cli.options import extension_of
from experiments.commands.paint import is_file, preview_file
from experiments.commands.paint import settings as chosen_settings
from experiments.inference import style_transfer as paintings
from experiments.inference.fast_style_transfer import paint_all
from experiments.inference.style_transfer import Settings, transfer_of
from filters import masks
from filters.io import pictures
from filters.io.pictures import PathLike
from filters.measures import sha256
from transformers import backend

SAVE_EVERY = 60  # seconds between two saves of the state
PREVIEW_EVERY = 5


def run(arguments: argparse.Namespace) -> int:
    if arguments.fast:
        how = {"extension": extension_of(arguments), "quality": arguments.quality}
        return paint_all(
            arguments.photos, arguments.out, arguments.fast, arguments.size, arguments.precision, **how
        )
    values, styles = chosen_settings(arguments)
    settings = Settings(**values)
    photos, failures = gather(arguments.photos)
    in_folder = result_names(photos, arguments.out, extension_of(arguments))
    targets = [Path(arguments.out)] if is_file(arguments.out) else in_folder
    known = {path: pictures.read(path) for path in (*styles, *(arguments.masks or ()), *(arguments.analogy or ()))}
    backend.set_precision(arguments.precision)
    transfer = transfer_of(settings, bool(arguments.analogy))
    written = 0
    for photo, target in zip(photos, targets, strict=True):
        if arguments.resume and target.exists() and not state_file(target).exists():
            written += 1
            continue
        try:
            paint(photo, target, styles, known, settings, arguments, transfer)
            written += 1
        except (pictures.PictureError, ValueError) as error:
            failures.append(told(error, photo))
    for failure in failures:
        say(f"error: {failure}")
    say(f"{written} of {len(photos)} paintings written to {arguments.out}")
    return SOME_FAILED if failures else OK


def state_file(target):
    """Return the file that keeps the state of an unfinished painting."""
    return target.with_name(f"{target.name}.state.npz")


def paint(
    photo: PathLike,
    target: PathLike,
    styles: Sequence[str],
    known: dict[str, np.ndarray],
    settings,
    arguments: argparse.Namespace,
    transfer,
) -> None:
    """Paint one photograph into a file; what was stopped on the way can be resumed.

    Parameters
    ----------
    photo, target : path-like
    styles : list of str
        Names of the paintings.
    known : dict of str to numpy.ndarray
        Paintings, masks and analogy by name, ``uint8`` RGB.
    settings : experiments.inference.style_transfer.Settings
    arguments : argparse.Namespace
        Of the command: ``masks``, ``face_masks``, ``analogy``, ``preview`` and ``resume``.
    transfer : transformers.style.transfer.StyleTransfer
        From `experiments.inference.style_transfer.transfer_of`.
    """
    picture = pictures.read(photo)
    made = paintings.Painting(
        picture,
        [known[style] for style in styles],
        settings,
        _regions(photo, picture, styles, known, arguments),
        [known[path] for path in arguments.analogy] if arguments.analogy else None,
        transfer,
    )
    state = state_file(target)
    sources = _fingerprints(picture, styles, known, arguments)
    if arguments.resume and state.exists():
        paintings.load(made, state, sources)
    preview = preview_file(Path(target))
    saved = shown = time.monotonic()
    try:
        with progress(f"painting {Path(photo).name}", unit="%") as bar:
            while not made.finished:
                made.step()
                note = f"{made.sizes[made.level]} px, loss {made.loss:.4f}"
                bar(round(100 * made.share, 1), 100, note)
                if arguments.preview and time.monotonic() - shown > PREVIEW_EVERY:
                    pictures.write(preview, made.picture())
                    shown = time.monotonic()
                if time.monotonic() - saved > SAVE_EVERY:
                    paintings.save(made, state, sources)
                    saved = time.monotonic()
    except KeyboardInterrupt:
        paintings.save(made, state, sources)
        say(f"{target} is not finished; the same command with --resume goes on")
        raise
    pictures.write(target, made.picture(), quality=arguments.quality, source=photo)
    for leftover in (state, preview):
        leftover.unlink(missing_ok=True)


def _regions(photo, picture, styles, known, arguments):
    """Return regions of the photograph and of each painting, or None."""
    if arguments.face_masks:
        named = [(picture, photo), *((known[style], style) for style in styles)]
        found = [masks.from_faces(shown, name) for shown, name in named]
    elif arguments.masks:
        found, colors = masks.from_masks([known[mask] for mask in arguments.masks])
        for index, color in enumerate(colors):
            if found[0][index].any() and not any(region[index].any() for region in found[1:]):
                raise ValueError(f"{color} is in the photograph's mask and in no painting's; paint it there too")
    else:
        return None
    return found[0], found[1:]


def _fingerprints(picture, styles, known, arguments):
    """Return what a painting is made of: SHA-256 of every picture in its role."""
    roles = {
        "photo": [picture],
        "style": [known[name] for name in styles],
        "masks": [known[name] for name in arguments.masks or ()],
        "analogy": [known[name] for name in arguments.analogy or ()],
    }
    prints = {role: [sha256(p.tobytes()) for p in shown] for role, shown in roles.items()}
    return prints | {"face_masks": arguments.face_masks}
