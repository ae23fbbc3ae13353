"""Train a run again with its settings, and compare weights and history with those that it has."""

import argparse
from types import ModuleType

from experiments.cli.options import OutFolder, RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command\'s options."""
    parser.add_argument("run", type=RunFolder, metavar="RUN", help="the folder of a run")
    parser.add_argument("--out", required=True, type=OutFolder, metavar="RUN", help="folder of the new run")


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse a run without results, and an occupied folder for the new one."""
    runs = inputs.later("core.runs")
    runs.refuse_without_state(runs.Run.open(arguments.run))
    inputs.later("core.run_folders").refuse_second_run(arguments.out, resume=False)
