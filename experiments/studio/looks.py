"""What decides how a photograph is coloured in the studio, and the photograph in these colours."""

from dataclasses import dataclass
from typing import Any

import cv2

from experiments.inference.candidates import colorize_variously
from experiments.inference.coloring import colorize
from experiments.inference.hints import Hint, check, from_strokes, parse
from experiments.inference.repairing import repair
from experiments.inference.view import View
from experiments.studio.brush import Stroke, painted
from experiments.studio.shared import PREVIEW, opened, preview
from filters import resizing
from filters.faces import directions
from filters.io.pictures import Picture

PROPOSALS = 4


@dataclass
class Photo:
    """The photograph that is worked on."""

    file: str
    size: tuple[int, int]  # width and height of the file, in pixels
    shown: Picture
    view: View
    framed: Picture  # as shown, with a frame around each face
    faces: int
    before: str = ""  # a file of what is shown


@dataclass(frozen=True)
class Look:
    """All that decides how a photograph is coloured; hints in pixels of the photograph."""

    saturation: float = 1.0
    warmth: float = 0.0
    strokes: tuple[Stroke, ...] = ()  # in pixels of the preview
    written: str = ""
    like: str | None = None
    proposal: int = 0  # the number of one of the other proposals, or 0

    def options(self) -> dict[str, Any]:
        """Return the other arguments of `colorize`."""
        like = opened(self.like) if self.like else None
        return {"saturation": self.saturation, "warmth": self.warmth, "like": like}

    def hints(self, size: tuple[int, int]) -> list[Hint]:
        """Return the hints, in pixels of the photograph."""
        given = [parse(line) for line in self.written.split()]
        check(given, size)
        layer = painted(self.strokes, resizing.within(size, PREVIEW))
        return given + from_strokes(layer, size) if layer.any() else given


def photo_of(file: str, repairer: Any = None) -> Photo:
    """Open a photograph to work on, repaired where there is a network for that."""
    picture = opened(file)
    shown = preview(picture if repairer is None else repair(picture, repairer))
    return Photo(file, picture.shape[1::-1], shown, View(shown), *framed(shown))


def colored(photo: Photo, look: Look, generator: Any) -> Picture:
    """Return the preview of a photograph in colour."""
    return _made(photo.view, look, _on_preview(photo, look), generator)


def proposed(photo: Photo, look: Look, generator: Any) -> list[Picture]:
    """Return previews in `PROPOSALS` other plausible colours."""
    hints = _on_preview(photo, look)
    return colorize_variously(photo.view, generator, PROPOSALS + 1, hints=hints, **look.options())[1:]


def _on_preview(photo: Photo, look: Look) -> list[Hint]:
    share = photo.shown.shape[1] / photo.size[0]
    return [(x * share, y * share, rgb) for x, y, rgb in look.hints(photo.size)]


def _made(picture: Picture | View, look: Look, hints: list[Hint], generator: Any) -> Picture:
    if look.proposal:
        count = PROPOSALS + 1
        return colorize_variously(picture, generator, count, hints=hints, **look.options())[look.proposal]
    return colorize(picture, generator, hints=hints, **look.options())


def in_full(file: str, look: Look, generator: Any, repairer: Any = None) -> Picture:
    """Return a file in colour, in full size: what ``colorize`` with the same options writes."""
    picture = opened(file)
    if repairer is not None:
        picture = repair(picture, repairer)
    return _made(picture, look, look.hints(picture.shape[1::-1]), generator)


def framed(picture: Picture) -> tuple[Picture, int]:
    """Return a picture with a frame around each face, and their number."""
    result, found = picture.copy(), directions.detect(picture)
    for face in found:
        left, top, width, height = map(round, face.box)
        cv2.rectangle(
            result, (left, top), (left + width, top + height), (255, 200, 0), max(1, max(result.shape) // 400)
        )
    return result, len(found)
