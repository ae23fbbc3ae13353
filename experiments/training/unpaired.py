"""Train a translation between two folders of pictures, which need not show the same scenes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.cli.console import UsageError, say
from experiments.commands.unpaired import Settings
from experiments.core.models import refuse_unshipped
from experiments.core.provenance import content
from experiments.core.runs import discriminator_weights
from experiments.core.translation import discover
from experiments.datasets.domains import Batches, ImageDomain
from experiments.inference.translating import OTHER, Translator, load_translator
from experiments.training.driver import Driver
from experiments.training.recorder import sheets_after
from experiments.training.translation_sheets import SHOWN, Ways, measure, stages_sheet, translation_sheet
from filters.io import pictures
from filters.io.pictures import Picture
from transformers import pretrained
from transformers.backend import keras
from transformers.networks.discriminators import DISCRIMINATORS
from transformers.training import translation, unpaired
from transformers.training.unpaired import Unpaired

EVALUATE_EVERY = 2  # epochs
DIRECTIONS = ("forward", "backward")
# Discriminator → its normalization, and the adversarial loss.
# A projected one is kept from being too sure by what it sees alone.
JUDGES = {"patch": ("instance", "least_squares"), "projected": ("spectral", "hinge")}


class UnpairedDriver(Driver[Unpaired]):
    """The training of a translation: best weights by kernel distances between translated and real pictures.

    Its networks are ``forward`` and ``backward``.
    """

    SETTINGS = Settings
    KINDS = ("translation",)
    SCORE = "kid"
    DISCRIMINATOR = "discriminators"
    settings: Settings

    def load(self) -> None:
        settings = self.settings
        each = zip((settings.a, settings.b), reversed(DIRECTIONS), strict=True)  # and the direction that gives it
        self.domains = [
            ImageDomain.load(path, settings.faces, settings.size, gray=direction in settings.gray)
            for path, direction in each
        ]
        for letter, domain in zip("AB", self.domains, strict=True):
            for line in domain.report():
                say(f"{letter}: {line}")
        results = zip(reversed(DIRECTIONS), self.domains, strict=True)
        gray = tuple(direction for direction, domain in results if domain.made_gray)
        self.settings, self.steps = replace(settings, gray=gray), settings.steps
        self.held_out = [list(domain.held_out) for domain in self.domains]
        self.contents = [content(p) for domain in self.domains for p in (*domain.held_out, *domain.pictures)]

    def build(self) -> Unpaired:
        gan = build(self.settings)
        stride = next(iter(gan.generators.values())).stride
        if any(side % stride for side in self.settings.size):
            raise UsageError(f"--size: both sides must be multiples of {stride}, for instance 256x320")
        return gan

    def initialize(self, model: Unpaired, init: str) -> None:
        """Load the ``"shipped"`` weights, or those of another run, with its discriminators if it has any."""
        name = self.settings.name
        if init == "shipped":
            refuse_unshipped(name)
            names = {"forward": name, "backward": discover()[name].back}
            for direction, generator in model.generators.items():
                pretrained.load_weights(generator, pretrained.FOLDER / f"{names[direction]}.weights.h5")
            return
        for direction, generator in model.generators.items():
            pretrained.load_weights(generator, Path(init) / f"best.{direction}.weights.h5")
            if beside := discriminator_weights(init, direction):
                pretrained.load_weights(model.discriminators[direction], beside)

    def summary(self) -> str:
        width, height = self.settings.size
        return f"{self.settings.method}, {width}x{height}"

    def batches(self, start: int, step: int = 0) -> Iterable:
        draw = None
        if self.settings.name in self.settings.stand_ins:
            draw = load_translator(self.settings.name).draw
        return Batches(self.settings, self.domains, draw).stream(start, step)

    def callbacks(self, model: Unpaired, start: int) -> list:
        def set_rate(epoch: int, logs: dict | None) -> None:
            model.set_learning_rate(self.settings.learning_rate * rate_factor(self.settings, epoch))

        return [*super().callbacks(model, start), keras.callbacks.LambdaCallback(on_epoch_begin=set_rate)]

    def is_best(self, row: dict[str, Any]) -> bool:
        return super().is_best(row) or (self.settings.overfit and self.SCORE in row)

    def begin(self, model: Unpaired) -> None:
        self._write_sheet(model, 0)
        self._add_stage(model, 0)

    def evaluate(self, model: Unpaired, row: dict[str, Any], last: bool) -> None:
        self._add_stage(model, row["epoch"])
        if last or row["epoch"] % EVALUATE_EVERY == 0:
            row |= measure(self._both_ways(model), self.held_out)
        if last or row["epoch"] in sheets_after(self.settings.epochs):
            self._write_sheet(model, row["epoch"])

    def _translate(self, model: Unpaired, direction: str, shown: Sequence[Picture]) -> list[Picture]:
        """Return translations of pictures; none where there is no generator."""
        generator = model.ema_generators.get(direction)
        gray = self.settings.gray
        hatched = self.settings.hatched and direction == "forward"
        translator = Translator(generator, OTHER[direction] in gray, direction in gray, hatched=hatched)
        return [*map(translator.run, shown)] if generator else []

    def _both_ways(self, model: Unpaired, count: int | None = None) -> Ways:
        """Return translations of held-out pictures, and these translated back, see `measure`."""
        shown = [held_out[:count] for held_out in self.held_out]
        there, back = (self._translate(model, *each) for each in zip(DIRECTIONS, shown, strict=True))
        return (there, self._translate(model, "backward", there)), (back, self._translate(model, "forward", back))

    def _write_sheet(self, model: Unpaired, epoch: int) -> None:
        (there, again), (back, round_again) = self._both_ways(model, SHOWN)
        page = translation_sheet([self.held_out[0], there, again], [self.held_out[1], back, round_again])
        pictures.write(self.folder / "samples" / f"epoch_{epoch:04d}.png", page)

    def _add_stage(self, model: Unpaired, epoch: int) -> None:
        """Show how translations change while the generator fits one drawing."""
        if self.settings.overfit:
            for index, made in enumerate(self._translate(model, "forward", self.held_out[0][:SHOWN])):
                pictures.write(self.folder / "steps" / f"{index}_{epoch * self.steps:05d}.png", made)
            page = stages_sheet(self.domains, self.held_out[0], self.folder / "steps")
            pictures.write(self.folder / "steps.png", page)


run, train = UnpairedDriver.run, UnpairedDriver.train


def build(settings: Settings) -> Unpaired:
    """Return the compiled model of a translation."""
    fast = settings.method == "fastcut"  # Park et al. 2020, 4.1
    weights = unpaired.LossWeights(
        content=settings.content,
        identity=0.0 if fast else settings.identity,
        adversarial=settings.adversarial,
        perceptual=settings.perceptual,
        kept=settings.kept,
    )
    normalization, adversarial = JUDGES[settings.discriminator]
    gan = translation.METHODS["cut" if fast else settings.method](
        settings.generator,
        settings.preset,
        discriminator=lambda: DISCRIMINATORS[settings.discriminator](0, 3, settings.preset, normalization),
        adversarial=adversarial,
        loss_weights=weights,
        adversarial_from=settings.adversarial_from,
        size=settings.size,
        only=settings.only,
        gray=settings.gray,
        prepared=settings.hatched,
    )
    gan.compile(settings.learning_rate)
    return gan


def rate_factor(settings: Settings, epoch: int) -> float:
    """Return the factor on the rate: 1 for half of the epochs, then falling to nearly 0 (Zhu et al. 2017, 4)."""
    half = settings.epochs // 2
    return 1.0 if epoch < half else (settings.epochs - epoch) / (settings.epochs - half)
