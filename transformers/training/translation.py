"""The methods by which translations are learned."""

from transformers.training.contrastive import CUT
from transformers.training.cyclegan import CycleGAN

METHODS = {"cyclegan": CycleGAN, "cut": CUT}
