"""A photograph to brush colours onto: what the browser sends is where each stroke went, not the picture.

Gradio's own editor sends the whole canvas several times for each stroke, which takes longer than colouring.
"""

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import numpy as np

from filters.io import pictures
from filters.io.pictures import Picture, PictureError

SCRIPT = Path(__file__).with_name("brush.js").read_text(encoding="utf-8")
MOST = 100_000  # points of all strokes together: hours of brushing
WIDEST = 1000  # pixels
QUALITY = 90  # of the JPEG that is shown under the strokes
TEMPLATE = """
<p>{label}</p>
<canvas width="480" height="360" role="img" aria-label="{label}"></canvas>
<div class="tools">
  <label>Colour <input type="color" name="color" value="{first}"></label>
  {swatches}
  <label>Width <input type="range" name="size" min="2" max="60" value="12"></label>
  <label><input type="checkbox" name="erase"> Erase</label>
  <button type="button" name="clear">Remove all</button>
</div>
"""
SWATCH = '<button type="button" data-color="{0}" aria-label="Colour {0}" style="background: {0}"></button>'
STYLE = """
canvas { width: 100%; touch-action: none; cursor: crosshair; border-radius: 4px; background: #8882; }
.tools { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: 8px; }
.tools label { display: inline-flex; gap: 4px; align-items: center; }
.tools [type="range"] { width: 96px; }
button { min-width: 24px; height: 24px; padding: 0 6px; font-weight: normal; }
button { border: 1px solid #888; border-radius: 4px; }
"""


@dataclass(frozen=True)
class Stroke:
    """A line of one colour, in pixels of the picture that is shown."""

    color: str  # "#rrggbb"; empty for the eraser
    size: int
    points: tuple[tuple[int, int], ...]


def brush(label: str, colors: Sequence[str], elem_id: str) -> gr.HTML:
    """Add a picture to brush onto; its value is what `strokes_of` takes.

    Parameters
    ----------
    label : str
    colors : sequence of str
        Offered beside the freely chosen one, ``"#rrggbb"``.
    elem_id : str
    """
    swatches = "".join(map(SWATCH.format, colors))
    template = TEMPLATE.format(label=html.escape(label), first=colors[0], swatches=swatches)
    return gr.HTML(
        [], html_template=template, css_template=STYLE, js_on_load=SCRIPT, elem_id=elem_id, picture="", padding=True
    )


def shown(picture: Picture) -> dict[str, Any]:
    """Return the change of a `brush` that shows another picture, ``uint8`` RGB ``(height, width, 3)``."""
    data = base64.b64encode(pictures.encode(picture, "JPEG", QUALITY)).decode()
    return gr.update(value=[], picture=f"data:image/jpeg;base64,{data}")


def brushed(strokes: Sequence[Stroke]) -> dict[str, Any]:
    """Return the change of a `brush` that shows other strokes on its picture."""
    return gr.update(value=[asdict(stroke) for stroke in strokes])


def strokes_of(value: Any) -> tuple[Stroke, ...]:
    """Return the strokes that a browser sent.

    Parameters
    ----------
    value : list of dict
        Each with ``color``, ``size`` and ``points``, as in `Stroke`.

    Raises
    ------
    PictureError
        When this is something else, or more than anybody brushes.
    """
    try:
        strokes = tuple(
            Stroke(
                _color(stroke["color"]),
                min(max(int(stroke["size"]), 1), WIDEST),
                tuple((_near(x), _near(y)) for x, y in stroke["points"]),
            )
            for stroke in value or ()
        )
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise PictureError("these are no strokes of a brush") from error
    if sum(len(stroke.points) for stroke in strokes) > MOST:
        raise PictureError(f"these strokes have more than {MOST:,} points; save the photograph, and go on from it")
    return strokes


def _color(text: str) -> str:
    if not re.fullmatch(r"(#[0-9a-f]{6})?", text):
        raise ValueError(f"'{text}' is no colour")
    return text


def _near(place: Any) -> int:
    """Return a coordinate that OpenCV can draw to: strokes may leave the picture, by a little."""
    return min(max(int(place), -10_000), 10_000)


def painted(strokes: Sequence[Stroke], size: tuple[int, int]) -> np.ndarray:
    """Return strokes as a picture, transparent elsewhere: ``uint8`` RGBA ``(height, width, 4)``.

    Parameters
    ----------
    strokes : sequence of Stroke
    size : tuple of int
        ``(width, height)`` of the picture that they were brushed onto.
    """
    layer = np.zeros((size[1], size[0], 4), np.uint8)
    for stroke in strokes:
        value = (*bytes.fromhex(stroke.color[1:]), 255) if stroke.color else (0, 0, 0, 0)
        line = np.array([*stroke.points, *stroke.points[-1:]], np.int32).reshape(-1, 2)  # a click is a line, too
        cv2.polylines(layer, [line], False, value, stroke.size)
    return layer
