"""Colour whole black-and-white photographs, of any size; their luminance is left untouched."""

import numpy as np

from experiments.command import OK, add_generator_arguments

# The longer side that a whole photograph is seen at, while its faces stay this high: seen larger, a wall is
# too large to be told from skin; seen smaller, a face is too small to be told from a wall.
CONTEXT, LEAST_FACE_HEIGHT = 400, 45
FACES_SIDE = 1000  # longer side at which faces are looked for
MAX_SEEN_PIXELS = 600_000
MOST_CANDIDATES = 16
SMALLER = 0.64  # size of a second look: from further away a scene is easier to tell
WARMTH = (2.0, 10.0)  # a and b that a warmth of 1 adds


def add_arguments(parser):
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures and films, or folders of them")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--saturation", type=float, default=1.0, help="factor on the colours (default: 1)")
    parser.add_argument("--warmth", type=float, default=0.0, help="from -1, bluish, to 1, golden (default: 0)")
    parser.add_argument(
        "--hint",
        action="append",
        default=[],
        metavar="X,Y=COLOUR",
        help="the colour at a pixel, as 420,310=#2e4a2b; may be repeated",
    )
    parser.add_argument(
        "--hints", metavar="FILE", help="many of them: a JSON list, or a picture of strokes on transparent ground"
    )
    parser.add_argument("--like", metavar="PHOTO", help="take colours from a similar photograph")
    parser.add_argument(
        "--candidates",
        type=int,
        metavar="N",
        help="N different colourings of each photograph, and a sheet of them, in DIR/NAME candidates/",
    )
    parser.add_argument("--seed", type=int, default=0, help="of --candidates (default: 0)")
    parser.add_argument("--recolor", action="store_true", help="colour photographs anew that are in colour already")
    parser.add_argument("--side-by-side", action="store_true", help="show the original beside the result")
    add_generator_arguments(parser)


def execute(arguments):
    from experiments import film_work, hints
    from experiments.apply import load_generator
    from experiments.color_film import colorize_film
    from experiments.command import UsageError, each_picture, find_transformation, say
    from filters import pictures, prints

    if not 0 <= arguments.saturation <= 4:
        raise UsageError("--saturation takes a factor from 0 (gray) to 4")
    if not -1 <= arguments.warmth <= 1:
        raise UsageError("--warmth takes a number from -1 (bluish) to 1 (golden)")
    if arguments.candidates is not None and not 2 <= arguments.candidates <= MOST_CANDIDATES:
        raise UsageError(f"--candidates takes a number from 2 to {MOST_CANDIDATES}")
    if arguments.seed < 0:
        raise UsageError("--seed takes 0 or above")
    photographs, films = film_work.sorted_out(arguments.photos)
    hinted = [hints.parse(text) for text in arguments.hint]
    if (hinted or arguments.hints) and (films or len(pictures.find_pictures(photographs)) != 1):
        raise UsageError("--hint and --hints belong to one photograph; name one")
    like = pictures.read(arguments.like) if arguments.like else None
    generator = load_generator(find_transformation("gray_to_color"), arguments)
    look = {"saturation": arguments.saturation, "warmth": arguments.warmth, "like": like}

    def work(path, picture, target):
        if not (arguments.recolor or prints.is_monochrome(picture)):
            say(f"{path} is in colour already and was left out; --recolor colours it anew")
            return
        size = picture.shape[1::-1]
        given = [*hinted, *(hints.read(arguments.hints, size) if arguments.hints else ())]
        hints.check(given, size)
        if arguments.candidates:
            various = colorize_variously(picture, generator, arguments.candidates, arguments.seed, given, **look)
            write_candidates(target, picture, various)
        result = various[0] if arguments.candidates else colorize(picture, generator, hints=given, **look)
        if arguments.side_by_side:
            result = np.hstack([picture, result])
        pictures.write(target, result)

    others = [path for path in (arguments.hints, arguments.like) if path]
    code = each_picture(photographs, arguments.out, work, "colouring", others) if photographs else OK

    def film(path, target):
        # Compiled anew for each: frames of one film have one size.
        colorize_film(path, target, film_colors(generator, **look), _output().radius)

    return max(code, film_work.each_film(films, arguments.out, film, "coloured"))


def colorize(picture, generator, saturation=1.0, warmth=0.0, hints=(), like=None):
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
    like : numpy.ndarray, optional
        A photograph in colour, ``uint8`` RGB: what is alike in both takes its colours. Hints come first.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB of the same size, with the picture's own luminance.
    """
    view = _View(picture)
    given, borrowed = view.hints(hints), view.borrowed(like, generator)
    return view.join(chroma_of(view.seen, generator, given, saturation, warmth, borrowed))


class _View:
    """A photograph as the generator sees it, upright and small, and the way back to its full size."""

    def __init__(self, picture):
        from filters import color, prints

        self.light = color.luminance(picture)
        # A print that lies on its side is coloured as if it stood.
        self.turns = prints.quarter_turns(picture)
        self.seen = np.ascontiguousarray(np.rot90(_as_seen(self.light, picture, self.turns), self.turns))

    def hints(self, hints):
        """A user's hints, as `chroma_of` takes them."""
        from experiments.hint_places import scaled

        return scaled(hints, self.light.shape, self.seen.shape, self.turns)

    def borrowed(self, like, generator):
        """Hints from a photograph that is alike, if there is one."""
        from experiments.reference import hints_like

        return [] if like is None else hints_like(self.seen, like, generator.encoder)

    def join(self, chroma):
        """The coloured photograph."""
        from filters import color

        return color.join_chroma(self.light, np.rot90(chroma, -self.turns), radius=_output().radius)


