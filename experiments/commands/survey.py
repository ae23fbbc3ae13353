"""How much of a face survives each filter? The same generator, the same budget, every filter."""

import argparse

from experiments.cli.options import add_preset_argument, amount, count, seed

SIZE = "128x192"  # trains three times as many pictures as full size does; squeezes 3:4 by a ninth


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, metavar="DIR", help="photographs or crops to learn from")
    parser.add_argument("--minutes", type=amount, default=10.0, help="of training for each filter (default: 10)")
    parser.add_argument(
        "--validation", metavar="DIR", help="held-out people (default: a tenth of --data, chosen by source)"
    )
    parser.add_argument("--out", default="runs/survey", metavar="DIR", help="default: runs/survey")
    parser.add_argument("--filters", nargs="+", metavar="NAME", help="default: every registered filter")
    parser.add_argument("--size", default=SIZE, help=f"width x height (default: {SIZE})")
    add_preset_argument(parser, default="base")
    parser.add_argument("--limit", type=count, default=144, metavar="N", help="held-out crops (default: 144)")
    parser.add_argument(
        "--person",
        default="(.*)",
        metavar="REGEX",
        help="on a file's name: pictures with the same first group show the same person (default: each its own)",
    )
    parser.add_argument("--seed", type=seed, default=0)
