"""Autoencoder: the same picture in and out, through a bottleneck without skip connections.

Can the article's generator describe a face at all? All that it puts out has passed 16x20 places of 128 numbers.
"""

from experiments.core.registry import Transformation, register

TRANSFORMATION = register(
    Transformation(
        name="autoencoder",
        summary="gives a face back after it has passed a narrow bottleneck",
        filter="identity",
        generator="autoencoder",
        loss_weights={"l1": 30.0, "perceptual": 100.0, "adversarial": 1.0},
        perceptual_focus=0.5,
        adversarial="hinge",
        adversarial_from=0,
    )
)

if __name__ == "__main__":
    from experiments.commands.train import main

    main(TRANSFORMATION)
