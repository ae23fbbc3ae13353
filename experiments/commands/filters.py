"""Run every filter over photographs: a PNG each, and a contact sheet."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")
