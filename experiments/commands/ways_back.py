"""One sheet a picture: every filter that has a way back, and what its shipped generator makes of it."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="face crops, or folders of them")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the sheets go")
