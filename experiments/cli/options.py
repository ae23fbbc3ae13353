"""The parts of options: checked numbers, the roles of names, and the options that several commands share."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from experiments.cli.console import WRONG_USAGE, UsageError, printable

Options = argparse._ActionsContainer  # a parser, or a group of its options
Reader = Callable[[str], Any]  # turns what is written into a value, for ``argparse``


class Parser(argparse.ArgumentParser):
    """A parser that reports wrong usage in one line."""

    def error(self, message: str) -> NoReturn:
        line = f"error: {message.removeprefix('argument ')} (--help tells more)"
        self.exit(WRONG_USAGE, f"{printable(line)}\n")


def parsed(command: ModuleType, program: str, words: list[str] | None, **how: Any) -> argparse.Namespace:
    """Return the arguments of a command.

    Parameters
    ----------
    command : module
        One of `experiments.commands`: its docstring is the description, its ``add_arguments`` adds the options.
    program : str
        The name under which it is called, for the help.
    words : list of str or None
        What follows on the command line; None takes them from ``sys.argv``.
    **how
        Further arguments of ``add_arguments``.
    """
    parser = Parser(prog=program, description=command.__doc__)
    command.add_arguments(parser, **how)
    return parser.parse_args(words)


# What a name on the command line stands for. The parser says so (``type=Pictures``), and `experiments.cli.inputs`
# checks it before the work of the command is loaded.


class Pictures(str):
    """A picture, or a folder of pictures."""


class PicturesAndFilms(Pictures):
    """A picture, a film, or a folder of both."""


class Picture(str):
    """One picture."""


class Painting(str):
    """``PAINTING[:WEIGHT]``: one picture."""


class PictureFolder(str):
    """A folder of pictures that is read as a whole."""


class Source(str):
    """``DIR[:WEIGHT]``, or a pattern of names: pictures to train on."""


class File(str):
    """A file of any other kind."""


class Weights(str):
    """A ``.weights.h5`` file, or the folder of a run, for its best weights."""


class RunFolder(str):
    """The folder of a run."""


class Filter(str):
    """A registered filter."""


class Subset(str):
    """A choice among faces, see `experiments.datasets.subset`."""


class OutFolder(str):
    """A folder that a command writes into."""


class ResultsFolder(OutFolder):
    """A folder in which each picture gets a result of its own name."""


class OutFile(str):
    """A file that a command writes."""


def names_file(out: str) -> bool:
    """Tell whether ``--out FILE|DIR`` names a file: by its extension."""
    return bool(Path(out).suffix)


def whole(least: int, most: int | None = None, multiple: int = 1) -> Callable[[str], int]:
    """Return a reader of whole numbers in a range, for ``argparse``."""
    wanted = f"whole number from {least}" + (f" to {most}" if most else "")
    wanted += f" that is a multiple of {multiple}" if multiple > 1 else ""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= (most or math.inf) or int(text) % multiple:
            raise argparse.ArgumentTypeError(f"'{text}' is no {wanted}")
        return int(text)

    return read


def number(least: float, most: float = math.inf, above: bool = False) -> Callable[[str], float]:
    """Return a reader of numbers in a range, for ``argparse``; with `above`, the least itself is excluded."""
    wanted = f"number {'above' if above else 'from'} {least:g}" + (f" to {most:g}" if most < math.inf else "")

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (least < value if above else least <= value) or not value <= most or math.isinf(value):
            raise argparse.ArgumentTypeError(f"'{text}' is no {wanted}")
        return value

    return read


count, seed = whole(1), whole(0)
amount, weight = number(0, above=True), number(0)
LEAST_STRIDE = 4  # pixels: no network takes sides that are not multiples of it


def size(text: str) -> tuple[int, int]:
    """Read ``"256x320"`` as ``(256, 320)``, width and height in pixels, for ``argparse``."""
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(p.isdecimal() and int(p) > 0 for p in parts):
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write it as 256x320 (width x height)")
    if any(int(p) % LEAST_STRIDE for p in parts):
        raise argparse.ArgumentTypeError(
            f"'{text}': both sides must be multiples of {LEAST_STRIDE}, of many networks of more; "
            "for instance 256x320"
        )
    return int(parts[0]), int(parts[1])


def square(least: int, multiple: int) -> Callable[[str], int]:
    """Return a reader of the side of a square, written as ``"160x160"`` or ``"160"``, for ``argparse``."""

    def read(text: str) -> int:
        first, _, second = text.lower().partition("x")
        if second not in ("", first):
            raise argparse.ArgumentTypeError(f"'{text}' is no square; write it as 160x160")
        return whole(least, multiple=multiple)(first)

    return read


def weighted(text: str, option: str, files: bool = False) -> tuple[str, float]:
    """Split ``NAME[:WEIGHT]`` into name and weight.

    Parameters
    ----------
    text : str
    option : str
        Where it was given, for messages.
    files : bool
        Whether names are those of files, which may have colons themselves.

    Returns
    -------
    name : str
    weight : float
        1 where none is given.

    Raises
    ------
    UsageError
        When the weight is no number above 0.
    """
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


def add_option(parser: Options, name: str, *earlier: str, **how: Any) -> None:
    """Add an option; its earlier names still work, but are not shown in the help."""
    added = parser.add_argument(name, **how)
    kept = {key: value for key, value in how.items() if key in ("action", "type", "nargs", "choices")}
    for other in earlier:
        parser.add_argument(other, dest=added.dest, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **kept)


def add_photos(
    parser: Options,
    kind: type[str] = Pictures,
    what: str = "pictures, or folders of pictures",
    nargs: str | None = "+",
) -> None:
    """Add ``PHOTO …``, the pictures that a command works on."""
    parser.add_argument("photos", nargs=nargs, type=kind, metavar="PHOTO", help=what)


def add_out(parser: Options, what: str = "where the results go", kind: type[str] = ResultsFolder) -> None:
    """Add ``--out DIR`` and ``--overwrite``."""
    parser.add_argument("--out", required=True, type=kind, metavar="DIR", help=what)
    add_overwrite(parser)


def add_overwrite(parser: Options) -> None:
    """Add ``--overwrite``: see `experiments.cli.results.Results`."""
    text = "write over files in --out that this program did not write, or that were changed since"
    parser.add_argument("--overwrite", action="store_true", help=text)


# How results are written, and the extensions of their names.
FORMATS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "tiff": ".tif"}
LOSSY = ("jpeg", "webp")


def add_format(parser: Options) -> None:
    """Add ``--format`` and ``--quality`` of the results."""
    text = "of the results (default: png); date, author and description of a photograph are kept"
    parser.add_argument("--format", choices=tuple(FORMATS), default="png", help=text)
    text = "1-100, of jpeg (default: 95) and webp (default: lossless)"
    parser.add_argument("--quality", type=whole(1, 100), metavar="N", help=text)


def extension_of(arguments: argparse.Namespace) -> str:
    """Return the extension of the results that `add_format` asks for.

    Raises
    ------
    UsageError
        When a quality is wanted of a format that has none.
    """
    kind = getattr(arguments, "format", "png")
    named = str(getattr(arguments, "out", "")).lower().endswith((".jpg", ".jpeg", ".webp"))
    if getattr(arguments, "quality", None) and kind not in LOSSY and not named:
        raise UsageError(f"--quality is of {' and '.join(LOSSY)}; add --format {LOSSY[0]}")
    return FORMATS[kind]


def add_longer_side(parser: Options, text: str, kind: Reader = count, **how: Any) -> None:
    """Add ``--longer-side N``, of pictures that are worked on; the size that a training sees is ``--size``."""
    how = {"dest": "size", "type": kind, "metavar": "N", **how}
    add_option(parser, "--longer-side", "--size", help=f"pixels {text}", **how)


PRESETS, PRECISIONS = ("tiny", "base", "large"), ("auto", "float32", "mixed_bfloat16")
PRECISION_HELP = "how layers compute; auto takes what is fast here"


def add_precision_argument(parser: Options) -> None:
    """Add ``--precision``."""
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help=f"{PRECISION_HELP} (default: auto)")


def add_generator_arguments(parser: Options) -> None:
    """Add the options that say which generator to load, see `experiments.core.models`."""
    parser.add_argument(
        "--weights",
        type=Weights,
        metavar="FILE|RUN",
        help="a .weights.h5 file, or a run folder, whose best ones are taken (default: the shipped ones)",
    )
    parser.add_argument("--preset", choices=PRESETS, help="size of the network in --weights (default: its run's)")
    add_precision_argument(parser)


def add_json(parser: Options) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_limit(parser: Options, what: str = "pictures") -> None:
    """Add ``--limit N``, of what is measured."""
    parser.add_argument("--limit", type=count, metavar="N", help=f"only N {what}, evenly spread over all")


SUBSET_HELP = (
    "only faces that fit: a name such as 'official_*', or measures such as 'brightness > 120 and not gray'"
)
