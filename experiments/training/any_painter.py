"""Train the painter of any painting."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from experiments.cli.console import say
from experiments.commands.train_any_painter import STEPS, Settings
from experiments.core.codecs import to_unit
from experiments.core.models import find_weights
from experiments.datasets.paintings import PhotographsWithPaintings, kept_out, without_margins
from experiments.datasets.pairs import prefetch
from experiments.datasets.squares import apart, by_content, square
from experiments.inference.fast_style_transfer import PAINTING_SIZE, paint
from experiments.reports.sheets import sheet
from experiments.training.driver import Driver
from experiments.training.recorder import sheets_after
from filters import resizing
from filters.io import pictures
from filters.io.pictures import Picture
from transformers.backend import keras
from transformers.networks.any_painter import PainterLike
from transformers.pretrained import load_weights
from transformers.training.any_painter import AnyPainterTraining, AnyPaintWeights
from transformers.training.callbacks import Guard

LONGEST_GRADIENT = 10.0  # norm over all weights; most are longer early on, so that steps are of one length


class AnyPainterDriver(Driver[AnyPainterTraining]):
    """The training of the painter of any painting.

    The best weights are those of the lowest score on photographs and paintings that are kept out of training: each
    of these paintings with one of these photographs. Sheets show all of these photographs, painted like each.
    """

    SETTINGS = Settings
    KINDS = ("any_painter",)
    settings: Settings

    def load(self) -> None:
        photographs, paintings = (by_content(_listed(getattr(self.settings, w))) for w in ("photos", "paintings"))
        unseen = by_content(_listed(self.settings.unseen)) if self.settings.unseen else {}
        seen = {**paintings, **unseen}
        chosen = list(unseen) or kept_out(list(paintings))
        out = {seen[path] for path in chosen}
        self.photographs, judged = apart(_without(photographs, out))
        self.paintings = _without(paintings, out) or list(paintings)  # a single one is practised on and judged by
        self.contents = [*photographs.values(), *seen.values()]
        self.judged = [square(picture, self.settings.size, (0.5, 0.5), 1.0) for picture in _read(judged)]
        self.unseen = [resizing.smaller(without_margins(picture), PAINTING_SIZE) for picture in _read(chosen)]
        if not (self.judged and self.unseen):
            raise pictures.PictureError("no photograph, or no painting, to judge by could be read; add more")
        self.steps = max(1, min(STEPS, len(self.photographs) // self.settings.batch_size))

    def build(self) -> AnyPainterTraining:
        weights = AnyPaintWeights(**{f.name: getattr(self.settings, f.name) for f in fields(AnyPaintWeights)})
        model = AnyPainterTraining(self.settings.preset, weights)
        # Each batch has other paintings, and gradients of some are tens of times as long as those of most.
        model.compile(keras.optimizers.Adam(self.settings.learning_rate, global_clipnorm=LONGEST_GRADIENT))
        return model

    def initialize(self, model: AnyPainterTraining, init: str) -> None:
        load_weights(model.painter, find_weights(init)[0])

    def summary(self) -> str:
        settings = self.settings
        return (
            f"{len(self.photographs)} photographs, {len(self.paintings)} paintings, {len(self.unseen)} others to "
            f"judge by, squares of {settings.size}, batches of {settings.batch_size}"
        )

    def batches(self, start: int, step: int = 0) -> Iterable:
        settings = self.settings
        source = PhotographsWithPaintings(
            *(self.photographs, self.paintings, settings.size, settings.batch_size, settings.seed),
            stand_ins=settings.stand_ins,
        )
        return ((batch,) for batch in prefetch(source.batch, itertools.count(start * self.steps + step)))

    def callbacks(self, model: AnyPainterTraining, start: int) -> list:
        return [Guard()]

    def evaluate(self, model: AnyPainterTraining, row: dict[str, Any], last: bool) -> None:
        size = self.settings.size
        pairs = zip(self.unseen, itertools.cycle(self.judged), strict=False)
        scores = [
            model.score(to_unit(picture)[None], to_unit(square(painting, size, (0.5, 0.5), 1.0))[None])
            for painting, picture in pairs
        ]
        row["score"] = round(sum(scores) / len(scores), 6)
        if last or row["epoch"] in sheets_after(self.settings.epochs):
            corner = np.full((size, size, 3), 255, np.uint8)
            rows = [[corner, *self.judged], *(self._painted(model, painting) for painting in self.unseen)]
            page = sheet(rows, cell=(size, size))
            pictures.write(self.folder / "samples" / f"epoch_{row['epoch']:04d}.png", page)

    def _painted(self, model: AnyPainterTraining, painting: Picture) -> list[Picture]:
        """Return a painting, and the judged photographs painted like it."""
        painter = PainterLike(model.ema_painter, to_unit(painting))
        return [painting, *(paint(picture, painter) for picture in self.judged)]


def _listed(folders: str | Sequence[str]) -> Sequence[str]:
    return [folders] if isinstance(folders, str) else folders


def _without(paths: dict[Path, str], contents: set[str]) -> list[Path]:
    return [path for path, text in paths.items() if text not in contents]


def _read(paths: Iterable[Path]) -> Iterator[Picture]:
    for path in paths:
        try:
            yield pictures.read(path)
        except pictures.PictureError as error:
            say(str(error))


run, train = AnyPainterDriver.run, AnyPainterDriver.train
