"""The methods of unpaired translation, by name."""

from transformers.training.contrastive import CUT
from transformers.training.cyclegan import CycleGAN
from transformers.training.way_back import WayBack
from transformers.training.way_there import WayThere

METHODS = {"cyclegan": CycleGAN, "cut": CUT, "back": WayBack, "there": WayThere}
