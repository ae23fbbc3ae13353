"""Networks, losses and trainings, on arrays only: generators, discriminators, the GAN, style transfer. Keras only.

Importing this package is quick: Keras is loaded when one of the package's names is first used.
"""

import importlib
from typing import Any

_HOMES = {
    "GAN": "training.paired",
    "Guard": "training.callbacks",
    "LossWeights": "training.paired",
    "Schedule": "training.callbacks",
    "StyleTransfer": "style.transfer",
    "TrainingFailed": "training.callbacks",
    "autoencoder": "networks.generators",
    "classifier": "networks.discriminators",
    "generate": "inference",
    "load": "pretrained",
    "patch": "networks.discriminators",
    "set_precision": "backend",
    "unet": "networks.generators",
    "upscaler": "networks.generators",
    "vgg16": "networks.features",
}
__all__ = sorted(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"transformers.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'transformers' has no attribute '{name}'")
