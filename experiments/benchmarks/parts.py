"""Time training, colouring, cutting and painting on this machine: medians, and ratios within one run."""

import argparse
import json
import tempfile
from pathlib import Path

from experiments.benchmarks.coloring import large_photo, time_colorize
from experiments.benchmarks.cutting import time_cut
from experiments.benchmarks.films import time_film
from experiments.benchmarks.painting import time_painting
from experiments.benchmarks.training import time_training
from experiments.benchmarks.unpaired import time_unpaired
from experiments.commands.benchmark import PARTS


def run(arguments: argparse.Namespace) -> int:
    """Run the command ``benchmark``."""
    parts = arguments.parts or PARTS
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in parts:
            if part == "train":
                results[part] = time_training(arguments.rounds)
            elif part == "unpaired":
                results[part] = time_unpaired(arguments.rounds)
            elif part == "paint-film":
                results[part] = time_film(arguments.painter, arguments.rounds)
            elif part == "paint":
                results[part] = time_painting(arguments.photo, arguments.painting, arguments.size)
            elif part == "colorize":
                photo = arguments.photo or large_photo(Path(folder))
                results[part] = time_colorize(photo, arguments.rounds, Path(folder))
            else:
                results[part] = time_cut(arguments.photos, arguments.rounds, Path(folder))
    if arguments.json:
        print(json.dumps(results, indent=2))
    else:
        for part, values in results.items():
            print(part)
            for name, value in values.items():
                print(f"  {name:52} {value:10.2f}")
    return 0