def _output():
    from experiments.command import find_transformation

    return find_transformation("gray_to_color").representation()


def colorize_variously(picture, generator, count, seed=0, hints=(), saturation=1.0, warmth=0.0, like=None):
    """Colour one photograph in several plausible ways; the first is that of `colorize`.

    Parameters
    ----------
    count : int
        How many.
    seed : int
        The same one gives the same colours.
    picture, generator, hints, saturation, warmth, like
        As for `colorize`.

    Returns
    -------
    list of numpy.ndarray
        ``uint8`` RGB, all with the picture's own luminance.
    """
    from experiments.apply import predict
    from experiments.candidates import propose

    view = _View(picture)
    output = _output()
    given, borrowed = view.hints(hints), view.borrowed(like, generator)
    told = [(x, y, chroma / output.scale) for x, y, chroma in (*borrowed, *given)]
    condition = output.with_hints(output.of_luminance(view.seen), told)
    results = []
    for drawn in propose(condition, output, lambda c: predict(generator, output, c, mirror=False), count, seed):
        more = [*borrowed, *((x, y, chroma * output.scale) for x, y, chroma in drawn)]
        results.append(view.join(chroma_of(view.seen, generator, given, saturation, warmth, more)))
    return results


def write_candidates(target, picture, results):
    """Write several colourings of one photograph, numbered, and a sheet, into a folder beside its result."""
    from experiments.sheets import sheet
    from filters import pictures

    folder = target.with_name(f"{target.stem} candidates")
    for number, result in enumerate(results, 1):
        pictures.write(folder / f"{number}.png", result)
    titles = ["original", *map(str, range(1, len(results) + 1))]
    pictures.write(folder / "sheet.png", sheet([[picture, *results]], titles, (320, 320)))


def film_colors(generator, saturation=1.0, warmth=0.0, like=None):
    """Return what gives a film's frame its chroma, for `experiments.color_film`; arguments as for `colorize`."""
    import cv2

    from experiments.reference import hints_like
    from filters import color
    from transformers.inference import Compiled

    compiled = Compiled(generator)

    def chroma_of_frame(frame):
        seen = color.luminance(frame)
        scale = min(1.0, CONTEXT / max(seen.shape))
        seen = cv2.resize(seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        borrowed = [] if like is None else hints_like(seen, like, generator.encoder)
        return chroma_of(seen, compiled, (), saturation, warmth, borrowed, thorough=False)

    return chroma_of_frame


def chroma_of(seen, generator, hints=(), saturation=1.0, warmth=0.0, borrowed=(), thorough=True):
    """Chroma of a luminance, as large as the generator is to see it.

    Parameters
    ----------
    seen : numpy.ndarray
        L, ``float32`` ``(height, width)``, 0–100.
    generator, saturation, warmth
        As for `colorize`.
    hints : sequence of tuple
        ``(x, y, (a, b))``, in pixels of `seen` and units of Lab.
    borrowed : sequence of tuple
        More of them, which the generator is told but need not be met.
    thorough : bool
        Ask for the mirrored picture too, and for a smaller one: the mean of all is closer to the truth.
        What is seen large, as groups are, is asked once all the same: there it is the time that counts.

    Returns
    -------
    numpy.ndarray
        a and b, ``float32``, at half or a quarter of the size.
    """
    import cv2

    from experiments.apply import MOST_MIRRORED
    from experiments.hint_places import exact

    output = _output()
    chroma = _asked(seen, generator, output, (*borrowed, *hints), thorough)
    if thorough and seen.size <= MOST_MIRRORED:
        smaller = cv2.resize(seen, None, fx=SMALLER, fy=SMALLER, interpolation=cv2.INTER_AREA)
        told = [(x * SMALLER, y * SMALLER, wanted) for x, y, wanted in (*borrowed, *hints)]
        other = _asked(smaller, generator, output, told, thorough)
        chroma = (chroma + cv2.resize(other, chroma.shape[1::-1], interpolation=cv2.INTER_LINEAR)) / 2
    chroma = chroma * saturation + warmth * np.float32(WARMTH)
    return exact(chroma, seen, hints, output.radius) if hints else chroma


def _asked(seen, generator, output, hints, mirror):
    """What the generator says of a luminance and hints; of two hints in one place the last one counts."""
    from experiments.apply import predict

    condition = output.of_luminance(seen)
    if hints:
        condition = output.with_hints(condition, [(x, y, chroma / output.scale) for x, y, chroma in hints])
    return np.float32(output.chroma_of(predict(generator, output, condition, mirror)))


def _as_seen(light, picture, turns):
    """The luminance at the size in which the generator sees faces as large as it learned them."""
    import cv2

    from filters import faces, pictures

    height, width = light.shape
    scale = CONTEXT / max(height, width)
    found = faces.detect(np.ascontiguousarray(np.rot90(pictures.smaller(picture, FACES_SIDE), turns)))
    if found:
        # Boxes are of the picture that was looked at.
        share = np.median([face.box[3] for face in found]) / min(FACES_SIDE, max(height, width))
        scale = max(scale, LEAST_FACE_HEIGHT / (share * max(height, width)))
    scale = min(scale, (MAX_SEEN_PIXELS / (height * width)) ** 0.5, 1.0)
    if scale == 1.0:
        return light
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(light, size, interpolation=cv2.INTER_AREA)
