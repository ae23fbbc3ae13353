"""The page: its parts, each in a tab."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.themes import Default

from experiments.studio import (
    api,
    color_tab,
    faces_tab,
    filters_tab,
    gallery_tab,
    painting_tab,
    pictures_tab,
)
from experiments.studio.shared import FORGOTTEN, PRIVATE, Sitting

TITLE = "Faces, filters and the ways back"
# Fonts of the visitor's own computer: nothing is fetched from elsewhere.
THEME = Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"], primary_hue="blue").set(
    # Contrast of at least 4.5 to 1: the theme's own grays and blues have less.
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_hover_dark="*primary_800",
    color_accent="*primary_700",
    loader_color="*primary_700",
    slider_color="*primary_700",
)
# The theme knows one accent for light and dark.
SCRIPT = Path(__file__).with_name("studio.js")
CSS = ".dark { --color-accent: var(--primary-400); }"
LOOK: dict[str, Any] = {"css": CSS, "theme": THEME, "head": f"<script>{SCRIPT.read_text()}</script>"}
TABS = {
    "Colour": color_tab.build,
    "Repair": pictures_tab.build_repairing,
    "Enlarge": pictures_tab.build_enlarging,
    "Filters and back": filters_tab.build,
    "Draw": pictures_tab.build_drawing,
    "Paint": painting_tab.build_painting,
    "Dream": painting_tab.build_dream,
    "Average and morph": faces_tab.build_means,
    "Noise": faces_tab.build_noise,
}


def build(runs: Path) -> gr.Blocks:
    """Return the page.

    Parameters
    ----------
    runs : pathlib.Path
        Folder of runs that the gallery shows.

    Returns
    -------
    gradio.Blocks
    """
    with gr.Blocks(analytics_enabled=False, title=TITLE, delete_cache=(3600, FORGOTTEN)) as page:
        gr.Markdown(f"# {TITLE}")
        # Each visitor has a copy from the first click on.
        sitting = gr.State(Sitting(), time_to_live=FORGOTTEN, delete_callback=Sitting.close)
        for title, add in TABS.items():
            with gr.Tab(title):
                add(sitting)
        with gr.Tab("Gallery") as tab:
            gallery_tab.build(sitting, runs, tab)
        api.build()
        page.load(lambda visit: visit, sitting, sitting, **PRIVATE)  # Gradio forgets only what an event has set
    return page
