"""Filter pictures and let a generator find the way back, or translate them: one PNG a picture, same name."""

import argparse

from experiments.cli.options import add_generator_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "transformation",
        help="for instance gray_to_color or photo_to_drawing; also the folder of an 'unpaired' run, or "
        "RUN:back for its way back",
    )
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")
    add_generator_arguments(parser)
