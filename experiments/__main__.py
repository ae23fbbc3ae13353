"""``python -m experiments COMMAND …``."""

from experiments.cli.dispatch import main

if __name__ == "__main__":
    main()
