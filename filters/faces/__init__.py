"""Faces: finding, cutting, aligning, registering, averaging them."""
