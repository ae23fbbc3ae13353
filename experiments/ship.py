"""Put the best weights of a run, and its critic, among the shipped ones; a model card is yours to write."""

import json
from pathlib import Path


def add_arguments(parser):
    parser.add_argument("run", metavar="RUN", help="a run folder")


def execute(arguments):
    from experiments.command import UsageError, find_transformation, say
    from experiments.notable import has_critic
    from transformers import pretrained

    run = Path(arguments.run)
    if not (run / "best.weights.h5").is_file():
        raise UsageError(f"{run} holds no best.weights.h5; ship takes the folder of a run")
    config = json.loads((run / "config.json").read_text())
    if "kind" in config:  # of train_noise
        if config["kind"] != "noise":
            raise UsageError(f"{run} holds a DCGAN, which is for comparison; ship takes a run of kind noise")
        pretrained.ship("noise", run / "best.weights.h5", "noise_generator", {"preset": config["preset"]})
        say(f"{pretrained.FOLDER / 'noise'}.weights.h5 written")
        return 0
    transformation, preset = find_transformation(config["transformation"]), config["preset"]
    name = transformation.name
    shipped = [(name, "best", transformation.generator, transformation.generator_arguments(preset))]
    if has_critic(run):
        network, options = transformation.discriminator, transformation.discriminator_arguments(preset)
        shipped.append((f"{name}.critic", "critic", network, options))
    for name, weights, network, options in shipped:
        pretrained.ship(name, run / f"{weights}.weights.h5", network, options)
        say(f"{pretrained.FOLDER / name}.weights.h5 written")
    return 0
