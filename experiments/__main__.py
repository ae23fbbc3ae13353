"""``python -m experiments COMMAND …``."""

try:
    from experiments.cli.console import leave_after
    from experiments.cli.dispatch import main
except KeyboardInterrupt:
    raise SystemExit(130) from None

if __name__ == "__main__":
    leave_after(main)
