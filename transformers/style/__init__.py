"""Neural style transfer: the loss of a picture, and how it is lowered."""
