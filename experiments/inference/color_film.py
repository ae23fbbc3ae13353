"""Black-and-white films in colours that hold still, each frame in one pass of a network."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import cv2
import numpy as np

from experiments.cli.files import each_film
from experiments.inference.coloring import chroma_of
from experiments.inference.reference import hints_like
from experiments.inference.reworking import rework
from experiments.inference.view import CONTEXT, color_codec
from filters import color
from filters.flow import motion
from filters.io.pictures import PathLike
from transformers.inference import Compiled, weights_of

HELD = 0.85  # share of the last frame's colours where it shows the same


def steady_colors(
    frames: Iterable,
    chroma_of: Callable,
    share: float = HELD,
    radius: int = 4,
    last: list[np.ndarray] | None = None,
) -> Iterator[np.ndarray]:
    """Yield every frame coloured; colours are held where it shows what the last one showed.

    Held is the small chroma, along the flow of frames as small: that is what makes it fast, and edges come
    from each frame's own luminance. At a cut colours begin anew.

    Parameters
    ----------
    frames : iterable of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``; of their colours nothing is seen.
    chroma_of : callable
        Takes a frame and gives its a and b of Lab, ``float32``, smaller or as large.
    share : float
        Of the last frame's colours, 0 to below 1.
    radius : int
        Of `filters.color.join_chroma`.
    last : list of numpy.ndarray, optional
        Where the last frame is kept, small and gray, and its colours: with those of the frame before it colours
        are held from the first frame on.

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


def _gray(light, shape):
    """Return a luminance as a small gray picture, ``uint8`` RGB."""
    small = cv2.resize(light, shape[1::-1], interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(cv2.convertScaleAbs(small, alpha=2.55), cv2.COLOR_GRAY2RGB)


def colorize_film(
    path: PathLike, target: PathLike, chroma_of: Callable, radius: int = 4, made_of: Iterable = ()
) -> None:
    """Colour a film, with its sound; go on where that was stopped.

    Parameters
    ----------
    path, target : path-like
    chroma_of, radius
        As for `steady_colors`.
    made_of : iterable
        What `chroma_of` depends on, see `rework`.

    Raises
    ------
    PictureError
        When it cannot be read, or only a part of it; that part is coloured and kept.
    """

    def work(frames: Iterable, last: list[np.ndarray]) -> Iterator[np.ndarray]:
        return steady_colors(frames, chroma_of, radius=radius, last=last)

    rework(path, target, work, "colouring", made_of=(HELD, radius, *made_of))


def film_colors(generator, saturation: float = 1.0, warmth: float = 0.0, like=None):
    """Return what gives a film's frame its chroma, for `color_film`; arguments as for `colorize`."""
    compiled = Compiled(generator)

    def chroma_of_frame(frame):
        seen = color.luminance(frame)
        scale = min(1.0, CONTEXT / max(seen.shape))
        seen = cv2.resize(seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        borrowed = [] if like is None else hints_like(seen, like, generator.encoder)
        return chroma_of(seen, compiled, (), saturation, warmth, borrowed, thorough=False)

    return chroma_of_frame


def color_films(paths: Sequence[PathLike], out: PathLike, load: Callable, **look) -> int:
    """Colour films into a folder, whatever becomes of the others.

    Parameters
    ----------
    paths : list of path-like
    out : path-like
        Folder of the results: ``NAME.mp4``.
    load : callable
        Gives the generator, when there is a film to colour.
    look
        As for `film_colors`.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is told in one line.
    """

    def work(path: PathLike, target, generator) -> None:
        # Compiled anew for each: frames of one film have one size.
        made_of = *weights_of(generator), *look.values()
        colorize_film(path, target, film_colors(generator, **look), color_codec().radius, made_of)

    return each_film(paths, out, work, load)
