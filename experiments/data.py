"""Training pairs, made in memory from a folder of photographs or crops."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

import filters
from experiments import photographs
from experiments.representation import filter_of
from filters import faces, metadata, pictures

SIZE = (256, 320)  # width, height of training pictures
STORED = (320, 426)  # kept in memory: room for the augmentation to cut from


@dataclass(frozen=True)
class Augmentation:
    """What is drawn anew for every picture in every epoch.

    Attributes
    ----------
    flip : float
        Probability of a mirrored picture.
    scale : tuple of float
        Range of the share of the crop's side that is shown.
    rotation : float
        Largest angle, in degrees.
    exposure : float
        Largest logarithm of the gamma by which the picture is made darker or brighter.
    margins : float
        Probability of a picture shown smaller, with margins that go on like its border: walls and
        clothes far from a face, as in whole photographs.
    mosaic : float
        Probability of four pictures at half size in one: small faces, as in groups.
    old_print : float
        Probability that the condition is made from a faded, blurred, grainy copy of the picture,
        on film of another colour sensitivity.
    film : float
        Probability that the picture itself, condition and target, is black and white as on such film.
    squeeze : float
        Of whole photographs: largest change of proportions, a factor.
    sideways : float
        Of whole photographs: probability of one that lies on its side or stands on its head.
    frames : float
        Of whole photographs: probability of a mount or an oval frame of white, gray or black paper.
    scratches : float
        Probability that the condition has scratches and specks.
    hints : float
        Probability that the condition has hints of the target's colours at some places.
    parameters : dict
        Of the filter: name → sequence of values to draw from.
    """

    flip: float = 0.5
    scale: tuple = (0.72, 1.0)
    rotation: float = 6.0
    exposure: float = 0.0
    margins: float = 0.0
    mosaic: float = 0.0
    old_print: float = 0.0
    film: float = 0.0
    squeeze: float = 1.0
    sideways: float = 0.0
    frames: float = 0.0
    scratches: float = 0.0
    hints: float = 0.0
    parameters: dict = field(default_factory=dict)


NO_AUGMENTATION = Augmentation(flip=0, scale=(1.0, 1.0), rotation=0)


def load_crops(folder, report=lambda done, total: None, size=STORED, subset=None):
    """All face crops of a folder, in memory.

    A folder written by ``experiments cut`` is recognised by its ``faces.csv``; pictures of any
    other folder are photographs whose faces are cut now, or crops if they are 3:4 already.

    Parameters
    ----------
    folder : path-like
    report : callable
        Called with the number of files done and of all.
    size : tuple of int
        ``(width, height)`` of the crops, 3:4 or nearly.
    subset : experiments.subset.Subset, optional
        Which of them to take.

    Returns
    -------
    crops : numpy.ndarray
        ``uint8`` RGB ``(count, size[1], size[0], 3)``.
    names : list of str
    splits : list of str
        ``"train"`` or ``"validation"``, by source.
    problems : list of str
        One line for each file that was left out.
    """
    crops, names, splits, problems = [], [], [], []
    for path, found, split, problem in each_file([folder], report, size, subset):
        crops += found
        names += [path.stem] * len(found)
        splits += [split] * len(found)
        problems += [problem] if problem else []
    if not crops:
        why = problems[0] if problems else f"none is in the subset '{subset.text}'"
        raise filters.PictureError(f"{folder} holds no face that could be used; {why}")
    return np.stack(crops), names, splits, problems


def load_faces(texts, report=lambda done, total: None, subset=None):
    """As `experiments.photographs.load`, but the crops of all faces; each text is ``FOLDER[:WEIGHT]``."""
    from experiments.command import weighted

    names, weights = zip(*(weighted(text, "--data", files=True) for text in texts), strict=True)
    loaded = [load_crops(name, report, subset=subset) for name in names]
    given = [name != text for name, text in zip(names, texts, strict=True)]
    counts = [weight if any(given) else len(part[0]) for weight, part in zip(weights, loaded, strict=True)]
    shares = [np.full(len(part[0]), count / len(part[0])) for count, part in zip(counts, loaded, strict=True)]
    crops, _, splits, problems = zip(*loaded, strict=True)
    shares = np.concatenate(shares)
    return np.concatenate(crops), shares / shares.sum(), [*chain(*splits)], [*chain(*problems)]


def each_file(sources, report=lambda done, total: None, size=STORED, subset=None):
    """Yield ``(path, crops, split, problem)`` of each file among files and folders; see `load_crops`.

    Where the crops are none and there is no problem, the file is not in the subset.
    """
    jobs = []
    for source in map(Path, sources):
        try:
            jobs += _listed_crops(source) if (source / "faces.csv").is_file() else _pictures(source)
        except filters.PictureError as error:
            yield source, [], None, str(error)
    with ThreadPoolExecutor() as pool:
        results = pool.map(lambda job: _crops_of(*job, size, subset), jobs)
        for done, ((path, _), result) in enumerate(zip(jobs, results, strict=True), 1):
            report(done, len(jobs))
            yield path, *result


def _pictures(source):
    return [(path, None) for path in pictures.find_pictures([source])]


def _listed_crops(folder):
    import pandas as pd

    table = pd.read_csv(folder / "faces.csv", dtype={"crop": str, "rejected": str})
    table = table[table["crop"].notna()]
    if table.empty:
        raise filters.PictureError(f"{folder / 'faces.csv'} lists no crop; run 'experiments cut' again")
    return [(folder / row["crop"], row) for row in table.to_dict("records")]


def _crops_of(path, row, size, subset):
    """Crops, split and problem of one file; `row` is its row of ``faces.csv``, if there is one."""
    if subset and not (subset.takes_name(path) and (row is None or subset.takes(row))):
        return [], None, None
    try:
        picture = pictures.read(path)
        split = row["split"] if row else metadata.split_of(metadata.sha256(path.read_bytes()))
    except filters.PictureError as error:
        return [], None, str(error)
    height, width = picture.shape[:2]
    if abs(width / height - faces.ASPECT) < 0.01:
        shrinking = width > size[0]
        method = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
        crops = [cv2.resize(picture, size, interpolation=method)]
    else:
        found = faces.detect(picture)
        if not found:
            return [], split, f"{path} shows no face; it was left out"
        crops = [faces.cut(picture, face, size) for face in found]
    if subset and row is None:
        crops = [crop for crop in crops if subset.takes(metadata.measure(crop))]
    return crops, split, None


def augmented(crops, index, rng, augmentation, size=SIZE, whole=False):
    """Draw one training picture.

    Parameters
    ----------
    crops : sequence of numpy.ndarray
        ``uint8`` ``(height, width, 3)``.
    index : int
    rng : numpy.random.Generator
    augmentation : Augmentation
    size : tuple of int
        ``(width, height)`` of the result.
    whole : bool
        They are whole photographs, of any proportions, and no crops of faces.

    Returns
    -------
    numpy.ndarray
        ``uint8`` RGB ``(size[1], size[0], 3)``.
    """
    picture = _drawn(crops, index, rng, augmentation, size, photographs.view if whole else _warped)
    if augmentation.exposure:
        gamma = np.exp(rng.uniform(-1, 1) * augmentation.exposure)
        curve = 255 * (np.arange(256) / 255) ** gamma
        picture = cv2.LUT(picture, np.round(curve).astype(np.uint8))
    if augmentation.film and rng.random() < augmentation.film:
        picture = _as_rgb(_on_film(picture, rng))
    return picture


def _drawn(crops, index, rng, augmentation, size, draw):
    if rng.random() < augmentation.mosaic:
        others = [index, *rng.integers(len(crops), size=3)]
        half = (size[0] // 2, size[1] // 2)
        a, b, c, d = (draw(crops[i], rng, augmentation, half) for i in others)
        return np.vstack([np.hstack([a, b]), np.hstack([c, d])])
    return draw(crops[index], rng, augmentation, size)


def _warped(crop, rng, augmentation, size):
    height, width = crop.shape[:2]
    share, border = rng.uniform(*augmentation.scale), cv2.BORDER_REFLECT_101
    if augmentation.margins and rng.random() < augmentation.margins:
        share, border = rng.uniform(1.0, 2.6), cv2.BORDER_REPLICATE
    angle = np.deg2rad(rng.uniform(-1, 1) * augmentation.rotation)
    mirror = -1 if rng.random() < augmentation.flip else 1
    # Of the room that the smaller window leaves, any place; rotation turns about its middle.
    middle = np.array([width, height]) / 2 + (rng.random(2) - 0.5) * abs(1 - share) * [width, height]
    if angle == 0 and share <= 1:
        return _window(crop, middle, share, size)[:, ::mirror]
    step = share * width / size[0]
    turn = step * np.array([[mirror * np.cos(angle), -np.sin(angle)], [mirror * np.sin(angle), np.cos(angle)]])
    offset = middle - 0.5 - turn @ (np.array(size) / 2 - 0.5)
    if step > 1.6:
        # Sampling every second pixel would alias: make it smaller first.
        crop = cv2.resize(crop, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        turn, offset = turn / 2, (offset - 0.5) / 2
    matrix = np.hstack([turn, offset[:, None]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(crop, matrix, size, flags=flags, borderMode=border)


def _window(crop, middle, share, size):
    """An upright part of a crop, made as crops are made of photographs: as sharp as they are."""
    height, width = crop.shape[:2]
    wide, high = round(share * width), round(share * height)
    left, top = round(middle[0] - wide / 2), round(middle[1] - high / 2)
    window = crop[max(top, 0) : top + high, max(left, 0) : left + wide]
    return cv2.resize(window, size, interpolation=cv2.INTER_AREA if wide > size[0] else cv2.INTER_CUBIC)


def old_print(picture, rng):
    """A copy as an old black-and-white print would show it; ``uint8`` RGB in and out.

    Film of another sensitivity to red, green and blue (early plates hardly saw red), another tone
    curve and contrast, blur, grain, and traces of JPEG.
    """
    values = _on_film(picture, rng)
    if rng.random() < 0.4:
        values = cv2.GaussianBlur(values, (0, 0), rng.uniform(0.4, 1.8))
    if rng.random() < 0.5:
        size = rng.choice([1, 2])
        noise = rng.standard_normal([-(-side // size) for side in values.shape], np.float32)
        noise = cv2.resize(noise, values.shape[::-1], interpolation=cv2.INTER_LINEAR)
        values = values + noise * np.float32(rng.uniform(0.01, 0.05))
    seen = _as_rgb(values)
    if rng.random() < 0.3:
        _, data = cv2.imencode(".jpg", seen[..., 0], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])
        seen = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), cv2.COLOR_GRAY2RGB)
    return seen


def _on_film(picture, rng):
    """Gray ``(h, w)`` in about 0–1: film of some sensitivity to red, green and blue, and tone curve."""
    # One film in four hardly sees red, as all did until the 1920s.
    weights = rng.dirichlet([0.3, 3.0, 3.0] if rng.random() < 0.25 else [1.2, 2.0, 1.2])
    values = picture.astype(np.float32) @ weights.astype(np.float32) * np.float32(1 / 255)
    values = values ** np.float32(np.exp(rng.uniform(-0.5, 0.5)))
    low, high = rng.uniform(-0.1, 0.2), rng.uniform(0.75, 1.1)
    return low + values * (high - low)


def _as_rgb(values):
    return cv2.cvtColor(np.clip(values * 255, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def pair(transformation, picture, rng=None, augmentation=NO_AUGMENTATION, other=None):
    """Condition and target of one picture, ``float32`` ``(h, w, channels)``.

    Where `other` is given, it is the target's picture.
    """
    output = transformation.representation()
    seen = picture
    if augmentation.old_print and rng.random() < augmentation.old_print:
        seen = old_print(picture, rng)
    if augmentation.scratches and rng.random() < augmentation.scratches:
        seen = photographs.scratched(seen, rng)
    drawn = {name: values[rng.integers(len(values))] for name, values in augmentation.parameters.items()}
    condition = output.condition(filter_of(transformation)(seen, **drawn))
    target = output.target(picture if other is None else other)
    if augmentation.hints and rng.random() < augmentation.hints:
        condition = output.with_hints(condition, output.random_hints(target, rng))
    return condition, target


class Pairs:
    """An endless, repeatable stream of training batches.

    Every picture is drawn with a generator seeded by ``(seed, epoch, place)``, so that a training
    that stops and resumes sees what one that never stopped would have seen.

    Parameters
    ----------
    transformation : Transformation
    crops : sequence of numpy.ndarray
        ``uint8`` ``(height, width, 3)``.
    batch_size : int
    augmentation : Augmentation
    seed : int
    size : tuple of int
        ``(width, height)``.
    shares : numpy.ndarray, optional
        How often each picture is drawn; without, all of them once an epoch.
    """

    def __init__(self, transformation, crops, batch_size, augmentation, seed=0, size=SIZE, shares=None):
        self.transformation = transformation
        self.crops = crops
        self.batch_size = batch_size
        self.augmentation = augmentation
        self.seed = seed
        self.size = size
        self.shares = shares

    @property
    def steps(self):
        """Batches of an epoch."""
        return max(1, len(self.crops) // self.batch_size)

    def batch(self, epoch, step):
        """Conditions and targets of one batch."""
        order, pairs = self._order(epoch), []
        whole = self.transformation.pictures == "whole"
        for place in range(step * self.batch_size, (step + 1) * self.batch_size):
            rng = np.random.default_rng([self.seed, epoch, place])
            index = order[place % len(order)]
            picture = augmented(self.crops, index, rng, self.augmentation, self.size, whole)
            other = None
            if self.transformation.pairs == "any":
                index = (index + rng.integers(1, max(2, len(order)))) % len(order)
                other = augmented(self.crops, index, rng, self.augmentation, self.size, whole)
            pairs.append(pair(self.transformation, picture, rng, self.augmentation, other))
        conditions, targets = zip(*pairs, strict=True)
        return np.stack(conditions), np.stack(targets)

    def _order(self, epoch):
        """Which picture is at which place of an epoch."""
        rng, count = np.random.default_rng([self.seed, epoch]), len(self.crops)
        return rng.permutation(count) if self.shares is None else rng.choice(count, count, p=self.shares)

    def stream(self, epoch=0):
        """Batches from an epoch on, without end; the next ones are made while one is used."""
        return ahead(lambda key: self.batch(*key), numbered(epoch, self.steps))


def numbered(epoch, steps):
    """Numbers ``(epoch, step)`` of all steps from an epoch on, without end."""
    while True:
        yield from ((epoch, step) for step in range(steps))
        epoch += 1


def ahead(function, keys, depth=3):
    """Results of `function` in order, computed by a thread, at most `depth` ahead."""
    waiting = queue.Queue(depth)
    stopped = threading.Event()

    def work():
        for key in keys:
            try:
                item = function(key), None
            except Exception as error:  # handed to whoever waits
                item = None, error
            while not stopped.is_set():
                try:
                    waiting.put(item, timeout=0.2)
                    break
                except queue.Full:
                    continue
            if stopped.is_set():
                return

    threading.Thread(target=work, daemon=True).start()
    try:
        while True:
            result, error = waiting.get()
            if error:
                raise error
            yield result
    finally:
        stopped.set()
