"""Binary → colour: what is left of a face when each channel is only black and white?"""

from experiments.core.registry import Transformation, register

TRANSFORMATION = register(
    Transformation(
        name="binary_to_color",
        summary="turns three black-and-white layers back into a face",
        filter="binary",
        discriminator="projected",
        loss_weights={"l1": 20.0, "perceptual": 60.0, "adversarial": 4.0},
        adversarial="hinge",
        adversarial_from=0,
    )
)

if __name__ == "__main__":
    from experiments.commands.train import main

    main(TRANSFORMATION)
