"""The fast painter at work: photographs, folders and films, each frame in one pass of a network."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

import numpy as np

from experiments.cli.console import OK
from experiments.cli.files import each_film, each_picture, rework, sorted_out
from experiments.core.models import find_painter
from experiments.inference.images import run_on_image
from filters import resizing
from filters.flow import motion
from filters.io import pictures
from filters.io.pictures import PathLike, Picture
from transformers import backend, pretrained
from transformers.inference import Compiled
from transformers.networks.painter import painter

SIZE = 1024  # longer side of painted photographs, unless told: strokes have a size of their own, in pixels


def load_painter(name: str, precision: str = "auto"):
    """Load a painter.

    Parameters
    ----------
    name : str
        Of a shipped one, for instance ``"starry_night"``, or the folder of a run of ``train-painter``.
    precision : str
        See `transformers.backend.set_precision`.

    Returns
    -------
    keras.Model

    Raises
    ------
    UsageError
        When there is none of that name.
    """
    run = find_painter(name)
    backend.set_precision(precision)
    if run is None:
        return pretrained.load(name)
    network = painter(run.config["preset"])
    pretrained.load_weights(network, run.weights())
    return network


def paint(picture: np.ndarray, painter) -> np.ndarray:
    """Paint one picture, at its size.

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


def paint_all(
    paths: Sequence[PathLike],
    out: PathLike,
    name: str,
    size: int | None = None,
    precision: str = "auto",
    extension: str = ".png",
    quality: int | None = None,
) -> int:
    """Paint photographs and films, whatever becomes of the others.

    Parameters
    ----------
    paths : list of path-like
        Photographs, films, and folders of both.
    out : path-like
        Folder of the results: ``NAME.png`` or the like of a photograph, ``NAME.mp4`` of a film.
    name : str
        See `load_painter`.
    size : int, optional
        Longer side of the results in pixels; what is smaller stays as it is. By default photographs have
        at most `SIZE`, films their own.
    precision : str
    extension : str
        Of painted photographs.
    quality : int, optional
        Of JPEG and WebP, see `filters.io.pictures.write`.

    Returns
    -------
    int
        Exit code: 0, or 1 when some failed; each failure is told in one line.
    """
    load = cache(lambda: load_painter(name, precision))
    photographs, found = sorted_out(paths)

    def photograph(path: PathLike, picture: Picture, target, painter) -> None:
        painted = paint(resizing.smaller(picture, size or SIZE), painter)
        pictures.write(target, painted, quality=quality, source=path)

    def film(path: PathLike, target, painter) -> None:
        paint_film(path, target, painter, size)

    code = OK
    if photographs:
        code = each_picture(photographs, out, photograph, "painting", found, load, extension=extension)
    return max(code, each_film(found, out, film, load))


def paint_film(path: PathLike, target: PathLike, painter, size: int | None = None) -> None:
    """Paint a film, held steady, with its sound.

    Parameters
    ----------
    path, target : path-like
    painter : keras.Model
    size : int, optional
        Longer side of the frames, in pixels.

    Raises
    ------
    PictureError
        When it cannot be read, or only a part of it; that part is painted and kept.
    """
    painter = Compiled(painter)
    rework(path, target, lambda frames: steadily(frames, lambda frame: paint(frame, painter)), "painting", size)


def steadily(frames: Iterable[np.ndarray], work: Callable):
    """Yield every frame painted, and held where it shows what the last one showed.

    After Ruder, Dosovitskiy and Brox, "Artistic style transfer for videos" (2016), whose painting begins
    with the last frame warped; here, where one pass paints, both are blended.

    Parameters
    ----------
    frames : iterable of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    work : callable
        Paints a frame.
    """
    last = None
    for frame in frames:
        painted = work(frame)
        if last is not None:
            seen, back = motion.visible_mask_and_flow(frame, last[0])
            painted = motion.blend_with_previous(painted, seen, back, last[1])
        yield painted
        last = frame, painted
