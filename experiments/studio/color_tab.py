"""Colour: photographs are dropped in, coloured, corrected by brush, and given back in full size."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import numpy as np

from experiments.inference.candidates import colorize_variously
from experiments.inference.coloring import colorize
from experiments.inference.hints import Hint, check, from_strokes, parse
from experiments.inference.repairing import repair
from experiments.inference.view import View
from experiments.studio.shared import LONG, PRIVATE, SHORT, Sitting, network, opened, preview, sentences
from filters.faces import directions
from filters.io import pictures
from filters.io.pictures import Picture, PictureError

PROPOSALS = 4
FORMATS = {"PNG": ".png", "JPEG": ".jpg"}
BRUSH = ["#2e4a2b", "#7a1f1f", "#1f3a7a", "#caa472", "#e8c39e", "#5a3b22", "#8fb3d9", "#d9b23c"]
KEPT = 50  # looks that can be undone


@dataclass
class Photo:
    """The photograph that is worked on."""

    file: str
    size: tuple[int, int]  # width and height of the file, in pixels
    shown: Picture
    view: View
    faces: int
    framed: Picture


@dataclass
class Look:
    """All that decides how a photograph is coloured; hints in pixels of the photograph."""

    saturation: float = 1.0
    warmth: float = 0.0
    strokes: np.ndarray | None = None
    written: str = ""
    like: str | None = None

    def same(self, other: "Look") -> bool:
        """Tell whether two looks colour alike."""
        mine, theirs = (look.strokes if look.painted() else None for look in (self, other))
        alike = mine is theirs or (mine is not None and theirs is not None and np.array_equal(mine, theirs))
        return alike and (self.saturation, self.warmth, self.written, self.like) == (
            other.saturation,
            other.warmth,
            other.written,
            other.like,
        )

    def painted(self) -> bool:
        """Tell whether there are strokes."""
        return self.strokes is not None and bool((self.strokes[..., 3] > 127).any())

    def hints(self, size: tuple[int, int]) -> list[Hint]:
        """Return the hints, in pixels of the photograph."""
        given = [parse(line) for line in self.written.split()]
        check(given, size)
        if self.painted():
            assert self.strokes is not None
            given += from_strokes(self.strokes, size)
        return given


def colored(photo: Photo, look: Look, generator: Any) -> Picture:
    """Return the preview of a photograph in colour."""
    across = photo.shown.shape[1] / photo.size[0]
    hints = [(x * across, y * across, rgb) for x, y, rgb in look.hints(photo.size)]
    like = opened(look.like) if look.like else None
    return colorize(photo.view, generator, look.saturation, look.warmth, hints, like)


def in_full(file: str, look: Look, generator: Any, repairer: Any = None) -> Picture:
    """Return a file in colour, in full size: what ``colorize`` with the same options writes."""
    picture = opened(file)
    if repairer is not None:
        picture = repair(picture, repairer)
    hints = look.hints(picture.shape[1::-1])
    like = opened(look.like) if look.like else None
    return colorize(picture, generator, look.saturation, look.warmth, hints, like)


def framed(picture: Picture) -> tuple[Picture, int]:
    """Return a picture with a frame around each face, and their number."""
    result, found = picture.copy(), directions.detect(picture)
    for face in found:
        left, top, width, height = map(round, face.box)
        cv2.rectangle(
            result, (left, top), (left + width, top + height), (255, 200, 0), max(1, max(result.shape) // 400)
        )
    return result, len(found)


def build(sitting: gr.State) -> None:
    """Add this part to the page."""
    photo, look, past = gr.State(), gr.State(Look()), gr.State([])
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            files = gr.File(
                label="Photographs, one or many", file_count="multiple", type="filepath", elem_id="color-files"
            )
            which = gr.Dropdown(label="Shown below", choices=[], visible=False, elem_id="color-which")
            restore = gr.Checkbox(label="Repair scratches, tears and stains first", elem_id="color-restore")
            saturation = gr.Slider(0, 2, 1, step=0.05, label="Saturation", elem_id="color-saturation")
            warmth = gr.Slider(-1, 1, 0, step=0.05, label="Warmth", elem_id="color-warmth")
            with gr.Accordion("Colours like another photograph", open=False):
                like = gr.File(label="A similar photograph in colour", type="filepath", elem_id="color-like")
            with gr.Accordion("Colours by the keyboard", open=False):
                written = gr.Textbox(
                    "",
                    label="X,Y=COLOUR, one a line, in pixels of the photograph",
                    placeholder="420,310=#2e4a2b",
                    lines=3,
                    elem_id="color-written",
                )
        with gr.Column(scale=2, min_width=320):
            said = gr.Markdown("Choose a photograph: it is coloured at once.", elem_id="color-said")
            editor = gr.ImageEditor(
                label="Brush a colour onto what should have it",
                type="numpy",
                image_mode="RGBA",
                sources=(),
                transforms=(),
                layers=False,
                brush=gr.Brush(default_size=12, colors=BRUSH, default_color=BRUSH[0], color_mode="defaults"),
                eraser=gr.Eraser(default_size=24),
                elem_id="color-editor",
                buttons=["fullscreen"],
            )
        with gr.Column(scale=2, min_width=320):
            slider = gr.ImageSlider(
                label="Before and after", interactive=False, elem_id="color-slider", format="png"
            )
            with gr.Row():
                undo = gr.Button("Undo", elem_id="color-undo")
                propose = gr.Button("Other proposals", elem_id="color-propose")
            proposals = gr.Gallery(
                label="Proposals: choose one to see it large",
                columns=PROPOSALS,
                object_fit="contain",
                height="auto",
                visible=False,
                elem_id="color-proposals",
            )
            with gr.Row():
                format_ = gr.Radio(list(FORMATS), value="PNG", label="Format", elem_id="color-format")
                save = gr.Button("Full size", variant="primary", elem_id="color-save")
            result = gr.File(
                label="In full size, with the metadata of the original", visible=False, elem_id="color-result"
            )
            with gr.Row():
                album = gr.Button("Colour all of them", elem_id="color-album")
                stop = gr.Button("Stop", elem_id="color-stop")
            whole = gr.File(label="All of them", visible=False, elem_id="color-whole")

    settings = [saturation, warmth, written, like]

    @sentences
    def show(path: str | None, mend: bool, *chosen: Any) -> tuple:
        """Open a photograph, and colour it."""
        if not path:
            return None, None, None, "Choose a photograph: it is coloured at once.", Look(), []
        picture = opened(path)
        size = picture.shape[1::-1]
        shown = preview(repair(picture, network("worn_to_clean")) if mend else picture)
        frames, faces = framed(shown)
        now = Photo(path, size, shown, View(shown), faces, frames)
        asked = _look(None, *chosen)
        made = colored(now, asked, network("gray_to_color"))
        return now, _canvas(now), (shown, made), _described(now), asked, []

    @sentences
    def again(now: Photo | None, last: Look, before: list, canvas: dict | None, *chosen: Any) -> tuple:
        """Colour the photograph as it is asked for now."""
        asked = _look(_strokes(canvas), *chosen)
        if now is None or asked.same(last):
            return gr.skip(), last, before
        made = colored(now, asked, network("gray_to_color"))
        return (now.shown, made), asked, [*before, last][-KEPT:]

    @sentences
    def back(now: Photo | None, before: list) -> tuple:
        """Take the last change back."""
        if now is None or not before:
            raise PictureError("there is nothing to undo")
        asked = before[-1]
        made = colored(now, asked, network("gray_to_color"))
        settings = asked.saturation, asked.warmth, asked.written, asked.like
        return (now.shown, made), _canvas(now, asked.strokes), asked, before[:-1], *settings

    @sentences
    def various(now: Photo | None, asked: Look) -> dict:
        """Return several proposals."""
        if now is None:
            raise PictureError("choose a photograph first")
        across = now.shown.shape[1] / now.size[0]
        hints = [(x * across, y * across, rgb) for x, y, rgb in asked.hints(now.size)]
        like = opened(asked.like) if asked.like else None
        look = {"saturation": asked.saturation, "warmth": asked.warmth, "like": like}
        made = colorize_variously(now.view, network("gray_to_color"), PROPOSALS + 1, hints=hints, **look)[1:]
        captions = [f"Proposal {number}" for number in range(1, PROPOSALS + 1)]
        return gr.Gallery(value=list(zip(made, captions, strict=True)), visible=True)

    @sentences
    def save_one(now: Photo | None, asked: Look, mend: bool, kind: str, visit: Sitting) -> dict:
        """Write the photograph in full size."""
        if now is None:
            raise PictureError("choose a photograph first")
        made = in_full(now.file, asked, network("gray_to_color"), network("worn_to_clean") if mend else None)
        name = f"{Path(now.file).stem}{FORMATS[kind]}"
        return gr.File(value=visit.keep(made, name, f"{name}, in colour", Path(now.file)), visible=True)

    @sentences
    def save_all(
        paths: Sequence[str] | None, asked: Look, mend: bool, kind: str, visit: Sitting
    ) -> Iterator[tuple]:
        """Colour every photograph, each by itself, and pack them into one file."""
        if not paths:
            raise PictureError("choose photographs first")
        generator, repairer = network("gray_to_color"), network("worn_to_clean") if mend else None
        plain, failures, made = Look(asked.saturation, asked.warmth, like=asked.like), [], []
        folder = visit.place("album")
        folder.mkdir()
        for number, path in enumerate(paths, 1):
            yield f"**{number} of {len(paths)}**: {_shown_name(path)}", gr.skip()
            try:
                picture = in_full(path, plain, generator, repairer)
                target = _free(folder / f"{Path(path).stem}{FORMATS[kind]}")
                pictures.write(target, picture, source=Path(path))
            except ValueError as error:
                failures.append(str(error))
                continue
            made.append(target)
            visit.made.insert(0, (str(target), f"{target.name}, in colour"))
        if not made:
            raise PictureError("; ".join(failures))
        packed = visit.place("in colour.zip")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for target in made:
                archive.write(target, target.name)
        lines = [f"**{len(made)} of {len(paths)} photographs are in colour.**", *failures]
        yield "\n\n".join(lines), gr.File(value=str(packed), visible=True)

    def choices(paths: Sequence[str] | None) -> dict:
        """Offer the photographs by name."""
        named = [(_shown_name(path), path) for path in paths or ()]
        return gr.Dropdown(choices=named, value=named[0][1] if named else None, visible=len(named) > 1)

    shown = [photo, editor, slider, said, look, past]
    files.change(choices, files, which, **PRIVATE)
    gr.on([which.change, restore.input], show, [which, restore, *settings], shown, **SHORT, **PRIVATE)
    changes = [editor.input, saturation.release, warmth.release, written.blur, written.submit, like.change]
    gr.on(
        changes,
        again,
        [photo, look, past, editor, *settings],
        [slider, look, past],
        show_progress="hidden",
        trigger_mode="always_last",
        **SHORT,
        **PRIVATE,
    )
    undo.click(back, [photo, past], [slider, editor, look, past, *settings], **SHORT, **PRIVATE)
    propose.click(various, [photo, look], proposals, **SHORT, **PRIVATE)
    save.click(save_one, [photo, look, restore, format_, sitting], result, **LONG, **PRIVATE)
    running = album.click(save_all, [files, look, restore, format_, sitting], [said, whole], **LONG, **PRIVATE)
    stop.click(lambda: "Stopped; what was finished is in the gallery.", None, said, cancels=[running], **PRIVATE)


def _look(
    strokes: np.ndarray | None, saturation: float, warmth: float, written: str | None, like: str | None
) -> Look:
    return Look(saturation, warmth, strokes, written or "", like)


def _canvas(photo: Photo, strokes: np.ndarray | None = None) -> dict:
    """Return what the editor shows: the photograph with its faces framed, under strokes."""
    ground = np.dstack([photo.framed, np.full(photo.framed.shape[:2], 255, np.uint8)])
    layers = [] if strokes is None else [strokes]
    return {"background": ground, "layers": layers, "composite": None}


def _strokes(canvas: dict | None) -> np.ndarray | None:
    """Return all that was brushed, ``uint8`` ``(height, width, 4)``."""
    layers = (canvas or {}).get("layers") or []
    if not layers:
        return None
    whole = layers[0].copy()
    for layer in layers[1:]:
        painted = layer[..., 3] > 127
        whole[painted] = layer[painted]
    return whole


def _described(photo: Photo) -> str:
    faces = {0: "no face", 1: "1 face"}.get(photo.faces, f"{photo.faces} faces")
    return f"**{_shown_name(photo.file)}**: {photo.size[0]}x{photo.size[1]} pixels, {faces} found."


def _shown_name(path: str) -> str:
    """Return a file's name as Markdown that means nothing but its letters."""
    return "".join(f"&#{ord(c)};" if not c.isalnum() and c not in " .-_" else c for c in Path(path).name)


def _free(target: Path) -> Path:
    """Return a name that no file has yet."""
    number, free = 2, target
    while free.exists():
        free, number = target.with_stem(f"{target.stem} {number}"), number + 1
    return free
