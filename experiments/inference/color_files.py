"""Colour photographs and films, files to files."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from experiments.cli.console import OK, UsageError, say
from experiments.cli.files import LEFT_OUT, each_picture, sorted_out
from experiments.commands.colorize import MOST_CANDIDATES
from experiments.core import registry
from experiments.inference.view import View
from filters import prints
from filters.io import pictures
from filters.io.pictures import Picture


def run(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.saturation <= 4:
        raise UsageError("--saturation takes a factor from 0 (gray) to 4")
    if not -1 <= arguments.warmth <= 1:
        raise UsageError("--warmth takes a number from -1 (bluish) to 1 (golden)")
    if arguments.candidates is not None and not 2 <= arguments.candidates <= MOST_CANDIDATES:
        raise UsageError(f"--candidates takes a number from 2 to {MOST_CANDIDATES}")
    if arguments.seed < 0:
        raise UsageError("--seed takes 0 or above")
    photographs, moving = sorted_out(arguments.photos)
    hints_for = None
    if arguments.hint or arguments.hints:
        from experiments.inference.hints import reader  # used by few

        if moving or len(pictures.find_pictures(photographs)) != 1:
            raise UsageError("--hint and --hints belong to one photograph; name one")
        hints_for = reader(arguments.hint, arguments.hints)
    like = pictures.read(arguments.like) if arguments.like else None
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(_load, arguments)
        first = _first_view(photographs)
        colorize, generator = loading.result()
    look = {"saturation": arguments.saturation, "warmth": arguments.warmth, "like": like}

    def work(path: Path, picture: Picture, target):
        if not (arguments.recolor or prints.is_monochrome(picture)):
            say(f"{path} is in colour already and was left out; --recolor colours it anew")
            return LEFT_OUT
        view = first.pop(path, None) or View(picture)
        given = hints_for(picture.shape[1::-1]) if hints_for else []
        if arguments.candidates:
            from experiments.inference.candidates import colorize_variously, write_candidates  # used by few

            various = colorize_variously(view, generator, arguments.candidates, arguments.seed, given, **look)
            write_candidates(target, picture, various)
        result = various[0] if arguments.candidates else colorize(view, generator, hints=given, **look)
        if arguments.side_by_side:
            result = np.hstack([picture, result])
        pictures.write(target, result)
        return None

    others = [path for path in (arguments.hints, arguments.like) if path]
    code = each_picture(photographs, arguments.out, work, "colouring", others) if photographs else OK

    if moving:
        from experiments.inference.color_film import color_films  # optical flow, films: most have photographs

        code = max(code, color_films(moving, arguments.out, generator, **look))
    return code


def _load(arguments):
    """Return what colours, and its generator. Loading Keras takes seconds, in which pictures can be looked at."""
    from experiments.inference.coloring import colorize
    from experiments.inference.restoration import load_generator

    return colorize, load_generator(registry.find("gray_to_color"), arguments)


def _first_view(photographs):
    """Return the `View` of the first photograph by its path, if it can be read; else nothing."""
    try:
        path = pictures.find_pictures(photographs[:1])[0]
        return {path: View(pictures.read(path))}
    except (pictures.PictureError, IndexError):
        return {}  # told when its turn comes
