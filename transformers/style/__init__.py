"""Neural style transfer: the loss of a picture, and the optimizers that minimize it."""
