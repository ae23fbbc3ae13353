"""Generators, discriminators, encoders and feature networks."""
