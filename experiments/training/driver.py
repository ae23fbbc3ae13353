"""How every training runs: from settings to a filled run folder."""

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar

from experiments.cli import console
from experiments.cli.console import progress, say
from experiments.cli.settings import settings_from
from experiments.core import provenance
from experiments.core.run_folders import held, refuse_second_run
from experiments.core.runs import Run, default_folder, has_state, resumed, time_is_over
from experiments.training import state
from experiments.training.memory import refuse_too_large
from experiments.training.recorder import Recorder
from experiments.training.stopping import Stopping
from filters.io.pictures import PathLike
from transformers import backend
from transformers.backend import keras
from transformers.pretrained import save_weights
from transformers.training.base import TrainingModel
from transformers.training.callbacks import Guard, Schedule, TrainingFailed

MOST_HALVINGS = 3  # of the learning rate, after failures of a training
Model = TypeVar("Model", bound=TrainingModel)


class Driver(Generic[Model]):
    """A training; subclasses say what is special to one kind.

    A run folder holds ``config.json``, ``history.csv`` and its plot, ``samples/``, ``best.weights.h5`` (lowest
    `SCORE`) and ``last.weights.h5``, both averaged (see `TrainingModel`), for several networks
    ``best.NAME.weights.h5``, and ``state.npz``, from which to resume. With `DISCRIMINATOR`,
    ``discriminator.weights.h5`` lies beside the best ones.

    A subclass has the methods `load`, `build`, `initialize`, `summary`, `batches` and `evaluate`, called in this
    order.

    Parameters
    ----------
    settings : object
        An instance of `SETTINGS`.
    folder : path-like, optional
        The run folder (default: ``runs/NAME``).
    resume : bool
        Whether the folder holds the run already.

    Attributes
    ----------
    SETTINGS : type
        Dataclass of the settings.
    KINDS : tuple of str
        Kinds of runs, see `experiments.core.runs.TRAINED_BY`.
    SCORE : str
        Column of the history by which the best weights are chosen; lower is better.
    DISCRIMINATOR : str, optional
        Attribute of the model whose weights are saved beside the best ones.
    progress : experiments.training.state.Progress
    contents : list of str
        A SHA-256 for each picture of the data, see `experiments.core.provenance`.
    steps : int
        Steps of an epoch.
    last_epoch : int
        After which the training ends; that of the settings, unless a part of a run is reproduced.
    """

    SETTINGS: type
    KINDS: tuple[str, ...]
    SCORE = "score"
    DISCRIMINATOR: str | None = None
    settings: Any
    steps: int
    contents: list[str]

    def __init__(self, settings: Any, folder: PathLike | None = None, resume: bool = False) -> None:
        self.settings, self.resume = settings, resume
        self.kind = getattr(settings, "kind", self.KINDS[0])
        self.folder = Path(folder or default_folder(self.kind, asdict(settings)))
        self.last_epoch = settings.epochs
        self.began = time.monotonic()
        self.late = False  # whether the minutes are over
        self._set_progress(state.Progress())

    @property
    def history(self) -> list[dict[str, Any]]:
        """A row for each whole epoch so far."""
        return self.progress.history

    @classmethod
    def run(cls, arguments: argparse.Namespace) -> int:
        """Start the training that a command line describes, or resume one; return the exit code."""
        if arguments.resume:
            driver = cls(*resumed(cls.SETTINGS, arguments, *cls.KINDS), resume=True)
        else:
            driver = cls(settings_from(cls.SETTINGS, arguments), arguments.out)
        driver.began = console.began()  # what is imported, read and compiled counts as well
        return driver.start()

    @classmethod
    def train(cls, settings: Any, folder: PathLike | None = None, resume: bool = False) -> int:
        """Train, or resume a training; return the exit code. Parameters are those of the class.

        Raises
        ------
        UsageError
            When the folder holds a run, and `resume` is false; when settings and data do not fit.
        """
        return cls(settings, folder, resume).start()

    def start(self) -> int:
        """Train; see `train`."""
        refuse_second_run(self.folder, self.resume)
        refuse_too_large(self.settings)
        with held(self.folder):
            refuse_second_run(self.folder, self.resume)  # another process may have begun one
            self.resume = self.resume and has_state(self.folder)
            values = self._read_state() if self.resume else {}
            self.load()
            for line in self.warnings():
                say(line)
            precision = backend.prepare_training(self.settings.seed, self.settings.precision)
            model = self.build()
            if self.resume:
                self._restore(model, values)
                if not self.is_unfinished():
                    return self._say_over(model)
            elif init := getattr(self.settings, "init", None):
                self.initialize(model, init)
                model.reset_ema()
            Run.create(self.folder, self.kind, self.settings, self._provenance(precision))
            if not self.resume:
                state.write(model, self.progress, self.folder)
            say(f"{self.summary()}; {precision}, {backend.name()}")
            self._fit(model)
            self.finish(model)
        say(f"{self.folder}: best weights, history.csv and samples/ are there")
        return 0

    def seconds(self) -> float:
        """Return what the training took so far, from the start of each of its commands."""
        return self._seconds_before + time.monotonic() - self.began

    def is_unfinished(self) -> bool:
        """Tell whether there is an epoch to train, and time for it."""
        return self.progress.epoch < self.last_epoch and not time_is_over(self.settings, self._seconds_before)

    def _say_over(self, model: Model) -> int:
        if not self.is_finished():
            self.finish(model)  # a process that was killed had begun with it
        more = "--epochs or --minutes" if hasattr(self.settings, "minutes") else "--epochs"
        say(f"{self.folder} has its {self.progress.epoch} epochs; give {more} to train on")
        return 0

    def _set_progress(self, found: state.Progress) -> None:
        self.progress, self._seconds_before = found, found.seconds

    def _read_state(self) -> dict:
        found, values = state.read(self.folder)
        self._set_progress(found)
        return values

    def _restore(self, model: Model, values: dict) -> None:
        self.restored, self._contained = values, self.progress.halvings
        self.assign_restored(model)

    def assign_restored(self, model: Model) -> None:
        """Set all that the training changes to the saved state, with the learning rate as failures lowered it."""
        state.assign(model, self.restored, self.folder)
        if self.progress.halvings:
            model.lower_rates(0.5**self.progress.halvings, contained=0.5**self._contained)

    def _provenance(self, precision: str) -> dict[str, Any]:
        """Return where the run comes from, and say what is no longer as it was when the run began."""
        before = Run.open(self.folder).provenance if self.resume else {}
        now = {
            "commit": provenance.commit(),
            "versions": provenance.versions(backend.name()),
            "precision": precision,
            "cores": provenance.cores(),
            "seed": self.settings.seed,
            "data": provenance.fingerprint(self.contents),
        }
        for line in provenance.differences(before, now):
            say(f"not as when the run began: {line}")
        begun = {"epoch": self.progress.epoch, "epochs": self.settings.epochs, "command": provenance.command()}
        return {**now, "commands": [*before.get("commands", []), begun]}

    def _fit(self, model: Model) -> None:
        with Stopping() as self.stopping, progress("training", unit="step") as bar:
            if not self.resume:
                self.begin(model)
            while True:
                try:
                    return self._fit_on(model, bar)
                except TrainingFailed as failure:
                    self._go_back(model, failure)

    def _fit_on(self, model: Model, bar: Callable[..., None]) -> None:
        """Train from where the training is to its end."""
        callbacks = self.callbacks(model, self.progress.epoch)
        guard = next((each for each in callbacks if isinstance(each, Guard)), None)
        callbacks.append(Recorder(self, guard, bar))
        while self.progress.epoch < self.last_epoch and not self.late:
            epoch, step = self.progress.epoch, self.progress.step
            model.fit(
                self.batches(epoch, step),
                steps_per_epoch=self.steps - step,
                initial_epoch=epoch,
                epochs=epoch + 1 if step else self.last_epoch,
                callbacks=callbacks,
                shuffle=False,
                verbose=0,  # pyright: ignore[reportArgumentType]  # Keras takes numbers too
                **self.fit_options(),
            )

    def _go_back(self, model: Model, failure: TrainingFailed) -> None:
        """Go back to the last good state with half of the learning rate.

        Raises
        ------
        TrainingFailed
            When that was done `MOST_HALVINGS` times already.
        """
        halvings = self.progress.halvings + 1
        if halvings > MOST_HALVINGS:
            raise failure
        seconds, (found, values) = self.seconds(), state.read(self.folder)
        self.restored, self._contained = values, found.halvings
        found.halvings, found.seconds = halvings, seconds
        self.began = time.monotonic()
        self._set_progress(found)
        self.assign_restored(model)
        say(
            f"{failure}. Back to epoch {found.epoch}, step {found.step}, with {0.5**halvings:g} of the learning "
            f"rate ({halvings} of {MOST_HALVINGS})"
        )

    def load(self) -> None:
        """Load the data, and set `steps` and `contents`."""
        raise NotImplementedError

    def warnings(self) -> Iterable[str]:
        """Return what a user should know of the data before the training, line by line."""
        return ()

    def build(self) -> Model:
        """Return the compiled model."""
        raise NotImplementedError

    def initialize(self, model: Model, init: str) -> None:
        """Load the weights that `init` names: a file, or the folder of a run."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return the line that is printed before the first step."""
        raise NotImplementedError

    def batches(self, start: int, step: int = 0) -> Iterable:
        """Return batches from a step of an epoch on, without end."""
        raise NotImplementedError

    def evaluate(self, model: Model, row: dict[str, Any], last: bool) -> None:
        """Add measures to an epoch's row of the history, and write samples; `last` marks the last epoch."""
        raise NotImplementedError

    def is_best(self, row: dict[str, Any]) -> bool:
        """Tell whether the weights of a row's epoch are the best so far."""
        return self.SCORE in row and row[self.SCORE] <= min(r[self.SCORE] for r in self.history if self.SCORE in r)

    def save_best(self, model: Model) -> None:
        """Save the averaged weights as the best ones, and the discriminators."""
        self.save("best", model.ema_networks())
        if self.DISCRIMINATOR:
            self.save("discriminator", model.parts(self.DISCRIMINATOR))

    def save(self, what: str, networks: dict[str, keras.Model]) -> None:
        """Save the weights of networks as ``WHAT.weights.h5`` or, if they have names, ``WHAT.NAME.weights.h5``."""
        for name, network in networks.items():
            save_weights(network, self.folder / f"{what}{name and f'.{name}'}.weights.h5")

    def callbacks(self, model: Model, start: int) -> list:
        """Return the callbacks besides the recorder; `start` is the first epoch."""
        return [Guard(), Schedule()]

    def fit_options(self) -> dict[str, Any]:
        """Return further options of ``keras.Model.fit``."""
        return {}

    def begin(self, model: Model) -> None:
        """Write what a new run folder holds before the first step."""

    def finish(self, model: Model) -> None:
        """Write what a run folder holds after the last step."""

    def is_finished(self) -> bool:
        """Tell whether `finish` has written what belongs to the state."""
        return True
