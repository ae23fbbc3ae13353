"""Time style transfer, and measure how low its loss becomes."""

import time

from experiments.cli.console import progress
from experiments.core.codecs import to_unit
from experiments.datasets.packaged import packaged_photos
from experiments.inference.style_transfer import Painting, Settings, transfer_of
from filters.io import pictures
from filters.io.pictures import PathLike
from filters.resizing import at_size
from transformers import backend
from transformers.style.optimizers import LBFGS, Adam
from transformers.style.transfer import StyleObjective

REFERENCE_STEPS = 500  # of L-BFGS in float32, at full size alone
PATIENCE = 5  # how many times as long as ours the straightforward script may take


def time_painting(photo: PathLike | None, painting: PathLike, size: int) -> dict[str, float]:
    """Time style transfer beside many steps of L-BFGS, and beside a straightforward script.

    L-BFGS begins as ours does, with the photograph in the painting's colours. The script begins with the
    photograph itself and uses Adam, float32 and one size; it computes the features of content and style in each
    step. It is stopped at the loss that ours reaches, or after `PATIENCE` times as long. All losses are computed
    by the same formula in float32.

    Parameters
    ----------
    photo : path-like, optional
        By default a packaged one.
    painting : path-like
    size : int
        Longer side of both, in pixels.

    Returns
    -------
    dict
        Description → seconds, losses, steps, and ratios.
    """
    photograph, style_picture = pictures.read(photo or packaged_photos()[0]), pictures.read(painting)
    settings = Settings(size=size)
    backend.set_precision("float32")
    exact = transfer_of(settings)
    content, style = (to_unit(at_size(picture, size)) for picture in (photograph, style_picture))

    def aim() -> StyleObjective:
        return exact.aim(content, exact.gram_matrices(style))

    judge = aim()
    backend.set_precision("auto")
    began = time.perf_counter()
    ours = Painting(photograph, [style_picture], settings)
    with progress("ours", unit="%") as report:
        while not ours.finished:
            ours.step()
            report(round(100 * ours.share), 100)
    seconds = time.perf_counter() - began
    reached = judge(ours.optimizer.x)[0]

    began = time.perf_counter()
    plain = Adam(lambda picture: aim()(picture), content)
    loss, steps, plain_seconds = float("inf"), 0, 0.0
    with progress("straightforward script, at most", unit="s") as report:
        while loss > reached and plain_seconds < PATIENCE * seconds:
            loss, steps = plain.step(), steps + 1
            plain_seconds = time.perf_counter() - began
            report(round(plain_seconds), round(PATIENCE * seconds), f"loss {loss:.3f}, aim {reached:.3f}")

    reference = LBFGS(judge, ours.recolored(size))
    with progress("reference", unit="step") as report:
        for step in range(REFERENCE_STEPS):
            reference.step()
            report(step + 1, REFERENCE_STEPS)
    return {
        f"seconds, ours, {size} pixels": seconds,
        "loss, ours": reached,
        f"loss, {REFERENCE_STEPS} steps of L-BFGS in float32": reference.value,
        "ratio of these losses": reached / reference.value,
        "seconds, straightforward script": plain_seconds,
        "loss, straightforward script": loss,
        "steps, straightforward script": steps,
        "ratio of seconds": plain_seconds / seconds,
    }
