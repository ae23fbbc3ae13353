"""Train a translation between two folders of pictures, of which no two need to show the same."""

import argparse
import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from experiments.command import add_network_arguments, add_numbers

METHODS = ("cyclegan", "cut", "fastcut")
JUDGE_EVERY = 2  # epochs
SHOWN = 5  # pictures of each kind in sheets
# What --overfit sets in place of the defaults. Every face is pulled towards the drawing, and the way back, which
# stays as it is, has to find the face in the result: so what both have is kept, and the rest overwritten. In
# smaller pictures the critic sees more of a face at once, not lines alone.
OVERFIT = {
    "only": "forward",
    "size": "192x256",
    "content": 2.0,
    "perceptual": 0.0,
    "kept": 0.3,
    "learning_rate": 5e-4,
    "epochs": 12,
    "steps": 20,
}


@dataclass(frozen=True)
class Settings:
    """What a training is told, and what ``config.json`` keeps."""

    name: str
    a: str
    b: str
    faces: bool = False
    method: str = "cyclegan"
    generator: str = "resnet"
    preset: str = "base"
    stand_ins: tuple = ()
    adversarial_from: int = 2
    content: float = 10.0
    identity: float = 5.0
    adversarial: float = 1.0
    perceptual: float = 0.0
    kept: float = 0.0
    gray: tuple = ()
    epochs: int = 100
    steps: int = 50
    minutes: float | None = None
    batch_size: int = 4
    size: tuple = (256, 320)
    learning_rate: float = 2e-4
    precision: str = "auto"
    seed: int = 0
    init: str | None = None
    only: str | None = None
    overfit: bool = False


def add_arguments(parser):
    _add_folders(parser, "A_DIR", "B_DIR")
    parser.add_argument("--name", required=True, help="of the translation: its run is runs/NAME")
    parser.add_argument("--faces", action="store_true", help="cut the faces out (default: pictures as they are)")
    _add_training_arguments(parser, Settings)


def _add_folders(parser, first, second):
    parser.add_argument("a", nargs="?", metavar=first, help="pictures to be translated")
    parser.add_argument("b", nargs="?", metavar=second, help="pictures of the kind wanted")


def _add_training_arguments(parser, defaults):
    how = parser.add_argument_group("training")
    how.add_argument(
        "--method",
        choices=METHODS,
        default="cyclegan",
        help="cyclegan learns both directions; cut and fastcut one, in half the time (default: cyclegan)",
    )
    how.add_argument("--generator", choices=("resnet", "unet"), default=defaults.generator)
    how.add_argument(
        "--adversarial-from",
        type=int,
        default=defaults.adversarial_from,
        metavar="EPOCH",
        help="when the critics join; before, the generators learn from pairs that a filter makes, or, "
        f"without one, to leave pictures as they are (default: {defaults.adversarial_from})",
    )
    add_numbers(
        how,
        defaults,
        content="weight of cycles, or of patches' contrast",
        identity="weight: what is of the wanted kind already stays as it is",
        adversarial="weight of the critics' verdicts",
        perceptual="weight of VGG-16 features",
        kept="share of the pairs' weight once the critics have joined",
        steps="of an epoch",
        batch_size="pictures of each kind in a step",
        learning_rate="of the generators; critics learn twice as fast",
        seed="of weights and batches",
    )
    how.add_argument("--epochs", type=int, help=f"the rate falls in their second half (default: {defaults.epochs})")
    how.add_argument("--minutes", type=float, help="of training in all; then it stops")
    how.add_argument("--size", default="256x320", help="width x height to train at (default: 256x320)")
    add_network_arguments(how)
    how.add_argument("--init", metavar="RUN", help="start from that run's best weights, or from the 'shipped' ones")
    how.add_argument("--only", choices=("forward", "backward"), help="the other direction stays as --init has it")
    run = parser.add_argument_group("run folder")
    run.add_argument("--out", metavar="RUN", help="where to put it (default: runs/NAME)")
    run.add_argument("--resume", metavar="RUN", help="go on with this one; --epochs or --minutes may be raised")


def main(translation):
    """The script of one translation, for instance ``python -m experiments.photo_to_drawing``."""
    from experiments.command import run

    parser = argparse.ArgumentParser(
        prog=f"python -m experiments.{translation.name}",
        description=f"Train the translation that {translation.summary}, and its way back.",
    )
    _add_folders(parser, "PHOTOS", "DRAWINGS")
    parser.add_argument(
        "--overfit",
        metavar="DRAWING",
        help="fine-tune the shipped weights on this one drawing, and show step by step what it does to faces",
    )
    weights = {"content": 10.0, "identity": 0.0, "perceptual": 6.0, "kept": 0.3}
    defaults = Settings(translation.name, "", "", generator="unet", **weights)
    _add_training_arguments(parser, defaults)
    parser.set_defaults(name=translation.name, faces=True, stand_ins=translation.stand_ins)
    if parser.parse_args().overfit:
        parser.set_defaults(**OVERFIT)
    arguments = parser.parse_args()
    run(lambda: execute(arguments))


