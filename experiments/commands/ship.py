"""Put the best weights of a run, and its discriminator, among the shipped ones; a model card is yours to write."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run folder")
