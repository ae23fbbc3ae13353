"""Gray → colour: what colours does a black-and-white photograph hide?

A distribution over Lab chroma is predicted at a quarter of the size, and its annealed mean is joined to the
photograph's own luminance. An encoder trained on ImageNet tells a lawn from the sky, and the user may give
the colours of some places. Prints fade, blur and gain grain and scratches, so training pictures do too.
"""

from experiments.core.registry import Transformation, register

TRANSFORMATION = register(
    Transformation(
        name="gray_to_color",
        summary="colours black-and-white photographs",
        filter="gray",
        output="distribution",
        hints=True,
        pictures="whole",
        generator="efficient_unet",
        loss_weights={"l1": 1.0, "adversarial": 0.0, "colourfulness": 4.0},
        augmentation={
            "scale": (0.6, 1.0),
            "rotation": 6.0,
            "squeeze": 1.25,
            "exposure": 0.3,
            "mosaic": 0.06,
            "sideways": 0.04,
            "frames": 0.05,
            "old_print": 0.4,
            "scratches": 0.08,
            "hints": 0.3,
        },
        learning_rate=5e-4,
        saturation=1.1,
    )
)

if __name__ == "__main__":
    from experiments.commands.train import main

    main(TRANSFORMATION)
