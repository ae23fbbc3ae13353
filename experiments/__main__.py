"""``python -m experiments COMMAND …``."""

from experiments.cli.console import leave_after
from experiments.cli.dispatch import main

if __name__ == "__main__":
    leave_after(main)
