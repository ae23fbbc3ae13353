"""Drawings, repairs and enlargements: one photograph in, one picture out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from experiments.inference.repairing import repair
from experiments.inference.translating import translate
from experiments.inference.upscaling import refuse_huge, upscale
from experiments.studio.shared import LONG, PRIVATE, Sitting, network, opened, preview, sentences, shipped
from experiments.studio.works import stepwise, stops
from filters.io.pictures import Picture, PictureError
from filters.resizing import resized

TRANSLATED = {
    "A photograph, into a drawing": "photo_to_drawing",
    "A drawing, into a photograph": "drawing_to_photo",
}
ENLARGERS = {
    "4 times, close to the truth": "super_resolution_x4",
    "4 times, sharp": "super_resolution_x4_sharp",
    "4 times, small old portraits": "super_resolution_x4_old",
    "2 times, close to the truth": "super_resolution_x2",
    "2 times, sharp": "super_resolution_x2_sharp",
}
MOST_ENLARGED = 4_000_000  # pixels of what is enlarged here: some minutes


def drawn(picture: Picture, title: str) -> Picture:
    """Return a photograph as a drawing, or a drawing as a photograph."""
    return translate(network(TRANSLATED[title]), picture)


def enlarged(picture: Picture, title: str) -> Picture:
    """Return a picture, enlarged."""
    height, width = picture.shape[:2]
    if height * width > MOST_ENLARGED:
        raise PictureError(
            f"{width}x{height} pixels take too long here; the command upscale enlarges pictures of any size"
        )
    generator = network(ENLARGERS[title])
    refuse_huge(picture, round(1 / generator.output_stride))
    return upscale(picture, generator)


def repaired(picture: Picture, strength: float) -> Picture:
    """Return a photograph without its damage."""
    return repair(picture, network("worn_to_clean"), strength)


def build_drawing(sitting: gr.State) -> None:
    """Add drawings to the page."""
    kinds = [title for title, name in TRANSLATED.items() if shipped(name)]
    _build("draw", sitting, gr.Radio(kinds, value=kinds[0], label="What it is", render=False), drawn, "Draw")


def build_enlarging(sitting: gr.State) -> None:
    """Add enlargements to the page."""
    kinds = [title for title, name in ENLARGERS.items() if shipped(name)]
    _build("enlarge", sitting, gr.Radio(kinds, value=kinds[0], label="How", render=False), enlarged, "Enlarge")


def build_repairing(sitting: gr.State) -> None:
    """Add repairs to the page."""
    strength = gr.Slider(0, 2, 1, step=0.1, label="Strength", render=False)
    _build("restore", sitting, strength, repaired, "Repair")


def _build(name: str, sitting: gr.State, setting: Any, work: Any, verb: str) -> None:
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            photo = gr.File(label="A picture", type="filepath", elem_id=f"{name}-photo")
            setting.render()
            begin = gr.Button(verb, variant="primary", elem_id=f"{name}-begin")
            stop = gr.Button("Stop", elem_id=f"{name}-stop")
        with gr.Column(scale=2, min_width=320):
            slider = gr.ImageSlider(
                label="Before and after", interactive=False, elem_id=f"{name}-slider", format="png"
            )
            said = gr.Markdown(elem_id=f"{name}-said")
            result = gr.File(label="In full size", visible=False, elem_id=f"{name}-result")

    @sentences
    def run(path: str | None, how: Any, visit: Sitting) -> Iterator[tuple]:
        """Do the work on one picture."""
        picture = opened(path)

        def compared(made: Picture) -> tuple[Picture, Picture]:
            after = preview(made)
            return resized(picture, after.shape[1::-1]), after

        def shown(text: str, so_far: Picture | None) -> tuple:
            return gr.skip() if so_far is None else compared(so_far), text, gr.skip()

        made = yield from stepwise(lambda: work(picture, how), shown)
        target = visit.keep(
            made, f"{Path(path or '').stem}.png", f"{verb}: {Path(path or '').name}", Path(path or "")
        )
        yield compared(made), "Finished.", gr.File(value=target, visible=True)

    running = begin.click(run, [photo, setting, sitting], [slider, said, result], **LONG, **PRIVATE)
    stops(stop, [running], said)
