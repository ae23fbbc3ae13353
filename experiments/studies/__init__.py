"""Comparisons that answer one question each, and the demo."""
