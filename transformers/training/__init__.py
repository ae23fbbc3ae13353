"""Keras models that train networks."""
