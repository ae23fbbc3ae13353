"""Ship the best weights of a run, and its discriminator; the model card is written by hand."""

import argparse
from pathlib import Path
from typing import Any

from experiments.cli.console import UsageError, say
from experiments.core import registry, translation
from experiments.core.runs import Run
from experiments.evaluation.rankings import trained_discriminator
from transformers import pretrained

Shipped = tuple[str, Path, str, dict[str, Any]]  # name, file, network and its arguments


def run(arguments: argparse.Namespace) -> int:
    """Ship the run that the command line names."""
    trained = Run.open(arguments.run)
    if not any(trained.weights(best).is_file() for best in ("best", "best.forward", "best.backward")):
        raise UsageError(f"{trained.folder} holds no best weights yet; train it for longer")
    shipped = _shipped(trained)
    for name, weights, network, options in shipped:
        if f"{name}.discriminator" not in [other for other, *_ in shipped]:
            pretrained.withdraw(f"{name}.discriminator")  # it was trained with the weights that are replaced
        pretrained.ship(name, weights, network, options)
        say(f"{pretrained.FOLDER / name}.weights.h5 written")
    return 0


def _shipped(run: Run) -> list[Shipped]:
    """Return what is shipped of a run."""
    preset = run.config.get("preset")
    if run.kind == "translation":
        return _translations(run)
    if run.kind == "painter":
        return [(run.name, run.weights(), "painter", {"preset": preset})]
    if run.kind == "any_painter":
        return [("any_painter", run.weights(), "any_painter", {"preset": preset})]
    if run.kind == "dcgan":
        raise UsageError(f"{run.folder} holds a DCGAN, which is for comparison; ship takes a run of kind noise")
    if run.kind == "noise":
        return [("noise", run.weights(), "flow_generator", {"preset": preset})]
    transformation = registry.find(run.name)
    name = transformation.name
    shipped = [(name, run.weights(), transformation.generator, transformation.generator_arguments(preset))]
    if weights := trained_discriminator(run.folder):
        options = transformation.discriminator_arguments(preset)
        shipped.append((f"{name}.discriminator", weights, transformation.discriminator, options))
    return shipped


def _translations(run: Run) -> list[Shipped]:
    known = translation.discover()
    if run.name not in known:
        names = ", ".join(known)
        raise UsageError(f"{run.folder} is of no registered translation ({names}); use it with: apply {run.folder}")
    options = translation.generator_arguments(run.config["preset"])
    names = {"best.forward": run.name, "best.backward": known[run.name].back}
    there = {weights: name for weights, name in names.items() if run.weights(weights).is_file()}
    return [(name, run.weights(weights), run.config["generator"], options) for weights, name in there.items()]
