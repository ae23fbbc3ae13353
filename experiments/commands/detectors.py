"""Compare both face detectors on the same pictures."""

import argparse

from experiments.cli.options import add_limit, add_photos


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser)
    add_limit(parser)
