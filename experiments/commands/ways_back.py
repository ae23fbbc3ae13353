"""Make one sheet per picture: every filter that has a way back, and what its shipped generator makes of it."""

import argparse

from experiments.cli.options import add_out, add_photos


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_photos(parser, what="photographs or face crops, or folders of them")
    add_out(parser, "where the sheets go")
