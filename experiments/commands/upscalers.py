"""Compare ways of enlarging faces: bicubic interpolation, our networks, and others given as frozen graphs."""

import argparse
from pathlib import Path
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import PictureFolder, add_json, add_limit, add_precision_argument, count
from experiments.commands.upscale import MODELS, name_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--data", required=True, type=PictureFolder, metavar="DIR", help="photographs or crops of faces"
    )
    parser.add_argument(
        "--anchors",
        metavar="DIR",
        help="folder of TensorFlow graphs to compare with: ESPCN_x4.pb, FSRCNN_x2.pb, LapSRN_x4.pb … of "
        "OpenCV's dnn_superres; missing ones are left out",
    )
    parser.add_argument(
        "--scale", type=int, choices=(2, 4), action="append", help="factor on both sides (default: both)"
    )
    parser.add_argument(
        "--weights",
        metavar="NAME=FILE|RUN",
        action="append",
        default=[],
        help="for instance super_resolution_x4=runs/x4; may be repeated (default: the shipped weights)",
    )
    parser.add_argument(
        "--method",
        choices=("bicubic", "aliased", "area"),
        default="bicubic",
        help="how pictures are reduced: bicubic with antialiasing (default) or without, or means of areas",
    )
    add_limit(parser, "crops")
    parser.add_argument("--threads", type=count, metavar="N", help="threads of every way (default: one per core)")
    add_precision_argument(parser)
    add_json(parser)


def weights(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the given weights, files or runs, by transformation."""
    return dict(text.partition("=")[::2] for text in arguments.weights)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse unknown names, unfit weights and a folder of graphs that does not exist."""
    known = {name_of(scale, model) for scale in (2, 4) for model in MODELS} - {name_of(2, "old")}
    given = weights(arguments)
    if set(given) - known or not all(given.values()):
        raise UsageError(f"--weights takes NAME=FILE or NAME=RUN, where NAME is one of {', '.join(sorted(known))}")
    for name, file in given.items():
        inputs.models().find_weights(file, name)
    if arguments.anchors and not Path(arguments.anchors).is_dir():
        raise UsageError(f"--anchors {arguments.anchors} is no folder; check the name")
