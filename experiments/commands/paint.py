"""Paint photographs in the style of paintings: the picture itself is optimised (Gatys et al. 2016)."""

import argparse
from pathlib import Path
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.crops import CROP_HELP, crop
from experiments.cli.options import (
    File,
    Painting,
    Parser,
    Picture,
    PicturesAndFilms,
    Weights,
    add_format,
    add_longer_side,
    add_overwrite,
    add_photos,
    add_precision_argument,
    count,
    names_file,
    number,
    seed,
    weight,
    weighted,
    whole,
)
from transformers.networks.vgg import unknown_layer

SIZE, SMALLEST, LARGEST = 512, 16, 8192  # pixels, longer side


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser, PicturesAndFilms, "pictures, or folders of pictures; with --fast films too")
    text = "the painting of one photograph; or a folder for all of them, under the photographs' names"
    parser.add_argument("--out", required=True, metavar="FILE|DIR", help=text)
    add_overwrite(parser)
    parser.add_argument(
        "--style",
        nargs="+",
        type=Painting,
        metavar="PAINTING[:WEIGHT]",
        help="one or more paintings; weights tell how they are mixed",
    )
    parser.add_argument(
        "--fast",
        type=_painter,
        metavar="NAME|RUN|PAINTING",
        help="paint in one pass with a trained painter, by name or run, or like this painting",
    )
    _add_looks(parser.add_argument_group("how it looks"))
    _add_work(parser.add_argument_group("how it is made"))


def _painter(text: str) -> str:
    """Read a painter's name, or the file of a painting."""
    return Picture(text) if Path(text).is_file() else text


def _add_looks(looks: argparse._ArgumentGroup) -> None:
    looks.add_argument(
        "--content-weight",
        type=weight,
        default=1.0,
        metavar="A",
        help="weight of the photograph's content (default: 1)",
    )
    looks.add_argument(
        "--style-weight", type=weight, metavar="B", help="weight of the paintings' style (default: 40)"
    )
    looks.add_argument(
        "--tv", type=weight, metavar="W", help="weight of total variation; more is smoother (default: 5)"
    )
    looks.add_argument(
        "--content-layers", metavar="LAYER[:W],…", help="layers compared place by place (default: conv4_1)"
    )
    looks.add_argument(
        "--style-layers",
        metavar="LAYER[:W],…",
        help="layers whose Gram matrices are compared (default: conv1_1,conv2_1,conv3_1,conv4_1:4)",
    )
    text = "size of strokes, from 0.1 to 4; above 1 they are larger (default: 1)"
    looks.add_argument("--style-scale", type=number(0.1, 4), default=1.0, metavar="S", help=text)
    looks.add_argument(
        "--style-crop",
        nargs="+",
        type=crop,
        metavar="auto|none|X,Y,W,H",
        help=f"{CROP_HELP}; one for each painting or one for all (default: auto)",
    )
    text = "with --fast PAINTING: how much of the painting is taken on, from 0 to 1 (default: 1)"
    looks.add_argument("--strength", type=number(0, 1), default=1.0, metavar="S", help=text)
    looks.add_argument(
        "--keep-colours",
        choices=("luminance", "histogram"),
        help="luminance paints light and shade alone; histogram gives the painting the photograph's colours",
    )
    looks.add_argument(
        "--masks",
        nargs="+",
        type=Picture,
        metavar="MASK",
        help="masks of the photograph and of each painting, in this order: regions of one colour belong together",
    )
    looks.add_argument(
        "--face-masks", action="store_true", help="paint faces like faces, and all else like all else"
    )
    looks.add_argument(
        "--analogy",
        nargs=2,
        type=Picture,
        metavar=("UNSTYLED", "STYLED"),
        help="two pictures of one thing: the photograph is to the result as the first is to the second",
    )
    looks.add_argument("--analogy-weight", type=weight, metavar="W", help="weight of the analogy (default: 5)")


