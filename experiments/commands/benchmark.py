"""How fast training, colouring, cutting and painting are, on this machine: medians, and ratios within one run."""

import argparse

from experiments.cli.options import count

ROUNDS = 5
PARTS = ("cut", "colorize", "train", "unpaired", "paint-film")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default), paint")
    parser.add_argument("--photo", metavar="FILE", help="to colour (default: one of 2000x1333 is made)")
    parser.add_argument("--painting", metavar="FILE", help="whose style to paint in, for the part paint")
    parser.add_argument(
        "--painter", metavar="NAME|RUN", help="to paint a film with (default: the shipped ones, in turn)"
    )
    parser.add_argument("--size", type=count, default=512, help="of what is painted, in pixels (default: 512)")
    parser.add_argument("--photos", metavar="DIR", help="to cut (default: packaged ones, copied)")
    parser.add_argument("--rounds", type=count, default=ROUNDS, help=f"default: {ROUNDS}")
    parser.add_argument("--json", action="store_true", help="print JSON")
