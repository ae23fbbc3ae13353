"""How every training runs: from settings to a filled run folder."""

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar

from experiments.cli.console import say
from experiments.cli.settings import settings_from
from experiments.core.runs import Run, default_folder, refuse_second_run, resumed
from experiments.training import state
from experiments.training.recorder import Recorder
from filters.io.pictures import PathLike
from transformers import backend
from transformers.backend import keras
from transformers.pretrained import save_weights
from transformers.training.base import TrainingModel
from transformers.training.callbacks import Guard, Schedule

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
    history : list of dict
        A row for each epoch so far.
    steps : int
        Steps of an epoch.
    """

    SETTINGS: type
    KINDS: tuple[str, ...]
    SCORE = "score"
    DISCRIMINATOR: str | None = None
    settings: Any
    steps: int

    def __init__(self, settings: Any, folder: PathLike | None = None, resume: bool = False) -> None:
        self.settings, self.resume = settings, resume
        self.history: list[dict[str, Any]] = []
        self.kind = getattr(settings, "kind", self.KINDS[0])
        self.folder = Path(folder or default_folder(self.kind, asdict(settings)))

    @classmethod
    def run(cls, arguments: argparse.Namespace) -> int:
        """Start the training that a command line describes, or resume one; return the exit code."""
        if arguments.resume:
            return cls.train(*resumed(cls.SETTINGS, arguments, *cls.KINDS), resume=True)
        return cls.train(settings_from(cls.SETTINGS, arguments), arguments.out)

    @classmethod
    def train(cls, settings: Any, folder: PathLike | None = None, resume: bool = False) -> int:
        """Train, or resume a training; return the exit code. Parameters are those of the class.

        Raises
        ------
        UsageError
            When the folder holds a run, and `resume` is false; when settings and data do not fit.
        """
        return cls(settings, folder, resume)._train()

    def _train(self) -> int:
        refuse_second_run(self.folder, self.resume)
        self.load()
        precision = backend.prepare_training(self.settings.seed, self.settings.precision)
        model = self.build()
        init = getattr(self.settings, "init", None)
        if init and not self.resume:
            self.initialize(model, init)
            model.reset_ema()
        begin = state.resume_point(model, self.folder, self.settings, self.resume)
        if begin is None:
            return 0
        start, self.history = begin
        Run.create(self.folder, self.kind, self.settings)
        say(f"{self.summary()}; {precision}, {backend.name()}")
        self._fit(model, start)
        self.finish(model)
        say(f"{self.folder}: best weights, history.csv and samples/ are there")
        return 0

    def _fit(self, model: Model, start: int) -> None:
        recorder = Recorder(self)
        try:
            model.fit(
                self.batches(start),
                steps_per_epoch=self.steps,
                initial_epoch=start,
                epochs=self.settings.epochs,
                callbacks=[*self.callbacks(model, start), recorder],
                shuffle=False,
                verbose=0,  # pyright: ignore[reportArgumentType]  # Keras takes numbers too
                **self.fit_options(),
            )
        except KeyboardInterrupt:
            recorder.save_state()
            raise

    def load(self) -> None:
        """Load the data, and set `steps`."""
        raise NotImplementedError

    def build(self) -> Model:
        """Return the compiled model."""
        raise NotImplementedError

    def initialize(self, model: Model, init: str) -> None:
        """Load the weights that `init` names: a file, or the folder of a run."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return the line that is printed before the first step."""
        raise NotImplementedError

    def batches(self, start: int) -> Iterable:
        """Return batches from an epoch on, without end."""
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
