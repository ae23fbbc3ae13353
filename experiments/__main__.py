"""``python -m experiments COMMAND …``."""

import sys

try:
    from experiments.cli.console import leave_after
    from experiments.cli.dispatch import main
except KeyboardInterrupt:
    if __name__ == "__main__":  # and no worker
        print("stopped; nothing was begun", file=sys.stderr)
    raise SystemExit(130) from None

if __name__ == "__main__":
    leave_after(main)
