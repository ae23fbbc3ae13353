"""Keras models that train networks, one for each kind of training."""
