"""Arrays in, arrays out: generators, discriminators, losses and the GAN that trains them. Keras only.

Importing this package is quick; Keras is loaded when the first of its names is used.
"""

import importlib

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


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(f"transformers.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'transformers' has no attribute '{name}'")
