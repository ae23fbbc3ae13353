"""Train a transformation, into a run folder."""

import importlib.util
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from experiments.cli.console import UsageError, progress, say
from experiments.commands.train import Settings
from experiments.core import registry
from experiments.core.codecs import SIZE, filter_of
from experiments.core.models import find_weights
from experiments.core.provenance import content
from experiments.core.registry import Transformation
from experiments.core.runs import discriminator_weights
from experiments.datasets import scenes, subset
from experiments.datasets.augmentation import NO_AUGMENTATION, Augmentation, augmented
from experiments.datasets.checking import in_short
from experiments.datasets.crops import load_faces
from experiments.datasets.pairs import Pairs, pair
from experiments.datasets.scenes import middle
from experiments.datasets.subset import evenly, limited
from experiments.evaluation import reconstruction
from experiments.inference.restoration import restore
from experiments.reports.sheets import sheet
from experiments.training import output_diversity
from experiments.training.driver import Driver
from experiments.training.recorder import sheets_after
from filters.io import pictures
from filters.io.pictures import Picture, write_bytes
from transformers.backend import keras
from transformers.networks import efficientnet
from transformers.pretrained import load_weights
from transformers.training.callbacks import Guard, Schedule
from transformers.training.paired import GAN, LossWeights

MAX_VALIDATION = 256
MAX_MEASURED = 48
SHEET_PICTURES = 6


