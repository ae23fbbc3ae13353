"""Canny → colour: edges without any tone, so skin, light and hair must be guessed."""

from experiments.core.registry import Transformation, register

TRANSFORMATION = register(
    Transformation(
        name="canny_to_color",
        summary="turns Canny edges back into a face",
        filter="canny",
        discriminator="projected",
        loss_weights={"l1": 20.0, "perceptual": 60.0, "adversarial": 4.0},
        perceptual_focus=0.6,
        adversarial="hinge",
        adversarial_from=0,
    )
)

if __name__ == "__main__":
    from experiments.commands.train import main

    main(TRANSFORMATION)
