"""Filters and back: what each filter leaves of a face, what the generators make of it, and a sketch pad."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import gradio as gr
import numpy as np

import filters
from experiments.cli.console import progress
from experiments.core import registry
from experiments.inference.images import face_at_training_size
from experiments.inference.restoration import restore
from experiments.inference.translating import translate
from experiments.reports.sheets import as_rgb
from experiments.studio.shared import PRIVATE, SHORT, Sitting, network, opened, preview, sentences, shipped
from experiments.studio.works import stepwise, stops
from filters import resizing
from filters.io.pictures import Picture, PictureError
from filters.registry import FILTERS

# The ways back that are shown, and what each is called here.
BACK = {
    "gray_to_color": "Gray",
    "contours_to_color": "Contours",
    "binary_to_color": "Binary thresholds",
    "canny_to_color": "Canny edges",
    "super_resolution_x4": "A sixteenth of the pixels",
    "autoencoder": "Nothing but the autoencoder",
}
# Parameters with sliders: filter → name → (least, most, step). Several sliders are one value each of a sequence.
SLIDERS: dict[str, dict[str, tuple[float, float, float]]] = {
    "binary": {"thresholds": (0, 255, 1)},
    "contours": {"levels": (0, 255, 1)},
    "canny": {"spread": (0, 1, 0.01), "floor": (0, 200, 1)},
    "canny_of_mask": {"threshold": (0, 255, 1)},
    "canny_of_mask_gray": {"threshold": (0, 255, 1)},
    "pencil": {"sigma": (5, 200, 1), "contrast": (0.01, 1, 0.01), "shade": (0, 0.1, 0.005)},
    "xdog": {
        "sigma": (0.4, 4, 0.1),
        "sharpness": (1, 60, 1),
        "threshold": (0.1, 0.95, 0.01),
        "steepness": (1, 40, 1),
    },
    "adaptive_threshold": {"block": (3, 63, 2), "offset": (-10, 30, 1)},
    "engraving": {"period": (2, 10, 0.5), "angle": (0, 90, 1), "bend": (0, 8, 0.5), "hardness": (0.5, 5, 0.1)},
    "worn": {"amount": (0, 3, 0.1), "coarseness": (0.5, 3, 0.1), "fading": (0, 1, 0.05)},
}
DRAWN = {
    "Contours": ("contours_to_color", (50, 100, 150, 200)),
    "Edges": ("canny_to_color", None),
    "A drawing": ("drawing_to_photo", None),
}
LIVE_SIZE = 480  # pixels of the longer side of what a camera sees
FIRST = "contours"  # the filter that is shown at first
PAD = 320, 256  # height and width of the sketch pad: those of a face in training
SCALE = 2  # of the pad on the screen
TOUCHED = 0.1  # share of a pixel of the pad over which it counts as drawn


def defaults(name: str) -> dict[str, Any]:
    """Return the parameters of a filter that have sliders, with their own values."""
    given = inspect.signature(filters.get(name).function).parameters
    return {key: given[key].default for key in SLIDERS.get(name, {})}


def _values(default: Any) -> tuple:
    """Return the values of a parameter, one for each of its sliders."""
    return tuple(default) if isinstance(default, Sequence) else (default,)


def filtered(picture: Picture, name: str, values: Sequence[float]) -> Picture:
    """Return what a filter leaves of a picture, as RGB.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    name : str
        Of the filter.
    values : sequence of float
        Of its sliders, in the order of `SLIDERS`.
    """
    left, chosen = iter(values), {}
    for key, default in defaults(name).items():
        taken = tuple(type(own)(next(left)) for own in _values(default))
        chosen[key] = taken if isinstance(default, Sequence) else taken[0]
    if name == "worn":
        chosen["seed"] = 0
    return as_rgb(filters.get(name)(picture, **chosen))


def way_back(face: Picture, name: str) -> tuple[Picture, Picture]:
    """Return what a transformation's filter leaves of a face, and what its generator makes of that."""
    transformation = registry.find(name)
    left = filters.get(transformation.filter)(face)
    return as_rgb(left), restore(network(name), transformation, left)


