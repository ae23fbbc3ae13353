"""How pictures become a network's arrays, and its result a picture again."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

import filters
from filters import color
from filters.io.pictures import Picture


def to_unit(picture: Picture):
    """Convert ``uint8`` 0–255 to ``float32`` -1–1."""
    return picture.astype(np.float32) / 127.5 - 1


def from_unit(values):
    """Convert ``float32`` -1–1 to ``uint8`` 0–255."""
    return np.clip(np.round((values + 1) * 127.5), 0, 255).astype(np.uint8)


SIZE = (256, 320)  # width, height of training pictures
HINT_REACH = 2  # pixels to each side of a hint's place that are hinted
MOST_HINTS = 100  # in training


@dataclass(frozen=True)
class Pixels:
    """The generator gives red, green and blue, at full size."""

    channels = 3
    output_stride = 1
    mirror = False  # the mean of two sharp pictures would be blurred
    local = False  # a face comes back as a whole, so its place in the picture counts

    @classmethod
    def of(cls, transformation):
        """Return the codec as a `Transformation` wants it."""
        return cls()

    def condition_channels(self, filter_channels: int) -> int:
        """Return how many channels the generator is given."""
        return filter_channels

    def generator_options(self) -> dict:
        """Return what the generator's function is told besides channels, preset and stride."""
        return {}

    def losses(self) -> dict:
        """Return what training compares results by, as `transformers.GAN` takes it; empty for L1."""
        return {}

    def baseline(self, picture: Picture, filtered: np.ndarray):
        """Return the picture that a generator gives which says `picture` whatever it is shown."""
        return picture

    def condition(self, filtered: np.ndarray):
        """Return what the generator sees: ``(h, w, c)`` in [-1, 1]."""
        return to_unit(filtered)

    def target(self, picture: Picture):
        """Return what the generator should give."""
        return to_unit(picture)

    def render(self, result, filtered: np.ndarray):
        """Return the picture that a result stands for: ``uint8`` RGB."""
        height, width = filtered.shape[:2]
        return from_unit(result[:height, :width])


@dataclass(frozen=True)
class Enlarged(Pixels):
    """The generator is given a small picture and gives it `scale` times larger: red, green and blue.

    Attributes
    ----------
    scale : int
        The filtered picture has its full size, but only every `scale`-th pixel of it is looked at.
    """

    scale: int
    local = True

    @classmethod
    def of(cls, transformation):
        return cls(transformation.scale)

    @property
    def output_stride(self):
        return 1 / self.scale

    def condition(self, filtered: np.ndarray):
        return to_unit(filtered[:: self.scale, :: self.scale])


