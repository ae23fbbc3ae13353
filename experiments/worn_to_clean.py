"""Worn → clean: what did a print show before it was scratched, torn and stained?

The generator finds the damage and fills it; what is sound stays as it is, to the gray value. Black-and-white
pictures and sound ones are among those that it learns from, so that it leaves beards and highlights alone, and fine
and coarse damage, since scans come in every size.
"""

from experiments.core.registry import Transformation, register

TRANSFORMATION = register(
    Transformation(
        name="worn_to_clean",
        summary="repairs scratches, tears and stains",
        filter="worn",
        output="repaired",
        generator="repairer",
        pictures="whole",
        loss_weights={"l1": 1.0, "adversarial": 0.0},
        augmentation={
            "scale": (0.25, 1.0),
            "rotation": 6.0,
            "squeeze": 1.2,
            "exposure": 0.3,
            "contrast": 0.4,
            "crispness": 1.0,
            "mosaic": 0.25,
            "sideways": 0.04,
            "frames": 0.05,
            "film": 0.4,
            "old_print": 0.3,
            "parameters": {
                "amount": (0.0, 0.0, 0.3, 0.5, 0.8, 1.2),
                "coarseness": (0.6, 0.8, 1.0, 1.5, 2.5),
                "fading": (0.0, 0.0, 0.3, 0.6),
                "seed": range(2**31),
            },
        },
        learning_rate=6e-4,
    )
)

if __name__ == "__main__":
    from experiments.commands.train import main

    main(TRANSFORMATION)
