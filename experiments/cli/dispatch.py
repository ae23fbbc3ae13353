"""The command line: ``python -m experiments COMMAND …``, and the scripts of transformations."""

import argparse
import importlib
import sys
from types import ModuleType
from typing import NoReturn

from experiments.cli.console import SOME_FAILED, WRONG_USAGE, UsageError, run, say
from experiments.cli.options import parsed

# By purpose: command → (module that does the work, one line). The options of a command are in
# `experiments.commands`, which load nothing, so that help is quick; the work is imported when it is needed.
GROUPS = {
    "Faces": {
        "cut": ("datasets.cutting", "cut the faces out of photographs"),
        "average": ("inference.averaging", "the mean of many faces"),
        "morph": ("inference.morphing", "an animation of one face becoming another"),
        "noise": ("inference.noise_faces", "faces from random noise"),
    },
    "Old photographs": {
        "colorize": ("inference.color_files", "colour whole black-and-white photographs and films"),
        "restore": ("inference.repairing", "repair scratches, tears and stains"),
        "upscale": ("inference.upscaling", "enlarge whole photographs by 2 or 4"),
    },
    "Filters and the ways back": {
        "filters": ("reports.filter_sheets", "run every filter over photographs"),
        "ways-back": ("reports.ways_back", "every filter, and what the shipped generators make of it"),
        "apply": ("inference.applying", "filter pictures and let a generator find the way back"),
        "survey": ("studies.survey", "how much of a face survives each filter"),
    },
    "Paintings and dreams": {
        "paint": ("inference.painting", "paint photographs in the style of paintings"),
        "overfit-painting": ("studies.overfit_painting", "an autoencoder that knows one painting"),
        "dream": ("inference.dreaming", "Deep Dream: more of what a network sees in a photograph"),
    },
    "Training": {
        "train": ("training.paired", "train anything: a transformation, translation, noise, painter"),
        "unpaired": ("training.unpaired", "train a translation between any two folders of pictures"),
        "train-noise": ("training.noise", "train noise → face, or a DCGAN to compare with"),
        "train-painter": ("training.painter", "train a network to paint as one painting is painted"),
        "train-any-painter": ("training.any_painter", "train a network to paint like any painting"),
        "check-data": ("datasets.checking", "what is wrong with pictures that are to be trained on"),
        "reproduce": ("training.reproducing", "train a run again, and compare the results"),
        "ship": ("training.shipping", "put a run's weights among the shipped ones"),
    },
    "Measuring and showing": {
        "demo": ("studies.demo", "all of it on a few pictures"),
        "studio": ("studio.server", "all of it in the browser"),
        "gallery": ("reports.gallery", "one page with pictures, sheets, plots and tables"),
        "looks": ("reports.looks", "a sheet of what a generator makes of pictures, to judge it by eye"),
        "evaluate": ("evaluation.reconstruction", "measure a transformation beside trivial baselines"),
        "evaluate-color": ("evaluation.color_accuracy", "measure colours, with and without hints"),
        "evaluate-restoration": ("evaluation.repair_accuracy", "measure the repair of damaged photographs"),
        "evaluate-painter": ("evaluation.painting_losses", "measure a fast painter by what the slow way minimises"),
        "evaluate-noise": ("evaluation.noise_realism", "measure faces from noise beside real ones"),
        "evaluate-translation": ("evaluation.translation_realism", "measure photograph ↔ drawing"),
        "detectors": ("studies.detectors", "compare both face detectors"),
        "upscalers": ("studies.upscalers", "compare ways of enlarging faces"),
        "benchmark": ("benchmarks.parts", "how fast training, colouring and cutting are"),
    },
}
COMMANDS = {name: command for group in GROUPS.values() for name, command in group.items()}


def usage() -> str:
    """Return the help text."""
    lines = ["usage: python -m experiments COMMAND ...", "", "Faces, filters and the ways back."]
    for title, group in GROUPS.items():
        lines += ["", f"{title}:", *(f"  {name:20} {summary}" for name, (_, summary) in group.items())]
    return "\n".join([*lines, "", "python -m experiments COMMAND --help tells more."])


def main() -> None:
    """Run the command that the command line names."""
    name = sys.argv[1].replace("_", "-") if len(sys.argv) > 1 else "--help"
    if name in ("-h", "--help"):
        print(usage())
        return
    if name not in COMMANDS:
        say(f"error: no command is named '{name}'; {_meant(name)}known: {', '.join(COMMANDS)}")
        sys.exit(WRONG_USAGE)
    run(lambda: _work(*_parsed(name, sys.argv[2:])))


def _options(name: str) -> ModuleType:
    return importlib.import_module(f"experiments.commands.{name.replace('-', '_')}")


def _parsed(name: str, words: list[str]) -> tuple[str, argparse.Namespace]:
    """Return the command, or the one to which it hands over, and its arguments."""
    options = _options(name)
    if hasattr(options, "parse"):
        return options.parse(words)
    return name, parsed(options, f"python -m experiments {name}", words)


def _meant(name: str) -> str:
    import difflib  # needed after a mistake only

    close = difflib.get_close_matches(name, COMMANDS, 1)
    return f"did you mean '{close[0]}'? " if close else ""


def execute(name: str, arguments: argparse.Namespace) -> NoReturn:
    """Do the work of a command, and exit with its code."""
    run(lambda: _work(name, arguments))


def _work(name: str, arguments: argparse.Namespace) -> int:
    # Faults of the inputs are reported at once: loading the networks takes seconds.
    inputs = importlib.import_module("experiments.cli.inputs")  # OpenCV, which help does without
    failures, options = inputs.check(arguments), _options(name)
    try:
        if hasattr(options, "check"):
            options.check(arguments, inputs)
    except UsageError:
        raise
    except ValueError as error:
        failures = failures or [error]
    for failure in failures:
        say(f"error: {failure}")
    if failures:
        return SOME_FAILED
    return importlib.import_module(f"experiments.{COMMANDS[name][0]}").run(arguments)
