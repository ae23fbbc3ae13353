"""Training a transformation, into a run folder that holds everything."""

import importlib.util
import json

import numpy as np

from experiments.cli.console import UsageError, progress, say
from experiments.commands.train import Settings
from experiments.core import registry
from experiments.core.codecs import SIZE, filter_of
from experiments.core.models import find_weights
from experiments.core.runs import discriminator_weights
from experiments.datasets import scenes, subset
from experiments.datasets.augmentation import NO_AUGMENTATION, Augmentation, augmented
from experiments.datasets.crops import load_faces
from experiments.datasets.pairs import Pairs, pair
from experiments.datasets.scenes import middle
from experiments.datasets.subset import evenly
from experiments.evaluation import reconstruction
from experiments.inference.restoration import restore
from experiments.reports.sheets import sheet
from experiments.training import output_diversity
from experiments.training.driver import Driver
from experiments.training.recorder import sheets_after
from filters.io import pictures
from filters.io.pictures import write_bytes
from transformers.backend import keras
from transformers.networks import efficientnet
from transformers.pretrained import load_weights
from transformers.training.callbacks import Guard, Schedule
from transformers.training.paired import GAN, LossWeights

MAX_VALIDATION = 256
MAX_MEASURED = 48
SHEET_PICTURES = 6


