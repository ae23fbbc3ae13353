"""Gallery: what the visitor made, and the runs on this computer."""

import shutil
from pathlib import Path

import gradio as gr
import pandas as pd

from experiments.core.runs import Run
from experiments.studio.shared import PRIVATE, Sitting, sentences

SCORES = ("score", "loss", "l1", "kid")  # columns of a history that are told


def runs_in(folder: Path) -> list[str]:
    """Return the names of the runs in a folder, the latest first."""
    found = [path.parent for path in folder.glob("*/config.json")]
    return [path.name for path in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)]


def sheets_of(folder: Path, name: str, visit: Sitting) -> tuple[list[tuple[str, str]], str]:
    """Return copies of a run's sheets with their epochs, the latest first, and what its history says.

    Parameters
    ----------
    folder : pathlib.Path
        Of all runs.
    name : str
        One of `runs_in`; any other gives nothing.
    visit : Sitting
        Whose folder has the copies: the page may show nothing outside of it.
    """
    if name not in runs_in(folder):
        return [], ""
    run = Run.open(folder / name)
    sheets = sorted(run.folder.glob("samples/*.png"), reverse=True)[:12]
    text, history = f"**{run.name}**", run.folder / "history.csv"
    if history.exists():
        table = pd.read_csv(history)
        known = [column for column in (*SCORES, *(f"val_{s}" for s in SCORES)) if column in table]
        last = ", ".join(f"{column} {table[column].iloc[-1]:.3f}" for column in known)
        text += f": {len(table)} epochs; {last}"
    copies = [Path(shutil.copy(sheet, visit.place(sheet.name))) for sheet in sheets]
    return [(str(copy), f"after {copy.stem}") for copy in copies], text


def build(sitting: gr.State, runs: Path, tab: gr.Tab) -> None:
    """Add this part to the page."""
    mine = gr.Gallery(
        label="What you made in this sitting",
        columns=4,
        object_fit="contain",
        height="auto",
        elem_id="gallery-mine",
    )
    gr.Markdown("The files are kept for a day. Runs on this computer:")
    which = gr.Dropdown([], label="Run", elem_id="gallery-run")
    said = gr.Markdown(elem_id="gallery-said")
    sheets = gr.Gallery(
        label="Its sheets", columns=2, object_fit="contain", height="auto", elem_id="gallery-sheets"
    )

    def show(visit: Sitting) -> tuple:
        names = runs_in(runs)
        return list(visit.made), gr.Dropdown(choices=names, value=names[0] if names else None)

    @sentences
    def open_run(name: str | None, visit: Sitting) -> tuple:
        """Show a run."""
        return sheets_of(runs, name or "", visit)

    tab.select(show, sitting, [mine, which], **PRIVATE)
    which.change(open_run, [which, sitting], [sheets, said], **PRIVATE)
