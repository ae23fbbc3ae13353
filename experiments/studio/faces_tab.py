"""Faces: the mean of many, one that becomes another, and a wall of those that noise becomes."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
import numpy as np

from experiments.cli.console import progress
from experiments.commands.noise import TRUNCATION
from experiments.inference import averaging, morphing, noise_faces
from experiments.studio.shared import LONG, PRIVATE, SHORT, Sitting, network, opened, sentences, shipped
from experiments.studio.works import stepwise, stops
from filters.io.pictures import Picture, PictureError

WALL = 12
DIRECTIONS = 6  # sliders through the latent space
FEWEST, MOST = 2, 60  # faces that are averaged or morphed here


def moved(noise: np.ndarray, steps: Sequence[float]) -> np.ndarray:
    """Return noise moved along the directions in which faces differ most, by standard deviations.

    These are its first numbers: see `transformers.networks.flow.Prior`.
    """
    result = noise.copy()
    result[: len(steps)] += np.asarray(steps, np.float32)
    return result


def wall(seed: int, spread: float) -> tuple[list[Picture], np.ndarray]:
    """Return faces, enlarged, and their noise ``(count, latent)``."""
    generator = network("noise")
    noise = spread * noise_faces.noise_for(generator, WALL, seed)
    faces = []
    with progress("faces", "face") as bar:
        for face in noise_faces.make(generator, noise):
            faces.append(network("enlarger")(face))
            bar(len(faces), WALL, so_far=lambda: (list(faces), noise))
    return faces, noise


def face_of(noise: np.ndarray) -> Picture:
    """Return the face of one row of noise, enlarged."""
    return network("enlarger")(noise_faces.make(network("noise"), noise[None])[0])


def _refuse(files: Sequence[str] | None) -> list[str]:
    """Return the uploads; raise a PictureError when they are too few or too many, or one cannot be used."""
    files = list(files or ())
    if not FEWEST <= len(files) <= MOST:
        raise PictureError(f"choose {FEWEST} to {MOST} photographs with a face, not {len(files)}")
    with progress("reading", "file") as bar:
        for done, file in enumerate(files, 1):
            opened(file)
            bar(done, len(files))
    return files


def build_means(sitting: gr.State) -> None:
    """Add means and morphs to the page."""
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            files = gr.File(
                label="Photographs, one face of each", file_count="multiple", type="filepath", elem_id="faces-files"
            )
            mean = gr.Button("Their mean", variant="primary", elem_id="faces-mean")
            seconds = gr.Slider(0.5, 6, 2, step=0.5, label="Seconds from face to face")
            morph = gr.Button("One becomes the next", elem_id="faces-morph")
            stop = gr.Button("Stop", elem_id="faces-stop")
        with gr.Column(scale=2, min_width=320):
            shown = gr.Image(
                label="The mean, or the animation", interactive=False, type="filepath", elem_id="faces-shown"
            )
            said = gr.Markdown(elem_id="faces-said")
            result = gr.File(label="The files", visible=False, elem_id="faces-result")

    def at_work(work: Callable[[], Any]) -> Iterator[tuple]:
        def told(text: str, so_far: Picture | None) -> tuple:
            return gr.skip() if so_far is None else so_far, text, gr.skip()

        yield from stepwise(work, told)

    @sentences
    def average(paths: Sequence[str] | None, visit: Sitting) -> Iterator[tuple]:
        """Average faces."""
        folder = visit.place("mean")
        yield from at_work(lambda: averaging.average(_refuse(paths), folder))
        visit.made.insert(0, (str(folder / "mean.png"), "The mean of faces"))
        files_ = [str(folder / name) for name in ("mean.png", "aligned.png", "naive.png", "sheet.png")]
        skipped = len((folder / "skipped.csv").read_text().splitlines()) - 1
        text = f"The registered mean; {skipped} left out, which show no face or look aside." if skipped else ""
        yield files_[0], text, gr.File(value=files_, visible=True)

    @sentences
    def become(paths: Sequence[str] | None, seconds: float, visit: Sitting) -> Iterator[tuple]:
        """Make an animation."""
        target = visit.place("morph.gif")
        yield from at_work(lambda: morphing.morph(_refuse(paths), target, seconds=seconds))
        visit.made.insert(0, (str(target), "One face becomes another"))
        yield str(target), "", gr.File(value=[str(target)], visible=True)

    outputs = [shown, said, result]
    running: list[Any] = [mean.click(average, [files, sitting], outputs, **LONG, **PRIVATE)]
    running.append(morph.click(become, [files, seconds, sitting], outputs, **LONG, **PRIVATE))
    stops(stop, running, said)


def build_noise(sitting: gr.State) -> None:
    """Add faces from noise to the page."""
    if not shipped("noise"):
        gr.Markdown("No weights of noise → face are here: `python -m experiments train noise --help` tells how.")
        return
    drawn, chosen = gr.State(), gr.State()
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            seed = gr.Number(
                0, label="Seed: another number, other faces", precision=0, minimum=0, elem_id="noise-seed"
            )
            spread = gr.Slider(
                0, 1.5, TRUNCATION, step=0.05, label="Spread: small is typical", elem_id="noise-spread"
            )
            begin = gr.Button("Twelve faces", variant="primary", elem_id="noise-begin")
            stop = gr.Button("Stop", elem_id="noise-stop")
            steps = [gr.Slider(-4, 4, 0, step=0.1, label=f"Direction {n + 1}") for n in range(DIRECTIONS)]
            keep = gr.Button("Keep this face", elem_id="noise-keep")
        with gr.Column(scale=2, min_width=320):
            made = gr.Gallery(
                label="Nobody: choose one to change it",
                columns=4,
                object_fit="contain",
                height="auto",
                allow_preview=False,
                elem_id="noise-wall",
            )
            said = gr.Markdown(elem_id="noise-said")
            face = gr.Image(label="The chosen one, changed", interactive=False, elem_id="noise-face", format="png")

    @sentences
    def throw(number: float, width: float) -> Iterator[tuple]:
        """Draw faces."""

        def shown(text: str, so_far: tuple[list[Picture], np.ndarray] | None) -> tuple:
            if so_far is None:
                return *[gr.skip()] * 4, text
            faces, noise = so_far
            return [(each, str(index)) for index, each in enumerate(faces)], noise, noise[0], faces[0], text

        yield shown("", (yield from stepwise(lambda: wall(int(number), width), shown)))

    @sentences
    def choose(noise: np.ndarray, event: gr.SelectData) -> tuple:
        """Take one face of the wall."""
        one = noise[int(event.index)]
        return one, face_of(one), *([0] * DIRECTIONS)

    @sentences
    def change(one: np.ndarray | None, *moves: float) -> Picture:
        """Change the chosen face."""
        if one is None:
            raise PictureError("make a wall of faces first")
        return face_of(moved(one, moves))

    @sentences
    def kept(one: np.ndarray | None, *rest: Any) -> None:
        """Keep the face in the gallery."""
        *moves, visit = rest
        visit.keep(change(one, *moves), "nobody.png", "Nobody, of noise")
        gr.Info("It is in the gallery.")

    stops(stop, [begin.click(throw, [seed, spread], [made, drawn, chosen, face, said], **SHORT, **PRIVATE)], said)
    made.select(choose, drawn, [chosen, face, *steps], **SHORT, **PRIVATE)
    how: dict[str, Any] = {"trigger_mode": "always_last", "show_progress": "hidden", **SHORT, **PRIVATE}
    gr.on([step.release for step in steps], change, [chosen, *steps], face, **how)
    keep.click(kept, [chosen, *steps, sitting], None, **SHORT, **PRIVATE)
