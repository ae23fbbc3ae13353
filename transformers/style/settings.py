"""What a style transfer compares, and the weights of its losses."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StyleLayers:
    """The convolutions to compare, with their weights, of which only proportions matter.

    Attributes
    ----------
    content : dict of str to float
        Layers compared with the photograph's, place by place.
    style : dict of str to float
        Layers whose Gram matrices are compared with the painting's (w in equation 5).
    guide : tuple of str
        Layers compared with those of a guide, place by place; for analogies.
    """

    content: dict[str, float]
    style: dict[str, float]
    guide: tuple[str, ...] = ()


@dataclass(frozen=True)
class StyleWeights:
    """Weights of the losses.

    Attributes
    ----------
    content, style : float
        Of the relative losses (alpha and beta in equation 7).
    total_variation : float
        Of the total variation, divided by the number of values of the picture.
    guide : float
        Of the relative loss of the guide's layers.
    """

    content: float = 1.0
    style: float = 1.0
    total_variation: float = 0.0
    guide: float = 0.0