class PairedDriver(Driver[GAN]):
    """The training of a transformation: best weights by ``val_score``.

    If pictures were kept out of training, the run folder also has their measures, ``metrics.json``.
    """

    SETTINGS = Settings
    KINDS = ("transformation",)
    SCORE = "val_score"
    DISCRIMINATOR = "discriminator"
    settings: Settings

    def load(self) -> None:
        settings = self.settings
        self.transformation = transformation = registry.find(settings.transformation)
        if settings.tensorboard and importlib.util.find_spec("tensorboard") is None:
            raise UsageError("TensorBoard is not installed; run: .venv/bin/python -m pip install tensorboard")
        self.crops, shares, validation, self.kept_out = _load(settings, transformation.pictures == "whole")
        # Where any face is to become any other, equal results are the aim and no collapse.
        self.any_pairs = transformation.pairs == "any"
        if self.any_pairs and min(len(self.crops), len(validation)) < 2:
            names = ", ".join(_listed(settings.data))
            raise UsageError(f"{names} must show two faces or more: any of them becomes any other")
        self.validation, self.fixed = validation, self._fixed(validation)
        augmentation = Augmentation(**transformation.augmentation)
        self.pairs = Pairs(
            transformation, self.crops, settings.batch_size, augmentation, settings.seed, settings.size, shares
        )
        self.steps = self.pairs.steps
        self.contents = [content(picture) for picture in (*self.crops, *validation)]

    def warnings(self) -> Iterable[str]:
        return in_short(self.crops, self.validation if self.kept_out else ())

    def build(self) -> GAN:
        gan = build(self.transformation, self.settings, len(self.crops) // self.settings.batch_size)
        # Where the generator enlarges, its input has fewer pixels than the pictures.
        stride = round(gan.generator.stride / min(1, gan.generator.output_stride))
        if any(side % stride for side in self.settings.size):
            raise UsageError(f"--size: both sides must be multiples of {stride}, for instance 256x320")
        return gan

    def _fixed(self, validation: Sequence[Picture]) -> list[Picture]:
        """Return validation pictures at the size of training, the same in every epoch."""
        size = self.settings.size
        if self.transformation.pictures == "whole":
            return [middle(picture, size) for picture in validation]
        rng = np.random.default_rng(0)
        return [augmented(validation, i, rng, NO_AUGMENTATION, size) for i in range(len(validation))]

    def initialize(self, model: GAN, init: str) -> None:
        path, _ = find_weights(init)
        load_weights(model.generator, path)
        # An untrained discriminator would teach nothing for an epoch.
        if beside := discriminator_weights(path.parent):
            load_weights(model.discriminator, beside)

    def summary(self) -> str:
        width, height = self.settings.size
        return (
            f"{len(self.crops)} pictures for training, {len(self.validation)} for validation; {width}x{height}, "
            f"batches of {self.settings.batch_size}"
        )

    def batches(self, start: int, step: int = 0) -> Iterable:
        return self.pairs.stream(start, step)

    def callbacks(self, model: GAN, start: int) -> list:
        callbacks = [Guard(min_output_std=0.0) if self.any_pairs else Guard(), Schedule()]
        if self.any_pairs:
            done = start * self.steps + self.progress.step
            recorder = output_diversity.Recorder(self.transformation, self.folder, self.fixed, done)
            callbacks.append(recorder)
        if self.settings.tensorboard:
            callbacks.append(keras.callbacks.TensorBoard(self.folder / "tensorboard"))
        return callbacks

    def fit_options(self) -> dict[str, Any]:
        others = self.fixed[1:] + self.fixed[:1] if self.any_pairs else self.fixed
        pairs = [pair(self.transformation, p, other=o) for p, o in zip(self.fixed, others, strict=True)]
        conditions, targets = (np.stack(values) for values in zip(*pairs, strict=True))
        return {"validation_data": (conditions, targets), "validation_batch_size": self.settings.batch_size}

    def begin(self, model: GAN) -> None:
        self._write_sheet(model, 0)

    def evaluate(self, model: GAN, row: dict[str, Any], last: bool) -> None:
        if row["epoch"] in sheets_after(self.settings.epochs):
            self._write_sheet(model, row["epoch"])

    def _write_sheet(self, model: GAN, epoch: int) -> None:
        page = sample_sheet(model.ema_generator, self.transformation, self.fixed)
        pictures.write(self.folder / "samples" / f"epoch_{epoch:04d}.png", page)

    def finish(self, model: GAN) -> None:
        """Measure the best weights and the baselines on the validation pictures."""
        if not self.kept_out:
            return
        load_weights(model.ema_generator, self.folder / "best.weights.h5")
        crops = [middle(picture, SIZE) for picture in evenly(self.crops, 1000)]
        validation = [middle(picture, SIZE) for picture in evenly(self.validation, MAX_MEASURED)]
        mean = np.asarray(np.mean(crops, axis=0, dtype=np.float64).round(), np.uint8)
        results = reconstruction.evaluate(
            self.transformation, model.ema_generator, validation, mean, features=False
        )
        write_bytes(self.folder / "metrics.json", json.dumps(results, indent=2).encode())

    def is_finished(self) -> bool:
        measured, trained = self.folder / "metrics.json", self.folder / "state.npz"
        return not self.kept_out or (measured.exists() and measured.stat().st_mtime >= trained.stat().st_mtime)


run, train = PairedDriver.run, PairedDriver.train


def sample_sheet(
    generator: keras.Model, transformation: Transformation, shown: Sequence[Picture], count: int = SHEET_PICTURES
) -> Picture:
    """Return a sheet of some pictures, what the filter leaves of them, and what the generator makes of that.

    Parameters
    ----------
    generator : keras.Model
    transformation : Transformation
    shown : sequence of numpy.ndarray
        ``uint8`` RGB; `count` of them are taken.
    count : int

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB.
    """
    every = max(1, len(shown) // count)
    shown = list(shown[::every][:count])
    filtered = [filter_of(transformation)(p) for p in shown]
    restored = [restore(generator, transformation, f) for f in filtered]
    return sheet([shown, filtered, restored])


def _listed(value: str | Sequence[str] | None) -> list[str]:
    """Return a list of what was given as one folder or as several."""
    return [value] if isinstance(value, str) else list(value or ())


def _load(settings: Settings, whole: bool) -> tuple[Sequence[Picture], np.ndarray | None, Sequence[Picture], bool]:
    """Return the pictures of a training, as `scenes.load` and `load_faces` do.

    Returns
    -------
    pictures : sequence of numpy.ndarray
    shares : numpy.ndarray or None
        How often each is drawn; None if all are drawn alike.
    validation : sequence of numpy.ndarray
    kept_out : bool
        Whether those for validation are not trained on.
    """

    def load(texts: list[str], what: str) -> tuple[Any, np.ndarray, list[str]]:
        with progress(what, unit="file") as bar:
            found, shares, splits, problems = (scenes.load if whole else load_faces)(texts, bar, subset=chosen)
        for problem in problems[:10]:
            say(problem)
        return found, shares, splits

    def only(found: Any, places: np.ndarray | list[int]) -> Any:
        return found[places] if isinstance(found, np.ndarray) else [found[i] for i in places]

    chosen = subset.parse(settings.subset)
    found, shares, splits = load(_listed(settings.data), "reading")
    kept_out = True
    if settings.validation:
        validation, *_ = load(_listed(settings.validation), "reading validation")
    else:
        apart = np.array([s == "validation" for s in splits])
        if 0 < sum(apart) < len(found):
            validation, trained = only(found, np.flatnonzero(apart)), np.flatnonzero(~apart)
            found, shares = only(found, trained), shares[trained]
        else:
            say("too few sources to keep some for validation: the sheets show training pictures")
            validation, kept_out = found, False
    if settings.limit:
        places = limited(len(found), settings.limit, settings.spread)
        found, shares = only(found, places), shares[places]
        validation = only(validation, limited(len(validation), settings.limit, settings.spread))
    even = np.ptp(shares) < 1e-9
    return found, None if even else shares / shares.sum(), evenly(validation, MAX_VALIDATION), kept_out


WARM_UP = 500  # most steps, of at most a tenth of all, in which a cosine schedule reaches its full rate


def build(transformation: Transformation, settings: Settings, steps: int = 1) -> GAN:
    """Return the compiled GAN of a transformation; `steps` is the number of steps of an epoch."""
    preset = settings.preset or transformation.preset
    late = settings.adversarial_from
    weights = LossWeights(adversarial=0.0) if settings.l1_only else LossWeights(**transformation.loss_weights)
    gan = GAN(
        _with_pretrained(transformation.build_generator(preset), preset, settings.fine_tune_from),
        transformation.build_generator(preset),
        transformation.build_discriminator(preset),
        loss_weights=weights,
        adversarial=transformation.adversarial,
        perceptual_network=transformation.perceptual_network,
        perceptual_focus=transformation.perceptual_focus,
        adversarial_from=transformation.adversarial_from if late is None else late,
        **transformation.representation().losses(),
    )
    rate = settings.learning_rate or transformation.learning_rate
    scheduled = rate
    if settings.schedule == "cosine":
        steps = max(1, settings.epochs * steps)
        warm_up = min(WARM_UP, steps // 10)
        scheduled = keras.optimizers.schedules.CosineDecay(
            rate / 100, steps - warm_up, warmup_target=rate, warmup_steps=warm_up
        )
    gan.compile(
        keras.optimizers.Adam(scheduled, beta_1=0.9, clipnorm=1.0),
        keras.optimizers.Adam(min(rate, 4e-4), beta_1=0.5),
    )
    return gan


def _with_pretrained(generator: keras.Model, preset: str, fine_tune_from: int | None) -> keras.Model:
    """Return a generator after setting its encoder to ImageNet weights, if it has an encoder that they fit."""
    if not hasattr(generator, "encoder") or preset == "tiny":
        return generator
    generator.encoder.set_weights(efficientnet.features().get_weights())
    efficientnet.train_from(generator.encoder, fine_tune_from)
    return generator
