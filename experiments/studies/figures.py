"""Make the pictures of README and docs anew: ``make figures`` or ``python -m experiments.studies.figures``.

Most are made of photographs that installed packages carry. The others are made where an option names what they
need: old photographs, by the names in `figure_sheets.OLD` and `WORN`; the paintings of `figure_sheets.PAINTINGS`;
portraits and whole photographs that no training included; the portraits of the training. What needs a training of
its own is not made here: `BY_COMMAND` tells how it was.
"""

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from experiments.cli.console import OK, SOME_FAILED, UsageError, say
from experiments.reports import looks
from experiments.studies import figure_reports as reports
from experiments.studies import figure_sheets as sheets
from experiments.studies.figure_sheets import Sources
from filters.io import pictures
from filters.io.pictures import Picture, PictureError

QUALITY = 88
OPTIONS = {
    "old": "folder of the old photographs",
    "paintings": "folder of the paintings",
    "faces": "folder of portraits that no training included",
    "scenes": "folder of whole photographs that no training included",
    "drawings": "folder of the drawings of the training, of which those held out are shown",
    "training": "folder of the portraits of the training",
}
PRINTS, PHOTOGRAPHS = ("portrait_", "solvay_"), ("documerica_", "fsac_", "gsa_")  # what their names begin with


@dataclass(frozen=True)
class Figure:
    """A picture of the documentation.

    Attributes
    ----------
    file : str
        Where it is, below ``docs``.
    make : callable
        Takes the sources and returns the picture, or what its file holds.
    needs : tuple of str
        The sources without which it is left as it is: `OPTIONS`, or ``chromium``.
    quality : int
        Of its JPEG.
    """

    file: str
    make: Callable[[Sources], Picture | bytes]
    needs: tuple[str, ...] = ()
    quality: int = QUALITY


def _look(name: str, of: str = "faces", beginnings: tuple[str, ...] = ("",), worn: bool = False) -> Figure:
    make = partial(reports.look, name=name, of=of, beginnings=beginnings, worn=worn)
    return Figure(f"looks/{name}.jpg", make, (of,), looks.QUALITY)


FIGURES = (
    Figure("pictures/old_photographs.jpg", sheets.old_photographs, ("old",)),
    Figure("pictures/ways_back.jpg", sheets.ways),
    Figure("pictures/gallery.jpg", reports.gallery, ("chromium",)),
    Figure("pictures/hints.jpg", sheets.hints),
    Figure("pictures/restored.jpg", sheets.restored, ("old",)),
    Figure("pictures/enlarged.jpg", sheets.enlarged),
    Figure("pictures/translations.jpg", sheets.translations),
    Figure("pictures/paintings.jpg", sheets.paintings, ("paintings",)),
    Figure("pictures/fast_painters.jpg", sheets.painters),
    Figure("pictures/any_painting.jpg", sheets.any_painting, ("paintings",)),
    Figure("pictures/dreams.jpg", sheets.dreams),
    Figure("pictures/average.jpg", sheets.average, ("faces",)),
    Figure("pictures/noise.jpg", sheets.noise),
    Figure("pictures/noise_neighbours.jpg", reports.noise_neighbours, ("faces", "training")),
    Figure("pictures/survey.png", reports.survey_plot),
    _look("autoencoder"),
    _look("binary_to_color"),
    _look("canny_to_color"),
    _look("contours_to_color"),
    _look("super_resolution_x4"),
    _look("photo_to_drawing"),
    _look("drawing_to_photo", "drawings"),
    _look("gray_to_color", "scenes", PHOTOGRAPHS),
    _look("worn_to_clean", "old", PRINTS, worn=True),
    Figure(
        "looks/super_resolution_x4_old.jpg", partial(reports.prints, beginnings=PRINTS), ("old",), looks.QUALITY
    ),
    Figure(
        "looks/painters.jpg", partial(reports.painters, beginnings=PHOTOGRAPHS), ("faces", "scenes"), looks.QUALITY
    ),
    Figure(
        "looks/any_painter.jpg",
        partial(reports.any_painter, beginnings=PHOTOGRAPHS),
        ("faces", "scenes", "paintings", "drawings"),
        looks.QUALITY,
    ),
)
NAMED = {Path(figure.file).stem: figure for figure in FIGURES}
BY_COMMAND = {
    "pictures/studio.png": "make figures",  # a test of the studio, in the browser
    "pictures/average_network.jpg": "python -m experiments train average",
    "pictures/average_likeness.png": "python -m experiments train average",
    "pictures/overfit.jpg": "python -m experiments.photo_to_drawing PHOTOS --overfit DRAWING",
    "pictures/survey_faces.jpg": "python -m experiments survey",
}


def main() -> int:
    """Make the figures that the command line names, or all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m experiments.studies.figures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"figures (default: all): {', '.join(NAMED)}")
    for name, text in OPTIONS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="DIR", help=text)
    browsers = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    parser.add_argument("--chromium", type=Path, metavar="FILE", default=next(browsers, None), help="the browser")
    parser.add_argument("--out", type=Path, default=reports.DOCS, metavar="DIR", help="default: docs")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMED)
    if unknown:
        parser.error(f"no figure is named {' or '.join(sorted(unknown))}; --help lists them")
    sources = {name: getattr(arguments, name) for name in (*OPTIONS, "chromium") if getattr(arguments, name)}
    code = OK
    for figure in [NAMED[name] for name in arguments.names] or FIGURES:
        missing = " and ".join(f"--{need}" for need in figure.needs if need not in sources)
        if missing:
            say(f"{figure.file}: left as it is; it needs {missing}")
            continue
        try:
            made, target = figure.make(sources), arguments.out / figure.file
            if isinstance(made, bytes):
                pictures.write_bytes(target, made)
            else:
                pictures.write(target, made, quality=figure.quality)
            say(figure.file)
        except (PictureError, UsageError) as error:
            say(f"error: {figure.file}: {error}")
            code = SOME_FAILED
    for file, how in BY_COMMAND.items() if not arguments.names else ():
        say(f"{file}: made by {how}")
    return code


if __name__ == "__main__":
    sys.exit(main())
