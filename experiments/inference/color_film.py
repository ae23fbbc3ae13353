"""Colour black-and-white films steadily, each frame in one pass of a network."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from experiments.cli.files import each_film
from experiments.inference.coloring import chroma_of
from experiments.inference.reference import hints_like
from experiments.inference.reworking import rework
from experiments.inference.view import CONTEXT, color_codec
from filters import color
from filters.flow import motion
from filters.io.pictures import PathLike, Picture
from transformers.backend import keras
from transformers.inference import Compiled, weights_of

HELD = 0.85  # share of the last frame's colours where both frames show the same


def steady_colors(
    frames: Iterable[Picture],
    chroma_of: Callable[[Picture], np.ndarray],
    share: float = HELD,
    radius: int = 4,
    last: list[np.ndarray] | None = None,
) -> Iterator[Picture]:
    """Yield every frame in colour, and keep its colours where it shows what the last one showed.

    The chroma is carried along the optical flow of small copies of the frames, which is fast; edges come
    from each frame's own luminance. At a cut colours begin anew.

    Parameters
    ----------
    frames : iterable of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``; their colours are ignored.
    chroma_of : callable
        Takes a frame and returns its a and b of Lab, ``float32`` ``(h, w, 2)``, at its size or smaller.
    share : float
        Of the last frame's colours, from 0 to below 1.
    radius : int
        See `filters.color.join_chroma`.
    last : list of numpy.ndarray, optional
        Where the last frame, small and gray, and its colours are kept: given those of the frame before, colours are
        kept from the first frame on.

    Yields
    ------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)`` with the frame's own luminance.
    """
    last = [] if last is None else last
    for frame in frames:
        light = color.luminance(frame)
        chroma = chroma_of(frame)
        small = _gray(light, last[1].shape if last else chroma.shape)
        if last and not motion.is_cut(small, last[0]):
            # A generator that looks for faces may see two frames at different sizes.
            chroma = cv2.resize(chroma, last[1].shape[1::-1], interpolation=cv2.INTER_LINEAR)
            moved = motion.visible_mask_and_flow(small, last[0])
            held = motion.blend_with_previous(chroma, *moved, last[1], share, soft=1.0)
        else:
            small, held = _gray(light, chroma.shape), chroma
        last[:] = small, held
        yield color.join_chroma(light, held, radius=radius)


def _gray(light: np.ndarray, shape: tuple[int, ...]) -> Picture:
    """Return a luminance as a small gray picture, ``uint8`` RGB."""
    small = cv2.resize(light, shape[1::-1], interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(cv2.convertScaleAbs(small, alpha=2.55), cv2.COLOR_GRAY2RGB)


def colorize_film(
    path: PathLike,
    target: PathLike,
    chroma_of: Callable[[Picture], np.ndarray],
    radius: int = 4,
    made_of: Iterable = (),
) -> None:
    """Colour a film, and go on where that was stopped; its sound is kept.

    Parameters
    ----------
    path, target : path-like
        The film, and the result.
    chroma_of, radius
        As for `steady_colors`.
    made_of : iterable
        What `chroma_of` depends on, see `rework`.

    Raises
    ------
    PictureError
        When the film cannot be read, or only in part; that part is coloured and kept.
    """

    def work(frames: Iterable, last: list[np.ndarray]) -> Iterator[np.ndarray]:
        return steady_colors(frames, chroma_of, radius=radius, last=last)

    rework(path, target, work, "colouring", made_of=(HELD, radius, *made_of))


def film_colors(
    generator: keras.Model, saturation: float = 1.0, warmth: float = 0.0, like: Picture | None = None
) -> Callable[[Picture], np.ndarray]:
    """Return a function that returns the chroma of a frame, for `colorize_film`.

    Parameters
    ----------
    generator, saturation, warmth, like
        As for `experiments.inference.coloring.colorize`.

    Returns
    -------
    callable
        From a frame, ``uint8`` RGB, to its a and b of Lab, ``float32`` ``(h, w, 2)``.
    """
    compiled = Compiled(generator)

    def chroma_of_frame(frame: Picture) -> np.ndarray:
        seen = color.luminance(frame)
        scale = min(1.0, CONTEXT / max(seen.shape))
        seen = cv2.resize(seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        borrowed = [] if like is None else hints_like(seen, like, generator.encoder)
        return chroma_of(seen, compiled, (), saturation, warmth, borrowed, thorough=False)

    return chroma_of_frame


def color_films(paths: Sequence[PathLike], out: PathLike, load: Callable, how: dict, **look: Any) -> int:
    """Colour films into a folder; one that fails does not stop the others.

    Parameters
    ----------
    paths : list of path-like
    out : path-like
        Folder of the results: ``NAME.mp4``.
    load : callable
        Returns the generator; called once, when there is a film to colour.
    how : dict
        ``roots`` and ``overwrite`` of `experiments.cli.files.each_film`.
    look
        Options of `film_colors`.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is reported in one line.
    """

    def work(path: PathLike, target: Path, generator: keras.Model) -> None:
        # Compiled anew for each film: all frames of one have the same size.
        made_of = *weights_of(generator), *look.values()
        colorize_film(path, target, film_colors(generator, **look), color_codec().radius, made_of)

    return each_film(paths, out, work, load, **how)