def _add_work(work: argparse._ArgumentGroup) -> None:
    text = f"of the longer side (default: {SIZE}; with --fast at most 1024 for photographs, no limit for films)"
    add_longer_side(work, text, whole(SMALLEST, LARGEST))
    text = "steps at full size; smaller sizes have fewer (default: 110)"
    work.add_argument("--steps", type=count, default=110, metavar="N", help=text)
    work.add_argument(
        "--init", choices=("photo", "noise"), default="photo", help="what to begin with (default: photo)"
    )
    work.add_argument("--seed", type=seed, default=0, help="same seed, same noise (default: 0)")
    work.add_argument("--optimizer", choices=("lbfgs", "adam"), default="lbfgs", help="default: lbfgs")
    work.add_argument(
        "--network",
        choices=("vgg16", "vgg19"),
        default="vgg16",
        help="whose features are compared (default: vgg16)",
    )
    work.add_argument(
        "--network-weights",
        dest="weights",
        type=File,
        metavar="FILE",
        help="weights of the VGG-19 (default: downloaded on first use)",
    )
    work.add_argument(
        "--weights",
        type=Weights,
        default=argparse.SUPPRESS,  # earlier versions took it for --network-weights, whose value it still is
        metavar="FILE|RUN",
        help="with --fast PAINTING: of the network that paints like any painting (default: the shipped ones)",
    )
    work.add_argument(
        "--pooling", choices=("average", "max"), default="average", help="of the network (default: average)"
    )
    add_precision_argument(work)
    add_format(work)
    work.add_argument("--preview", action="store_true", help="write the unfinished painting to FILE_preview")
    work.add_argument("--resume", action="store_true", help="go on where the same command was stopped")


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse options that contradict each other, and results that would overwrite an input."""
    if arguments.fast:
        _refuse_slow_options(arguments)
        if isinstance(arguments.fast, Picture):
            crops(arguments, 1)
            inputs.models().find_any_painter(arguments.weights)
        else:
            inputs.models().find_painter(arguments.fast)
        inputs.results_folder(arguments, arguments.out)
        return
    _, styles = settings(arguments)
    crops(arguments, len(styles))
    photos = inputs.photographs(arguments.photos)
    if arguments.masks and len(photos) > 1:
        raise UsageError("--masks belong to one photograph; name one")
    if names_file(arguments.out):
        if len(photos) > 1:
            raise UsageError(f"--out {arguments.out}: name a folder for the paintings of several photographs")
        if arguments.format != "png":
            raise UsageError(f"--out {arguments.out} tells the format by its name; leave out --format")
        inputs.refuse_folder(arguments.out)
        targets = [Path(arguments.out)]
        inputs.refuse_inputs([*targets, *map(preview_file, targets)], inputs.files_read(arguments))
    else:
        inputs.results_folder(arguments, arguments.out)


def preview_file(target: Path) -> Path:
    """Return the file that shows a painting while it is made."""
    return target.with_name(f"{target.stem}_preview{target.suffix}")


def _refuse_slow_options(arguments: argparse.Namespace) -> None:
    """Refuse options that ``--fast`` ignores: a painter has learned its painting, or its way of painting."""
    parser = Parser()
    add_arguments(parser)
    shown = isinstance(arguments.fast, Picture)
    kept = ["photos", "out", "fast", "size", "precision", "format", "quality", "overwrite"]
    kept += ["weights", "strength", "style_crop"] if shown else []
    default = parser.parse_args(["photo", "--out", "folder"])
    given = [k for k, v in vars(arguments).items() if k not in kept and v != getattr(default, k)]
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        why = "--fast PAINTING paints in one pass" if shown else "--fast NAME has its painting in itself"
        raise UsageError(f"{why}; leave out {options}")


def settings(arguments: argparse.Namespace) -> tuple[dict, tuple[str, ...]]:
    """Return what the options say of a painting.

    Returns
    -------
    settings : dict
        Fields of `experiments.inference.style_transfer.Settings`.
    styles : tuple of str
        Paths of the paintings.

    Raises
    ------
    UsageError
        When options contradict each other, or name no painting or unknown layers.
    """
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


def crops(arguments: argparse.Namespace, count: int) -> list[str]:
    """Return which part of each of `count` paintings the style comes from.

    Raises
    ------
    UsageError
        When there are several parts, but not one for each painting.
    """
    given = arguments.style_crop or ["auto"]
    if len(given) not in (1, count):
        raise UsageError(f"--style-crop: one for each painting, here {count}, or one for all")
    return given * count if len(given) == 1 else given


def _layers(arguments: argparse.Namespace, name: str) -> dict[str, float] | None:
    text, option = getattr(arguments, name), f"--{name.replace('_', '-')}"
    if text is None:
        return None
    chosen = dict(weighted(part, option) for part in text.split(","))
    if wrong := unknown_layer(arguments.network, chosen):
        raise UsageError(f"{option}: {wrong}")
    return chosen


def _check_combinations(arguments: argparse.Namespace) -> None:
    if arguments.masks and arguments.face_masks:
        raise UsageError("--masks and --face-masks exclude each other")
    if arguments.strength != 1:
        raise UsageError("--strength belongs to --fast PAINTING")
    if arguments.analogy_weight is not None and not arguments.analogy:
        raise UsageError("--analogy-weight belongs to --analogy")
    if arguments.weights and arguments.network != "vgg19":
        raise UsageError("--network-weights are those of the VGG-19; add --network vgg19")
