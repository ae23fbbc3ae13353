"""Transformations and translations, and their registry: each is a script in `experiments` that calls `register`."""

import importlib
import importlib.util
import pkgutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import experiments
from experiments.cli.console import UsageError, say

if TYPE_CHECKING:
    import keras

    from experiments.core.codecs import Pixels


@dataclass(frozen=True)
class Transformation:
    """A filter and the way back.

    Attributes
    ----------
    name : str
    summary : str
        One line for lists and galleries.
    filter : str
        Name of the registered filter to invert.
    output : {"pixels", "chroma", "distribution", "enlarged", "repaired"}
        What the generator gives: a name in `experiments.core.codecs.CODECS`.
    scale : int
        For "enlarged": how many times.
    generator, discriminator : str
        Names in `GENERATORS` and `DISCRIMINATORS` of `transformers.networks`.
    preset : str
        Size of both.
    loss_weights : dict
        Arguments of `transformers.LossWeights`.
    adversarial : str
        Form of the adversarial loss.
    perceptual_network : {"vgg16", "efficientnet_lite0"}
        Whose features the perceptual loss compares.
    perceptual_focus : float
        How far the window in which they are compared is drawn to the middle, see `transformers.losses.place_of`.
    adversarial_from : int
        The epoch from which the discriminator takes part. It is no share of all epochs, so that a run of N epochs
        that is resumed for N more equals one of 2N.
    augmentation : dict
        Arguments of `experiments.datasets.augmentation.Augmentation`.
    hints : bool
        For chroma: whether the generator can be given the colours of some places.
    pictures : {"faces", "whole"}
        What training cuts out of photographs.
    pairs : {"same", "any"}
        What the generator should make of a filtered face: the same face, or any other one.
    learning_rate : float
    saturation : float
        For chroma: factor on what the generator gives.
    """

    name: str
    summary: str
    filter: str
    output: str = "pixels"
    scale: int = 1
    generator: str = "unet"
    discriminator: str = "patch"
    preset: str = "base"
    loss_weights: dict[str, float] = field(default_factory=dict)
    adversarial: str = "least_squares"
    perceptual_network: str = "vgg16"
    perceptual_focus: float = 0.0
    adversarial_from: int = 20
    augmentation: dict[str, Any] = field(default_factory=dict)
    hints: bool = False
    pictures: str = "faces"
    pairs: str = "same"
    learning_rate: float = 2e-4
    saturation: float = 1.0

    def representation(self) -> "Pixels":
        """Return the codec: the object that turns pictures into arrays and back."""
        from experiments.core.codecs import CODECS

        return CODECS[self.output].of(self.scale, self.saturation, self.hints)

    @property
    def needs_crops(self) -> bool:
        """Whether its generator knows nothing but face crops, so that faces are cut out of photographs first."""
        return self.pictures == "faces" and not self.representation().local

    def generator_arguments(self, preset: str | None = None) -> dict[str, Any]:
        """Return the arguments of the generator's function."""
        output = self.representation()
        return {
            "input_channels": self._condition_channels(),
            "output_channels": output.channels,
            "preset": preset or self.preset,
            "output_stride": output.output_stride,
            **output.generator_options(),
        }

    def discriminator_arguments(self, preset: str | None = None) -> dict[str, Any]:
        """Return the arguments of the discriminator's function."""
        output = self.representation()
        return {
            "condition_channels": self._condition_channels(),
            "picture_channels": output.channels,
            "preset": preset or self.preset,
            "shrink": output.output_stride,
        }

    def _condition_channels(self) -> int:
        from experiments.core.codecs import filter_of

        return self.representation().condition_channels(filter_of(self).channels)

    def build_generator(self, preset: str | None = None) -> "keras.Model":
        """Return a new generator of this transformation."""
        from transformers.networks.generators import GENERATORS

        return GENERATORS[self.generator](**self.generator_arguments(preset))

    def build_discriminator(self, preset: str | None = None) -> "keras.Model":
        """Return a new discriminator of this transformation."""
        from transformers.networks.discriminators import DISCRIMINATORS

        return DISCRIMINATORS[self.discriminator](**self.discriminator_arguments(preset))


@dataclass(frozen=True)
class Translation:
    """One direction between two kinds of pictures, learned without pairs.

    Attributes
    ----------
    name : str
    summary : str
        One line for lists and galleries.
    back : str
        Name of the way back.
    stand_ins : tuple of str
        Registered filters that make of a photograph what looks a little like a drawing; training starts with
        them, see `experiments.training.unpaired`.
    gray : bool
        Whether results are gray.
    colored : bool
        Whether results take their colours from ``gray_to_color`` then.
    hatched : bool
        Whether the generator is given `filters.hatching.layers` of a picture in place of it.
    """

    name: str
    summary: str
    back: str
    stand_ins: tuple[str, ...] = ()
    gray: bool = False
    colored: bool = False
    hatched: bool = False


TRANSFORMATIONS: dict[str, Transformation] = {}
TRANSLATIONS: dict[str, Translation] = {}
_Entry = TypeVar("_Entry", Transformation, Translation)


def register(entry: _Entry) -> _Entry:
    """Make a transformation or translation known to command line, survey, gallery and benchmark; return it."""
    if isinstance(entry, Transformation):
        TRANSFORMATIONS[entry.name] = entry
    else:
        TRANSLATIONS[entry.name] = entry
    return entry


def discover() -> dict[str, Transformation]:
    """Import the scripts in `experiments`; return all transformations by name, those registered since too.

    A script that cannot be imported is named and left out, so that it breaks nothing else.
    """
    for module in pkgutil.iter_modules(experiments.__path__):
        if not module.ispkg and module.name != "__main__":
            try:
                importlib.import_module(f"experiments.{module.name}")
            except Exception as error:
                say(f"experiments/{module.name}.py is left out: {type(error).__name__}: {error}")
    return TRANSFORMATIONS


def by_script(name: str) -> Transformation | Translation | None:
    """Return the transformation or translation that the script of that name registers, or None."""
    if name not in {**TRANSFORMATIONS, **TRANSLATIONS} and importlib.util.find_spec(f"experiments.{name}"):
        importlib.import_module(f"experiments.{name}")
    return TRANSFORMATIONS.get(name) or TRANSLATIONS.get(name)


def find(name: str) -> Transformation:
    """Return the transformation of that name.

    Raises
    ------
    UsageError
        When there is none; the message lists the known ones.
    """
    if name in TRANSFORMATIONS:
        return TRANSFORMATIONS[name]
    if name.isidentifier() and importlib.util.find_spec(f"experiments.{name}"):
        importlib.import_module(f"experiments.{name}")  # most are in a script of their name: no need of the others
    if name in TRANSFORMATIONS or name in discover():
        return TRANSFORMATIONS[name]
    if name in TRANSLATIONS:
        raise UsageError(
            f"'{name}' is a translation, learned without pairs; train it with: train {name} PHOTOS DRAWINGS; "
            "measure it with: evaluate-translation"
        )
    names = sorted([*TRANSFORMATIONS, *TRANSLATIONS])
    raise UsageError(f"no transformation is named '{name}'; known: {', '.join(names)}")
