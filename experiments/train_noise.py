"""Training noise → face, or the DCGAN to measure it against, into a run folder."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from experiments.command import add_network_arguments

JUDGE_EVERY = 2  # epochs between two measurements of the kernel distance
JUDGED = 288  # faces that are made for it, at most as many as there are for validation


@dataclass(frozen=True)
class Settings:
    """What a training is told, and what ``config.json`` keeps."""

    data: str
    validation: str | None = None
    kind: str = "noise"
    epochs: int = 1000
    minutes: float | None = None
    adversarial_from: int = 12
    batch_size: int = 16
    preset: str = "base"
    precision: str = "auto"
    seed: int = 0
    limit: int | None = None


def add_arguments(parser):
    parser.add_argument("--data", metavar="DIR", help="photographs to learn from, one face each")
    parser.add_argument(
        "--validation",
        metavar="DIR",
        help="others to choose the best weights by (default: a tenth of --data, chosen by source)",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="use only the first N faces")
    parser.add_argument(
        "--kind", choices=("noise", "dcgan"), default="noise", help="dcgan: Radford et al. (2016), to compare"
    )
    parser.add_argument("--minutes", type=float, help="of training in all, also after --resume; then it stops")
    parser.add_argument("--epochs", type=int, help="in all, also after --resume (default: 1000)")
    parser.add_argument(
        "--adversarial-from",
        type=int,
        default=Settings.adversarial_from,
        metavar="EPOCH",
        help=f"when the critic joins (default: {Settings.adversarial_from}); before, an autoencoder learns",
    )
    parser.add_argument("--batch-size", type=int, default=Settings.batch_size, help="a multiple of 4 (default: 16)")
    add_network_arguments(parser, preset=Settings.preset)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", metavar="RUN", help="the run folder (default: runs/noise or runs/dcgan)")
    parser.add_argument("--resume", metavar="RUN", help="go on with this one")


def execute(arguments):
    from experiments.command import UsageError
    from experiments.run_folder import resumed

    if arguments.resume:
        return train(*resumed(Settings, arguments), resume=True)
    if not arguments.data:
        raise UsageError("give --data DIR, a folder of photographs")
    if arguments.batch_size < 4 or arguments.batch_size % 4:
        raise UsageError("--batch-size: a multiple of 4")
    values = {f.name: getattr(arguments, f.name) for f in fields(Settings)}
    values["epochs"] = arguments.epochs or Settings.epochs
    return train(Settings(**values), Path(arguments.out or f"runs/{arguments.kind}"))


def train(settings, folder, resume=False, faces=None):
    """Train, or go on with a training.

    The run folder holds ``config.json``, ``history.csv`` and its plot, ``samples/`` (of the same noise
    every time), ``best.weights.h5`` (least kernel distance to validation faces) and
    ``last.weights.h5``, both of the averaged generator, and ``state.npz``, from which to resume.

    Parameters
    ----------
    settings : Settings
    folder : pathlib.Path
        Must not hold another run unless `resume`.
    resume : bool
    faces : tuple of numpy.ndarray, optional
        Faces to train on and to validate on, ``uint8`` RGB ``(count, height, width, 3)``, instead of
        those in the settings' folders.

    Returns
    -------
    int
        0.
    """
    from experiments.command import UsageError, say
    from experiments.run_folder import refuse_second_run, take_up
    from filters.pictures import write_bytes

    refuse_second_run(folder, resume)
    from transformers import backend
    from transformers.noise import NoiseGAN, picture_size

    precision = backend.prepare_training(settings.seed, settings.precision)
    training, validation = faces or _load(settings, picture_size(settings.preset))
    if len(training) < settings.batch_size or len(validation) < 2:
        raise UsageError(
            f"{settings.data} gives {len(training)} faces to train on and {len(validation)} to validate on; "
            f"a batch of {settings.batch_size} and 2 are the least"
        )
    gan = NoiseGAN(settings.kind, settings.preset, settings.adversarial_from)
    gan.compile()
    write_bytes(folder / "config.json", json.dumps(asdict(settings), indent=2).encode())
    say(f"{len(training)} faces for training, {len(validation)} for validation; {precision}, {backend.name()}")
    begin = take_up(gan, folder, settings, resume)
    if begin is None:
        return 0
    _fit(gan, settings, folder, training, validation, *begin)
    say(f"{folder}: best.weights.h5, history.csv and samples/ are there")
    return 0


def _load(settings, size):
    """Aligned faces to train on and to validate on."""
    import numpy as np

    faces, kept_out = load_faces(settings.data, size)
    if settings.validation:
        validation, _ = load_faces(settings.validation, size)
    else:
        faces, validation = faces[~kept_out], faces[kept_out]
    return faces[: settings.limit], np.ascontiguousarray(validation)


def load_faces(folder, size):
    """The largest face of every photograph, aligned (`filters.alignment.align_face`).

    Parameters
    ----------
    folder : path-like
    size : tuple of int
        ``(width, height)``.

    Returns
    -------
    faces : numpy.ndarray
        ``uint8`` RGB ``(count, size[1], size[0], 3)``, in the order of file names.
    kept_out : numpy.ndarray
        ``bool`` ``(count,)``: which ones belong to validation, by the source's SHA-256.

    Raises
    ------
    filters.PictureError
        When there is none. Files that cannot be used are told, one line each, and left out.
    """
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    from experiments.command import progress, say
    from filters import metadata, pictures

    def work(path):
        try:
            return aligned_face(path, size), metadata.split_of(metadata.sha256(path.read_bytes())), None
        except pictures.PictureError as error:
            return None, None, str(error)

    paths = pictures.find_pictures([folder])
    faces, kept_out, problems = [], [], []
    with progress("aligning", unit="file") as bar, ThreadPoolExecutor() as pool:
        for done, (face, split, problem) in enumerate(pool.map(work, paths), 1):
            if problem:
                problems.append(problem)
            else:
                faces.append(face)
                kept_out.append(split == "validation")
            bar(done, len(paths))
    for problem in problems[:10]:
        say(problem)
    if not faces:
        raise pictures.PictureError(f"{folder} holds no face that could be used; {problems[0]}")
    return np.stack(faces), np.array(kept_out)


def aligned_face(path, size):
    """The largest face of a photograph, aligned; `PictureError` when there is none."""
    from filters import alignment, faces, pictures

    picture = pictures.read(path)
    found = faces.detect(picture)
    if not found:
        raise pictures.PictureError(f"{path} shows no face; it was left out")
    largest = max(found, key=lambda face: face.box[2] * face.box[3])
    return alignment.align_face(picture, largest, size)


def batches(faces, batch_size, latent, seed, start=0):
    """Batches for `transformers.noise.NoiseGAN`, epoch after epoch without end.

    All chance is drawn from (seed, epoch): a training that is taken up again sees what it would have
    seen. What does not fill a batch is left for other epochs.
    """
    import numpy as np

    from experiments.representation import to_unit
    from transformers.augmentation import DRAWS

    epoch = start
    while True:
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(faces))
        for first in range(0, len(faces) - batch_size + 1, batch_size):
            chosen = faces[order[first : first + batch_size]]
            mirrored = rng.random(batch_size) < 0.5
            chosen = np.where(mirrored[:, None, None, None], chosen[:, :, ::-1], chosen)
            batch = {
                "picture": to_unit(chosen),
                "noise": rng.standard_normal((batch_size, latent), np.float32),
                "draws": rng.random((batch_size, 3 * DRAWS), np.float32),
            }
            yield (batch,)
        epoch += 1


def _fit(gan, settings, folder, faces, validation, start, record):
    from experiments.representation import to_unit
    from transformers.gan import Guard, Schedule
    from transformers.noise import LATENT, Settling

    steps = len(faces) // settings.batch_size
    # A DCGAN is to be measured after as many minutes, also when its critic has won.
    helpers = []
    if settings.kind == "noise":
        gan.match(to_unit(faces))
        helpers = [Guard(), Settling(to_unit(faces))]
    gan.fit(
        batches(faces, settings.batch_size, LATENT, settings.seed, start),
        steps_per_epoch=steps,
        initial_epoch=start,
        epochs=settings.epochs,
        callbacks=[*helpers, Schedule(), _recorder(settings, folder, steps, validation, record)],
        shuffle=False,
        verbose=0,
    )


def _recorder(settings, folder, steps, validation, record):
    """The `run_folder.recorder` of `NoiseGAN`: best weights by the kernel distance, sheets of the same noise."""
    from experiments.noise import draw, make
    from experiments.run_folder import recorder
    from experiments.sheets import sheet
    from filters import pictures
    from transformers.noise import LATENT
    from transformers.pretrained import save_weights

    noise = draw(min(JUDGED, len(validation)), LATENT, seed=0)

    def judge(gan, row, last):
        if not last and row["epoch"] % JUDGE_EVERY:
            return
        faces = make(gan.averaged, noise)
        row["kid"] = distance(faces, validation)
        if row["kid"] <= min(r["kid"] for r in record if "kid" in r):
            save_weights(gan.averaged, folder / "best.weights.h5")
        rows = [list(faces[i : i + 8]) for i in range(0, min(48, len(faces)), 8)]
        pictures.write(folder / "samples" / f"epoch_{row['epoch']:04d}.png", sheet(rows, cell=(128, 160)))

    return recorder(folder, settings, steps, record, judge, lambda gan: {"last": gan.averaged})


def distance(made, real):
    """Kernel distance of VGG-16 features, see `metrics.kernel_distance`."""
    from experiments.metrics import kernel_distance, vgg_means

    return round(kernel_distance(*(vgg_means(list(p)) for p in (made, real))), 5)
