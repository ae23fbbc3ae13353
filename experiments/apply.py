"""Filter pictures and let a generator find the way back, or translate them: one PNG a picture, same name."""

import numpy as np

from experiments.command import add_generator_arguments

MOST_MIRRORED = 400_000  # pixels


def add_arguments(parser):
    parser.add_argument(
        "transformation",
        help="for instance gray_to_color or photo_to_drawing; also the folder of an 'unpaired' run, or "
        "RUN:back for its way back",
    )
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="pictures, or folders of pictures")
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")
    add_generator_arguments(parser)


def execute(arguments):
    from experiments import translation
    from experiments.command import each_picture, find_transformation
    from experiments.representation import filter_of
    from filters import pictures

    name = arguments.transformation
    if name in translation.discover() or translation.is_run(name):
        translator, gray = translation.load_generator(name, arguments)

        def result(picture):
            return translation.translate(translator, picture, gray)

    else:
        transformation = find_transformation(name)
        generator = load_generator(transformation, arguments)

        def result(picture):
            filtered = filter_of(transformation)(at_training_size(picture))
            return restore(generator, transformation, filtered)

    def work(path, picture, target):
        pictures.write(target, result(picture))

    return each_picture(arguments.photos, arguments.out, work, name)


def at_training_size(picture):
    """A 3:4 crop at 256x320, the size of training; any other picture as it is."""
    import cv2

    from experiments.data import SIZE
    from filters.faces import ASPECT

    height, width = picture.shape[:2]
    if abs(width / height - ASPECT) < 0.01:
        return cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
    return picture


def load_generator(transformation, arguments=None):
    """The generator of a transformation.

    Parameters
    ----------
    transformation : Transformation
    arguments : argparse.Namespace, optional
        As from `command.add_generator_arguments`; without, the shipped weights are loaded.

    Raises
    ------
    transformers.pretrained.WeightsError
        When there are none, or they do not fit.
    """
    from transformers import backend, pretrained

    backend.set_precision(arguments.precision if arguments else "auto")
    if arguments is None or arguments.weights is None:
        return pretrained.load(transformation.name)
    generator = transformation.build_generator(arguments.preset)
    pretrained.load_weights(generator, arguments.weights)
    return generator


def restore(generator, transformation, filtered):
    """What a generator makes of one filtered picture.

    Parameters
    ----------
    generator : keras.Model
    transformation : Transformation
    filtered : numpy.ndarray
        ``uint8`` ``(height, width, channels)``, any size.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(height, width, 3)``.
    """
    output = transformation.representation()
    return output.render(predict(generator, output, output.condition(filtered)), filtered)


def predict(generator, output, condition, mirror=True):
    """A generator's result for one condition, both ``(height, width, channels)``.

    Where `output` says so, and `mirror` is not false, the mirrored picture is asked too: the mean of both
    answers is closer to the truth than either, for colours, which blurring does not hurt. Large pictures,
    of groups and rooms, are asked once: there it is the time that counts.
    """
    from transformers.inference import generate

    condition = condition[None].astype(np.float32)
    if not (mirror and output.mirror) or condition.shape[1] * condition.shape[2] > MOST_MIRRORED:
        return generate(generator, condition)[0]
    result, mirrored = (generate(generator, c)[0] for c in (condition, condition[:, :, ::-1]))
    # A last column that is not whole has no mirror twin.
    shared = result.shape[1] - bool(condition.shape[2] % output.output_stride)
    result[:, :shared] = (result[:, :shared] + mirrored[:, :shared][:, ::-1]) / 2
    return result
