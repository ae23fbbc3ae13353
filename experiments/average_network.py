"""Any face → any other: what a network answers when it is asked for everyone at once.

The L1 loss is least for one and the same answer to all: the median of all faces at each place. The generator is
the U-Net of the ways back, as a network without skip connections and without a view of the whole picture cannot
tell where in the picture it is, and ends up painting a block of skin.
"""

from experiments.core.registry import Transformation, register

TRANSFORMATION = register(
    Transformation(
        name="average",
        summary="learns to turn any face into any other, and finds the mean face",
        filter="identity",
        loss_weights={"l1": 100.0, "adversarial": 0.0},
        pairs="any",
        augmentation={"scale": (0.95, 1.0), "rotation": 0.0},
        learning_rate=1e-3,
    )
)

if __name__ == "__main__":
    from experiments.commands.train import main

    main(TRANSFORMATION)
