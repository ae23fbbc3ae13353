"""What all commands share: messages, exit codes and progress bars."""

import contextlib
import sys
from pathlib import Path

OK, SOME_FAILED, WRONG_USAGE = 0, 1, 2


class UsageError(ValueError):
    """The command was called wrongly; the message names what and the remedy."""


def say(text):
    """A line for the person in front of the screen; results go to standard output, this does not."""
    print(text, file=sys.stderr, flush=True)


def run(function):
    """Run a command to its end and leave with its exit code: every error becomes one line."""
    try:
        code = function()
    except KeyboardInterrupt:
        say("stopped; what was finished is kept")
        code = 130
    except UsageError as error:
        say(f"error: {error}")
        code = WRONG_USAGE
    except (ValueError, RuntimeError, OSError) as error:
        say(f"error: {error}")
        code = SOME_FAILED
    sys.exit(code or OK)


def add_network_arguments(parser, preset=None):
    """``--preset``, with that default, and ``--precision``."""
    add_preset_argument(parser, preset)
    add_precision_argument(parser)


def add_preset_argument(parser, default=None):
    presets = ("tiny", "base", "large")
    parser.add_argument("--preset", choices=presets, default=default, help="size of the networks")


def add_precision_argument(parser):
    precisions = ("auto", "float32", "mixed_bfloat16")
    parser.add_argument("--precision", choices=precisions, default="auto", help="default: what is fast here")


def add_numbers(parser, defaults, **helps):
    """Options that are numbers: name → what it is, with the default of that attribute of `defaults`."""
    for name, text in helps.items():
        default = getattr(defaults, name)
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, type=type(default), default=default, help=f"{text} (default: {default:g})")


def add_generator_arguments(parser):
    """The arguments that tell which generator to load, see `experiments.apply.load_generator`."""
    parser.add_argument("--weights", metavar="FILE", help="weights of a run (default: the shipped ones)")
    add_network_arguments(parser)


def weighted(text, option, files=False):
    """``NAME[:WEIGHT]`` as name and weight; a file's name may have a colon."""
    name, colon, tail = text.rpartition(":")
    if not colon or (files and Path(text).exists()):
        return text, 1.0
    try:
        weight = float(tail)
    except ValueError:
        if files:
            return text, 1.0
        raise UsageError(f"{option} {text}: '{tail}' is no number") from None
    if not 0 < weight < float("inf"):
        raise UsageError(f"{option} {text}: weights are above 0")
    return name, weight


def find_transformation(name):
    """The transformation of that name; a `UsageError` lists the known ones."""
    from experiments import transformation, translation

    known = transformation.discover()
    if name in translation.TRANSLATIONS:
        raise UsageError(f"'{name}' is learned without pairs; train it with: python -m experiments.{name}")
    if name not in known:
        names = sorted([*known, *translation.TRANSLATIONS])
        raise UsageError(f"no transformation is named '{name}'; known: {', '.join(names)}")
    return known[name]


@contextlib.contextmanager
def progress(what, unit="picture"):
    """A progress bar with the time left, on standard error; quiet where that is no terminal.

    Yields
    ------
    callable
        To be called with the number done, the number of all and, optionally, a note.
    """
    from tqdm import tqdm

    with tqdm(desc=what, unit=unit, disable=None, leave=False, dynamic_ncols=True) as bar:

        def report(done, total, note=""):
            bar.total = total
            if note:
                bar.set_postfix_str(note, refresh=False)
            bar.update(done - bar.n)

        yield report


def refuse_folder(out):
    """Tell before the work, not after it, that the result's name is taken by a folder."""
    if Path(out).is_dir():
        raise UsageError(f"--out {out} is a folder; name a file in it, or another")


def refuse_inputs(targets, inputs):
    """Refuse, before the work, to write a result over a file that is read.

    Parameters
    ----------
    targets, inputs : iterable of path-like
        Files; compared as the file system knows them, so links and relative paths are seen through.

    Raises
    ------
    UsageError
        When a target is an input.
    """
    known = {(stat.st_dev, stat.st_ino) for stat in _stats(inputs)}
    for target in targets:
        if any((stat.st_dev, stat.st_ino) in known for stat in _stats([target])):
            raise UsageError(f"{target} is an input, and would be overwritten; choose another --out")


def _stats(paths):
    for path in map(Path, paths):
        with contextlib.suppress(OSError):
            yield path.stat()


def gather(paths):
    """The picture files among files and folders, and one line for each path that gives none."""
    from filters import pictures

    found, failures = [], []
    for path in paths:
        try:
            found += pictures.find_pictures([path])
        except pictures.PictureError as error:
            failures.append(str(error))
    return found, failures


def each_picture(paths, out, work, what, others=()):
    """Do something with every picture, whatever becomes of the others.

    Parameters
    ----------
    paths : list of path-like
        Pictures and folders of pictures.
    out : path-like
        Folder of the results. A result is a PNG under its source's base name.
    work : callable
        Takes the source's path, its picture and the path of the result.
    what : str
        For the progress bar.
    others : iterable of path-like
        Further files that the work reads, and which no result may overwrite.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is told in one line.

    Raises
    ------
    UsageError
        When a result would overwrite one of the inputs; then nothing is done.
    """
    from filters import pictures

    jobs, failures = gather(paths)
    targets = result_names(jobs, out)
    refuse_inputs(targets, [*jobs, *others])
    with progress(what) as bar:
        for done, (path, target) in enumerate(zip(jobs, targets, strict=True), 1):
            try:
                work(path, pictures.read(path), target)
            except (pictures.PictureError, ValueError) as error:
                failures.append(str(error) if str(path) in str(error) else f"{path}: {error}")
            bar(done, len(jobs))
    for failure in failures:
        say(f"error: {failure}")
    written = sum(t.is_file() for t in targets)
    say(f"{written} of {len(jobs)} pictures written to {out}")
    return SOME_FAILED if failures else OK


def result_names(sources, out, extension=".png"):
    """Paths ``out/NAME.png``, numbered where several sources share a base name."""
    taken, names = set(), []
    for source in sources:
        name, number = Path(source).stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{Path(source).stem}-{number}"
        taken.add(name.casefold())
        names.append(Path(out) / f"{name}{extension}")
    return names
