"""Paint photographs in the style of paintings: the picture itself is optimised (Gatys et al. 2016)."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.cli.console import OK, SOME_FAILED, UsageError, progress, say
from experiments.cli.files import gather, refuse_folder, refuse_inputs, result_names
from experiments.cli.options import weighted
from experiments.commands.paint import SIZE, add_arguments
from experiments.inference import style_transfer as paintings
from experiments.inference.fast_style_transfer import paint_all
from experiments.inference.style_transfer import Settings, transfer_of
from filters import masks
from filters.io import pictures
from filters.io.pictures import PathLike
from filters.measures import sha256
from transformers import backend
from transformers.networks.features import TITLES, layer_names

SAVE_EVERY = 60  # seconds between two saves of the state
PREVIEW_EVERY = 5
LARGEST = 8192  # pixels of the longer side


def run(arguments: argparse.Namespace) -> int:
    if not 16 <= (arguments.size or SIZE) <= LARGEST:
        raise UsageError(f"--size: from 16 to {LARGEST} pixels")
    if arguments.fast:
        _refuse_slow_options(arguments)
        return paint_all(arguments.photos, arguments.out, arguments.fast, arguments.size, arguments.precision)
    settings, styles = read_settings(arguments)
    photos, failures = gather(arguments.photos)
    to_file = len(photos) == 1 and not failures and not Path(arguments.photos[0]).is_dir()
    if to_file and not Path(arguments.out).suffix:
        raise UsageError(f"--out {arguments.out}: name a file, as {arguments.out}.png")
    if to_file:
        refuse_folder(arguments.out)
    if not to_file and Path(arguments.out).suffix:
        raise UsageError(f"--out {arguments.out}: name a folder for the paintings of several photographs")
    if not to_file and arguments.masks:
        raise UsageError("--masks belong to one photograph; name one")

    backend.set_precision(arguments.precision)
    others = [*styles, *(arguments.masks or ()), *(arguments.analogy or ())]
    known = {path: pictures.read(path) for path in others}
    targets = [Path(arguments.out)] if to_file else result_names(photos, arguments.out)
    refuse_inputs([*targets, *map(preview_file, targets)], [*photos, *others])
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
            failures.append(str(error) if str(photo) in str(error) else f"{photo}: {error}")
    for failure in failures:
        say(f"error: {failure}")
    say(f"{written} of {len(photos)} paintings written to {arguments.out}")
    return SOME_FAILED if failures else OK


def _refuse_slow_options(arguments):
    """Refuse options that would do nothing: a network has its painting, and how it paints, in itself."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    kept = ("photos", "out", "fast", "size", "precision")
    given = [k for k, v in vars(arguments).items() if k not in kept and v != parser.get_default(k)]
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"--fast NAME has its painting in itself; leave out {options}")


def read_settings(arguments: argparse.Namespace):
    """Return the `Settings` of a command line, and the paths of its paintings."""
    _check(arguments)
    named = arguments.style or ([arguments.analogy[1]] if arguments.analogy else [])
    if not named:
        raise UsageError("name a painting (--style PAINTING), or a network (--fast NAME)")
    styles, weights = zip(*(weighted(text, "--style", files=True) for text in named), strict=True)
    if arguments.masks and len(arguments.masks) != 1 + len(styles):
        raise UsageError(f"--masks: one of the photograph and one of each painting, here {1 + len(styles)}")

    known = layer_names(arguments.network)
    chosen = {}
    for option, text in (
        ("content_layers", arguments.content_layers),
        ("style_layers", arguments.style_layers),
    ):
        if text is not None:
            name = f"--{option.replace('_', '-')}"
            chosen[option] = dict(weighted(part, name) for part in text.split(","))
            unknown = set(chosen[option]) - set(known)
            if unknown:
                raise UsageError(
                    f"{name}: {TITLES[arguments.network]} has no layer '{unknown.pop()}'; "
                    f"they are {known[0]} … {known[-1]}"
                )
    for option, value in (
        ("style_weight", arguments.style_weight),
        ("total_variation", arguments.tv),
        ("guide_weight", arguments.analogy_weight),
    ):
        if value is not None:
            chosen[option] = value
    settings = Settings(
        size=arguments.size or SIZE,
        steps=arguments.steps,
        optimizer=arguments.optimizer,
        content_weight=arguments.content_weight,
        init=arguments.init,
        seed=arguments.seed,
        keep_colors=arguments.keep_colours,
        style_weights=weights,
        style_scale=arguments.style_scale,
        network=arguments.network,
        weights=arguments.weights,
        pooling=arguments.pooling,
        **chosen,
    )
    return settings, styles


def _check(arguments):
    if arguments.steps < 1:
        raise UsageError("--steps: at least 1")
    if arguments.seed < 0:
        raise UsageError("--seed: 0 or above")
    if not 0.1 <= arguments.style_scale <= 4:
        raise UsageError("--style-scale: from 0.1 to 4")
    for option in ("content_weight", "style_weight", "tv", "analogy_weight"):
        value = getattr(arguments, option)
        if value is not None and not 0 <= value < float("inf"):
            raise UsageError(f"--{option.replace('_', '-')}: 0 or above")
    if arguments.masks and arguments.face_masks:
        raise UsageError("--masks and --face-masks exclude each other")
    if arguments.analogy_weight is not None and not arguments.analogy:
        raise UsageError("--analogy-weight belongs to --analogy")
    if arguments.weights and arguments.network != "vgg19":
        raise UsageError("--weights are those of the VGG-19; add --network vgg19")


def state_file(target):
    """Return the file that keeps the state of an unfinished painting."""
    return target.with_name(f"{target.name}.state.npz")


def preview_file(target):
    """Return the file that shows a painting while it is made."""
    return target.with_name(f"{target.stem}_preview{target.suffix}")


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
                    paintings.save(made, state, sources)
                    saved = time.monotonic()
    except KeyboardInterrupt:
        paintings.save(made, state, sources)
        say(f"{target} is not finished; the same command with --resume goes on")
        raise
    pictures.write(target, made.picture())
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
