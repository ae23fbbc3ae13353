"""Open the studio: a page in the browser for all that the commands do with photographs.

It is at a local address, which no other computer reaches, unless --host tells otherwise.
"""

import argparse
import importlib.util
from types import ModuleType

from experiments.cli.console import UsageError
from experiments.cli.options import add_precision_argument, whole

PORT = 7860


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--port",
        type=whole(0, 65535),
        default=PORT,
        metavar="N",
        help=f"0 takes any that is free (default: {PORT})",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="0.0.0.0 lets other computers in, see docs/studio.md (default: 127.0.0.1)",
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument(
        "--runs", default="runs", metavar="DIR", help="the folder of runs that the gallery shows (default: runs)"
    )
    add_precision_argument(parser)


def check(arguments: argparse.Namespace, inputs: ModuleType) -> None:
    """Refuse to begin without Gradio."""
    if importlib.util.find_spec("gradio") is None:
        raise UsageError(
            "the studio needs Gradio: make studio installs it, and so does pip install -r requirements-studio.txt"
        )
