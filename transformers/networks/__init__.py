"""Generators, discriminators and feature networks."""
