"""Photograph → drawing, learned from photographs and drawings of different people (CycleGAN)."""

from experiments.core.registry import Translation, register

TRANSLATION = register(
    Translation(
        name="photo_to_drawing",
        summary="turns photographs of faces into engravings",
        back="drawing_to_photo",
        stand_ins=("engraving", "engraving", "engraving", "xdog"),
        gray=True,
        hatched=True,
    )
)

if __name__ == "__main__":
    from experiments.commands.unpaired import main

    main(TRANSLATION)
