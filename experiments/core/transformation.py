"""A transformation: a filter and the way back. Each is one script in `experiments` that calls `register`."""

from dataclasses import dataclass, field

from experiments.core import registry


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
    output : {"pixels", "chroma", "distribution", "enlarged"}
        What the generator gives: a name in `experiments.core.codecs.CODECS`.
    scale : int
        For "enlarged": how many times.
    generator, discriminator : str
        Names in `GENERATORS` and `DISCRIMINATORS` of `transformers.networks`.
    preset : str
        Size of both.
    loss_weights : dict
        Of `transformers.LossWeights`.
    adversarial : str
        Form of the adversarial loss.
    perceptual_network : {"vgg16", "efficientnet_lite0"}
        Whose features the perceptual loss compares.
    adversarial_from : int
        The epoch from which the discriminator takes part. A number of its own, not a share of all
        epochs: so a run of N epochs that goes on for N more equals one of 2N.
    augmentation : dict
        Of `experiments.datasets.augmentation.Augmentation`.
    hints : bool
        For chroma: the generator may be told colours at some places.
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
    loss_weights: dict = field(default_factory=dict)
    adversarial: str = "least_squares"
    perceptual_network: str = "vgg16"
    adversarial_from: int = 20
    augmentation: dict = field(default_factory=dict)
    hints: bool = False
    pictures: str = "faces"
    pairs: str = "same"
    learning_rate: float = 2e-4
    saturation: float = 1.0

    def representation(self):
        """Return the codec: the object that turns pictures into arrays and back."""
        from experiments.core.codecs import CODECS

        return CODECS[self.output].of(self)

    @property
    def needs_crops(self) -> bool:
        """Whether its generator knows nothing but face crops, so that faces are cut out of photographs first."""
        return self.pictures == "faces" and not self.representation().local

    def generator_arguments(self, preset: str | None = None):
        """Return what the generator's function is called with."""
        output = self.representation()
        return {
            "input_channels": self._condition_channels(),
            "output_channels": output.channels,
            "preset": preset or self.preset,
            "output_stride": output.output_stride,
            **output.generator_options(),
        }

    def discriminator_arguments(self, preset: str | None = None):
        """Return what the discriminator's function is called with."""
        output = self.representation()
        return {
            "condition_channels": self._condition_channels(),
            "picture_channels": output.channels,
            "preset": preset or self.preset,
            "shrink": output.output_stride,
        }

    def _condition_channels(self):
        from experiments.core.codecs import filter_of

        return self.representation().condition_channels(filter_of(self).channels)

    def build_generator(self, preset: str | None = None):
        """Return a new generator of this transformation."""
        from transformers.networks.generators import GENERATORS

        return GENERATORS[self.generator](**self.generator_arguments(preset))

    def build_discriminator(self, preset: str | None = None):
        """Return a new discriminator of this transformation."""
        from transformers.networks.discriminators import DISCRIMINATORS

        return DISCRIMINATORS[self.discriminator](**self.discriminator_arguments(preset))


def register(transformation: Transformation):
    """Make a transformation known to command line, survey, gallery, tests and benchmark."""
    registry.TRANSFORMATIONS[transformation.name] = transformation
    return transformation
