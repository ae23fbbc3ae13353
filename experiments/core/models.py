"""The network that a name on the command line means: shipped weights, a weights file, or the folder of a run."""

from pathlib import Path
from typing import Any

from experiments.cli.console import UsageError
from experiments.core import registry, translation
from experiments.core.runs import Run
from filters.io.pictures import PathLike
from transformers import pretrained


def find_weights(text: PathLike, *wanted: str, file: str = "best") -> tuple[Path, dict[str, Any]]:
    """Return the weights file that ``--weights FILE|RUN`` means, and the settings of its run.

    Parameters
    ----------
    text : path-like
        A ``.weights.h5`` file or the folder of a run.
    wanted : str
        Names or kinds, of which the run must have one; any run will do by default.
    file : str
        Which of the weights in the folder, see `Run.weights`.

    Returns
    -------
    path : pathlib.Path
    config : dict
        Empty where the file belongs to no run.

    Raises
    ------
    UsageError
        When a folder is no run, is a run of something else, or holds no such weights yet.
    WeightsError
        When the file does not exist.
    """
    path = Path(text)
    if not path.is_dir():
        if not path.is_file():
            raise pretrained.WeightsError(
                f"{path} does not exist; give the path of a .weights.h5 file, or of a run"
            )
        run = Run.find(path.parent)
        return path, run.config if run else {}
    run = Run.open(path)
    if wanted and not {run.name, run.kind} & set(wanted):
        raise UsageError(f"{path} is a run of {run.name}; wanted is one of {' or '.join(wanted)}")
    if not run.weights(file).is_file():
        raise UsageError(f"{path} holds no {run.weights(file).name} yet; train it for longer")
    return run.weights(file), run.config


def find_generator(name: str, weights: str | None = None) -> tuple[str, str | None]:
    """Return the name and the weights of the generator that ``NAME|RUN [--weights FILE|RUN]`` means.

    Parameters
    ----------
    name : str
        Name of a transformation or translation, or the folder of a run of one; ``RUN:back`` is a translation's
        way back.
    weights : str, optional

    Returns
    -------
    name : str
        Name of a transformation or translation; or the folder of a translation's run, as it was given.
    weights : str or None
        None for a translation's run.

    Raises
    ------
    UsageError
        When there is no such generator.
    WeightsError
        When the weights do not exist.
    """
    run = Run.find(name.removesuffix(translation.BACK))
    if run and run.kind == "translation":
        return name, None
    if not (run and run.kind == "transformation") and name in translation.discover():
        if weights:
            find_translation_weights(name, weights)
        return name, weights
    return find_transformation(name, weights)


def find_transformation(name: str, weights: str | None = None) -> tuple[str, str | None]:
    """Return the transformation, and the weights, that ``NAME|RUN [--weights FILE|RUN]`` means.

    Raises
    ------
    UsageError
        When there is no such transformation.
    WeightsError
        When the weights do not exist.
    """
    run = Run.find(name)
    if run and run.kind == "transformation":
        name, weights = run.name, weights or name
    registry.find(name)
    if weights:
        find_weights(weights, name)
    return name, weights


def find_translation_weights(name: str, weights: str) -> tuple[Path, dict[str, Any]]:
    """Return the weights of a registered translation as `find_weights` does; a run may be that of its way back."""
    back = registry.TRANSLATIONS[name].back
    run = Run.find(weights)
    direction = "backward" if run and run.name == back else "forward"
    return find_weights(weights, name, back, file=f"best.{direction}")


def refuse_unshipped(name: str) -> None:
    """Refuse a translation that has no shipped weights.

    Raises
    ------
    UsageError
    """
    if name not in translation.discover():
        raise UsageError(f"no weights are shipped for '{name}'; --init takes the folder of a run")


def find_painter(name: str) -> Run | None:
    """Return the run that a painter's name means; None where the name is that of a shipped one.

    Raises
    ------
    UsageError
        When there is no such painter.
    """
    shipped = pretrained.available("painter")
    if name in shipped:
        return None
    run = Run.find(name)
    if run is None or run.kind != "painter":
        known = ", ".join(shipped) or "none"
        raise UsageError(
            f"no painter is named '{name}'; shipped: {known}; or name the folder of a run, or a painting's file"
        )
    find_weights(name)
    return run


def find_any_painter(weights: str | None = None) -> tuple[Path | None, str]:
    """Return the weights of the network that paints like any painting, None for the shipped ones, and its preset.

    Raises
    ------
    UsageError
        When none are given or shipped, or those given are of something else.
    WeightsError
        When the weights do not exist.
    """
    if weights:
        path, config = find_weights(weights, "any_painter")
        return path, config.get("preset") or "base"
    if not pretrained.available("any_painter"):
        raise UsageError(
            "no weights are shipped that paint like any painting; train them with train any_painter --photos DIR "
            "--paintings DIR, and name that run with --weights RUN"
        )
    return None, "base"
