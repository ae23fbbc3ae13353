"""What is checked before the work of a command is loaded: its inputs, and where its results go.

The parser says what each name on the command line stands for: see the roles in `experiments.cli.options`.
"""

import argparse
import importlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import filters
from experiments.cli import options
from experiments.cli.console import UsageError
from experiments.cli.files import gather, refuse_file, refuse_folder, refuse_inputs, sorted_out
from experiments.cli.options import weighted
from experiments.cli.results import Results
from filters.io import pictures
from filters.io.pictures import PathLike

# What the checks of commands, which load nothing themselves, are given.
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
    """Check what a command reads and where it writes.

    Returns
    -------
    list of str
        A line for each fault of the inputs because of which nothing can be done; empty where all is well.

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
        if len(found) == 1 and not films:
            failures += _problems(pictures.check, found[0])
    for role, look in _CHECKS.items():
        for values in _given(arguments, role):
            failures += _problems(look, values)
    if not failures:
        for values in _given(arguments, options.ResultsFolder):
            results_folder(arguments, values[0])
    return failures


def _problems(look: Callable, values: object) -> list[str]:
    try:
        look(values)
    except filters.PictureError as error:
        return [str(error)]
    return []


def later(name: str) -> ModuleType:
    """Return a module of another room, imported only when it is needed: `cli` comes before all other rooms."""
    return importlib.import_module(f"experiments.{name}")


def models() -> ModuleType:
    """Return `experiments.core.models`, which finds the network that a name means."""
    return later("core.models")


def _given(arguments: argparse.Namespace, role: type[str]) -> Iterator[list]:
    """Yield the values of each option that has that role."""
    for value in vars(arguments).values():
        values = value if isinstance(value, list) else [value]
        if values and isinstance(values[0], role):
            yield values


def _file(values: list[str]) -> None:
    for value in values:
        if not Path(value).is_file():
            raise filters.PictureError(f"{value} cannot be read: it is no file; check the name")


def _filters(values: list[str]) -> None:
    for name in values:
        if name not in filters.FILTERS:
            raise UsageError(f"no filter is named '{name}'; known: {', '.join(filters.FILTERS)}")


def _weights(text: str) -> None:
    """Refuse what is neither file nor run; the command itself knows which of a run's weights it wants."""
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


def photographs(paths: Iterable[PathLike]) -> list[Path]:
    """Return the pictures among files and folders.

    Raises
    ------
    PictureError
        When paths are given, but none leads to a picture.
    """
    found, problems = gather(paths, repeated=True)
    if problems and not found:
        raise filters.PictureError(problems[0])
    return found


def results_folder(arguments: argparse.Namespace, out: PathLike) -> None:
    """Refuse a file where a folder is wanted, and results that would overwrite an input.

    Raises
    ------
    UsageError
    PictureError
        When the folder cannot be written.
    """
    refuse_file(out)
    results = Results(out, arguments.overwrite)
    targets = [*_results(arguments, out, results)]
    refuse_inputs(targets, files_read(arguments))
    results.refuse_others(targets)


def _results(arguments: argparse.Namespace, out: PathLike, results: Results) -> Iterator[Path]:
    extension = options.extension_of(arguments)
    for values in _given(arguments, options.Pictures):
        found, films = sorted_out(values, out) if isinstance(values[0], options.PicturesAndFilms) else (values, [])
        yield from results.names(gather(found, out)[0], values, extension)
        yield from results.names(films, values, ".mp4")


def files_read(arguments: argparse.Namespace) -> list[Path]:
    """Return all files that a command reads."""
    read = []
    for values in _given(arguments, options.Pictures):
        found, films = sorted_out(values)
        read += [*gather(found)[0], *films]
    for role in (options.Picture, options.File, options.Weights):
        read += [Path(value) for values in _given(arguments, role) for value in values]
    return read + [Path(painting(v)) for values in _given(arguments, options.Painting) for v in values]


def run_folder(arguments: argparse.Namespace, *kinds: str) -> None:
    """Check the folder of a new run, or the run that ``--resume`` names.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``resume`` and ``out``, and what a run takes its name from.
    kinds : str
        The kinds of runs that the command trains.

    Raises
    ------
    UsageError
        When the folder of a new run holds one already, or the run cannot be resumed.
    """
    runs = later("core.runs")
    if arguments.resume:
        runs.refuse_other(runs.Run.open(arguments.resume), *kinds)
    else:
        kind = getattr(arguments, "kind", None) or kinds[0]
        folder = Path(arguments.out or runs.default_folder(kind, vars(arguments)))
        refuse_file(folder)
        later("core.run_folders").refuse_second_run(folder, resume=False)


def run_or_pictures(source: PathLike, with_films: bool = False) -> None:
    """Refuse what is neither a run nor a folder that holds pictures, or films where those will do.

    Raises
    ------
    UsageError
        When it is no folder.
    PictureError
        When the folder holds neither.
    """
    if not Path(source).is_dir():
        raise UsageError(f"{source} is no folder; name run folders or folders of pictures")
    if not later("core.runs").Run.find(source) and not (with_films and sorted_out([source])[1]):
        pictures.find_pictures([source])
