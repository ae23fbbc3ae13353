"""Small → large: what does a face have that a small picture of it lacks?

Faithful generators come closest to the truth pixel by pixel, and blur where it cannot be known; sharp ones put
plausible details there. One restores old prints, which are blurred, grainy, screened and damaged by JPEG.
"""

from typing import Any

from experiments.core.registry import Transformation, register

# Pictures may have been reduced in any of these ways.
METHODS = ("bicubic", "aliased", "aliased", "area")
# Half of each is none, and so are all together in a quarter of the pictures (the first values): clean faces, which
# are to be no worse than bicubic interpolation makes them.
WEAR = {
    "method": METHODS,
    "blur": (0, 0, 0, 0, 0.5, 0.9, 1.4, 2.0),
    "grain": (0, 0, 0, 0, 2, 4, 7, 12),
    "coarseness": (1, 2, 3),
    "screen": (0, 0, 0, 0, 0, 8, 16, 32),
    "quality": (0, 100, 100, 90, 75, 60, 45, 30),
    "order": ("bgsj", "gbsj", "gsbj", "sbgj", "bgjs", "jbgs", "gjbs", "bsgj"),
    "seed": range(10_000),
}
CLEAN = 0.25
FILTERS = {2: "half_size", 4: "quarter_size"}
FAITHFUL = {"l1": 10.0, "adversarial": 0.0}
SHARP = {"l1": 10.0, "perceptual": 20.0, "adversarial": 0.5}
OLD = {"l1": 20.0, "perceptual": 20.0, "adversarial": 0.0}  # a discriminator drew cracks and scars on clean faces


def _register(name: str, summary: str, scale: int, **options: Any) -> Transformation:
    augmentation = {"scale": (0.75, 1.0), "rotation": 0.0, "mosaic": 0.2, "parameters": {"method": METHODS}}
    augmentation |= options.pop("augmentation", {})
    options = {"filter": FILTERS[scale], "adversarial_from": 0, **options}
    return register(
        Transformation(
            name=name,
            summary=summary,
            output="enlarged",
            scale=scale,
            generator="upscaler",
            augmentation=augmentation,
            **options,
        )
    )


for _scale in FILTERS:
    _name = f"super_resolution_x{_scale}"
    _register(
        _name,
        f"enlarges by {_scale}, as close to the truth as can be",
        _scale,
        loss_weights=FAITHFUL,
        learning_rate=1e-3,
    )
    _register(f"{_name}_sharp", f"enlarges by {_scale}, with sharp details", _scale, loss_weights=SHARP)
_register(
    "super_resolution_x4_old",
    "enlarges and cleans old prints by 4",
    4,
    filter="worn_quarter_size",
    loss_weights=OLD,
    # Close views, too: of whole faces alone it learned no plain skin, and drew its grain as a net of lines.
    augmentation={"scale": (0.35, 1.0), "film": 0.6, "parameters": WEAR, "first": CLEAN},
)
