"""Train noise → face, or the DCGAN to compare it with, into a run folder."""

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

from experiments.cli.console import UsageError
from experiments.commands.train_noise import Settings
from experiments.core.codecs import to_unit
from experiments.core.provenance import content
from experiments.datasets.aligned import batches, load_faces
from experiments.datasets.checking import in_short
from experiments.datasets.subset import limited
from experiments.evaluation.metrics import vgg_kernel_distance
from experiments.inference.noise_faces import make, noise_for
from experiments.reports.sheets import sheet
from experiments.training.driver import Driver
from filters.io import pictures
from transformers.networks import noise
from transformers.training.callbacks import Guard, Stages
from transformers.training.dcgan import DCGAN
from transformers.training.flow import LatentFlow

EVALUATE_EVERY = 2  # epochs between two measurements of the kernel distance
EVALUATED = 288  # faces that are made for it, but no more than there are for validation


class NoiseDriver(Driver[LatentFlow | DCGAN]):
    """The training of noise → face: best weights by kernel distance to validation faces; samples of fixed noise."""

    SETTINGS = Settings
    KINDS = ("noise", "dcgan")
    SCORE = "kid"
    settings: Settings

    def load(self) -> None:
        settings = self.settings
        size = noise.picture_size(self.kind, settings.preset)
        faces, kept_out = load_faces(settings.data, size)
        if settings.validation:
            validation, _ = load_faces(settings.validation, size)
        else:
            faces, validation = faces[~kept_out], faces[kept_out]
        if settings.limit:
            faces = faces[limited(len(faces), settings.limit, settings.spread)]
            validation = validation[limited(len(validation), settings.limit, settings.spread)]
        self.contents = [content(face) for face in (*faces, *validation)]
        self.faces, self.validation = faces, np.ascontiguousarray(validation)
        if len(self.faces) < settings.batch_size or len(validation) < 2:
            raise UsageError(
                f"{settings.data} gives {len(self.faces)} faces to train on and {len(validation)} to validate on; "
                f"a batch of {settings.batch_size} and 2 are the least"
            )
        self.steps = len(self.faces) // settings.batch_size

    def warnings(self) -> Iterable[str]:
        return in_short(self.faces, self.validation)

    def build(self) -> LatentFlow | DCGAN:
        if self.kind == "dcgan":
            model = DCGAN(self.settings.preset)
            model.compile()
            return model
        model = LatentFlow(self.settings.preset, self.settings.flow_from)
        model.compile(max(1, self.settings.flow_from * self.steps))
        return model

    def summary(self) -> str:
        return f"{len(self.faces)} faces for training, {len(self.validation)} for validation"

    def batches(self, start: int, step: int = 0) -> Iterable:
        numbers = (DCGAN if self.kind == "dcgan" else LatentFlow).NOISE
        found = batches(self.faces, self.settings.batch_size, numbers, self.settings.seed, start)
        return (batch for batch in itertools.islice(found, step, None))  # Keras takes generators alone

    def callbacks(self, model: LatentFlow | DCGAN, start: int) -> list:
        if isinstance(model, DCGAN):  # no guard: it is compared after the same time, even if its discriminator won
            return []
        parts = range(0, len(self.faces), 64)
        return [Guard(), Stages(lambda: (to_unit(self.faces[i : i + 64]) for i in parts))]

    def evaluate(self, model: LatentFlow | DCGAN, row: dict[str, Any], last: bool) -> None:
        if not last and row["epoch"] % EVALUATE_EVERY:
            return
        if isinstance(model, LatentFlow) and not model.flow_on:
            faces = make(model.reconstruct, to_unit(self.validation))
            row["val_l1"] = float(np.abs(faces.astype(np.float32) - self.validation).mean() / 127.5)
        else:
            noise = noise_for(model.generator, min(EVALUATED, len(self.validation)), seed=0)
            faces = make(model.ema_generator, noise)
            row["kid"] = vgg_kernel_distance(faces, self.validation)
        rows = [list(faces[i : i + 8]) for i in range(0, min(48, len(faces)), 8)]
        page = sheet(rows, cell=(128, 160))
        pictures.write(self.folder / "samples" / f"epoch_{row['epoch']:04d}.png", page)


run, train = NoiseDriver.run, NoiseDriver.train
