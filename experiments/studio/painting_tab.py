"""Paint and dream: long works, with previews while they go on, and a button that stops them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from experiments.core.codecs import from_unit, to_unit
from experiments.inference.fast_style_transfer import paint
from experiments.inference.style_transfer import Painting, Settings, transfer_of
from experiments.studio.shared import LONG, PRIVATE, Sitting, network, opened, sentences, shipped, stepwise
from filters import margins, resizing
from filters.io.pictures import Picture, PictureError
from transformers.dream import Dreamer
from transformers.imagenet import class_number

PAINTERS = {"Starry Night": "starry_night", "The Great Wave": "great_wave", "The Scream": "scream"}
FAST_SIZE, SLOW_SIZES, DREAM_SIZES = 1024, (256, 384, 512, 768), (256, 384, 512, 768)
LAYERS = {
    "Strokes and eyes": "stage3",
    "Patterns": "stage4",
    "Animals": "stage5",
    "Fruit, pearls and hands": "stage6",
}


def slowly(photo: Picture, painting: Picture, size: int, strength: float, steps: int, report: Callable) -> Picture:
    """Return a photograph painted like any painting, by optimising the picture.

    Parameters
    ----------
    photo, painting : numpy.ndarray
        ``uint8`` RGB.
    size : int
        Pixels of the longer side.
    strength : float
        Weight of the style.
    steps : int
        At full size.
    report : callable
        See `experiments.studio.shared.stepwise`.
    """
    settings = Settings(size=size, steps=steps, style_weight=strength)
    style = margins.cut(painting, margins.box(painting, "auto", "the painting"))
    work = Painting(photo, [style], settings, transfer=transfer_of(settings))
    while not work.finished:
        work.step()
        report(work.share, work.picture())
    return work.picture()


def dreamt(photo: Picture, layer: str, name: str, steps: int, size: int, report: Callable) -> Picture:
    """Return the dream of a photograph: of what a layer sees, or of a class of ImageNet."""
    try:
        label = class_number(name) if name.strip() else None
    except ValueError as error:
        raise PictureError(str(error)) from error
    dreamer = Dreamer({LAYERS[layer]: 1.0}, label=label)

    def told(done: int, total: int) -> None:
        if dreamer.latest is not None:
            report(done / total, from_unit(dreamer.latest))

    return from_unit(dreamer.dream(to_unit(resizing.smaller(photo, size)), steps=steps, report=told))


def build_painting(sitting: gr.State) -> None:
    """Add paintings to the page."""
    painters = {title: name for title, name in PAINTERS.items() if shipped(name)}
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            photo = gr.File(label="A photograph", type="filepath", elem_id="paint-photo")
            painter = gr.Radio(
                list(painters), value=next(iter(painters), None), label="Painter", elem_id="paint-painter"
            )
            fast = gr.Button("Paint at once", variant="primary", elem_id="paint-fast")
            gr.Markdown("Or like any painting, in some minutes:")
            painting = gr.File(label="A painting", type="filepath", elem_id="paint-painting")
            size = gr.Dropdown(list(SLOW_SIZES), value=384, label="Pixels of the longer side")
            strength = gr.Slider(1, 200, 40, step=1, label="Strength of the style")
            steps = gr.Slider(10, 300, 60, step=5, label="Steps")
            slow = gr.Button("Paint slowly", elem_id="paint-slow")
            stop = gr.Button("Stop", elem_id="paint-stop")
        shown, said, result = _canvas("paint")

    @sentences
    def at_once(path: str | None, title: str, visit: Sitting) -> tuple:
        """Paint in one pass."""
        made = paint(resizing.smaller(opened(path), FAST_SIZE), network(painters[title]))
        return made, f"{title}.", _kept(made, path, f"painted by {title}", visit)

    @sentences
    def step_by_step(
        path: str | None, style: str | None, size: int, strength: float, steps: int, visit: Sitting
    ) -> Iterator[tuple]:
        """Paint by optimising, with previews."""
        if not style:
            raise PictureError("choose a painting")
        pair = opened(path), opened(style)
        yield from _work(
            lambda report: slowly(*pair, size, strength, steps, report),
            path,
            f"painted like {Path(style).stem}",
            visit,
        )

    fast.click(at_once, [photo, painter, sitting], [shown, said, result], **LONG, **PRIVATE)
    outputs = [shown, said, result]
    running = slow.click(
        step_by_step, [photo, painting, size, strength, steps, sitting], outputs, **LONG, **PRIVATE
    )
    stop.click(lambda: "Stopped.", None, said, cancels=[running], **PRIVATE)


def build_dream(sitting: gr.State) -> None:
    """Add dreams to the page."""
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            photo = gr.File(label="A photograph", type="filepath", elem_id="dream-photo")
            layer = gr.Radio(list(LAYERS), value="Animals", label="What is dreamt of", elem_id="dream-layer")
            name = gr.Textbox(
                label="Or a class of ImageNet, in English", placeholder="golden retriever", elem_id="dream-class"
            )
            steps = gr.Slider(3, 60, 15, step=1, label="Steps at each size")
            size = gr.Dropdown(list(DREAM_SIZES), value=384, label="Pixels of the longer side")
            begin = gr.Button("Dream", variant="primary", elem_id="dream-begin")
            stop = gr.Button("Stop", elem_id="dream-stop")
        shown, said, result = _canvas("dream")

    @sentences
    def step_by_step(
        path: str | None, layer: str, name: str, steps: int, size: int, visit: Sitting
    ) -> Iterator[tuple]:
        """Dream, with previews."""
        picture = opened(path)
        yield from _work(lambda report: dreamt(picture, layer, name, steps, size, report), path, "a dream", visit)

    running = begin.click(
        step_by_step, [photo, layer, name, steps, size, sitting], [shown, said, result], **LONG, **PRIVATE
    )
    stop.click(lambda: "Stopped.", None, said, cancels=[running], **PRIVATE)


def _canvas(name: str) -> tuple:
    """Add where a long work is shown: the picture, how far it is, and the file."""
    with gr.Column(scale=2, min_width=320):
        shown = gr.Image(label="The picture so far", interactive=False, elem_id=f"{name}-shown", format="png")
        said = gr.Markdown(elem_id=f"{name}-said")
        result = gr.File(label="In full size", visible=False, elem_id=f"{name}-result")
    return shown, said, result


def _work(work: Callable, path: str | None, caption: str, visit: Sitting) -> Iterator[tuple]:
    """Yield previews of a long work, and its result."""
    for share, picture in stepwise(work):
        if share < 1:
            yield (gr.skip() if picture is None else picture), f"{share:.0%}", gr.skip()
        else:
            yield picture, "Finished.", _kept(picture, path, caption, visit)


def _kept(made: Picture, path: str | None, caption: str, visit: Sitting) -> Any:
    name = Path(path or "").stem
    return gr.File(value=visit.keep(made, f"{name}.png", f"{name}, {caption}", Path(path or "")), visible=True)
