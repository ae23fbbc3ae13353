"""Run every filter over photographs: one PNG for each result, and a contact sheet."""

import argparse

from experiments.cli.options import add_out, add_photos


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser)
    add_out(parser)
