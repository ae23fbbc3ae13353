"""Pictures enlarged tile by tile, without seams, so that memory is needed for the result and one tile alone."""

from collections.abc import Callable, Iterator

import numpy as np

from experiments.cli.console import progress
from experiments.inference.images import run_on_image
from filters import resizing
from filters.io.pictures import Picture
from transformers.backend import keras

Place = tuple[slice, slice]  # rows and columns
TILE = 384  # pixels of the small picture, in each direction, that are seen at once
SMALL_TILE = 256  # where the result itself needs the memory: a third slower
MOST_PIXELS = 100_000_000  # of a result with tiles of the usual size
PATIENCE = 3.0  # seconds after which a bar shows how many tiles of one picture are done


def enlarged(
    picture: Picture,
    generator: keras.Model,
    tile: int | None = None,
    finish: Callable[[Picture], np.ndarray] | None = None,
) -> Picture:
    """Return a picture enlarged by a generator.

    Tiles overlap as far as the generator sees, so the result equals that for the whole picture at once.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    generator : keras.Model
        For instance from ``transformers.load("super_resolution_x4")``.
    tile : int, optional
        Height and width of a tile with its overlap, in pixels of `picture`; by default less for a large result.
    finish : callable, optional
        What is made of each pixel of a result: takes RGB, returns one channel or three.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB, both sides 2 or 4 times as long.
    """
    scale = round(1 / generator.output_stride)
    height, width = picture.shape[:2]
    # Whoever looks on sees, where no tile is done, the picture itself.
    result = resizing.resized(picture, (scale * width, scale * height))
    tile = tile or (TILE if result.size <= 3 * MOST_PIXELS else SMALL_TILE)
    places = list(tiled((height, width), tile, generator.reach, generator.stride, scale))
    with progress("enlarging", "tile", PATIENCE) as bar:
        for done, (seen, kept, inside) in enumerate(places, 1):
            large = run_on_image(generator, picture[seen])[inside]
            result[kept] = finish(large) if finish else large
            bar(done, len(places), so_far=lambda: result)
    return result


def tiled(
    shape: tuple[int, int], tile: int, reach: int, stride: int, scale: int = 1
) -> Iterator[tuple[Place, ...]]:
    """Cut a picture into overlapping tiles, see `spans`.

    Parameters
    ----------
    shape : tuple of int
        ``(height, width)``.
    tile, reach, stride : int
        See `spans`.
    scale : int
        How many times larger the result is.

    Yields
    ------
    tuple of tuple of slice
        For rows and columns: what to look at; the place of what is kept in the whole result; and where this is in
        the tile's own result.
    """
    height, width = shape
    for seen_y, kept_y in spans(height, tile, reach, stride):
        for seen_x, kept_x in spans(width, tile, reach, stride):
            kept = _times(kept_y, scale), _times(kept_x, scale)
            yield (seen_y, seen_x), kept, (_within(kept_y, seen_y, scale), _within(kept_x, seen_x, scale))


def spans(length: int, tile: int, reach: int, stride: int) -> Iterator[tuple[slice, slice]]:
    """Cut a side into overlapping parts.

    Parameters
    ----------
    length : int
        Of the side, in pixels.
    tile : int
        Approximate length of a part, in pixels.
    reach : int
        Pixels by which a part extends beyond what is kept of it, at least, unless the side ends.
    stride : int
        Parts begin at multiples of it, in pixels, as generators that halve sizes need.

    Yields
    ------
    tuple of slice
        What to look at, and what to keep of it; the kept slices follow each other without gaps.
    """
    if length <= tile:
        yield slice(0, length), slice(0, length)
        return
    reach += -reach % stride
    step = max(tile - 2 * reach, stride)
    step -= step % stride
    for start in range(0, length, step):
        end = min(start + step, length)
        yield slice(max(start - reach, 0), min(end + reach, length)), slice(start, end)


def _times(span: slice, scale: int) -> slice:
    return slice(span.start * scale, span.stop * scale)


def _within(kept: slice, seen: slice, scale: int) -> slice:
    return _times(slice(kept.start - seen.start, kept.stop - seen.start), scale)
