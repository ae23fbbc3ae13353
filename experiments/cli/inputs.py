"""What is checked before the work of a command is loaded: its inputs, and where its results go.

The parser tells what each name on the command line stands for: see the roles in `experiments.cli.options`.
"""

import argparse
import importlib
from collections.abc import Iterable
from pathlib import Path

import filters
from experiments.cli import options
from experiments.cli.console import UsageError
from experiments.cli.files import gather, refuse_file, refuse_folder, refuse_inputs, result_names, sorted_out
from experiments.cli.options import weighted
from filters.io import pictures

# What the checks of commands take from here, which load nothing themselves.
__all__ = [
    "check",
    "files_read",
    "models",
    "photographs",
    "refuse_folder",
    "refuse_inputs",
    "results_folder",
    "run_folder",
    "run_or_pictures",
]


def check(arguments: argparse.Namespace) -> list[str]:
    """Check all that a command reads and where it writes.

    Returns
    -------
    list of str
        A line for each input that is missing where nothing can be done without; empty where all is well.

    Raises
    ------
    UsageError
        When the command was called wrongly.
    PictureError
        When a result cannot be written.
    """
    failures = []
    options.extension_of(arguments)  # refuses a quality of formats that have none
    for values in _given(arguments, options.Pictures):
        photographs, films = sorted_out(values) if isinstance(values[0], options.PicturesAndFilms) else (values, [])
        found, problems = gather(photographs)
        failures += [] if found or films else problems
    for role, look in _CHECKS.items():
        for values in _given(arguments, role):
            try:
                look(values)
            except filters.PictureError as error:
                failures.append(str(error))
    if not failures:
        for values in _given(arguments, options.ResultsFolder):
            results_folder(arguments, values[0])
    return failures


def later(name: str):
    """Return a module of another room, imported only where it is needed: `cli` stands before all of them."""
    return importlib.import_module(f"experiments.{name}")


def models():
    """Return `experiments.core.models`, which knows the networks that names mean."""
    return later("core.models")


def _given(arguments, role):
    """Yield the values of each option that has that role."""
    for value in vars(arguments).values():
        values = value if isinstance(value, list) else [value]
        if values and isinstance(values[0], role):
            yield values


def _file(values):
    for value in values:
        if not Path(value).is_file():
            raise filters.PictureError(f"{value} cannot be read: it is no file; check the name")


def _filters(values):
    for name in values:
        if name not in filters.FILTERS:
            raise UsageError(f"no filter is named '{name}'; known: {', '.join(filters.FILTERS)}")


def _weights(text):
    """Refuse what is neither file nor run; which of a run's weights are wanted is known to the command."""
    if Path(text).is_dir():
        later("core.runs").Run.open(text)
    else:
        models().find_weights(text)


_CHECKS = {
    options.OutFolder: lambda values: refuse_file(values[0]),
    options.OutFile: lambda values: refuse_folder(values[0]),
    options.Picture: lambda values: [pictures.check(value) for value in values],
    options.Painting: lambda values: [pictures.check(painting(value)) for value in values],
    options.PictureFolder: pictures.find_pictures,
    options.Source: lambda values: later("datasets.scenes").sources(values),
    options.File: _file,
    options.Weights: lambda values: _weights(values[0]),
    options.RunFolder: lambda values: later("core.runs").Run.open(values[0]),
    options.Filter: _filters,
    options.Subset: lambda values: later("datasets.subset").parse(values[0]),
}


def painting(text: str) -> str:
    """Return the file of ``PAINTING[:WEIGHT]``."""
    return weighted(text, "--style", files=True)[0]


def photographs(paths: Iterable) -> list[Path]:
    """Return the pictures among files and folders.

    Raises
    ------
    PictureError
        When there are names, and none of a picture.
    """
    found, problems = gather(paths)
    if problems and not found:
        raise filters.PictureError(problems[0])
    return found


def results_folder(arguments: argparse.Namespace, out) -> None:
    """Refuse a file in the place of the folder, and results that would overwrite an input."""
    refuse_file(out)
    refuse_inputs(_results(arguments, out), files_read(arguments))


def _results(arguments, out):
    extension = options.extension_of(arguments)
    for values in _given(arguments, options.Pictures):
        found, films = sorted_out(values) if isinstance(values[0], options.PicturesAndFilms) else (values, [])
        yield from result_names(gather(found)[0], out, extension)
        yield from result_names(films, out, ".mp4")


def files_read(arguments: argparse.Namespace) -> list[Path]:
    """Return every file that a command reads."""
    read = []
    for values in _given(arguments, options.Pictures):
        found, films = sorted_out(values)
        read += [*gather(found)[0], *films]
    for role in (options.Picture, options.File, options.Weights):
        read += [Path(value) for values in _given(arguments, role) for value in values]
    return read + [Path(painting(v)) for values in _given(arguments, options.Painting) for v in values]


def run_folder(arguments: argparse.Namespace, *kinds: str) -> None:
    """Check where a training writes its run, or the run with which it goes on.

    Raises
    ------
    UsageError
        When there is a run already, or none that could go on.
    """
    runs = later("core.runs")
    if arguments.resume:
        runs.refuse_other(runs.Run.open(arguments.resume), *kinds)
    else:
        kind = getattr(arguments, "kind", None) or kinds[0]
        folder = Path(arguments.out or runs.default_folder(kind, vars(arguments)))
        refuse_file(folder)
        runs.refuse_second_run(folder, None)


def run_or_pictures(source) -> None:
    """Make sure that a folder is a run or holds pictures."""
    if not Path(source).is_dir():
        raise UsageError(f"{source} is no folder; name run folders or folders of pictures")
    if not later("core.runs").Run.find(source):
        pictures.find_pictures([source])
