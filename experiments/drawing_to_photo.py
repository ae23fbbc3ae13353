"""Drawing → photograph: the way back of photograph → drawing, trained together with it."""

from experiments import photo_to_drawing
from experiments.core.registry import Translation, register

TRANSLATION = register(
    Translation(
        name="drawing_to_photo",
        summary="turns engraved and drawn faces into photographs",
        back="photo_to_drawing",
        gray=True,
        colored=True,
    )
)

if __name__ == "__main__":
    from experiments.commands.unpaired import main

    main(photo_to_drawing.TRANSLATION)
