"""Paint photographs in the style of paintings: the picture itself is optimised (Gatys et al. 2016)."""

import argparse
from pathlib import Path

from experiments.cli.console import UsageError
from experiments.cli.options import (
    File,
    Painting,
    Parser,
    Picture,
    PicturesAndFilms,
    add_format,
    add_longer_side,
    add_option,
    add_photos,
    add_precision_argument,
    count,
    number,
    seed,
    weight,
    weighted,
    whole,
)
from transformers.networks.vgg import unknown_layer

SIZE, SMALLEST, LARGEST = 512, 16, 8192  # pixels, longer side


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_photos(parser, PicturesAndFilms, "pictures, or folders of pictures; with --fast films too")
    text = "the painting, of one photograph; or where all of them go, under the photographs' names"
    parser.add_argument("--out", required=True, metavar="FILE|DIR", help=text)
    parser.add_argument(
        "--style",
        nargs="+",
        type=Painting,
        metavar="PAINTING[:WEIGHT]",
        help="one or more; weights tell how they are mixed",
    )
    parser.add_argument(
        "--fast", metavar="NAME|RUN", help="one pass through a network that was trained to paint so, or its run"
    )
    _add_looks(parser.add_argument_group("how it looks"))
    _add_work(parser.add_argument_group("how it is made"))


def _add_looks(looks):
    looks.add_argument("--content-weight", type=weight, default=1.0, metavar="A", help="alpha (default: 1)")
    looks.add_argument("--style-weight", type=weight, metavar="B", help="beta (default: 40)")
    looks.add_argument("--tv", type=weight, metavar="W", help="total variation: more is smoother (default: 5)")
    looks.add_argument("--content-layers", metavar="LAYER[:W],…", help="compared place by place (default: conv4_1)")
    looks.add_argument(
        "--style-layers",
        metavar="LAYER[:W],…",
        help="whose Gram matrices are compared (default: conv1_1,conv2_1,conv3_1,conv4_1:4)",
    )
    text = "larger strokes above 1; from 0.1 to 4 (default: 1)"
    looks.add_argument("--style-scale", type=number(0.1, 4), default=1.0, metavar="S", help=text)
    looks.add_argument(
        "--keep-colours",
        choices=("luminance", "histogram"),
        help="luminance paints light alone; histogram gives the painting the photograph's colours",
    )
    looks.add_argument(
        "--masks",
        nargs="+",
        type=Picture,
        metavar="MASK",
        help="of the photograph, then of each painting: what has one colour in them belongs together",
    )
    looks.add_argument("--face-masks", action="store_true", help="faces as faces, all else as all else")
    looks.add_argument(
        "--analogy",
        nargs=2,
        type=Picture,
        metavar=("UNSTYLED", "STYLED"),
        help="two pictures of one thing: as the first is to the second, so is the photograph to the painting",
    )
    looks.add_argument("--analogy-weight", type=weight, metavar="W", help="how strictly (default: 5)")


def _add_work(work):
    text = f"of the painting (default: {SIZE}; with --fast at most 1024 for photographs, films as they are)"
    add_longer_side(work, text, whole(SMALLEST, LARGEST))
    text = "at full size; fewer at smaller ones (default: 110)"
    work.add_argument("--steps", type=count, default=110, metavar="N", help=text)
    work.add_argument("--init", choices=("photo", "noise"), default="photo", help="where it begins")
    work.add_argument("--seed", type=seed, default=0, help="of the noise (default: 0)")
    work.add_argument("--optimizer", choices=("lbfgs", "adam"), default="lbfgs")
    work.add_argument("--network", choices=("vgg16", "vgg19"), default="vgg16")
    add_option(
        work,
        "--network-weights",
        "--weights",
        dest="weights",
        type=File,
        metavar="FILE",
        help="of the VGG-19 (default: downloaded on first use)",
    )
    work.add_argument("--pooling", choices=("average", "max"), default="average")
    add_precision_argument(work)
    add_format(work)
    work.add_argument("--preview", action="store_true", help="show it in FILE_preview while it is made")
    work.add_argument("--resume", action="store_true", help="go on where the same command was stopped")


