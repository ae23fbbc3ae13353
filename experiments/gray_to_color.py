"""Gray → colour: what colours does a black-and-white photograph hide?

Lab chroma is predicted at half size and joined to the photograph's own luminance. Prints fade, blur
and gain grain, so training pictures do too.
"""

from experiments.transformation import Transformation, register

TRANSFORMATION = register(
    Transformation(
        name="gray_to_color",
        summary="colours black-and-white photographs",
        filter="gray",
        output="chroma",
        loss_weights={"l1": 100.0, "adversarial": 1.0},
        augmentation={
            "scale": (0.6, 1.0),
            "rotation": 8.0,
            "exposure": 0.35,
            "margins": 0.2,
            "mosaic": 0.15,
            "old_print": 0.5,
        },
        learning_rate=5e-4,
        saturation=1.04,
    )
)

if __name__ == "__main__":
    from experiments.train import main

    main(TRANSFORMATION)
