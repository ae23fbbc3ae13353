"""Colour photographs and films, files to files."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

from experiments.cli.console import OK, UsageError, say
from experiments.cli.files import each_picture, sorted_out
from experiments.cli.options import extension_of
from experiments.core import registry
from experiments.inference.view import View
from filters import prints
from filters.io import pictures
from filters.io.pictures import Picture


def run(arguments: argparse.Namespace) -> int:
    photographs, moving = sorted_out(arguments.photos)
    hints_for = _hints(arguments, photographs, moving)
    like = pictures.read(arguments.like) if arguments.like else None
    look = {"saturation": arguments.saturation, "warmth": arguments.warmth, "like": like}
    waiting, views = [], []  # the first photograph, until there is a network, and what that is to see of it

    def wanted(path: Path, picture: Picture) -> bool:
        hints_for(picture.shape[1::-1])  # those that lie outside of it are told before anything is loaded
        waiting[:] = [picture]
        if arguments.recolor or prints.is_monochrome(picture):
            return True
        say(f"{path} is in colour already and was left out; --recolor colours it anew")
        return False

    @cache
    def load():
        # Keras takes seconds, in which the photograph can be looked at.
        with ThreadPoolExecutor(1) as pool:
            loading = pool.submit(_load, arguments)
            views.extend(View(picture) for picture in waiting)
            return loading.result()

    def work(path: Path, picture: Picture, target, loaded) -> None:
        colorize, generator = loaded
        view = views.pop() if views else View(picture)
        given = hints_for(picture.shape[1::-1])
        if arguments.candidates:
            from experiments.inference.candidates import colorize_variously, write_candidates  # used by few

            various = colorize_variously(view, generator, arguments.candidates, arguments.seed, given, **look)
            write_candidates(target, picture, various)
        result = various[0] if arguments.candidates else colorize(view, generator, hints=given, **look)
        shown = np.hstack([picture, result]) if arguments.side_by_side else result
        pictures.write(target, shown, quality=arguments.quality, source=path)

    others = [path for path in (arguments.hints, arguments.like, *moving) if path]
    code = OK
    if photographs:
        extension = extension_of(arguments)
        code = each_picture(photographs, arguments.out, work, "colouring", others, load, wanted, extension)
    if moving:
        code = max(code, _color_films(moving, arguments.out, lambda: load()[1], look))
    return code


def _hints(arguments, photographs, moving):
    """Return what gives the hints for a photograph of some size."""
    if not (arguments.hint or arguments.hints):
        return lambda size: []
    from experiments.inference.hints import reader  # used by few

    if moving or len(pictures.find_pictures(photographs)) != 1:
        raise UsageError("--hint and --hints belong to one photograph; name one")
    return cache(reader(arguments.hint, arguments.hints))  # asked before the network is loaded, and after


def _color_films(paths, out, load, look):
    from experiments.inference.color_film import color_films  # optical flow, films: most have photographs

    return color_films(paths, out, load, **look)


def _load(arguments):
    """Return what colours, and its generator."""
    from experiments.inference.coloring import colorize
    from experiments.inference.restoration import load_generator

    return colorize, load_generator(registry.find("gray_to_color"), arguments)