def check(arguments: argparse.Namespace, inputs) -> None:
    if arguments.fast:
        _refuse_slow_options(arguments)
        inputs.models().find_painter(arguments.fast)
        inputs.results_folder(arguments, arguments.out)
        return
    settings(arguments)
    photos = inputs.photographs(arguments.photos)
    if arguments.masks and len(photos) > 1:
        raise UsageError("--masks belong to one photograph; name one")
    if is_file(arguments.out):
        if len(photos) > 1:
            raise UsageError(f"--out {arguments.out}: name a folder for the paintings of several photographs")
        if arguments.format != "png":
            raise UsageError(f"--out {arguments.out} tells the format by its name; leave out --format")
        inputs.refuse_folder(arguments.out)
        targets = [Path(arguments.out)]
        inputs.refuse_inputs([*targets, *map(preview_file, targets)], inputs.files_read(arguments))
    else:
        inputs.results_folder(arguments, arguments.out)


def is_file(out) -> bool:
    """Tell whether ``--out`` names a picture, and not a folder: by its extension."""
    return bool(Path(out).suffix)


def preview_file(target: Path) -> Path:
    """Return the file that shows a painting while it is made."""
    return target.with_name(f"{target.stem}_preview{target.suffix}")


def _refuse_slow_options(arguments):
    """Refuse options that would do nothing: a network has its painting, and how it paints, in itself."""
    parser = Parser()
    add_arguments(parser)
    kept = ("photos", "out", "fast", "size", "precision", "format", "quality")
    default = parser.parse_args(["photo", "--out", "folder"])
    given = [k for k, v in vars(arguments).items() if k not in kept and v != getattr(default, k)]
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"--fast NAME has its painting in itself; leave out {options}")


def settings(arguments: argparse.Namespace) -> tuple[dict, tuple]:
    """Return the settings of a painting, see `experiments.inference.style_transfer.Settings`, and its paintings."""
    _check_combinations(arguments)
    named = arguments.style or ([arguments.analogy[1]] if arguments.analogy else [])
    if not named:
        raise UsageError("name a painting (--style PAINTING), or a network (--fast NAME)")
    styles, weights = zip(*(weighted(text, "--style", files=True) for text in named), strict=True)
    if arguments.masks and len(arguments.masks) != 1 + len(styles):
        raise UsageError(f"--masks: one of the photograph and one of each painting, here {1 + len(styles)}")
    chosen = {
        "content_layers": _layers(arguments, "content_layers"),
        "style_layers": _layers(arguments, "style_layers"),
        "style_weight": arguments.style_weight,
        "total_variation": arguments.tv,
        "guide_weight": arguments.analogy_weight,
    }
    names = ("steps", "optimizer", "content_weight", "init", "seed", "style_scale", "network", "weights", "pooling")
    values = {name: getattr(arguments, name) for name in names}
    values |= {name: value for name, value in chosen.items() if value is not None}
    values |= {"size": arguments.size or SIZE, "keep_colors": arguments.keep_colours, "style_weights": weights}
    return values, styles


def _layers(arguments, name):
    text, option = getattr(arguments, name), f"--{name.replace('_', '-')}"
    if text is None:
        return None
    chosen = dict(weighted(part, option) for part in text.split(","))
    if wrong := unknown_layer(arguments.network, chosen):
        raise UsageError(f"{option}: {wrong}")
    return chosen


def _check_combinations(arguments):
    if arguments.masks and arguments.face_masks:
        raise UsageError("--masks and --face-masks exclude each other")
    if arguments.analogy_weight is not None and not arguments.analogy:
        raise UsageError("--analogy-weight belongs to --analogy")
    if arguments.weights and arguments.network != "vgg19":
        raise UsageError("--network-weights are those of the VGG-19; add --network vgg19")
