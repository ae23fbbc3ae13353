"""Options that several commands have."""

import argparse
import math
from pathlib import Path

from experiments.cli.console import UsageError


def count(text: str):
    """Read a whole number from 1, for ``argparse``."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1")
    return int(text)


def seed(text: str):
    """Read a whole number from 0, for ``argparse``."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 0")
    return int(text)


def amount(text: str):
    """Read a number above 0, for ``argparse``."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return value


def weight(text: str):
    """Read a number from 0, for ``argparse``."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 0")
    return value


def _number(text):
    try:
        return float(text)
    except ValueError:
        return math.nan


def add_network_arguments(parser: argparse.ArgumentParser, preset: str | None = None) -> None:
    """Add ``--preset``, with that default, and ``--precision``."""
    add_preset_argument(parser, preset)
    add_precision_argument(parser)


def add_preset_argument(parser: argparse.ArgumentParser, default=None) -> None:
    presets = ("tiny", "base", "large")
    parser.add_argument("--preset", choices=presets, default=default, help="size of the networks")


def add_precision_argument(parser: argparse.ArgumentParser) -> None:
    precisions = ("auto", "float32", "mixed_bfloat16")
    parser.add_argument("--precision", choices=precisions, default="auto", help="default: what is fast here")


def add_numbers(parser: argparse.ArgumentParser, defaults, **helps) -> None:
    """Add options that are numbers: name → what it is, with the default of that attribute of `defaults`."""
    for name, text in helps.items():
        default = getattr(defaults, name)
        option = "--" + name.replace("_", "-")
        kind = (seed if name == "seed" else count) if isinstance(default, int) else weight
        parser.add_argument(option, type=kind, default=default, help=f"{text} (default: {default:g})")


def add_generator_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that tell which generator to load, see `inference.restoration.load_generator`."""
    parser.add_argument("--weights", metavar="FILE", help="weights of a run (default: the shipped ones)")
    add_network_arguments(parser)


def weighted(text: str, option: str, files: bool = False):
    """Split ``NAME[:WEIGHT]`` into name and weight; a file's name may have a colon."""
    name, colon, tail = text.rpartition(":")
    if not colon or (files and Path(text).exists()):
        return text, 1.0
    try:
        weight = float(tail)
    except ValueError:
        if files:
            return text, 1.0
        raise UsageError(f"{option} {text}: '{tail}' is no number") from None
    if not 0 < weight < float("inf"):
        raise UsageError(f"{option} {text}: weights are above 0")
    return name, weight


SUBSET_HELP = (
    "only faces that fit: a name such as 'official_*', or measures such as 'brightness > 120 and not gray'"
)


def parse_size(text: str):
    """Read ``"256x320"`` as ``(256, 320)``."""
    from experiments.cli.console import UsageError

    parts = text.lower().split("x")
    if len(parts) != 2 or not all(p.isdigit() and int(p) > 0 for p in parts):
        raise UsageError(f"'{text}' is no size; write it as 256x320 (width x height)")
    return int(parts[0]), int(parts[1])
