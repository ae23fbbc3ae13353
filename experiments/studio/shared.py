"""What all parts of the studio share: networks, uploads, errors as sentences, and the sitting of each visitor."""

import argparse
import contextlib
import functools
import inspect
import os
import shutil
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

import filters
from experiments.core import registry
from experiments.inference import fast_style_transfer, noise_faces, restoration, translating
from filters import resizing
from filters.io import pictures
from filters.io.decoding import FORMATS
from filters.io.pictures import Picture, PictureError
from transformers import backend, pretrained
from transformers.inference import Compiled

MOST_PIXELS = 60_000_000  # of an upload; larger ones would keep other visitors waiting
FORGOTTEN = 24 * 3600  # seconds after which a visitor's files go
QUALITY = 95  # of previews in JPEG
PREVIEW = 1024  # pixels of the longer side: what is shown while one decides
# Two at once, and no more: a short work, and a long one such as a painting. All others wait in the queue.
SHORT, LONG = (
    {"concurrency_id": "short", "concurrency_limit": 1},
    {"concurrency_id": "long", "concurrency_limit": 1},
)
PRIVATE: dict[str, Any] = {"api_visibility": "private"}

_loading = threading.RLock()
_how = argparse.Namespace(weights=None, preset=None, precision="auto")


def compute_in(precision: str) -> None:
    """Set how layers compute in networks that are loaded from now on."""
    _how.precision = precision


def network(name: str) -> Any:
    """Return a shipped network, loaded once for all visitors.

    Parameters
    ----------
    name : str
        A transformation, a translation, a painter, ``"any_painter"`` or ``"noise"``.

    Raises
    ------
    transformers.pretrained.WeightsError
        When it has no weights here; the message tells how to get them.
    """
    with _loading:
        return _loaded(name)


@functools.cache
def _loaded(name: str) -> Any:
    if name in registry.discover():
        generator = restoration.load_generator(registry.find(name), _how)
        # Colours are made again with each stroke of the brush.
        return Compiled(generator) if name == "gray_to_color" else generator
    if name in registry.TRANSLATIONS:
        return translating.load_translator(name, _how)
    if name in ("noise", "enlarger", "any_painter"):
        backend.set_precision(_how.precision)
        return noise_faces.enlarger(_loaded("noise")) if name == "enlarger" else pretrained.load(name)
    return fast_style_transfer.load_painter(name, _how.precision)


def shipped(name: str) -> bool:
    """Tell whether a network has weights here."""
    return name in pretrained.available()


@dataclass
class Sitting:
    """What one visitor made, in a folder that is theirs alone and goes with the visit."""

    made: list[tuple[str, str]] = field(default_factory=list)  # file and caption, the latest first

    @functools.cached_property
    def folder(self) -> Path:
        """The folder, made when it is first needed."""
        return Path(tempfile.mkdtemp(prefix="sitting-", dir=temporary()))

    def place(self, name: str) -> Path:
        """Return a new file of that name."""
        return Path(tempfile.mkdtemp(dir=self.folder)) / name

    def keep(self, picture: Picture, name: str, caption: str, source: Path | None = None) -> str:
        """Write a result in full quality, show it in the gallery, and return its file.

        Parameters
        ----------
        picture : numpy.ndarray
            ``uint8`` RGB or gray.
        name : str
            Of the file; its extension is the format.
        caption : str
        source : pathlib.Path, optional
            The file whose metadata the result gets.
        """
        target = self.place(name)
        pictures.write(target, picture, source=source)
        self.made.insert(0, (str(target), caption))
        return str(target)

    def shown(self, picture: Picture) -> str:
        """Write a preview, and return its file: a JPEG, which takes a tenth of the time of a PNG."""
        target = self.place("preview.jpg")
        pictures.write(target, picture, quality=QUALITY)
        return str(target)

    def close(self) -> None:
        """Remove what the visitor uploaded and made."""
        if folder := vars(self).pop("folder", None):
            shutil.rmtree(folder, ignore_errors=True)


def temporary() -> Path:
    """Return the folder of all that visitors send and get."""
    return Path(os.environ.get("GRADIO_TEMP_DIR", tempfile.gettempdir()))


def opened(file: str | Path | None) -> Picture:
    """Read an upload.

    Raises
    ------
    PictureError
        When there is none, it is no picture, or too large for the studio.
    """
    if not file:
        raise PictureError("choose a photograph first")
    path = Path(file)
    size = (0, 0)
    with contextlib.suppress(Exception), Image.open(path, formats=FORMATS) as image:  # what is wrong, `read` tells
        size = image.size
    _refuse_large(path, size)
    try:
        picture = filters.read(path)
    except PictureError as error:
        raise PictureError(str(error).replace(str(path), path.name)) from error
    _refuse_large(path, picture.shape[1::-1])
    return picture


def _refuse_large(path: Path, size: Sequence[int]) -> None:
    if size[0] * size[1] > MOST_PIXELS:
        raise TooLarge(
            f"{path.name} has {size[0]}x{size[1]} pixels, the studio takes {MOST_PIXELS // 1_000_000} megapixels; "
            "make it smaller, or use the command line, which takes any size"
        )


def preview(picture: Picture) -> Picture:
    """Return a picture as it is shown while one decides."""
    return resizing.smaller(picture, PREVIEW)


def sentences(function: Callable) -> Callable:
    """Decorate a function of the page: what goes wrong is told to the visitor in a sentence."""

    def told(error: Exception) -> gr.Error:
        if not isinstance(error, (ValueError, OSError, RuntimeError, MemoryError)):
            traceback.print_exception(error)
            return gr.Error("This failed for a reason that is a fault of the program; the server's log has it.")
        text = str(error).strip() or type(error).__name__
        return gr.Error(text[:1].upper() + text[1:] + "." * (text[-1] not in ".!"), print_exception=False)

    @functools.wraps(function)
    def plain(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except gr.Error:
            raise
        except Exception as error:
            raise told(error) from error

    @functools.wraps(function)
    def steps(*arguments: Any) -> Iterator:
        try:
            yield from function(*arguments)
        except gr.Error:
            raise
        except Exception as error:
            raise told(error) from error

    return steps if inspect.isgeneratorfunction(function) else plain


class TooLarge(PictureError):
    """An upload has too many pixels."""
