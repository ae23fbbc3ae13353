"""Colour whole black-and-white photographs, of any size; their luminance is left untouched."""

import numpy as np

from experiments.command import add_generator_arguments

# The height of face boxes in training crops, which are 1.9 of them tall, and in mosaics of four.
FACE_HEIGHT, LEAST_FACE_HEIGHT = 320 / 1.9, 75
# The longer side that a whole photograph is seen at, while its faces stay large enough: seen larger,
# a wall behind a person is too far from the face to be told from skin.
CONTEXT = 448
MAX_SEEN_PIXELS = 900_000


def add_arguments(parser):
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--saturation", type=float, default=1.0, help="factor on the colours (default: 1)")
    parser.add_argument("--side-by-side", action="store_true", help="show the original beside the result")
    add_generator_arguments(parser)


def execute(arguments):
    from experiments.apply import load_generator
    from experiments.command import UsageError, each_picture, find_transformation

    if not 0 <= arguments.saturation <= 4:
        raise UsageError("--saturation takes a factor from 0 (gray) to 4")
    generator = load_generator(find_transformation("gray_to_color"), arguments)

    def work(path, picture, target):
        from filters import pictures

        result = colorize(picture, generator, saturation=arguments.saturation)
        if arguments.side_by_side:
            result = np.hstack([picture, result])
        pictures.write(target, result)

    return each_picture(arguments.photos, arguments.out, work, "colouring")


def colorize(picture, generator, saturation=1.0):
    """Colour one photograph.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, gray, sepia or colour (whose colours are not used).
    generator : keras.Model
        From ``transformers.load("gray_to_color")``.
    saturation : float
        Factor on the chroma.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB of the same size, with the picture's own luminance.
    """
    from experiments.apply import predict
    from experiments.command import find_transformation
    from experiments.representation import filtered_luminance
    from filters import color

    output = find_transformation("gray_to_color").representation()
    light = filtered_luminance(picture)
    seen = _as_seen(light, picture)
    chroma = predict(generator, output, (seen / 50 - 1)[..., None])
    return color.join_chroma(light, chroma * (output.scale * output.saturation * saturation))


def _as_seen(light, picture):
    """The luminance at the size in which the generator sees faces as large as it learned them."""
    import cv2

    from filters import faces

    height, width = light.shape
    found = faces.detect(picture)
    if found:
        median = float(np.median([f.box[3] for f in found]))
        scale = max(LEAST_FACE_HEIGHT / median, min(FACE_HEIGHT / median, CONTEXT / max(height, width)))
    else:
        scale = CONTEXT / max(height, width)
    scale = min(scale, (MAX_SEEN_PIXELS / (height * width)) ** 0.5, 1.0)
    if scale == 1.0:
        return light
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(light, size, interpolation=cv2.INTER_AREA)
