"""Any face → any other: what a network answers that is asked for everyone at once.

The answer with the least L1 loss is the same for all: at each place the median of all faces. The
generator is the U-Net of the ways back: one without skips and without a view of the whole picture cannot
tell where in the picture it is, and ends with a block of skin.
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
