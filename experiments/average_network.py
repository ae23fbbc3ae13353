"""Any face → any other: what a network answers that is asked for everyone at once.

The answer with the least L1 loss is the same for all: at each place the median of all faces.
"""

from experiments.transformation import Transformation, register

TRANSFORMATION = register(
    Transformation(
        name="average",
        summary="learns to turn any face into any other, and finds the mean face",
        filter="identity",
        generator="autoencoder",
        loss_weights={"l1": 100.0, "adversarial": 0.0},
        pairs="any",
        augmentation={"scale": (0.95, 1.0), "rotation": 0.0},
        learning_rate=1e-3,
    )
)

if __name__ == "__main__":
    from experiments.train import main

    main(TRANSFORMATION)
