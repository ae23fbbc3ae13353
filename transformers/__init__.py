"""Arrays in, arrays out: generators, discriminators, losses and the GAN that trains them. Keras only.

Importing this package is quick; Keras is loaded when the first of its names is used.
"""

import importlib

_HOMES = {
    "GAN": "gan",
    "Guard": "gan",
    "LossWeights": "gan",
    "Schedule": "gan",
    "StyleTransfer": "style",
    "TrainingFailed": "gan",
    "autoencoder": "generators",
    "classifier": "discriminators",
    "generate": "inference",
    "load": "pretrained",
    "patch": "discriminators",
    "set_precision": "backend",
    "unet": "generators",
    "upscaler": "generators",
    "vgg16": "features",
}
__all__ = sorted(_HOMES)


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(f"transformers.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'transformers' has no attribute '{name}'")
