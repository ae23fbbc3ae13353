"""Cut all faces out of photographs: crops and their table, over all processor cores."""

import argparse

from experiments.cli.options import OutFolder, add_out, add_photos, count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_photos(parser)
    add_out(parser, "where crops and faces.csv go", OutFolder)
    parser.add_argument("--detector", choices=("yunet", "haar"), default="yunet", help="default: yunet")
    parser.add_argument("--jobs", type=count, metavar="N", help="processes (default: one a core)")
