"""Two folders of pictures, one of each domain: loading and checking them, and batches of both."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import cv2
import numpy as np

import filters
from experiments.cli.console import progress
from experiments.commands.unpaired import Settings
from experiments.core.codecs import to_unit
from experiments.datasets.augmentation import Augmentation, augmented
from experiments.datasets.crops import each_file
from experiments.datasets.on_paper import on_paper
from experiments.datasets.pairs import numbered, prefetch
from experiments.datasets.twins import duplicates
from experiments.reports.sheets import as_rgb
from filters import hatching, measures, resizing
from filters.io import pictures
from filters.io.pictures import PathLike, Picture, Size
from transformers.training.unpaired import DRAWS

ROOM = 1.25  # pictures are kept larger than the training size by this factor, for the augmentation to cut from
FEW = 50
LEAST_HELD_OUT, MOST_HELD_OUT = 20, 48
# Ranges of filters' parameters, which are drawn anew for every picture while training starts with pairs.
PARAMETERS = {
    "engraving": {"period": (2.5, 6.0), "angle": (-60.0, 60.0), "bend": (0.0, 5.0), "hardness": (1.0, 3.0)},
    "xdog": {"sigma": (0.6, 1.4), "threshold": (0.4, 0.75)},
}
PERIODS = (4.5, 6.0)  # pixels between the lines of hatching
DRAWN_AT = (0.75, 1.0, 1.25)  # sizes, of that of training, at which a generator draws


@dataclass
class ImageDomain:
    """The pictures of one folder.

    Attributes
    ----------
    folder : str
    names : list of str
    pictures : numpy.ndarray
        ``uint8`` RGB ``(count, height, width, 3)``: those to train on, first, and those held out.
    held_out : numpy.ndarray
        Those held out, or, where there are too few to hold any out, one to train on; of training size.
    problems : list of str
        A line for each file that was left out.
    grays : int
        How many are gray or toned in one colour.
    made_gray : bool
        Whether all are shown gray, since most were: so the tone of paper is not learned.
    """

    folder: str
    names: list[str]
    pictures: np.ndarray
    held_out: np.ndarray
    problems: list[str] = field(default_factory=list)
    grays: int = 0
    made_gray: bool = False

    @classmethod
    def load(cls, folder: PathLike, faces: bool, size: Size, gray: bool = False) -> Self:
        """Read a folder, or one file.

        Parameters
        ----------
        folder : path-like
        faces : bool
            Whether to cut the faces out; otherwise the middle of each picture is taken, with the proportions of
            `size`.
        size : tuple of int
            ``(width, height)`` of training, in pixels.
        gray : bool
            Whether all are shown gray, also where most have colours.

        Raises
        ------
        filters.PictureError
            When no picture can be used.
        """
        stored = round(ROOM * size[0]), round(ROOM * size[1])
        found, problems = [], []
        with progress(f"reading {folder}", unit="file") as bar:
            for path, crops, _, problem in _each(folder, faces, stored, bar):
                found += [(measures.sha256(path.read_bytes()), path.name, crop) for crop in crops]
                problems += [problem] if problem else []
        if not found:
            raise filters.PictureError(f"{folder} holds no picture that could be used; {'; '.join(problems[:1])}")
        # By content, not by name: the same pictures are held out whatever their names and places.
        found.sort(key=lambda item: item[0])
        crops = np.stack([crop for _, _, crop in found])
        grays = sum(measures.is_gray(crop) for crop in crops)
        made_gray = gray or 2 * grays > len(crops)
        if made_gray:
            crops = np.stack([filters.gray(crop) for crop in crops]).repeat(3, axis=3)
        kept = held_out_count(len(crops))
        small = [cv2.resize(c, size, interpolation=cv2.INTER_AREA) for c in crops[: max(kept, 1)]]
        names = [name for _, name, _ in found]
        return cls(str(folder), names, crops[kept:], np.stack(small), problems, grays, made_gray)

    def report(self) -> Iterator[str]:
        """Yield what a user should know before training, line by line."""
        count = len(self.names)
        kept = held_out_count(count)
        yield f"{count} pictures in {self.folder}, {kept} of them held out to choose the best weights by"
        if not kept:
            yield "too few to hold any out: sheets and measures show pictures of the training"
        elif count < FEW:
            yield f"fewer than {FEW} pictures; expect the discriminator to overfit"
        if self.problems:
            yield f"{len(self.problems)} left out, the first because {self.problems[0]}"
        twins = list(self.duplicates())
        if twins:
            yield f"{len(twins)} shown twice, for instance {' and '.join(twins[0])}"
        if self.made_gray:
            yield f"all are taken as gray; {self.grays} are gray or toned"
        elif self.grays:
            yield f"{self.grays} gray ones among colour; results may become pale"

    def duplicates(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of names of pictures that look the same, see `experiments.datasets.twins`."""
        shown = [*self.held_out[: held_out_count(len(self.names))], *self.pictures]
        for one, other in duplicates(shown):
            yield self.names[one], self.names[other]


