"""Train a fast painter: a network that paints any picture the way one painting is painted."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from experiments.command import add_network_arguments, add_numbers

STEPS = 50  # of an epoch, at most
JUDGED = 4  # photographs that are kept out of training, to choose the best weights by
GRAIN = 8 / 127.5  # most noise (standard deviation) that is laid over the second view: of a film in poor light
LEAST_SIZE = 64


@dataclass(frozen=True)
class Settings:
    """What a training is told, and what ``config.json`` keeps."""

    painting: str
    data: str
    painting_size: int = 512
    size: int = 160
    batch_size: int = 2
    epochs: int = 1000
    minutes: float | None = None
    content: float = 1.5
    style: float = 30.0
    light: float = 4.0
    variation: float = 1.0
    steadiness: float = 4.0
    learning_rate: float = 1e-3
    preset: str = "base"
    precision: str = "auto"
    seed: int = 0
    init: str | None = None


def add_arguments(parser):
    parser.add_argument("painting", nargs="?", metavar="PAINTING", help="what to learn from")
    parser.add_argument("--data", metavar="DIR", help="photographs to practise on")
    parser.add_argument("--out", metavar="RUN", help="the run folder (default: runs/NAME_OF_THE_PAINTING)")
    parser.add_argument("--resume", metavar="RUN", help="go on with this one; --minutes and --epochs may be raised")
    parser.add_argument("--minutes", type=float, help="of training in all, also after --resume; then it stops")
    parser.add_argument("--epochs", type=int, help=f"of {STEPS} steps, in all (default: {Settings.epochs})")
    add_numbers(
        parser,
        Settings,
        painting_size="longer side at which the painting is looked at, in pixels: larger, larger strokes",
        size="side of the squares of photographs that are painted",
        batch_size="squares a step",
        content="weight: how much of the photograph stays",
        style="weight: how much of the painting comes",
        light="weight: how much of the photograph's light and shade stays",
        variation="weight: against speckle",
        steadiness="weight: against flicker in films",
        learning_rate="of Adam",
        seed="of photographs and first weights",
    )
    add_network_arguments(parser, preset=Settings.preset)
    parser.add_argument("--init", metavar="WEIGHTS", help="start from these, for instance of another painting")


def execute(arguments):
    from experiments.command import UsageError
    from experiments.run_folder import resumed

    if arguments.resume:
        return train(*resumed(Settings, arguments), resume=True)
    if not arguments.painting or not arguments.data:
        raise UsageError("give a PAINTING and --data DIR, a folder of photographs")
    values = {f.name: getattr(arguments, f.name) for f in fields(Settings)}
    values["epochs"] = arguments.epochs or Settings.epochs
    settings = Settings(**values)
    for name, least in (("size", LEAST_SIZE), ("painting_size", LEAST_SIZE), ("batch_size", 1)):
        if values[name] < least:
            raise UsageError(f"--{name.replace('_', '-')}: at least {least}")
    if settings.size % 8:
        raise UsageError("--size: a multiple of 8")
    return train(settings, Path(arguments.out or f"runs/{Path(arguments.painting).stem}"))


def train(settings, folder, resume=False):
    """Train, or go on with a training.

    The run folder holds ``config.json``, ``painting.png`` (as it was looked at), ``history.csv`` and its
    plot, ``samples/`` (of photographs kept out of training), ``best.weights.h5`` (least score on these)
    and ``last.weights.h5``, both of the averaged painter, and ``state.npz``, from which to resume.

    Parameters
    ----------
    settings : Settings
    folder : pathlib.Path
        Must not hold another run unless `resume`.
    resume : bool

    Returns
    -------
    int
        0.
    """
    from experiments.command import say
    from experiments.representation import to_unit
    from experiments.run_folder import refuse_second_run, take_up
    from filters import pictures
    from transformers import backend

    refuse_second_run(folder, resume)
    painting = (
        pictures.read(folder / "painting.png")
        if resume
        else pictures.smaller(pictures.read(settings.painting), settings.painting_size)
    )
    training, judged = apart(pictures.find_pictures([settings.data]))
    validation = [square(pictures.read(path), settings.size, (0.5, 0.5), 1.0) for path in judged]

    precision = backend.prepare_training(settings.seed, settings.precision)
    from transformers.painter import PainterTraining, PaintWeights
    from transformers.pretrained import load_weights

    weights = PaintWeights(**{f.name: getattr(settings, f.name) for f in fields(PaintWeights)})
    model = PainterTraining(to_unit(painting), settings.preset, weights)
    model.compile(backend.keras.optimizers.Adam(settings.learning_rate))
    if settings.init and not resume:
        load_weights(model.painter, settings.init)
        model.learn_colors(to_unit(painting))
        model.averaged.set_weights(model.painter.get_weights())
    begin = take_up(model, folder, settings, resume)
    if begin is None:
        return 0
    pictures.write(folder / "painting.png", painting)
    pictures.write_bytes(folder / "config.json", json.dumps(asdict(settings), indent=2).encode())
    say(
        f"{painting.shape[1]}x{painting.shape[0]} of the painting, {len(training)} photographs, squares of "
        f"{settings.size}, batches of {settings.batch_size}, {precision}, {backend.name()}"
    )
    _fit(model, settings, folder, training, validation, *begin)
    say(f"{folder}: best.weights.h5, history.csv and samples/ are there")
    return 0


def apart(paths):
    """Photographs to practise on, and `JUDGED` ones to judge by, evenly spread; all serve for both if few."""
    judged = paths[:: max(1, len(paths) // JUDGED)][:JUDGED]
    return [path for path in paths if path not in judged] or paths, judged


def square(picture, side, place, share):
    """A square of a photograph, ``uint8`` RGB ``(side, side, 3)``.

    Parameters
    ----------
    picture : numpy.ndarray
    side : int
        Of the result.
    place : tuple of float
        Down and across: 0 the top or left of the photograph, 1 its bottom or right.
    share : float
        How much of the photograph's shorter side the square has.
    """
    from filters.pictures import resized

    cut = max(1, round(share * min(picture.shape[:2])))
    top, left = (round(p * (s - cut)) for p, s in zip(place, picture.shape[:2], strict=True))
    return resized(picture[top : top + cut, left : left + cut], (side, side))


class Photographs:
    """Squares of photographs, read when they are needed: thousands do not fit into memory.

    A file that cannot be used is told once, and its neighbour takes its place. What is drawn depends on
    (seed, step, place in the batch) alone, so a training that is resumed sees what it would have seen.

    Parameters
    ----------
    paths : list of pathlib.Path
    size : int
        Side of the squares.
    batch_size : int
    seed : int
    """

    def __init__(self, paths, size, batch_size, seed):
        self.paths, self.size, self.batch_size, self.seed = paths, size, batch_size, seed
        self.unusable = set()

    def batch(self, step):
        """What `transformers.painter.PainterTraining.train_step` takes."""
        import numpy as np

        from experiments.representation import to_unit
        from transformers.painter import MOST_SHIFT

        rng = np.random.default_rng([self.seed, step])
        shift = rng.integers(MOST_SHIFT, size=2, endpoint=True)
        views = []
        for place in range(self.batch_size):
            rng = np.random.default_rng([self.seed, step, place])
            picture = self._photograph(int(rng.integers(len(self.paths))))
            # From all of a photograph to less than half: faces large and small.
            picture = square(picture, self.size + MOST_SHIFT, rng.random(2), rng.uniform(0.4, 1.0))
            if rng.random() < 0.5:
                picture = picture[:, ::-1]
            grain = np.float32(rng.uniform(0, GRAIN))
            one = to_unit(picture[: self.size, : self.size])
            other = to_unit(picture[shift[0] :, shift[1] :][: self.size, : self.size])
            other = other + grain * rng.standard_normal(other.shape, np.float32)
            views.append((one, np.clip(other, -1, 1)))
        one, other = (np.stack(v) for v in zip(*views, strict=True))
        return {"picture": one, "other": other, "shift": shift.astype(np.int32)}

    def _photograph(self, index):
        from experiments.command import say
        from filters import PictureError, pictures

        for path in self.paths[index:] + self.paths[:index]:
            if path not in self.unusable:
                try:
                    return pictures.read(path)
                except PictureError as error:
                    self.unusable.add(path)
                    say(f"error: {error}")
        raise PictureError("none of the photographs can be read; give another --data")


def _fit(model, settings, folder, training, validation, start, record):
    import itertools

    from experiments.data import ahead
    from transformers.gan import Guard

    photographs = Photographs(training, settings.size, settings.batch_size, settings.seed)
    steps = max(1, min(STEPS, len(training) // settings.batch_size))
    model.fit(
        ((batch,) for batch in ahead(photographs.batch, itertools.count(start * steps))),
        steps_per_epoch=steps,
        initial_epoch=start,
        epochs=settings.epochs,
        callbacks=[Guard(), _recorder(settings, folder, steps, validation, record)],
        shuffle=False,
        verbose=0,
    )


def _recorder(settings, folder, steps, validation, record):
    """The `run_folder.recorder` of painters: best weights by the score on photographs kept out of training."""
    from experiments.fast_painter import paint
    from experiments.representation import to_unit
    from experiments.run_folder import recorder, sheets_after
    from experiments.sheets import sheet
    from filters import pictures
    from transformers.pretrained import save_weights

    judged = [to_unit(picture)[None] for picture in validation]
    shown_after = sheets_after(settings.epochs)

    def judge(model, row, last):
        row["score"] = round(sum(model.score(picture) for picture in judged) / len(judged), 6)
        if row["score"] <= min(r["score"] for r in record):
            save_weights(model.averaged, folder / "best.weights.h5")
        if last or row["epoch"] in shown_after:
            painted = [paint(picture, model.averaged) for picture in validation]
            shown = sheet([validation, painted], cell=(256, 256))
            pictures.write(folder / "samples" / f"epoch_{row['epoch']:04d}.png", shown)

    return recorder(folder, settings, steps, record, judge, lambda model: {"last": model.averaged})
