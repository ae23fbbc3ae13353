"""The methods of unpaired translation, by name."""

from transformers.training.contrastive import CUT
from transformers.training.cyclegan import CycleGAN

METHODS = {"cyclegan": CycleGAN, "cut": CUT}
