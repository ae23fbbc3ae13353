"""Losses of generators and discriminators. Unless said otherwise each returns one ``float32`` number, the mean."""

from transformers.losses.adversarial import (
    ADVERSARIAL,
    bce_discriminator,
    bce_generator,
    hinge_discriminator,
    hinge_generator,
    least_squares_discriminator,
    least_squares_generator,
)
from transformers.losses.features import (
    feature_distance,
    feature_distances,
    gram_matrix,
    place_of,
    windowed_perceptual_loss,
)
from transformers.losses.pictures import (
    annealed_mean,
    colourfulness,
    cross_entropy,
    faint_variation,
    l1,
    repair,
    total_variation,
)

__all__ = [
    "ADVERSARIAL",
    "annealed_mean",
    "bce_discriminator",
    "bce_generator",
    "colourfulness",
    "cross_entropy",
    "feature_distance",
    "feature_distances",
    "gram_matrix",
    "hinge_discriminator",
    "hinge_generator",
    "l1",
    "least_squares_discriminator",
    "least_squares_generator",
    "place_of",
    "repair",
    "faint_variation",
    "total_variation",
    "windowed_perceptual_loss",
]