def execute(arguments):
    from experiments.command import UsageError
    from experiments.run_folder import resumed
    from experiments.train import parse_size

    if arguments.resume:
        return train(*resumed(Settings, arguments), resume=True)
    values = {f.name: getattr(arguments, f.name) for f in fields(Settings) if hasattr(arguments, f.name)}
    values |= {"epochs": arguments.epochs or Settings.epochs, "size": parse_size(arguments.size)}
    values |= {"preset": arguments.preset or Settings.preset}
    if getattr(arguments, "overfit", None):
        values |= {"b": arguments.overfit, "overfit": True, "init": "shipped", "adversarial_from": 0}
    if not values["a"] or not values["b"]:
        raise UsageError("name two folders of pictures: what is to be translated, and what it shall look like")
    return train(Settings(**values), Path(arguments.out or f"runs/{arguments.name}"))


def train(settings, folder, resume=False):
    """Train, or go on with a training.

    The run folder holds ``config.json``, ``history.csv`` and its plot, ``samples/``, for each direction
    (``forward``, ``backward``) ``best.DIRECTION.weights.h5`` (least sum of kernel distances between
    translated and real pictures that were held out), ``critic.DIRECTION.weights.h5`` beside it and
    ``last.DIRECTION.weights.h5``, and ``state.npz``, from which to resume.

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
    from experiments.command import UsageError, say
    from experiments.run_folder import refuse_second_run, take_up
    from experiments.unpaired_data import Kind
    from filters.pictures import write_bytes

    refuse_second_run(folder, resume)
    kinds = [Kind.load(path, settings.faces, settings.size) for path in (settings.a, settings.b)]
    for letter, kind in zip("AB", kinds, strict=True):
        for line in kind.report():
            say(f"{letter}: {line}")
    towards = zip(("backward", "forward"), kinds, strict=True)
    settings = replace(settings, gray=tuple(direction for direction, kind in towards if kind.made_gray))

    from transformers import backend

    precision = backend.prepare_training(settings.seed, settings.precision)
    gan = build(settings)
    stride = next(iter(gan.generators.values())).stride
    if any(side % stride for side in settings.size):
        raise UsageError(f"--size: both sides must be multiples of {stride}, for instance 256x320")
    if settings.init and not resume:
        _initialise(gan, settings)
    write_bytes(folder / "config.json", json.dumps(asdict(settings), indent=2).encode())
    say(f"{settings.method}, {settings.size[0]}x{settings.size[1]}, {precision}, {backend.name()}")
    begin = take_up(gan, folder, settings, resume)
    if begin is None:
        return 0
    _fit(gan, settings, folder, kinds, *begin)
    say(f"{folder}: best weights, history.csv and samples/ are there")
    return 0


def build(settings):
    """The compiled `transformers.unpaired` model."""
    from transformers import unpaired

    fast = settings.method == "fastcut"  # Park et al. 2020, 4.1
    weights = unpaired.LossWeights(
        content=settings.content,
        identity=0.0 if fast else settings.identity,
        adversarial=settings.adversarial,
        perceptual=settings.perceptual,
        kept=settings.kept,
    )
    gan = unpaired.METHODS["cut" if fast else settings.method](
        settings.generator,
        settings.preset,
        loss_weights=weights,
        adversarial_from=settings.adversarial_from,
        size=settings.size,
        only=settings.only,
        gray=settings.gray,
    )
    gan.compile(settings.learning_rate)
    return gan


def _initialise(gan, settings):
    """The shipped weights, or those of another run, with its critics where there are some."""
    from experiments.command import UsageError
    from experiments.translation import discover
    from transformers import pretrained

    if settings.init == "shipped":
        if settings.name not in discover():
            raise UsageError(f"no weights are shipped for '{settings.name}'; --init takes the folder of a run")
        names = {"forward": settings.name, "backward": discover()[settings.name].back}
        for direction, generator in gan.generators.items():
            pretrained.load_weights(generator, pretrained.FOLDER / f"{names[direction]}.weights.h5")
    else:
        for direction, generator in gan.generators.items():
            pretrained.load_weights(generator, Path(settings.init) / f"best.{direction}.weights.h5")
            critic = Path(settings.init) / f"critic.{direction}.weights.h5"
            if critic.is_file():
                pretrained.load_weights(gan.critics[direction], critic)
    gan.average()


def _fit(gan, settings, folder, kinds, start, record):
    from experiments.unpaired_data import Batches
    from transformers.backend import keras
    from transformers.gan import Guard, Schedule

    falling = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: _set_rate(gan, settings.learning_rate * rate_factor(settings, epoch))
    )
    gan.fit(
        Batches(settings, kinds).stream(start),
        steps_per_epoch=settings.steps,
        initial_epoch=start,
        epochs=settings.epochs,
        callbacks=[Guard(), Schedule(), falling, _recorder(settings, folder, kinds, record)],
        shuffle=False,
        verbose=0,
    )


def rate_factor(settings, epoch):
    """1 in the first half of the epochs, then down to nearly 0 along a line (Zhu et al. 2017, 4)."""
    half = settings.epochs // 2
    return 1.0 if epoch < half else (settings.epochs - epoch) / (settings.epochs - half)


def _set_rate(gan, rate):
    gan.generator_optimizer.learning_rate = rate
    gan.discriminator_optimizer.learning_rate = 2 * rate


def _recorder(settings, folder, kinds, record):
    """The `run_folder.recorder` of unpaired trainings."""
    from experiments.run_folder import recorder, sheets_after
    from experiments.translation import run_each
    from filters import pictures
    from transformers.pretrained import save_weights

    held_out = [list(kind.held_out) for kind in kinds]
    sheet_epochs = sheets_after(settings.epochs)

    def run(gan, direction, shown):
        """Translations of pictures; none where there is no generator."""
        known = direction in gan.averaged
        return run_each(gan.averaged[direction], shown, direction in settings.gray) if known else []

    def both_ways(gan, count=None):
        """Translations of held-out pictures and the ways back."""
        there, back = (run(gan, d, s[:count]) for d, s in zip(("forward", "backward"), held_out, strict=True))
        return (there, run(gan, "backward", there)), (back, run(gan, "forward", back))

    def write_sheet(gan, epoch=0):
        (there, again), (back, round_again) = both_ways(gan, SHOWN)
        page = translation_sheet([held_out[0], there, again], [held_out[1], back, round_again])
        pictures.write(folder / "samples" / f"epoch_{epoch:04d}.png", page)

    def add_stage(gan, epoch=0):
        if settings.overfit:
            for index, made in enumerate(run(gan, "forward", held_out[0][:SHOWN])):
                pictures.write(folder / "steps" / f"{index}_{epoch * settings.steps:05d}.png", made)
            pictures.write(folder / "steps.png", stages_sheet(kinds, held_out[0], folder / "steps"))

    def begin(gan):
        write_sheet(gan)
        add_stage(gan)

    def judge(gan, row, last):
        add_stage(gan, row["epoch"])
        if last or row["epoch"] % JUDGE_EVERY == 0:
            row |= measure(both_ways(gan), held_out)
            if settings.overfit or row["kid"] <= min(r["kid"] for r in record if "kid" in r):
                for name, generator in gan.averaged.items():
                    save_weights(generator, folder / f"best.{name}.weights.h5")
                    save_weights(gan.critics[name], folder / f"critic.{name}.weights.h5")
        if last or row["epoch"] in sheet_epochs:
            write_sheet(gan, row["epoch"])

    def weights(gan):
        return {f"last.{name}": generator for name, generator in gan.averaged.items()}

    return recorder(folder, settings, settings.steps, record, judge, weights, begin)


def measure(ways, held_out):
    """Kernel distances between translated and real held-out pictures, and how well cycles close.

    Parameters
    ----------
    ways : tuple
        For each kind: translations of its held-out pictures, and the ways back; empty lists where
        there is no generator.
    held_out : list of list of numpy.ndarray
        Pictures of both kinds.

    Returns
    -------
    dict
        ``kid_forward``, ``kid_backward``, their sum ``kid``, ``cycle_psnr`` in dB of the first kind.
    """
    import numpy as np

    from experiments.metrics import psnr
    from experiments.train_noise import distance

    (there, again), (back, _) = ways
    values = {}
    for name, made, real in (("kid_forward", there, held_out[1]), ("kid_backward", back, held_out[0])):
        if made and min(len(made), len(real)) > 1:
            values[name] = distance(made, real)
    values["kid"] = round(sum(values.values()), 5)
    if again:
        values["cycle_psnr"] = round(float(np.mean([psnr(*p) for p in zip(held_out[0], again, strict=True)])), 3)
    return values


def translation_sheet(first, second):
    """Rows of pictures of one kind, their translations and the ways back, beside those of the other."""
    from experiments.sheets import sheet

    columns = [c for c in (*first, *second) if c]
    titles = ["A", "to B", "and back", "B", "to A", "and back"]
    titles = [t for t, c in zip(titles, (*first, *second), strict=True) if c]
    rows = [[c[i] for c in columns if i < len(c)] for i in range(min(SHOWN, max(map(len, columns))))]
    return sheet(rows, titles, cell=(192, 240))


def stages_sheet(kinds, shown, folder):
    """Faces, and what becomes of their translations while the generator fits one drawing.

    `folder` has a file INDEX_STEP.png for every face and step, so a training that is resumed goes on with
    the sheet.
    """
    from experiments.sheets import sheet
    from filters import pictures

    steps = sorted({int(path.stem.split("_")[1]) for path in folder.glob("*.png")})
    chosen = sorted({0, *(2**i for i in range(10) if 2**i < len(steps)), len(steps) - 1})
    rows = []
    for index, picture in enumerate(shown[:SHOWN]):
        made = [pictures.read(folder / f"{index}_{steps[n]:05d}.png") for n in chosen]
        rows.append([kinds[1].pictures[0], picture, *made])
    return sheet(rows, ["the drawing", "face", *(f"step {steps[n]}" for n in chosen)], cell=(160, 200))
