"""Names of the convolutions of VGG-16 and VGG-19 (Simonyan and Zisserman 2015), without importing Keras."""

from collections.abc import Iterable

CONVOLUTIONS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}  # of each block
TITLES = {"vgg16": "VGG-16", "vgg19": "VGG-19"}


def layer_names(name: str) -> list[str]:
    """Return the names of a network's convolutions, from input to output.

    Parameters
    ----------
    name : {"vgg16", "vgg19"}

    Returns
    -------
    list of str
        ``"conv1_1"`` to ``"conv5_3"`` or ``"conv5_4"``: block and place in the block.
    """
    return [f"conv{block}_{i}" for block, n in enumerate(CONVOLUTIONS[name], 1) for i in range(1, n + 1)]


def unknown_layer(name: str, chosen: Iterable[str]) -> str:
    """Return what is wrong with a choice of convolutions.

    Parameters
    ----------
    name : {"vgg16", "vgg19"}
    chosen : iterable of str
        Names of convolutions.

    Returns
    -------
    str
        An error message; empty when the network has all of them.

    Examples
    --------
    >>> unknown_layer("vgg16", ["conv1_1", "conv5_4"])
    'VGG-16 has no layer conv5_4; they are conv1_1 … conv5_3'
    """
    known = layer_names(name)
    unknown = sorted(set(chosen) - set(known))
    return f"{TITLES[name]} has no layer {', '.join(unknown)}; they are {known[0]} … {known[-1]}" if unknown else ""
