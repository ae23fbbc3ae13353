"""The command line: ``python -m experiments COMMAND …``."""

import importlib
import sys

# Command → (module in this folder, one line).
COMMANDS = {
    "cut": ("cut", "cut the faces out of photographs"),
    "filters": ("filter_sheet", "run every filter over photographs"),
    "train": ("train", "train a transformation"),
    "colorize": ("colorize", "colour whole black-and-white photographs"),
    "apply": ("apply", "filter pictures and let a generator find the way back"),
    "evaluate": ("evaluate", "measure a transformation beside trivial baselines"),
    "gallery": ("gallery", "one page with pictures, sheets, plots and tables"),
    "detectors": ("detectors", "compare both face detectors"),
    "benchmark": ("benchmark", "how fast training, colouring and cutting are"),
    "demo": ("demo", "all of it on a few pictures"),
}


def usage():
    """The help text."""
    lines = [f"  {name:10} {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: python -m experiments COMMAND ...",
            "",
            "Faces, filters and the ways back.",
            "",
            *lines,
            "",
            "python -m experiments COMMAND --help tells more.",
        ]
    )


def main():
    """Hand over to the command's own module."""
    name = sys.argv[1] if len(sys.argv) > 1 else None
    if name in ("-h", "--help"):
        print(usage())
        return
    if name not in COMMANDS:
        problem = f"no command is named '{name}'" if name else "name a command"
        print(f"error: {problem}; known: {', '.join(COMMANDS)}", file=sys.stderr)
        sys.exit(2)
    importlib.import_module(f"experiments.{COMMANDS[name][0]}").main(sys.argv[2:])


if __name__ == "__main__":
    main()
