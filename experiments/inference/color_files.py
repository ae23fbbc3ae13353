"""Colour photographs and films, from files to files."""

import argparse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli.console import OK, UsageError, say
from experiments.cli.files import each_picture, sorted_out
from experiments.cli.options import extension_of
from experiments.core import registry
from experiments.inference.view import View
from filters import prints
from filters.io import pictures
from filters.io.pictures import Picture, Size


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``colorize``."""
    photographs, moving = sorted_out(arguments.photos, arguments.out)
    hints_for = _hints(arguments, photographs, moving)
    if arguments.restore and moving:
        raise UsageError(f"--restore repairs photographs; leave out {moving[0]}, or --restore")
    like = pictures.read(arguments.like) if arguments.like else None
    look = {"saturation": arguments.saturation, "warmth": arguments.warmth, "like": like}
    waiting, views = [], []  # the first photograph while the network is loaded, and its view

    def wanted(path: Path, picture: Picture) -> bool:
        hints_for(picture.shape[1::-1])  # refuses hints outside of it before anything is loaded
        waiting[:] = [picture]
        if arguments.recolor or prints.is_monochrome(picture):
            return True
        say(f"{path} is in colour already and was left out; --recolor colours it too")
        return False

    @cache
    def load() -> tuple[Callable, Any, Callable]:
        # Loading Keras takes seconds, in which the photograph can be prepared.
        with ThreadPoolExecutor(1) as pool:
            loading = pool.submit(_load, arguments)
            if not arguments.restore:
                views.extend(View(picture) for picture in waiting)
            return loading.result()

    def work(path: Path, original: Picture, target: Path, loaded: tuple[Callable, Any, Callable]) -> None:
        colorize, generator, repaired = loaded
        picture = repaired(original)
        view = views.pop() if views else View(picture)
        given = hints_for(picture.shape[1::-1])
        if arguments.candidates:
            from experiments.inference.candidates import colorize_variously, write_candidates  # used by few

            various = colorize_variously(view, generator, arguments.candidates, arguments.seed, given, **look)
            write_candidates(target, picture, various)
        result = various[0] if arguments.candidates else colorize(view, generator, hints=given, **look)
        shown = np.hstack([original, result]) if arguments.side_by_side else result
        pictures.write(target, shown, quality=arguments.quality, source=path)

    others = [path for path in (arguments.hints, arguments.like, *moving) if path]
    code, how = OK, {"overwrite": arguments.overwrite, "extension": extension_of(arguments)}
    if photographs:
        code = each_picture(photographs, arguments.out, work, "colouring", others, load, wanted, **how)
    if moving:
        code = max(code, _color_films(moving, arguments, lambda: load()[1], look))
    return code


def _hints(arguments: argparse.Namespace, photographs: list[Path], moving: list[Path]) -> Callable[[Size], list]:
    """Return a function that returns the hints for a photograph of some size."""
    if not (arguments.hint or arguments.hints):
        return lambda size: []
    from experiments.inference.hints import reader  # used by few

    if moving or len(pictures.find_pictures(photographs)) != 1:
        raise UsageError("--hint and --hints belong to one photograph; name one")
    return cache(reader(arguments.hint, arguments.hints))  # asked before the network is loaded, and after


def _color_films(paths: list[Path], arguments: argparse.Namespace, load: Callable, look: dict) -> int:
    from experiments.inference.color_film import color_films  # optical flow, films: most have photographs

    how = {"roots": arguments.photos, "overwrite": arguments.overwrite}
    return color_films(paths, arguments.out, load, how, **look)


def _load(arguments: argparse.Namespace) -> tuple[Callable, Any, Callable[[Picture], Picture]]:
    """Return `colorize`, its generator, and what repairs a photograph before, or returns it as it is."""
    from experiments.inference.coloring import colorize
    from experiments.inference.restoration import load_generator

    generator = load_generator(registry.find("gray_to_color"), arguments)
    if not arguments.restore:
        return colorize, generator, lambda picture: picture
    from experiments.inference.repairing import repair  # used by few

    how = argparse.Namespace(weights=None, preset=None, precision=arguments.precision)
    repairer = load_generator(registry.find("worn_to_clean"), how)
    return colorize, generator, lambda picture: repair(picture, repairer)
