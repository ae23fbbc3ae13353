"""Paint photographs in the style of paintings: the picture itself is optimised (Gatys et al. 2016)."""

import argparse
import io
import json
import time
import zipfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli.console import OK, SOME_FAILED, progress, say
from experiments.cli.files import gather, told
from experiments.cli.options import extension_of, names_file
from experiments.cli.results import Results
from experiments.commands.paint import crops, preview_file
from experiments.commands.paint import settings as chosen_settings
from experiments.inference.fast_style_transfer import paint_all
from experiments.inference.style_transfer import Painting, Settings, transfer_of
from filters import margins, masks
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from filters.measures import sha256
from transformers import backend
from transformers.style.transfer import StyleTransfer

SAVE_EVERY = 60  # seconds between two saves of the state
PREVIEW_EVERY = 5  # seconds between two previews


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``paint``."""
    if arguments.fast:
        look = arguments.fast, arguments.size, arguments.precision
        how = {"extension": extension_of(arguments), "quality": arguments.quality, "overwrite": arguments.overwrite}
        if Path(arguments.fast).is_file():
            how |= {"weights": arguments.weights, "strength": arguments.strength, "crop": crops(arguments, 1)[0]}
        return paint_all(arguments.photos, arguments.out, *look, **how)
    values, names = chosen_settings(arguments)
    settings = Settings(**values)
    to_file = names_file(arguments.out)
    photos, failures = gather(arguments.photos, None if to_file else arguments.out)
    results = None if to_file else Results(arguments.out, arguments.overwrite)
    in_folder = results.names(photos, arguments.photos, extension_of(arguments)) if results else None
    targets = in_folder or [Path(arguments.out)]
    known = {path: pictures.read(path) for path in (*names, *(arguments.masks or ()), *(arguments.analogy or ()))}
    styles = _styles(names, known, arguments)
    backend.set_precision(arguments.precision)
    transfer = transfer_of(settings, bool(arguments.analogy))
    written = 0
    with results.writing(targets) if results else nullcontext():
        for photo, target in zip(photos, targets, strict=True):
            if arguments.resume and target.exists() and not state_file(target).exists():
                written += 1
                continue
            try:
                with results.of(photo, target) if results else nullcontext():
                    paint(photo, target, styles, known, settings, arguments, transfer)
                written += 1
            except ValueError as error:
                failures.append(told(error, photo))
    for failure in failures:
        say(f"error: {failure}")
    say(f"{written} of {len(photos)} paintings written to {arguments.out}")
    return SOME_FAILED if failures else OK


@dataclass(frozen=True)
class Style:
    """The part of a painting that the style comes from, and the same part of its mask."""

    path: str
    picture: Picture
    mask: Picture | None = None


def _styles(names: Sequence[str], known: dict[str, Picture], arguments: argparse.Namespace) -> list[Style]:
    """Return the paintings without what ``--style-crop`` leaves out, and say so where margins were found."""
    styles = []
    own_masks = [known[mask] for mask in arguments.masks[1:]] if arguments.masks else [None] * len(names)
    for name, crop, mask in zip(names, crops(arguments, len(names)), own_masks, strict=True):
        whole = known[name]
        size = whole.shape[1], whole.shape[0]
        part = margins.box(whole, crop, name)
        if crop == "auto" and part[2:] != size:
            box = ",".join(map(str, part))
            say(f"{name}: without its margins, as by --style-crop {box}; --style-crop none keeps them")
        styles.append(
            Style(name, margins.cut(whole, part), None if mask is None else margins.cut(mask, part, size))
        )
    return styles


def state_file(target: Path) -> Path:
    """Return the file that keeps the state of an unfinished painting."""
    return target.with_name(f"{target.name}.state.npz")


def save_state(painting: Painting, path: PathLike, sources: dict) -> None:
    """Save a painting's state, atomically.

    Parameters
    ----------
    painting : Painting
    path : path-like
        An ``.npz`` file.
    sources : dict
        Fingerprints of the pictures that it is made of, as JSON allows them; `load_state` compares them.
    """
    buffer = io.BytesIO()
    arrays: dict[str, Any] = painting.state()
    np.savez(buffer, described=_described(painting, sources), **arrays)
    pictures.write_bytes(path, buffer.getvalue())


def load_state(painting: Painting, path: PathLike, sources: dict) -> None:
    """Restore a state from `save_state`.

    Parameters
    ----------
    painting : Painting
        With the same settings, whose state is replaced.
    path : path-like
    sources : dict
        As for `save_state`.

    Raises
    ------
    ValueError
        When the state was begun with other settings or pictures, or is damaged.
    """
    try:
        with np.load(io.BytesIO(Path(path).read_bytes())) as saved:
            arrays = dict(saved)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged; remove it, and begin again without --resume") from error
    if str(arrays.pop("described")) != _described(painting, sources):
        raise ValueError(f"{path} was begun with other settings or pictures; give the same, or leave out --resume")
    painting.restore(arrays)


def _described(painting: Painting, sources: dict) -> str:
    return json.dumps([asdict(painting.settings), sources], sort_keys=True)


def paint(
    photo: PathLike,
    target: Path,
    styles: Sequence[Style],
    known: dict[str, Picture],
    settings: Settings,
    arguments: argparse.Namespace,
    transfer: StyleTransfer,
) -> None:
    """Paint one photograph into a file; where it is interrupted, its state is kept.

    Parameters
    ----------
    photo : path-like
    target : pathlib.Path
        The result.
    styles : sequence of Style
    known : dict
        Path → ``uint8`` RGB picture, of all masks and pictures of an analogy.
    settings : experiments.inference.style_transfer.Settings
    arguments : argparse.Namespace
        Of the command: ``masks``, ``face_masks``, ``analogy``, ``preview`` and ``resume``.
    transfer : transformers.style.transfer.StyleTransfer
        From `experiments.inference.style_transfer.transfer_of`.

    Raises
    ------
    PictureError
        When the photograph cannot be read.
    ValueError
        When masks do not fit, or a saved state was begun with other settings or pictures.
    """
    picture = pictures.read(photo)
    made = Painting(
        picture,
        [style.picture for style in styles],
        settings,
        _regions(photo, picture, styles, known, arguments),
        [known[path] for path in arguments.analogy] if arguments.analogy else None,
        transfer,
    )
    state = state_file(target)
    sources = _fingerprints(picture, styles, known, arguments)
    if arguments.resume and state.exists():
        load_state(made, state, sources)
    preview = preview_file(target)
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
                    save_state(made, state, sources)
                    saved = time.monotonic()
    except KeyboardInterrupt:
        save_state(made, state, sources)
        say(f"{target} is not finished; the same command with --resume goes on")
        raise
    pictures.write(target, made.picture(), quality=arguments.quality, source=photo)
    for leftover in (state, preview):
        leftover.unlink(missing_ok=True)


def _regions(
    photo: PathLike,
    picture: Picture,
    styles: Sequence[Style],
    known: dict[str, Picture],
    arguments: argparse.Namespace,
) -> tuple[np.ndarray, list[np.ndarray]] | None:
    """Return the regions of the photograph and of each painting, or None."""
    if arguments.face_masks:
        named = [(picture, photo), *((style.picture, style.path) for style in styles)]
        found = [masks.from_faces(shown, name) for shown, name in named]
    elif arguments.masks:
        theirs = [style.mask for style in styles if style.mask is not None]
        found, colors = masks.from_masks([known[arguments.masks[0]], *theirs])
        for index, color in enumerate(colors):
            if found[0][index].any() and not any(region[index].any() for region in found[1:]):
                raise ValueError(f"{color} is in the photograph's mask and in no painting's; paint it there too")
    else:
        return None
    return found[0], found[1:]


def _fingerprints(
    picture: Picture, styles: Sequence[Style], known: dict[str, Picture], arguments: argparse.Namespace
) -> dict:
    """Return the SHA-256 of every picture that a painting is made of, by role."""
    roles = {
        "photo": [picture],
        "style": [style.picture for style in styles],
        "masks": [known[name] for name in arguments.masks or ()],
        "analogy": [known[name] for name in arguments.analogy or ()],
    }
    prints = {role: [sha256(p.tobytes()) for p in shown] for role, shown in roles.items()}
    return prints | {"face_masks": arguments.face_masks}
