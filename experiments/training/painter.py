"""Train a fast painter: a network that paints any picture in the style of one painting."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli.console import say
from experiments.commands.train_painter import STEPS, Settings
from experiments.core.codecs import to_unit
from experiments.core.models import find_weights
from experiments.core.provenance import content
from experiments.datasets.pairs import prefetch
from experiments.datasets.squares import Photographs, apart, by_content, square
from experiments.inference.fast_style_transfer import paint
from experiments.reports.sheets import sheet
from experiments.training.driver import Driver
from experiments.training.recorder import sheets_after
from filters import margins, resizing
from filters.io import pictures
from transformers.backend import keras
from transformers.pretrained import load_weights
from transformers.training.callbacks import Guard
from transformers.training.painter import PainterTraining, PaintWeights


class PainterDriver(Driver[PainterTraining]):
    """The training of a painter: best weights by the score on photographs kept out of training.

    The run folder also has ``painting.png``, the painting at the size at which it is learned.
    """

    SETTINGS = Settings
    KINDS = ("painter",)
    settings: Settings

    def load(self) -> None:
        settings = self.settings
        self.painting = (
            pictures.read(self.folder / "painting.png")
            if self.resume and (self.folder / "painting.png").exists()
            else resizing.smaller(self._painted(), settings.painting_size)
        )
        paths = by_content([settings.data])
        self.photographs, validation = apart(list(paths))
        self.contents = [*paths.values(), content(self.painting)]
        self.validation = [*self._squares(validation)]
        if not self.validation:
            raise pictures.PictureError(f"{settings.data}: no photograph to judge by could be read; add more")
        self.steps = max(1, min(STEPS, len(self.photographs) // settings.batch_size))

    def _painted(self) -> np.ndarray:
        """Return the painting, or the part of it that ``--style-crop`` names."""
        name = self.settings.painting
        return margins.part(pictures.read(name), self.settings.style_crop, name)

    def _squares(self, paths: Iterable[Path]) -> Iterator[np.ndarray]:
        for path in paths:
            try:
                yield square(pictures.read(path), self.settings.size, (0.5, 0.5), 1.0)
            except pictures.PictureError as error:
                say(str(error))

    def warnings(self) -> Iterable[str]:
        copies = len(self.contents) - len(set(self.contents))
        return [f"{copies} of the photographs are copies of others: keep one of each"] if copies else []

    def build(self) -> PainterTraining:
        weights = PaintWeights(**{f.name: getattr(self.settings, f.name) for f in fields(PaintWeights)})
        model = PainterTraining(to_unit(self.painting), self.settings.preset, weights)
        model.compile(keras.optimizers.Adam(self.settings.learning_rate))
        return model

    def initialize(self, model: PainterTraining, init: str) -> None:
        load_weights(model.painter, find_weights(init)[0])
        model.set_colors(to_unit(self.painting))

    def summary(self) -> str:
        height, width = self.painting.shape[:2]
        return (
            f"{width}x{height} of the painting, {len(self.photographs)} photographs, squares of "
            f"{self.settings.size}, batches of {self.settings.batch_size}"
        )

    def batches(self, start: int, step: int = 0) -> Iterable:
        settings = self.settings
        photographs = Photographs(self.photographs, settings.size, settings.batch_size, settings.seed)
        return ((batch,) for batch in prefetch(photographs.batch, itertools.count(start * self.steps + step)))

    def callbacks(self, model: PainterTraining, start: int) -> list:
        return [Guard()]

    def begin(self, model: PainterTraining) -> None:
        pictures.write(self.folder / "painting.png", self.painting)

    def evaluate(self, model: PainterTraining, row: dict[str, Any], last: bool) -> None:
        scores = [model.score(to_unit(picture)[None]) for picture in self.validation]
        row["score"] = round(sum(scores) / len(scores), 6)
        if last or row["epoch"] in sheets_after(self.settings.epochs):
            painted = [paint(picture, model.ema_painter) for picture in self.validation]
            page = sheet([self.validation, painted], cell=(256, 256))
            pictures.write(self.folder / "samples" / f"epoch_{row['epoch']:04d}.png", page)


run, train = PainterDriver.run, PainterDriver.train