def ways_back(picture: Picture) -> list[tuple[Picture, str]]:
    """Return the largest face of a photograph, and for each way back both pictures of `way_back`, with titles."""
    face = face_at_training_size(picture)
    names, shown = [name for name in BACK if shipped(name)], [(face, "The face")]
    with progress("ways back", "way") as bar:
        for done, name in enumerate(names, 1):
            shown.append((np.hstack(way_back(face, name)), BACK[name]))
            bar(done, len(names), so_far=lambda: list(shown))
    return shown


def inked(layers: Sequence[np.ndarray]) -> np.ndarray:
    """Return where the pad is drawn upon, ``bool`` of the size `PAD`; layers as for `from_sketch`."""
    drawn = np.zeros(PAD, bool)
    for layer in layers:
        ink = np.where(layer[..., 3] > 127, np.float32(1), np.float32(0))
        # A pixel of the pad is drawn when a stroke touches it: thin lines do not get lost.
        drawn |= cv2.resize(ink, PAD[::-1], interpolation=cv2.INTER_AREA) > TOUCHED
    return drawn


def from_sketch(layers: Sequence[np.ndarray], kind: str) -> Picture:
    """Return the face of a sketch.

    Parameters
    ----------
    layers : sequence of numpy.ndarray
        What was drawn, ``uint8`` RGBA, of any size with the proportions of `PAD`.
    kind : str
        One of `DRAWN`.

    Raises
    ------
    PictureError
        When nothing was drawn.
    """
    name, levels = DRAWN[kind]
    drawn = inked(layers)
    if not drawn.any():
        raise PictureError("draw something first")
    if name == "drawing_to_photo":
        page = np.where(drawn[..., None], np.uint8(20), np.uint8(245)).repeat(3, axis=2)
        return translate(network(name), page)
    ink = np.where(drawn, np.uint8(levels[1] if levels else 255), np.uint8(0))[..., None].repeat(3, axis=2)
    return restore(network(name), registry.find(name), ink)


def build(sitting: gr.State) -> None:
    """Add this part to the page."""
    _build_filters(sitting)
    _build_pad(sitting)


def _build_filters(sitting: gr.State) -> None:
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            source = gr.Image(
                sources=["upload", "webcam"],
                type="filepath",
                label="A photograph or the camera",
                elem_id="filters-photo",
            )
            with gr.Accordion("The camera, live", open=False):
                camera = gr.Image(
                    sources=["webcam"], streaming=True, type="numpy", label="The camera", elem_id="filters-camera"
                )
            chosen = gr.Dropdown(
                [(f"{name}: {FILTERS[name].summary}", name) for name in FILTERS],
                value=FIRST,
                label="Filter",
                elem_id="filters-name",
            )
            sliders = [gr.Slider(**look) for look in _sliders(FIRST)]
        with gr.Column(scale=2, min_width=320):
            live = gr.Image(label="What the filter leaves", interactive=False, elem_id="filters-live", format="png")
            with gr.Row():
                back = gr.Button("What comes back from each filter", variant="primary", elem_id="filters-back")
                stop = gr.Button("Stop", elem_id="filters-stop")
            said = gr.Markdown(elem_id="filters-said")
            made = gr.Gallery(
                label="Left what the filter leaves, right what the generator makes of it",
                columns=3,
                object_fit="contain",
                height="auto",
                elem_id="filters-ways",
            )

    def settings(name: str) -> list:
        """Show the sliders of a filter."""
        return [gr.Slider(**look) for look in _sliders(name)]

    @sentences
    def look(path: str | None, name: str, *values: float) -> Picture | None:
        """Filter the photograph."""
        return filtered(preview(opened(path)), name, values) if path else None

    @sentences
    def watch(frame: Picture | None, name: str, *values: float) -> Picture | None:
        """Filter what the camera sees."""
        return None if frame is None else filtered(resizing.smaller(frame, LIVE_SIZE), name, values)

    @sentences
    def all_back(path: str | None, visit: Sitting) -> Iterator[tuple]:
        """Filter the face, and find the ways back."""
        picture = opened(path)

        def told(text: str, so_far: list | None) -> tuple:
            return so_far or gr.skip(), text

        shown = yield from stepwise(lambda: ways_back(picture), told)
        for picture, title in shown[1:]:
            visit.keep(picture, f"{title}.png", f"{title}: filtered, and back")
        yield shown, ""

    changed: dict[str, Any] = {"trigger_mode": "always_last", "show_progress": "hidden", **SHORT, **PRIVATE}
    chosen.change(settings, chosen, sliders, **PRIVATE).then(look, [source, chosen, *sliders], live, **changed)
    gr.on(
        [source.change, *(slider.release for slider in sliders)], look, [source, chosen, *sliders], live, **changed
    )
    seen = {"stream_every": 0.3, "concurrency_id": "live", "concurrency_limit": 2, "show_progress": "hidden"}
    camera.stream(watch, [camera, chosen, *sliders], live, **seen, **PRIVATE)
    stops(stop, [back.click(all_back, [source, sitting], [made, said], **SHORT, **PRIVATE)], said)


