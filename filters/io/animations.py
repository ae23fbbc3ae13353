"""Writing animations, which browsers play where a film would need a player."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from filters.io.pictures import ANIMATIONS, PathLike, Picture, PictureError, write_bytes


def write_animation(path: PathLike, frames: Sequence[Picture], seconds: Sequence[float]) -> None:
    """Write an animation that repeats for ever, atomically.

    Parameters
    ----------
    path : path-like
        ``.gif`` (256 colours a frame) or ``.webp`` (lossless).
    frames : sequence of numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, all of one size.
    seconds : sequence of float
        How long each frame stays. A GIF counts hundredths of a second: what rounding adds to one frame it takes
        from a later one, so the whole is as long as asked.

    Raises
    ------
    PictureError
        When the extension is none of `ANIMATIONS` or the file cannot be written.
    """
    extension = Path(path).suffix.lower()
    if extension not in ANIMATIONS:
        raise PictureError(f"{path}: cannot write '{extension}' animations; use .gif or .webp")
    unit = 10 if extension == ".gif" else 1  # milliseconds
    ends = np.rint(np.cumsum(seconds) * 1000 / unit).astype(int) * unit
    images = [Image.fromarray(frame) for frame in frames]
    buffer = io.BytesIO()
    options = {"lossless": True, "method": 2} if extension == ".webp" else {"optimize": False}
    images[0].save(
        buffer,
        format=extension[1:],
        save_all=True,
        append_images=images[1:],
        duration=np.diff(ends, prepend=0).tolist(),
        loop=0,
        **options,
    )
    write_bytes(path, buffer.getvalue())
