"""The fast painter at work: photographs, folders and films, each frame in one pass of a network."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli.console import OK
from experiments.cli.files import each_film, each_picture, sorted_out
from experiments.core.codecs import to_unit
from experiments.core.models import find_any_painter, find_painter
from experiments.inference.images import run_on_image
from experiments.inference.reworking import rework
from filters import margins, resizing
from filters.flow import motion
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from transformers import backend, pretrained
from transformers.backend import keras
from transformers.inference import Compiled, weights_of
from transformers.networks.any_painter import PainterLike, any_painter
from transformers.networks.painter import painter

SIZE = 1024  # longer side of painted photographs by default: the size of strokes in pixels is fixed
SMALLEST = 512  # longer side at which a smaller photograph is painted: its faces would be no larger than strokes
PAINTING_SIZE = 512  # longer side at which the network that paints like any painting sees the painting


def load_painter(
    name: str, precision: str = "auto", weights: str | None = None, strength: float = 1.0, crop: str = "auto"
) -> keras.Model:
    """Load a painter.

    Parameters
    ----------
    name : str
        Of a shipped painter, for instance ``"starry_night"``; the folder of a painter's run; or the file of a
        painting, for which the network that paints like any painting is loaded.
    precision : {"auto", "float32", "mixed_bfloat16"}
        See `transformers.backend.set_precision`.
    weights : str, optional
        Of the network that paints like any painting, a file or the folder of a run; by default the shipped ones.
    strength : float
        How much of that painting is taken on, from 0 to 1.
    crop : str
        Which part of that painting the style comes from, see `filters.margins.box`.

    Returns
    -------
    keras.Model

    Raises
    ------
    UsageError
        When there is none of that name.
    """
    if Path(name).is_file():
        path, preset = find_any_painter(weights)
        picture = margins.part(pictures.read(name), crop, name)
        backend.set_precision(precision)
        network = any_painter(preset) if path else pretrained.load("any_painter")
        if path:
            pretrained.load_weights(network, path)
        return like(picture, network, strength)
    run = find_painter(name)
    backend.set_precision(precision)
    if run is None:
        return pretrained.load(name)
    network = painter(run.config["preset"])
    pretrained.load_weights(network, run.weights())
    return network


def like(painting: Picture, decoder: keras.Model, strength: float = 1.0) -> PainterLike:
    """Return the painter that paints like a painting.

    Parameters
    ----------
    painting : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, of any size.
    decoder : keras.Model
        From `any_painter`.
    strength : float
        See `load_painter`.

    Returns
    -------
    PainterLike
    """
    return PainterLike(decoder, to_unit(resizing.smaller(painting, PAINTING_SIZE)), strength)


def paint(picture: Picture, painter: keras.Model | Compiled) -> Picture:
    """Paint one picture at its own size.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    painter : keras.Model
        From `load_painter`.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    return run_on_image(painter, picture)


def paint_photograph(picture: Picture, painter: keras.Model | Compiled, longest: int = SIZE) -> Picture:
    """Paint a photograph with strokes of a size that suits it.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``. A small one is painted at `SMALLEST` pixels.
    painter : keras.Model
        From `load_painter`.
    longest : int
        Longer side of the result at most, in pixels; nothing is enlarged.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB.
    """
    seen = resizing.smaller(picture, longest)
    painted = paint(resizing.at_size(seen, max(SMALLEST, *seen.shape[:2])), painter)
    return resizing.resized(painted, seen.shape[1::-1])


def paint_all(
    paths: Sequence[PathLike],
    out: PathLike,
    name: str,
    size: int | None = None,
    precision: str = "auto",
    overwrite: bool = False,
    extension: str = ".png",
    quality: int | None = None,
    **shown: Any,
) -> int:
    """Paint photographs and films; one that fails does not stop the others.

    Parameters
    ----------
    paths : list of path-like
        Photographs, films and folders of both.
    out : path-like
        Folder of the results: ``NAME.png`` or the like for a photograph, ``NAME.mp4`` for a film.
    name : str
        See `load_painter`.
    size : int, optional
        Longer side of the results at most, in pixels; nothing is enlarged. By default photographs have at most
        `SIZE`, and films keep their size.
    precision : {"auto", "float32", "mixed_bfloat16"}
    overwrite : bool
        As for `experiments.cli.files.each_picture`.
    extension : str
        Of painted photographs.
    quality : int, optional
        Of JPEG and WebP, see `filters.io.pictures.write`.
    **shown
        Further arguments of `load_painter`.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is reported in one line.
    """
    load = cache(lambda: load_painter(name, precision, **shown))
    photographs, found = sorted_out(paths, out)

    def photograph(path: PathLike, picture: Picture, target: Path, painter: keras.Model) -> None:
        painted = paint_photograph(picture, painter, size or SIZE)
        pictures.write(target, painted, quality=quality, source=path)

    def film(path: PathLike, target: Path, painter: keras.Model) -> None:
        paint_film(path, target, painter, size)

    code = OK
    if photographs:
        how = {"overwrite": overwrite, "extension": extension}
        code = each_picture(photographs, out, photograph, "painting", found, load, **how)
    if found:
        code = max(code, each_film(found, out, film, load, paths, overwrite))
    return code


def paint_film(path: PathLike, target: PathLike, painter: keras.Model, size: int | None = None) -> None:
    """Paint a film steadily, and go on where that was stopped; its sound is kept.

    Parameters
    ----------
    path, target : path-like
        The film, and the result.
    painter : keras.Model
        From `load_painter`.
    size : int, optional
        Longer side of the frames at most, in pixels.

    Raises
    ------
    PictureError
        When the film cannot be read, or only in part; that part is painted and kept.
    """
    made_of, compiled = weights_of(painter), Compiled(painter)

    def work(frames: Iterable[Picture], last: list[np.ndarray]) -> Iterator[Picture]:
        return steadily(frames, lambda frame: paint(frame, compiled), last)

    rework(path, target, work, "painting", size, made_of)


def steadily(
    frames: Iterable[Picture], work: Callable[[Picture], Picture], last: list[np.ndarray] | None = None
) -> Iterator[Picture]:
    """Yield every frame painted, and blended with the last one where both show the same.

    After Ruder, Dosovitskiy and Brox, "Artistic style transfer for videos" (2016), whose optimisation starts
    from the warped last frame; here one pass paints each frame, and the warped last one is blended in.

    Parameters
    ----------
    frames : iterable of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    work : callable
        Takes a frame and returns it painted, of the same shape.
    last : list of numpy.ndarray, optional
        Where the last frame, as filmed and as painted, is kept: given those of the frame before, paint is blended
        from the first frame on.

    Yields
    ------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    last = [] if last is None else last
    for frame in frames:
        painted = work(frame)
        if last:
            seen, back = motion.visible_mask_and_flow(frame, last[0])
            painted = motion.blend_with_previous(painted, seen, back, last[1])
        last[:] = frame, painted
        yield painted
