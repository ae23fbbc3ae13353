"""Measure the colours of whole photographs against the true ones, with and without hints.

gain: PSNR above that of the gray picture, dB. ratio: mean CIEDE2000, of the gray picture's; 0 is equal.
vivid: colourfulness, of the original's. green, blue: shares of what is truly green (leaves, grass) and of
blue in the upper half (sky) that come out so. hint_gain: what hints add to the gain. at_hints: mean
CIEDE2000 at the hinted places.
"""

import argparse

from experiments.cli.options import add_generator_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="colour photographs, or folders of them")
    parser.add_argument("--size", type=int, default=320, help="longer side to measure at (default: 320)")
    parser.add_argument("--limit", type=int, metavar="N", help="only N pictures, evenly spread over all")
    parser.add_argument("--by-source", action="store_true", help="also by what file names begin with, up to '_'")
    parser.add_argument("--hints", default="", metavar="N,N…", help="also with so many hints, such as 1,5,10,50")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_generator_arguments(parser)