def held_out_count(count: int) -> int:
    """Return how many of `count` pictures are held out: a tenth, but 20 to 48, and never more than a third."""
    return min(max(count // 10, LEAST_HELD_OUT), MOST_HELD_OUT, count // 3)


def _each(
    folder: PathLike, faces: bool, size: Size, report: Callable[[int, int], object]
) -> Iterator[tuple[Path, list[Picture], str | None, str | None]]:
    if faces:
        yield from each_file([folder], report, size)
        return
    paths = pictures.find_pictures([Path(folder)])
    for done, path in enumerate(paths, 1):
        try:
            yield path, [_middle(pictures.read(path), size)], None, None
        except filters.PictureError as error:
            yield path, [], None, str(error)
        report(done, len(paths))


def _middle(picture: Picture, size: Size) -> Picture:
    """Return the largest part around the middle that has the proportions of a size, at that size."""
    height, width = picture.shape[:2]
    scale = min(width / size[0], height / size[1])
    wide, high = round(size[0] * scale), round(size[1] * scale)
    left, top = (width - wide) // 2, (height - high) // 2
    return resizing.resized(picture[top : top + high, left : left + wide], size)


class Batches:
    """Batches for `transformers.training.unpaired`; all randomness comes from (seed, epoch, step).

    Parameters
    ----------
    settings : experiments.commands.unpaired.Settings
    domains : sequence of ImageDomain
        A and B.
    draw : callable, optional
        What makes of a picture of A, ``uint8`` RGB, one of B: the stand-in that has the training's name.
    """

    def __init__(
        self, settings: Settings, domains: Sequence[ImageDomain], draw: Callable[[Picture], Picture] | None = None
    ) -> None:
        self.settings = settings
        self.domains = domains
        self.draw = draw
        # No closer than 1 / ROOM: pictures stay as sharp as they are.
        self.augmentation = Augmentation(scale=(1 / ROOM, 1.0))

    def stream(self, epoch: int = 0, step: int = 0) -> Generator[tuple[dict[str, np.ndarray]]]:
        """Yield batches from a step of an epoch on, without end; the next ones are made while one is used."""
        return prefetch(lambda key: (self.batch(*key),), numbered(epoch, self.settings.steps, step))

    def batch(self, epoch: int, step: int) -> dict[str, np.ndarray]:
        """Return one batch, see `transformers.training.unpaired.Unpaired`.

        Returns
        -------
        dict
            ``a`` and ``b``, pictures of both domains, ``seen``, what the generator is given of those of A, and
            ``pair``, what they may look like in B: all ``float32`` ``(count, height, width, 3)``, -1–1; ``draws``
            ``(count, 2 * DRAWS)``, 0–1, for the augmentation.
        """
        rng = np.random.default_rng([self.settings.seed, epoch, step])
        count = self.settings.batch_size
        first, second = ([self._draw(domain, rng) for _ in range(count)] for domain in self.domains)
        seen, hatched = first, self.settings.hatched
        if hatched:
            seen = [hatching.layers(p, period=rng.uniform(*PERIODS), seed=int(rng.integers(2**31))) for p in first]
        if self.settings.overfit:  # the one drawing is the pair of every face
            pairs = [self.domains[1].held_out[0]] * count
        else:
            pairs = [as_rgb(hatching.drawn(s)) if hatched else self._stand_in(s, rng) for s in seen]
        shown = {"a": first, "seen": seen, "b": second, "pair": pairs}
        batch = {name: to_unit(np.stack(p)) for name, p in shown.items()}
        return batch | {"draws": rng.random((count, 2 * DRAWS), np.float32)}

    def _draw(self, domain: ImageDomain, rng: np.random.Generator) -> Picture:
        index = int(rng.integers(len(domain.pictures)))
        return augmented(domain.pictures, index, rng, self.augmentation, self.settings.size)

    def _stand_in(self, picture: Picture, rng: np.random.Generator) -> Picture:
        """Return what the same scene may look like in the other domain."""
        if not self.settings.stand_ins:
            return picture
        name = self.settings.stand_ins[rng.integers(len(self.settings.stand_ins))]
        if self.draw is None or name != self.settings.name:
            drawn = self._filtered(picture, name, rng)
        else:  # seen larger or smaller, it is drawn with finer or coarser lines
            seen = resizing.at_size(picture, rng.choice(DRAWN_AT) * max(picture.shape[:2]))
            drawn = resizing.resized(self.draw(seen), picture.shape[1::-1])
        return on_paper(drawn, rng) if self.draw else drawn

    def _filtered(self, picture: Picture, name: str, rng: np.random.Generator) -> Picture:
        parameters = {k: rng.uniform(*v) for k, v in PARAMETERS.get(name, {}).items()}
        return as_rgb(filters.get(name)(picture, **parameters))
