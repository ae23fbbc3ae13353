"""Paint photographs in the style of paintings: the picture itself is optimised (Gatys et al. 2016)."""

import argparse

from experiments.cli.options import add_precision_argument

SIZE = 512  # pixels, longer side


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
    looks.add_argument("--content-layers", metavar="LAYER[:W],…", help="compared place by place (default: conv4_1)")
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
    text = f"longer side, in pixels (default: {SIZE}; with --fast, 1024 for photographs, and films as they are)"
    work.add_argument("--size", type=int, metavar="N", help=text)
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
