"""Contours → colour: four level lines per channel, and nothing between them."""

from experiments.core.registry import Transformation, register

TRANSFORMATION = register(
    Transformation(
        name="contours_to_color",
        summary="turns level lines back into a face",
        filter="contours",
        discriminator="projected",
        loss_weights={"l1": 30.0, "perceptual": 80.0, "adversarial": 3.0},
        perceptual_focus=0.5,
        adversarial="hinge",
        adversarial_from=0,
    )
)

if __name__ == "__main__":
    from experiments.commands.train import main

    main(TRANSFORMATION)
