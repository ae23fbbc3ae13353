"""Run every filter over photographs: a PNG each, and a contact sheet."""

import argparse

from experiments.cli.options import add_out, add_photos


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_photos(parser)
    add_out(parser)
