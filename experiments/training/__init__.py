"""Trainings, into run folders, and what becomes of their weights."""