def _sliders(name: str) -> list[dict[str, Any]]:
    """Return how all sliders look for a filter: its own, and as many hidden ones as other filters need."""
    most = max(_count(defaults(each)) for each in SLIDERS)
    shown = []
    for key, default in defaults(name).items():
        least, greatest, step = SLIDERS[name][key]
        values = _values(default)
        for number, value in enumerate(values, 1):
            label = f"{key} {number}" if len(values) > 1 else key
            look = {
                "minimum": least,
                "maximum": greatest,
                "step": step,
                "value": value,
                "label": label.capitalize(),
            }
            shown.append({**look, "visible": True})
    hidden = {"minimum": 0, "maximum": 1, "value": 0, "label": "No value", "visible": False}
    return shown + [hidden] * (most - len(shown))


def _count(values: dict[str, Any]) -> int:
    return sum(len(_values(value)) for value in values.values())


def _build_pad(sitting: gr.State) -> None:
    gr.Markdown("## Draw a face")
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            kind = gr.Radio(list(DRAWN), value="A drawing", label="What the lines are", elem_id="pad-kind")
            white = np.full((PAD[0] * SCALE, PAD[1] * SCALE, 4), 255, np.uint8)
            paper: Any = {"background": white, "layers": [], "composite": None}
            pad = gr.Sketchpad(
                paper,
                label="Draw eyes, nose, mouth, hair",
                height=600,
                type="numpy",
                image_mode="RGBA",
                canvas_size=(PAD[1] * SCALE, PAD[0] * SCALE),
                fixed_canvas=True,
                layers=False,
                transforms=(),
                brush=gr.Brush(default_size=4, colors=["#000000"], color_mode="fixed"),
                elem_id="pad",
            )
        with gr.Column(scale=1, min_width=280):
            face = gr.Image(label="The face", interactive=False, elem_id="pad-face", format="png")
            keep = gr.Button("Keep it", elem_id="pad-keep")

    @sentences
    def drawn(canvas: dict | None, name: str) -> Picture | None:
        """Turn the sketch into a face."""
        layers = (canvas or {}).get("layers") or []
        if not any((layer[..., 3] > 127).any() for layer in layers):
            return None
        return from_sketch(layers, name)

    @sentences
    def kept(canvas: dict | None, name: str, visit: Sitting) -> None:
        """Keep the face in the gallery."""
        visit.keep(
            from_sketch((canvas or {}).get("layers") or [], name), "face.png", f"A face from: {name.lower()}"
        )
        gr.Info("It is in the gallery.")

    changed: dict[str, Any] = {"trigger_mode": "always_last", "show_progress": "hidden", **SHORT, **PRIVATE}
    gr.on([pad.input, kind.change], drawn, [pad, kind], face, **changed)
    keep.click(kept, [pad, kind, sitting], None, **SHORT, **PRIVATE)
