"""The convolutions of VGG-16 and VGG-19 by name (Simonyan and Zisserman 2015), without any framework."""

CONVOLUTIONS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}  # of each block
TITLES = {"vgg16": "VGG-16", "vgg19": "VGG-19"}


def layer_names(name: str):
    """Return all convolutions of a network, ``"conv1_1"`` to ``"conv5_3"`` or ``"conv5_4"``."""
    return [f"conv{block}_{i}" for block, n in enumerate(CONVOLUTIONS[name], 1) for i in range(1, n + 1)]


def unknown_layer(name: str, chosen) -> str:
    """Return what is wrong with a choice of convolutions; an empty text where the network has all of them."""
    known = layer_names(name)
    unknown = sorted(set(chosen) - set(known))
    return f"{TITLES[name]} has no layer {', '.join(unknown)}; they are {known[0]} … {known[-1]}" if unknown else ""
