"""Cut all faces out of photographs: crops and their table, over all processor cores."""

import argparse

from experiments.cli.options import count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--out", required=True, metavar="DIR", help="where crops and faces.csv go")
    parser.add_argument("--detector", choices=("yunet", "haar"), default="yunet", help="default: yunet")
    parser.add_argument("--jobs", type=count, metavar="N", help="processes (default: one a core)")