@dataclass(frozen=True)
class Chroma(Pixels):
    """The generator gives a and b of Lab at half size; L is the filtered picture's own.

    Attributes
    ----------
    scale : float
        What 1.0 of the network means, in units of Lab.
    saturation : float
        Factor on the chroma: a network that is unsure predicts pale colours.
    hints : bool
        The condition has three more channels: the chroma that is known at some places, and a mask.
    """

    scale: float = 100.0
    saturation: float = 1.0
    hints: bool = False
    channels = 2
    output_stride = 2
    radius = 4  # of the guided filter that joins chroma, in its pixels: 8 of the picture's
    mirror = True

    @classmethod
    def of(cls, transformation):
        return cls(saturation=transformation.saturation, hints=transformation.hints)

    def condition_channels(self, filter_channels: int) -> int:
        return 4 if self.hints else 1

    def generator_options(self) -> dict:
        return {"hints": True} if self.hints else {}

    def baseline(self, picture: Picture, filtered: np.ndarray):
        return color.join_chroma(filtered_luminance(filtered), color.rgb_to_lab(picture)[..., 1:])

    def condition(self, filtered: np.ndarray):
        return self.of_luminance(filtered_luminance(filtered))

    def of_luminance(self, light):
        """Return the condition of a luminance, ``(h, w)``, 0–100."""
        condition = light[..., None] / 50 - 1
        return np.pad(condition, ((0, 0), (0, 0), (0, 3))) if self.hints else condition

    def with_hints(self, condition: np.ndarray, hints: list[tuple]):
        """Return a condition with hints.

        Parameters
        ----------
        condition : numpy.ndarray
            ``(h, w, 4)``.
        hints : list of tuple
            ``(x, y, (a, b))``: a place in the condition's pixels, and chroma as the network gives it.
        """
        condition = condition.copy()
        for x, y, chroma in hints:
            across, down = (slice(max(0, int(v) - HINT_REACH), int(v) + HINT_REACH + 1) for v in (x, y))
            condition[down, across, -3:] = (*chroma, 1.0)
        return condition

    def random_hints(self, target, rng: np.random.Generator):
        """Return one to many hints from a target, as `with_hints` takes them; few are as likely as many."""
        height, width = target.shape[:2]
        hints = []
        for _ in range(round(np.exp(rng.uniform(0, np.log(MOST_HINTS))))):
            x, y = int(rng.integers(width)), int(rng.integers(height))
            seen = target[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            hints.append((2 * x, 2 * y, seen.mean(axis=(0, 1))))
        return hints

    def target(self, picture: Picture):
        lab = color.rgb_to_lab(picture)
        size = (picture.shape[1] // 2, picture.shape[0] // 2)
        return cv2.resize(lab[..., 1:], size, interpolation=cv2.INTER_AREA) / self.scale

    def chroma_of(self, result):
        """Return the chroma in units of Lab, ``(h, w, 2)``, of what the generator gives."""
        return result * (self.scale * self.saturation)

    def render(self, result, filtered: np.ndarray):
        return color.join_chroma(filtered_luminance(filtered), self.chroma_of(result), radius=self.radius)


@dataclass(frozen=True)
class Distribution(Chroma):
    """The generator gives, for each colour of a grid of chroma, how likely it is, at a quarter of the size.

    After Zhang, Isola and Efros, "Colorful Image Colorization" (2016).

    Attributes
    ----------
    temperature : float
        Of the annealed mean (their equation 5): 1 gives the mean of all colours, 0 the likeliest one.
    """

    temperature: float = 0.4
    output_stride = 4
    radius = 2

    def generator_options(self) -> dict:
        return super().generator_options() | {"logits": True}

    def losses(self) -> dict:
        from transformers import losses  # Keras, which only training needs

        return {
            "reconstruction": losses.cross_entropy(self.centers, SPREAD, BALANCE, self.temperature, MEAN_WEIGHT),
            "chroma_of": losses.annealed_mean(self.centers, self.temperature),
        }

    @property
    def centers(self):
        """The grid, ``(colours, 2)``, as `target` scales chroma."""
        return _chroma_grid() / np.float32(self.scale)

    @property
    def channels(self):
        return len(_chroma_grid())

    def chroma_of(self, result):
        """Return the annealed mean of logits ``(h, w, colours)``: chroma in units of Lab, ``(h, w, 2)``."""
        scaled = (result - result.max(axis=-1, keepdims=True)) / self.temperature
        likely = np.exp(scaled)
        return likely @ _chroma_grid() / likely.sum(axis=-1, keepdims=True) * self.saturation


CODECS = {"pixels": Pixels, "enlarged": Enlarged, "chroma": Chroma, "distribution": Distribution}
GRID_STEP = 10  # units of Lab between the colours of a `Distribution`
# Of its loss, see `transformers.losses.cross_entropy`; in units of 100 of Lab.
SPREAD, BALANCE, MEAN_WEIGHT = 0.05, 2.0, 40.0


@cache
def _chroma_grid():
    """Return chroma that some RGB colour has, on a grid, ``float32`` ``(colours, 2)``."""
    values = np.linspace(0, 255, 52).astype(np.uint8)
    cube = np.stack(np.meshgrid(values, values, values), axis=-1).reshape(1, -1, 3)
    return np.unique(np.round(color.rgb_to_lab(cube)[0, :, 1:] / GRID_STEP), axis=0).astype(np.float32) * GRID_STEP


def filtered_luminance(filtered: np.ndarray):
    """Return the L of a gray picture ``(h, w, 1)`` or of a colour one ``(h, w, 3)``, 0–100."""
    if filtered.shape[2] == 1:
        return _GRAY_TO_L[filtered[..., 0]]
    return color.luminance(filtered)


_GRAY_TO_L = color.luminance(np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2))[0]


def filter_of(transformation):
    """Return the registered filter that a transformation inverts."""
    return filters.get(transformation.filter)
