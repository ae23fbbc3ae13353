"""Paint photographs in the style of paintings: the picture itself is optimised (Gatys et al. 2016)."""

import time
from pathlib import Path

from experiments.command import add_precision_argument

SAVE_EVERY = 60  # seconds between two saves of the state
PREVIEW_EVERY = 5
LARGEST = 8192  # pixels of the longer side


def add_arguments(parser):
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--out", required=True, metavar="FILE|DIR", help="the painting, or where all of them go")
    parser.add_argument(
        "--style", nargs="+", metavar="PAINTING[:WEIGHT]", help="one or more; weights tell how they are mixed"
    )
    parser.add_argument("--fast", metavar="NAME", help="one pass through a network that was trained to paint so")
    looks = parser.add_argument_group("how it looks")
    looks.add_argument("--content-weight", type=float, default=1.0, metavar="A", help="alpha (default: 1)")
    looks.add_argument("--style-weight", type=float, metavar="B", help="beta (default: 40)")
    looks.add_argument("--tv", type=float, metavar="W", help="total variation: more is smoother (default: 5)")
    looks.add_argument(
        "--content-layers", metavar="LAYER[:W],…", help="compared place by place (default: conv4_1)"
    )
    looks.add_argument(
        "--style-layers",
        metavar="LAYER[:W],…",
        help="whose Gram matrices are compared (default: conv1_1,conv2_1,conv3_1,conv4_1:4)",
    )
    looks.add_argument("--style-scale", type=float, default=1.0, metavar="S", help="larger strokes above 1")
    looks.add_argument(
        "--keep-colours",
        choices=("luminance", "histogram"),
        help="luminance paints light alone; histogram gives the painting the photograph's colours",
    )
    looks.add_argument(
        "--masks",
        nargs="+",
        metavar="MASK",
        help="of the photograph, then of each painting: what has one colour in them belongs together",
    )
    looks.add_argument("--face-masks", action="store_true", help="faces as faces, all else as all else")
    looks.add_argument(
        "--analogy",
        nargs=2,
        metavar=("UNSTYLED", "STYLED"),
        help="two pictures of one thing: as the first is to the second, so is the photograph to the painting",
    )
    looks.add_argument("--analogy-weight", type=float, metavar="W", help="how strictly (default: 5)")
    work = parser.add_argument_group("how it is made")
    work.add_argument("--size", type=int, default=512, metavar="N", help="longer side, in pixels (default: 512)")
    work.add_argument(
        "--steps", type=int, default=110, metavar="N", help="at full size; fewer at smaller ones (default: 110)"
    )
    work.add_argument("--init", choices=("photo", "noise"), default="photo", help="where it begins")
    work.add_argument("--seed", type=int, default=0, help="of the noise (default: 0)")
    work.add_argument("--optimizer", choices=("lbfgs", "adam"), default="lbfgs")
    work.add_argument("--network", choices=("vgg16", "vgg19"), default="vgg16")
    work.add_argument("--weights", metavar="FILE", help="of the VGG-19 (default: downloaded on first use)")
    work.add_argument("--pooling", choices=("average", "max"), default="average")
    add_precision_argument(work)
    work.add_argument("--preview", action="store_true", help="show it in FILE_preview while it is made")
    work.add_argument("--resume", action="store_true", help="go on where the same command was stopped")


def execute(arguments):
    from experiments.command import (
        OK,
        SOME_FAILED,
        UsageError,
        gather,
        refuse_folder,
        refuse_inputs,
        result_names,
        say,
    )

    if arguments.fast:
        if arguments.style or arguments.analogy:
            raise UsageError("--fast NAME has its painting in itself; leave out --style and --analogy")
        from experiments.fast_painter import paint_all

        return paint_all(arguments.photos, arguments.out, arguments.fast)
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

    from experiments.painting import transfer_of
    from filters import pictures
    from transformers import backend

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


def read_settings(arguments):
    """The `Settings` of a command line, and the paths of its paintings."""
    from experiments.command import UsageError, weighted

    _check(arguments)
    named = arguments.style or ([arguments.analogy[1]] if arguments.analogy else [])
    if not named:
        raise UsageError("name a painting (--style PAINTING), or a network (--fast NAME)")
    styles, weights = zip(*(weighted(text, "--style", files=True) for text in named), strict=True)
    if arguments.masks and len(arguments.masks) != 1 + len(styles):
        raise UsageError(f"--masks: one of the photograph and one of each painting, here {1 + len(styles)}")

    from experiments.painting import Settings
    from transformers.features import TITLES, layer_names

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
        size=arguments.size,
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
    from experiments.command import UsageError

    if not 16 <= arguments.size <= LARGEST:
        raise UsageError(f"--size: from 16 to {LARGEST} pixels")
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
    """Where the state of a painting is that was not finished."""
    return target.with_name(f"{target.name}.state.npz")


def preview_file(target):
    """Where a painting is shown while it is made."""
    return target.with_name(f"{target.stem}_preview{target.suffix}")


def paint(photo, target, styles, known, settings, arguments, transfer):
    """Paint one photograph into a file; what was stopped on the way can be resumed.

    Parameters
    ----------
    photo, target : path-like
    styles : list of str
        Names of the paintings.
    known : dict of str to numpy.ndarray
        Paintings, masks and analogy by name, ``uint8`` RGB.
    settings : experiments.painting.Settings
    arguments : argparse.Namespace
        Of the command: ``masks``, ``face_masks``, ``analogy``, ``preview`` and ``resume``.
    transfer : transformers.style.StyleTransfer
        From `experiments.painting.transfer_of`.
    """
    from experiments import painting as paintings
    from experiments.command import progress, say
    from filters import pictures

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
    """Regions of the photograph and of each painting, or None."""
    from filters import regions

    if arguments.face_masks:
        named = [(picture, photo), *((known[style], style) for style in styles)]
        found = [regions.from_faces(shown, name) for shown, name in named]
    elif arguments.masks:
        found, colors = regions.from_masks([known[mask] for mask in arguments.masks])
        for index, color in enumerate(colors):
            if found[0][index].any() and not any(region[index].any() for region in found[1:]):
                raise ValueError(f"{color} is in the photograph's mask and in no painting's; paint it there too")
    else:
        return None
    return found[0], found[1:]


def _fingerprints(picture, styles, known, arguments):
    """What a painting is made of: SHA-256 of every picture in its role."""
    from filters.metadata import sha256

    roles = {
        "photo": [picture],
        "style": [known[name] for name in styles],
        "masks": [known[name] for name in arguments.masks or ()],
        "analogy": [known[name] for name in arguments.analogy or ()],
    }
    prints = {role: [sha256(p.tobytes()) for p in shown] for role, shown in roles.items()}
    return prints | {"face_masks": arguments.face_masks}