class PairedDriver(Driver):
    """The training of a transformation: best weights by ``val_score``.

    The run folder also has ``metrics.json``, of pictures kept out of training, if there are any.
    """

    SETTINGS = Settings
    KINDS = ("transformation",)
    SCORE = "val_score"
    DISCRIMINATOR = "discriminator"

    def load(self):
        settings = self.settings
        self.transformation = transformation = registry.find(settings.transformation)
        if settings.tensorboard and importlib.util.find_spec("tensorboard") is None:
            raise UsageError("TensorBoard is not installed; run: .venv/bin/python -m pip install tensorboard")
        self.crops, shares, validation, self.kept_out = _load(settings, transformation.pictures == "whole")
        # Where any face shall become any other, all results becoming the same is no collapse but the aim.
        self.any_pairs = transformation.pairs == "any"
        if self.any_pairs and min(len(self.crops), len(validation)) < 2:
            names = ", ".join(_listed(settings.data))
            raise UsageError(f"{names} must show two faces or more: any of them becomes any other")
        self.validation, self.fixed = validation, self._fixed(validation)
        augmentation = Augmentation(**transformation.augmentation)
        how = settings.batch_size, augmentation, settings.seed, settings.size, shares
        self.pairs = Pairs(transformation, self.crops, *how)
        self.steps = self.pairs.steps

    def build(self):
        gan = build(self.transformation, self.settings, len(self.crops) // self.settings.batch_size)
        # Where the generator enlarges, its input has fewer pixels than the pictures.
        stride = round(gan.generator.stride / min(1, gan.generator.output_stride))
        if any(side % stride for side in self.settings.size):
            raise UsageError(f"--size: both sides must be multiples of {stride}, for instance 256x320")
        return gan

    def _fixed(self, validation):
        """Return validation pictures at the size of training, the same in every epoch."""
        size = self.settings.size
        if self.transformation.pictures == "whole":
            return [middle(picture, size) for picture in validation]
        rng = np.random.default_rng(0)
        return [augmented(validation, i, rng, NO_AUGMENTATION, size) for i in range(len(validation))]

    def initialize(self, model):
        path, _ = find_weights(self.settings.init)
        load_weights(model.generator, path)
        # A discriminator that starts anew would teach nothing for an epoch.
        if beside := discriminator_weights(path.parent):
            load_weights(model.discriminator, beside)

    def summary(self):
        width, height = self.settings.size
        return (
            f"{len(self.crops)} pictures for training, {len(self.validation)} for validation; {width}x{height}, "
            f"batches of {self.settings.batch_size}"
        )

    def batches(self, start):
        return self.pairs.stream(start)

    def callbacks(self, model, start):
        callbacks = [Guard(min_output_std=0.0) if self.any_pairs else Guard(), Schedule()]
        if self.any_pairs:
            done = start * self.steps
            recorder = output_diversity.Recorder(self.transformation, self.folder, self.fixed, done)
            callbacks.append(recorder)
        if self.settings.tensorboard:
            callbacks.append(keras.callbacks.TensorBoard(self.folder / "tensorboard"))
        return callbacks

    def fit_options(self):
        others = self.fixed[1:] + self.fixed[:1] if self.any_pairs else self.fixed
        pairs = [pair(self.transformation, p, other=o) for p, o in zip(self.fixed, others, strict=True)]
        conditions, targets = (np.stack(values) for values in zip(*pairs, strict=True))
        return {"validation_data": (conditions, targets), "validation_batch_size": self.settings.batch_size}

    def begin(self, model):
        self._write_sheet(model, 0)

    def evaluate(self, model, row, last):
        if row["epoch"] in sheets_after(self.settings.epochs):
            self._write_sheet(model, row["epoch"])

    def _write_sheet(self, model, epoch):
        page = sample_sheet(model.ema_generator, self.transformation, self.fixed)
        pictures.write(self.folder / "samples" / f"epoch_{epoch:04d}.png", page)

    def finish(self, model):
        """Measure the best weights on the validation pictures, beside the baselines."""
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


run, train = PairedDriver.run, PairedDriver.train


def sample_sheet(generator, transformation, shown, count: int = SHEET_PICTURES):
    """Show some pictures, what the filter leaves of them, and what the generator makes of that."""
    every = max(1, len(shown) // count)
    shown = list(shown[::every][:count])
    filtered = [filter_of(transformation)(p) for p in shown]
    restored = [restore(generator, transformation, f) for f in filtered]
    return sheet([shown, filtered, restored])


def _listed(value):
    """Return what was given as one folder, or as several."""
    return [value] if isinstance(value, str) else list(value or ())


def _load(settings, whole):
    """Return pictures to train on and how often each is drawn, others to validate on, and if kept out."""

    def load(texts, what: str):
        with progress(what, unit="file") as bar:
            found, shares, splits, problems = (scenes.load if whole else load_faces)(texts, bar, subset=chosen)
        for problem in problems[:10]:
            say(problem)
        return found, shares, splits

    def only(found, wanted):
        return found[wanted] if isinstance(found, np.ndarray) else [found[i] for i in np.flatnonzero(wanted)]

    chosen = subset.parse(settings.subset)
    found, shares, splits = load(_listed(settings.data), "reading")
    kept_out = True
    if settings.validation:
        validation, *_ = load(_listed(settings.validation), "reading validation")
    else:
        apart = np.array([s == "validation" for s in splits])
        if 0 < sum(apart) < len(found):
            found, shares, validation = only(found, ~apart), shares[~apart], only(found, apart)
        else:
            say("too few sources to keep some for validation: the sheets show training pictures")
            validation, kept_out = found, False
    if settings.limit:
        found, shares = found[: settings.limit], shares[: settings.limit]
    even = np.ptp(shares) < 1e-9
    return found, None if even else shares / shares.sum(), evenly(validation, MAX_VALIDATION), kept_out


WARM_UP = 500  # steps, or a tenth of all, in which a cosine schedule comes to its full rate


def build(transformation, settings, steps: int = 1):
    """Return the compiled GAN of a transformation; `steps` are those of an epoch."""
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


def _with_pretrained(generator, preset, fine_tune_from):
    """Return a generator whose encoder, if it has one that ImageNet weights fit, begins with them."""
    if not hasattr(generator, "encoder") or preset == "tiny":
        return generator
    generator.encoder.set_weights(efficientnet.features().get_weights())
    efficientnet.train_from(generator.encoder, fine_tune_from)
    return generator
