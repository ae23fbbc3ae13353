"""Generators at work: pictures in, pictures out, of any size."""
