"""Colour: photographs are dropped in, coloured, corrected by brush, and given back in full size."""

import zipfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from experiments.cli.results import Results
from experiments.studio.brush import brush, brushed, shown, strokes_of
from experiments.studio.looks import PROPOSALS, Look, Photo, colored, in_full, photo_of, proposed
from experiments.studio.shared import LONG, PRIVATE, SHORT, Sitting, network, sentences
from experiments.studio.works import stepwise, stops
from filters.io import pictures
from filters.io.pictures import Picture, PictureError

FORMATS = {"PNG": ".png", "JPEG": ".jpg"}
BRUSH = ("#2e4a2b", "#7a1f1f", "#1f3a7a", "#caa472", "#e8c39e", "#5a3b22", "#8fb3d9", "#d9b23c")
CHOOSE = "Choose a photograph: it is coloured at once."
KEPT = 50  # looks that can be undone


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
            said = gr.Markdown(CHOOSE, elem_id="color-said")
            editor = brush("Brush a colour onto what should have it", BRUSH, "color-editor")
        with gr.Column(scale=2, min_width=320):
            slider = gr.ImageSlider(
                label="Before and after", interactive=False, elem_id="color-slider", format="jpeg"
            )
            with gr.Row():
                undo = gr.Button("Undo", elem_id="color-undo")
                propose = gr.Button("Other proposals", elem_id="color-propose")
            proposals = gr.Gallery(
                label="Choose a proposal to go on with it",
                columns=PROPOSALS,
                object_fit="contain",
                height="auto",
                visible=False,
                allow_preview=False,
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

    def colors(now: Photo, asked: Look, visit: Sitting) -> tuple[str, str]:
        """Return the files of the photograph and of what becomes of it."""
        now.before = now.before or visit.shown(now.shown)
        return now.before, visit.shown(colored(now, asked, network("gray_to_color")))

    @sentences
    def show(path: str | None, mend: bool, visit: Sitting, *chosen: Any) -> tuple:
        """Open a photograph, and colour it."""
        if not path:
            return None, gr.update(value=[], picture=""), None, CHOOSE, Look(), []
        now = photo_of(path, network("worn_to_clean") if mend else None)
        asked = _look((), *chosen)
        return now, shown(now.framed), colors(now, asked, visit), _described(now), asked, []

    @sentences
    def again(now: Photo | None, last: Look, before: list, visit: Sitting, strokes: Any, *chosen: Any) -> tuple:
        """Colour the photograph as it is asked for now."""
        asked = replace(_look(strokes, *chosen), proposal=last.proposal)
        if now is None or asked == last:
            return gr.skip(), last, before
        return colors(now, asked, visit), asked, [*before, last][-KEPT:]

    @sentences
    def back(now: Photo | None, before: list, visit: Sitting) -> tuple:
        """Take the last change back."""
        if now is None or not before:
            raise PictureError("there is nothing to undo")
        asked = before[-1]
        settings = asked.saturation, asked.warmth, asked.written, asked.like
        return colors(now, asked, visit), brushed(asked.strokes), asked, before[:-1], *settings

    @sentences
    def various(now: Photo | None, asked: Look) -> Iterator[tuple]:
        """Return several proposals."""
        if now is None:
            raise PictureError("choose a photograph first")
        made = yield from stepwise(
            lambda: proposed(now, asked, network("gray_to_color")), lambda text, _: (text, gr.skip())
        )
        captions = [f"Proposal {number}" for number in range(1, PROPOSALS + 1)]
        yield _described(now), gr.Gallery(value=list(zip(made, captions, strict=True)), visible=True)

    @sentences
    def take(now: Photo, last: Look, before: list, visit: Sitting, event: gr.SelectData) -> tuple:
        """Go on with a proposal."""
        asked = replace(last, proposal=int(event.index) + 1)
        return colors(now, asked, visit), asked, [*before, last][-KEPT:]

    def full(path: str, asked: Look, mend: bool, heading: str) -> Generator[tuple, None, Picture]:
        def work() -> Picture:
            return in_full(path, asked, network("gray_to_color"), network("worn_to_clean") if mend else None)

        return (yield from stepwise(work, lambda text, _: (f"{heading}{text}", gr.skip())))

    @sentences
    def save_one(now: Photo | None, asked: Look, mend: bool, kind: str, visit: Sitting) -> Iterator[tuple]:
        """Write the photograph in full size."""
        if now is None:
            raise PictureError("choose a photograph first")
        made = yield from full(now.file, asked, mend, "")
        name = f"{Path(now.file).stem}{FORMATS[kind]}"
        file = visit.keep(made, name, f"{name}, in colour", Path(now.file))
        yield _described(now), gr.File(value=file, visible=True)

    @sentences
    def save_all(
        paths: Sequence[str] | None, asked: Look, mend: bool, kind: str, visit: Sitting
    ) -> Iterator[tuple]:
        """Colour every photograph, each by itself, and pack them into one file."""
        if not paths:
            raise PictureError("choose photographs first")
        plain, failures, made = Look(asked.saturation, asked.warmth, like=asked.like), [], []
        folder = visit.place("album")
        folder.mkdir()
        targets = Results(folder).names(paths, extension=FORMATS[kind])
        for number, (path, target) in enumerate(zip(paths, targets, strict=True), 1):
            try:
                heading = f"**{number} of {len(paths)}**: {_shown_name(path)}. "
                picture = yield from full(path, plain, mend, heading)
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

    def choices(paths: Sequence[str] | None) -> Any:
        """Offer the photographs by name."""
        named = [(_shown_name(path), path) for path in paths or ()]
        return gr.Dropdown(choices=named, value=named[0][1] if named else None, visible=len(named) > 1)

    opened = [photo, editor, slider, said, look, past]
    files.change(choices, files, which, **PRIVATE)
    gr.on([which.change, restore.input], show, [which, restore, sitting, *settings], opened, **SHORT, **PRIVATE)
    # What the visitor does, and no `change`: *Undo* changes these parts, too.
    sliders, words, file = (
        (saturation.release, warmth.release),
        (written.blur, written.submit),
        (like.upload, like.clear),
    )
    changes = [editor.input, *sliders, *words, *file]
    gr.on(
        changes,
        again,
        [photo, look, past, sitting, editor, *settings],
        [slider, look, past],
        show_progress="hidden",
        trigger_mode="always_last",
        **SHORT,
        **PRIVATE,
    )
    undo.click(back, [photo, past, sitting], [slider, editor, look, past, *settings], **SHORT, **PRIVATE)
    proposals.select(take, [photo, look, past, sitting], [slider, look, past], **SHORT, **PRIVATE)
    others = propose.click(various, [photo, look], [said, proposals], **LONG, **PRIVATE)
    asked = [look, restore, format_, sitting]
    running = save.click(save_one, [photo, *asked], [said, result], **LONG, **PRIVATE)
    whole_album = album.click(save_all, [files, *asked], [said, whole], **LONG, **PRIVATE)
    stops(stop, [others, running, whole_album], said, "Stopped; what was finished is in the gallery.")


def _look(strokes: Any, saturation: float, warmth: float, written: str | None, like: str | None) -> Look:
    return Look(saturation, warmth, strokes_of(strokes), written or "", like)


def _described(photo: Photo) -> str:
    faces = {0: "no face", 1: "1 face"}.get(photo.faces, f"{photo.faces} faces")
    return f"**{_shown_name(photo.file)}**: {photo.size[0]}x{photo.size[1]} pixels, {faces} found."


def _shown_name(path: str) -> str:
    """Return a file's name as Markdown that means nothing but its letters."""
    return "".join(f"&#{ord(c)};" if not c.isalnum() and c not in " .-_" else c for c in Path(path).name)
