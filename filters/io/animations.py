"""Animations, which browsers play where a film would need a player: writing them, and reading them as films."""

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

from filters.io.pictures import ANIMATIONS, MAX_PIXELS, PathLike, Picture, PictureError, write_bytes

SHORTEST, USUAL = 0.01, 0.1  # seconds: up to the one, browsers show a frame for the other
# What Pillow's decoders raise on damaged files.
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    TypeError,
    OverflowError,
    MemoryError,
    RuntimeError,
    EOFError,
)


class Reader:
    """An open GIF, WebP or APNG, to be read like a `filters.io.film_decoding.Reader`.

    Attributes
    ----------
    told : int
        Frames.
    seconds : float
        0: it is known when all frames have been read.
    rate : fractions.Fraction
        Frames a second, by the first one.

    Raises
    ------
    PictureError
        When it cannot be opened.
    """

    seconds = 0.0

    def __init__(self, path: PathLike) -> None:
        self.path = path
        with contextlib.ExitStack() as undone:  # it is closed again where it cannot be read
            try:
                self.image = undone.enter_context(Image.open(path, formats=("GIF", "WEBP", "PNG")))
                width, height = self.image.size
                if width * height > MAX_PIXELS:
                    raise PictureError(f"{path} has {width}x{height} pixels, which are too many; make it smaller")
                self.told = getattr(self.image, "n_frames", 1)
                self.image.load()
            except PictureError:
                raise
            except DAMAGED as error:
                raise PictureError(
                    f"{path} is no animation that can be read, or damaged; export it again"
                ) from error
            undone.pop_all()
        self.rate = 1 / Fraction(self._length()).limit_denominator(1000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.image.close()

    def _length(self) -> float:
        seconds = self.image.info.get("duration", 0) / 1000
        return seconds if seconds > SHORTEST else USUAL

    def frames(self, skip: int = 0) -> Iterator[tuple[float, float, Picture | None]]:
        """Yield each frame's time and how long it stays, in seconds, and its picture, transparency on white.

        Parameters
        ----------
        skip : int
            So many frames come first without their pictures.

        Raises
        ------
        PictureError
            After the last one that can be read, when there are more.
        """
        time = 0.0
        for number in range(self.told):
            try:
                self.image.seek(number)
                shown = self.image.convert("RGBA")
            except DAMAGED as error:
                part = f"{number} of its {self.told} frames"
                raise PictureError(f"{self.path} is damaged: {part} can be read; export it again") from error
            paper = Image.new("RGBA", shown.size, "white")
            picture = None if number < skip else np.array(Image.alpha_composite(paper, shown).convert("RGB"))
            yield time, self._length(), picture
            time += self._length()

    def end(self) -> None:
        """Return nothing: its frames tell when it ends."""


def write_animation(
    path: PathLike,
    frames: Sequence[Picture],
    seconds: Sequence[float],
    report: Callable[[int, int], object] = lambda done, total: None,
) -> None:
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
    report : callable
        Called with the number of frames that were taken and of all. A GIF takes each when it is its turn.

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

    def taken() -> Iterator[Image.Image]:
        for number, frame in enumerate(frames, 1):
            report(number, len(frames))
            yield Image.fromarray(frame)

    images = taken()
    buffer = io.BytesIO()
    options = {"lossless": True, "method": 2} if extension == ".webp" else {"optimize": False}
    next(images).save(
        buffer,
        format=extension[1:],
        save_all=True,
        append_images=images,
        duration=np.diff(ends, prepend=0).tolist(),
        loop=0,
        **options,
    )
    write_bytes(path, buffer.getvalue())
