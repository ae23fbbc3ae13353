"""Colour whole black-and-white photographs, of any size; their luminance is left untouched."""

import numpy as np

from experiments.command import add_generator_arguments

# The height of face boxes in training crops, which are 1.9 of them tall, and in mosaics of four.
FACE_HEIGHT, LEAST_FACE_HEIGHT = 320 / 1.9, 75
# The longer side that a whole photograph is seen at, while its faces stay large enough: seen larger,
# a wall behind a person is too far from the face to be told from skin.
CONTEXT = 448
MAX_SEEN_PIXELS = 900_000
WARMTH = (2.0, 10.0)  # a and b that a warmth of 1 adds
# A hint's correction reaches this share of the longer side, and so far in L (one standard deviation each).
HINT_REACH, HINT_LIGHT = 1 / 60, 8.0


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


def colorize(picture, generator, saturation=1.0, warmth=0.0, hints=()):
    """Colour one photograph.

    Parameters
    ----------
    picture : numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``, gray, sepia or colour (whose colours are not used).
    generator : keras.Model
        From ``transformers.load("gray_to_color")``.
    saturation : float
        Factor on the chroma.
    warmth : float
        -1 (bluish) to 1 (golden): moves all colours along the axis of daylight.
    hints : sequence of experiments.hints.Hint
        Colours that are known at some places: ``(x, y, (red, green, blue))``, in pixels of the picture.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB of the same size, with the picture's own luminance.
    """
    from filters import color

    light = color.luminance(picture)
    seen = _as_seen(light, picture)
    chroma = chroma_of(seen, generator, _scaled(hints, light.shape, seen.shape), saturation, warmth)
    return color.join_chroma(light, chroma)


def chroma_of(seen, generator, hints=(), saturation=1.0, warmth=0.0):
    """Chroma of a luminance, as large as the generator is to see it.

    Parameters
    ----------
    seen : numpy.ndarray
        L, ``float32`` ``(height, width)``, 0–100.
    generator, saturation, warmth
        As for `colorize`.
    hints : sequence of tuple
        ``(x, y, (a, b))``, in pixels of `seen` and units of Lab.

    Returns
    -------
    numpy.ndarray
        a and b, ``float32``, at half or a quarter of the size.
    """
    from experiments.apply import predict
    from experiments.command import find_transformation

    output = find_transformation("gray_to_color").representation()
    condition = output.of_luminance(seen)
    if hints:
        condition = output.with_hints(condition, [(x, y, chroma / output.scale) for x, y, chroma in hints])
    chroma = output.chroma_of(predict(generator, output, condition)) * saturation + warmth * np.float32(WARMTH)
    return _exact(chroma, seen, hints) if hints else chroma


def _scaled(hints, size, seen_size):
    """Hints of a photograph as `chroma_of` takes them."""
    from filters import color

    scale = seen_size[1] / size[1], seen_size[0] / size[0]
    found = []
    for x, y, rgb in hints:
        chroma = color.rgb_to_lab(np.array([[rgb]], np.uint8))[0, 0, 1:]
        found.append(((x + 0.5) * scale[0] - 0.5, (y + 0.5) * scale[1] - 0.5, chroma))
    return found


def _exact(chroma, seen, hints):
    """Chroma that is the hinted one where there are hints; what is near and as bright goes with it."""
    import cv2

    height, width = chroma.shape[:2]
    light = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
    reach = HINT_REACH * max(height, width)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    weights, errors = [], []
    for hint_x, hint_y, wanted in hints:
        across = min(width - 1, max(0, round((hint_x + 0.5) * width / seen.shape[1] - 0.5)))
        down = min(height - 1, max(0, round((hint_y + 0.5) * height / seen.shape[0] - 0.5)))
        apart = ((x - across) ** 2 + (y - down) ** 2) / reach**2 + ((light - light[down, across]) / HINT_LIGHT) ** 2
        weights.append(np.exp(-apart / 2))
        errors.append(wanted - chroma[down, across])
    weights = np.stack(weights, axis=-1)
    # Where several hints reach, they share; where none does, nothing changes.
    weights = weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1)
    return chroma + weights @ np.array(errors, np.float32)


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
