"""Put the best weights of a run, and its critic, among the shipped ones; a model card is yours to write."""

import json
from pathlib import Path

from experiments.cli.console import UsageError, say
from experiments.core import registry, translation
from experiments.evaluation.rankings import has_critic
from transformers import pretrained


def run(arguments):
    run = Path(arguments.run)
    if not any((run / f"{best}.weights.h5").is_file() for best in ("best", "best.forward")):
        raise UsageError(f"{run} holds no best.weights.h5; ship takes the folder of a run")
    shipped = _shipped(run, json.loads((run / "config.json").read_text()))
    for name, weights, network, options in shipped:
        if f"{name}.critic" not in [other for other, *_ in shipped]:
            pretrained.withdraw(f"{name}.critic")  # it judged other weights
        pretrained.ship(name, run / f"{weights}.weights.h5", network, options)
        say(f"{pretrained.FOLDER / name}.weights.h5 written")
    return 0


def _shipped(run, config):
    """Name, file, network and its arguments of all that is to be shipped of a run."""
    preset = config.get("preset")
    if "method" in config:  # of unpaired
        return _translations(run, config)
    if "painting" in config:  # of train_painter
        return [(Path(config["painting"]).stem, "best", "painter", {"preset": preset})]
    if "kind" in config:  # of train_noise
        if config["kind"] != "noise":
            raise UsageError(f"{run} holds a DCGAN, which is for comparison; ship takes a run of kind noise")
        return [("noise", "best", "noise_generator", {"preset": preset})]
    transformation = registry.find(config["transformation"])
    name = transformation.name
    shipped = [(name, "best", transformation.generator, transformation.generator_arguments(preset))]
    if has_critic(run):
        options = transformation.discriminator_arguments(preset)
        shipped.append((f"{name}.critic", "critic", transformation.discriminator, options))
    return shipped


def _translations(run, config):
    known = translation.discover()
    if config["name"] not in known:
        names = ", ".join(known)
        raise UsageError(f"{run} is of no registered translation ({names}); use it with: apply {run}")
    options = translation.generator_arguments(config["preset"])
    names = {"best.forward": config["name"], "best.backward": known[config["name"]].back}
    there = {weights: name for weights, name in names.items() if (run / f"{weights}.weights.h5").is_file()}
    return [(name, weights, config["generator"], options) for weights, name in there.items()]
