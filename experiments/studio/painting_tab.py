"""Paint and dream: long works, with previews while they go on, and a button that stops them."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr

from experiments.cli.console import progress
from experiments.core.codecs import from_unit, to_unit
from experiments.inference.fast_style_transfer import like, paint_photograph
from experiments.inference.style_transfer import Painting, Settings, transfer_of
from experiments.studio.shared import LONG, PRIVATE, Sitting, network, opened, sentences, shipped
from experiments.studio.works import stepwise, stops
from filters import margins, resizing
from filters.io.pictures import Picture, PictureError
from transformers.dream import Dreamer
from transformers.imagenet import class_number

PAINTERS = {
    "Starry Night": "starry_night",
    "The Great Wave": "great_wave",
    "The Scream": "the_scream",
    "Van Gogh's Eugène Boch": "van_gogh_eugene_boch",
}
SLOW_SIZES, DREAM_SIZES = (256, 384, 512, 768), (256, 384, 512, 768)
LAYERS = {
    "Strokes and eyes": "stage3",
    "Patterns": "stage4",
    "Animals": "stage5",
    "Fruit, pearls and hands": "stage6",
}


def alike(photo: Picture, painting: Picture) -> Picture:
    """Return a photograph painted like any painting, in one pass; both ``uint8`` RGB ``(height, width, 3)``."""
    return paint_photograph(photo, like(margins.part(painting, "auto", "the painting"), network("any_painter")))


def slowly(photo: Picture, painting: Picture, size: int, strength: float, steps: int) -> Picture:
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
    """
    settings = Settings(size=size, steps=steps, style_weight=strength)
    style = margins.part(painting, "auto", "the painting")
    work = Painting(photo, [style], settings, transfer=transfer_of(settings))
    with progress("painting", "%") as bar:
        while not work.finished:
            work.step()
            bar(100 * work.share, 100, so_far=work.picture)
    return work.picture()


def dreamt(photo: Picture, layer: str, name: str, steps: int, size: int) -> Picture:
    """Return the dream of a photograph: of what a layer sees, or of a class of ImageNet."""
    try:
        label = class_number(name) if name.strip() else None
    except ValueError as error:
        raise PictureError(str(error)) from error
    dreamer = Dreamer({LAYERS[layer]: 1.0}, label=label)

    with progress("dreaming", "step") as bar:

        def told(done: int, total: int) -> None:
            bar(done, total, so_far=lambda: None if dreamer.latest is None else from_unit(dreamer.latest))

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
            gr.Markdown("Or like any painting, at once or, nearer to it, in some minutes:")
            painting = gr.File(label="A painting", type="filepath", elem_id="paint-painting")
            alike_at_once = gr.Button("Paint like it at once", visible=shipped("any_painter"), elem_id="paint-like")
            size = gr.Dropdown(list(SLOW_SIZES), value=384, label="Pixels of the longer side")
            strength = gr.Slider(1, 200, 40, step=1, label="Strength of the style")
            steps = gr.Slider(10, 300, 60, step=5, label="Steps")
            slow = gr.Button("Paint slowly", elem_id="paint-slow")
            stop = gr.Button("Stop", elem_id="paint-stop")
        shown, said, result = _canvas("paint")

    @sentences
    def at_once(path: str | None, title: str, visit: Sitting) -> Iterator[tuple]:
        """Paint in one pass."""
        photograph = opened(path)
        yield from _work(
            lambda: paint_photograph(photograph, network(painters[title])), path, f"painted by {title}", visit
        )

    @sentences
    def like_it(path: str | None, style: str | None, visit: Sitting) -> Iterator[tuple]:
        """Paint in one pass like a painting."""
        pair = _both(path, style)
        yield from _work(lambda: alike(*pair), path, f"painted like {Path(style or '').stem}", visit)

    @sentences
    def step_by_step(
        path: str | None, style: str | None, size: int, strength: float, steps: int, visit: Sitting
    ) -> Iterator[tuple]:
        """Paint by optimising, with previews."""
        work = functools.partial(slowly, *_both(path, style), size, strength, steps)
        yield from _work(work, path, f"painted like {Path(style or '').stem}", visit)

    outputs, asked = [shown, said, result], [photo, painting, size, strength, steps, sitting]
    begun = [
        fast.click(at_once, [photo, painter, sitting], outputs, **LONG, **PRIVATE),
        alike_at_once.click(like_it, [photo, painting, sitting], outputs, **LONG, **PRIVATE),
        slow.click(step_by_step, asked, outputs, **LONG, **PRIVATE),
    ]
    stops(stop, begun, said)


def _both(photo: str | None, painting: str | None) -> tuple[Picture, Picture]:
    """Return the photograph and the painting that a visitor has chosen."""
    if not painting:
        raise PictureError("choose a painting")
    return opened(photo), opened(painting)


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
        yield from _work(lambda: dreamt(picture, layer, name, steps, size), path, "a dream", visit)

    running = begin.click(
        step_by_step, [photo, layer, name, steps, size, sitting], [shown, said, result], **LONG, **PRIVATE
    )
    stops(stop, [running], said)


def _canvas(name: str) -> tuple:
    """Add where a long work is shown: the picture, how far it is, and the file."""
    with gr.Column(scale=2, min_width=320):
        shown = gr.Image(label="The picture so far", interactive=False, elem_id=f"{name}-shown", format="png")
        said = gr.Markdown(elem_id=f"{name}-said")
        result = gr.File(label="In full size", visible=False, elem_id=f"{name}-result")
    return shown, said, result


def _work(work: Callable[[], Picture], path: str | None, caption: str, visit: Sitting) -> Iterator[tuple]:
    """Yield previews of a long work, and its result."""

    def shown(text: str, so_far: Picture | None) -> tuple:
        return gr.skip() if so_far is None else so_far, text, gr.skip()

    made = yield from stepwise(work, shown)
    source = Path(path or "")
    kept = visit.keep(made, f"{source.stem}.png", f"{source.stem}, {caption}", source)
    yield made, "Finished.", gr.File(value=kept, visible=True)
