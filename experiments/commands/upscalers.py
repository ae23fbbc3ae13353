"""Compare ways of enlarging faces: bicubic, ours, and other networks that are given as frozen graphs."""

import argparse

from experiments.cli.options import add_precision_argument, count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, metavar="DIR", help="photographs or crops of faces")
    parser.add_argument(
        "--anchors",
        metavar="DIR",
        help="folder with TensorFlow graphs to compare with: ESPCN_x4.pb, FSRCNN_x2.pb, LapSRN_x4.pb … of "
        "OpenCV's dnn_superres; absent ones are left out",
    )
    parser.add_argument("--scale", type=int, choices=(2, 4), action="append", help="default: both")
    parser.add_argument(
        "--weights",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="of a run, for instance super_resolution_x4=runs/x4/best.weights.h5 (default: the shipped ones)",
    )
    parser.add_argument(
        "--method",
        choices=("bicubic", "aliased", "area"),
        default="bicubic",
        help="how pictures are made small: antialiased bicubic (default), bicubic without, means",
    )
    parser.add_argument("--limit", type=count, metavar="N", help="measure the first N crops only")
    parser.add_argument("--threads", type=count, metavar="N", help="for all of them (default: all cores)")
    add_precision_argument(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
