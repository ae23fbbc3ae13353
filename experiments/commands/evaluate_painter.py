"""Measure a fast painter by what the slow way minimises, beside some steps of the slow way.

loss: what `paint` minimises with its default options, in float32: content, style and variation, each with its
weight. The rows: the fast painter; some steps of L-BFGS that begin with the photograph; the photograph in the
painting's colours, with which both painters begin. as_low: the share of photographs for which the fast painter's
loss is at most that of L-BFGS.
"""

import argparse
from types import ModuleType

from experiments.cli.crops import CROP_HELP, crop
from experiments.cli.options import (
    Picture,
    add_json,
    add_limit,
    add_longer_side,
    add_photos,
    add_precision_argument,
    count,
    whole,
)

STEPS = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("painter", metavar="NAME|RUN", help="a shipped painter, or the folder of a painter's run")
    add_photos(parser, what="photographs that the painter was not trained on, or folders of them")
    parser.add_argument(
        "--painting", required=True, type=Picture, metavar="FILE", help="the painting that it was trained on"
    )
    parser.add_argument("--style-crop", type=crop, default="auto", metavar="auto|none|X,Y,W,H", help=CROP_HELP)
    add_longer_side(parser, "of the longer side (default: 512)", whole(64), default=512)
    parser.add_argument("--steps", type=count, default=STEPS, help=f"of L-BFGS (default: {STEPS})")
    add_limit(parser)
    add_json(parser)
    add_precision_argument(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse an unknown painter."""
    inputs.models().find_painter(arguments.painter)
