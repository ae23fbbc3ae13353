"""The same for other programs, over HTTP: see docs/studio.md. Each call takes and gives files."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

import filters
from experiments.commands.noise import TRUNCATION
from experiments.inference.fast_style_transfer import paint_photograph
from experiments.inference.images import face_at_training_size
from experiments.reports.sheets import as_rgb
from experiments.studio import faces_tab, filters_tab, painting_tab, pictures_tab
from experiments.studio.looks import Look, in_full
from experiments.studio.shared import FORGOTTEN, LONG, network, opened, sentences, temporary
from filters.io import pictures
from filters.io.pictures import Picture, PictureError
from transformers import pretrained

FORMATS = ("png", "jpg", "webp")


def colorize(
    photo: str,
    saturation: float = 1.0,
    warmth: float = 0.0,
    hints: str = "",
    like: str | None = None,
    repair: bool = False,
    format: str = "png",
) -> str:
    """Colour a photograph: hints are "X,Y=COLOUR", separated by blanks; like is a similar one in colour."""
    look = Look(saturation, warmth, (), hints, like)
    mended = network("worn_to_clean") if repair else None
    return _file(in_full(photo, look, network("gray_to_color"), mended), photo, format)


def restore(photo: str, strength: float = 1.0) -> str:
    """Repair scratches, tears and stains."""
    return _file(pictures_tab.repaired(opened(photo), strength), photo)


def filter(photo: str, name: str = "canny") -> str:
    """Run a filter over a picture."""
    return _file(as_rgb(_known(name)(opened(photo))), photo)


def way_back(photo: str, name: str = "canny_to_color") -> str:
    """Filter the largest face, and turn it back: left what the filter leaves, right what comes back."""
    if name not in filters_tab.BACK:
        raise PictureError(f"no way back is named '{name}'; known: {', '.join(filters_tab.BACK)}")
    return _file(np.hstack(filters_tab.way_back(face_at_training_size(opened(photo)), name)), photo)


def draw(photo: str) -> str:
    """Turn a photograph into a drawing."""
    return _file(pictures_tab.drawn(opened(photo), "A photograph, into a drawing"), photo)


def enlarge(photo: str, how: str = "4 times, close to the truth") -> str:
    """Enlarge a picture by 2 or 4."""
    if how not in pictures_tab.ENLARGERS:
        raise PictureError(f"no enlargement is named '{how}'; known: {', '.join(pictures_tab.ENLARGERS)}")
    return _file(pictures_tab.enlarged(opened(photo), how), photo)


def paint(photo: str, painter: str = "starry_night") -> str:
    """Paint a photograph in one pass."""
    if painter not in painting_tab.PAINTERS.values() or painter not in pretrained.available():
        raise PictureError(f"no painter is named '{painter}'")
    return _file(paint_photograph(opened(photo), network(painter)), photo)


def noise(seed: int = 0, spread: float = TRUNCATION) -> list[str]:
    """Make twelve faces of noise."""
    return [_file(face, f"{number}.png") for number, face in enumerate(faces_tab.wall(seed, spread)[0])]


def _known(name: str) -> filters.registry.Filter:
    try:
        return filters.get(name)
    except KeyError as error:
        raise PictureError(error.args[0]) from error


def _file(picture: Picture, source: str, format: str = "png") -> str:
    """Write a result where the caller can fetch it for a day."""
    if format not in FORMATS:
        raise PictureError(f"the format is one of {', '.join(FORMATS)}, not '{format}'")
    for old in temporary().glob("call-*"):
        if time.time() - old.stat().st_mtime > FORGOTTEN:
            shutil.rmtree(old, ignore_errors=True)
    target = Path(tempfile.mkdtemp(prefix="call-", dir=temporary())) / f"{Path(source).stem}.{format}"
    pictures.write(target, picture, source=Path(source) if Path(source).is_file() else None)
    return str(target)


def build() -> None:
    """Add the calls to the page; they have no place on it."""
    photo: dict[str, Any] = {"file_count": "single", "type": "filepath", "visible": False}

    def call(function: Callable, inputs: list, several: bool = False) -> None:
        output = gr.File(visible=False, file_count="multiple" if several else "single")
        gr.Button(visible=False).click(sentences(function), inputs, output, api_name=function.__name__, **LONG)

    def file(label: str = "photo") -> gr.File:
        return gr.File(label=label, **photo)

    def text(label: str, value: str) -> gr.Textbox:
        return gr.Textbox(value, label=label, visible=False)

    def number(label: str, value: float) -> gr.Number:
        return gr.Number(value, label=label, visible=False)

    yes = gr.Checkbox(False, label="repair", visible=False)
    look = [number("saturation", 1), number("warmth", 0), text("hints", "")]
    call(colorize, [file(), *look, file("like"), yes, text("format", "png")])
    call(restore, [file(), number("strength", 1)])
    call(filter, [file(), text("name", "canny")])
    call(way_back, [file(), text("name", "canny_to_color")])
    call(draw, [file()])
    call(enlarge, [file(), text("how", "4 times, close to the truth")])
    call(paint, [file(), text("painter", "starry_night")])
    call(
        noise, [gr.Number(0, label="seed", precision=0, visible=False), number("spread", TRUNCATION)], several=True
    )
