"""The command line: ``python -m experiments COMMAND …``."""

import argparse
import importlib
import sys

from experiments.command import WRONG_USAGE, run, say

# Command → (module in this folder, one line). Such a module has `add_arguments(parser)` and
# `execute(arguments)`, which returns the exit code.
COMMANDS = {
    "cut": ("cut", "cut the faces out of photographs"),
    "filters": ("filter_sheet", "run every filter over photographs"),
    "ways-back": ("ways_back", "every filter, and what the shipped generators make of it"),
    "train": ("train", "train a transformation"),
    "colorize": ("colorize", "colour whole black-and-white photographs"),
    "upscale": ("upscale", "enlarge whole photographs by 2 or 4"),
    "apply": ("apply", "filter pictures and let a generator find the way back"),
    "unpaired": ("unpaired", "train a translation between any two folders of pictures"),
    "evaluate": ("evaluate", "measure a transformation beside trivial baselines"),
    "evaluate-color": ("evaluate_color", "measure colours on whole photographs, with and without hints"),
    "survey": ("survey", "how much of a face survives each filter"),
    "average": ("average", "the mean of many faces"),
    "morph": ("morph", "an animation of one face becoming another"),
    "paint": ("paint", "paint photographs in the style of paintings"),
    "overfit-painting": ("overfit_painting", "an autoencoder that knows one painting, beside style transfer"),
    "dream": ("dream", "Deep Dream: more of what a network sees in a photograph"),
    "noise": ("noise", "faces from random noise"),
    "train-noise": ("train_noise", "train noise → face, or a DCGAN to compare with"),
    "train-painter": ("train_painter", "train a network to paint as one painting is painted"),
    "evaluate-noise": ("evaluate_noise", "measure faces from noise beside real ones"),
    "evaluate-translation": ("evaluate_translation", "measure photograph ↔ drawing beside classical sketches"),
    "gallery": ("gallery", "one page with pictures, sheets, plots and tables"),
    "detectors": ("detectors", "compare both face detectors"),
    "upscalers": ("upscalers", "compare ways of enlarging faces"),
    "benchmark": ("benchmark", "how fast training, colouring and cutting are"),
    "ship": ("ship", "put a run's weights among the shipped ones"),
    "demo": ("demo", "all of it on a few pictures"),
}


def usage():
    """The help text."""
    lines = [f"  {name:20} {summary}" for name, (_, summary) in COMMANDS.items()]
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
    """Hand over to the command's module."""
    name = sys.argv[1].replace("_", "-") if len(sys.argv) > 1 else None
    if name in ("-h", "--help"):
        print(usage())
        return
    if name not in COMMANDS:
        problem = f"no command is named '{name}'" if name else "name a command"
        say(f"error: {problem}; known: {', '.join(COMMANDS)}")
        sys.exit(WRONG_USAGE)
    module = importlib.import_module(f"experiments.{COMMANDS[name][0]}")
    parser = argparse.ArgumentParser(prog=f"python -m experiments {name}", description=module.__doc__)
    module.add_arguments(parser)
    arguments = parser.parse_args(sys.argv[2:])
    run(lambda: module.execute(arguments))


if __name__ == "__main__":
    main()
