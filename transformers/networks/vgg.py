"""Names of the convolutions of VGG-16 and VGG-19 (Simonyan and Zisserman 2015), without importing Keras."""

from collections.abc import Iterable

from transformers.networks.lite0 import STAGES, is_ours, unknown_block

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


def wrong_choice(chosen: Iterable[str], classifying: bool = False) -> str:
    """Return what is wrong with a choice of layers whose names tell the network: the VGG-16, or EfficientNet-Lite0.

    Parameters
    ----------
    chosen : iterable of str
    classifying : bool
        Whether logits of classes are needed too, which only EfficientNet-Lite0 has.

    Returns
    -------
    str
        An error message; empty when one network has all of them.
    """
    lite, others = ([name for name in chosen if is_ours(name) == own] for own in (True, False))
    if others and (unknown := unknown_layer("vgg16", others)):
        return f"{unknown}, and those of EfficientNet-Lite0 stage1 … stage{len(STAGES)}"
    if lite and others:
        return f"{lite[0]} is a layer of EfficientNet-Lite0, {others[0]} of VGG-16; choose layers of one network"
    if others and classifying:
        return f"VGG-16 ({others[0]}) knows no classes; choose from stage1 … stage{len(STAGES)} (Lite0)"
    return unknown_block(lite)
